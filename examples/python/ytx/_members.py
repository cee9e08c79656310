"""Members, the state of a room and what a watch tells of one, read by the library."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from typing import NamedTuple

from . import _native
from ._errors import Error, error_of, failed
from ._status import Kind


class Member(NamedTuple):
    """One member of a room, in the platform's own words."""

    #: The room's number.
    meeting_id: str
    #: As the platform shows it, some digits masked.
    phone: str
    #: The platform's word for on line (在线) or not (不在线).
    presence: str
    #: The platform's word for muted (已静音) or not (未静音).
    mute: str
    #: Whether on line; ``None`` when the platform used a word that is not known.
    online: bool | None
    #: Whether muted; ``None`` when the platform used a word that is not known.
    muted: bool | None


class MeetingState(NamedTuple):
    """Who is in a room."""

    #: In the platform's order.
    members: tuple[Member, ...]
    #: The platform's answer, byte for byte.
    answer: str


class RoomEvent(NamedTuple):
    """What a watch tells of its room."""

    #: "snapshot", "changed", "lost" or "restored".
    kind: str
    confid: str
    #: Counts the events of the watch, from 1.
    version: int
    #: How many polls the event sums up.
    polls: int
    #: How many members are on line; ``None`` when the room was lost.
    online: int | None
    joined: tuple[Member, ...]
    left: tuple[Member, ...]
    muted: tuple[Member, ...]
    unmuted: tuple[Member, ...]
    members: tuple[Member, ...]
    #: Why the last poll failed, when the room was lost.
    error: Error | None


def read_state(answer: str) -> MeetingState:
    """The state that ytx_meeting_state answered."""
    members = _read(answer.encode(), _native.MEMBERS_ALL)
    if members is None:
        raise error_of(
            Kind.RESPONSE,
            "the answer's statusMsg is not a list of members",
            sent=True,
            http_status=200,
            answer=answer,
        )
    return MeetingState(members, answer)


def read_event(status: int, event: str) -> RoomEvent:
    """The news in a ROOM event."""
    if status != 0:
        return _lost(status, json.loads(event))
    # What stands before the lists; in a text the quotes would not stand so.
    head, _, _ = event.partition(',"joined":')
    told = json.loads(head + "}")
    encoded = event.encode()
    lists = [_read(encoded, which) or () for which in range(_native.MEMBERS_UNMUTED + 1)]
    members, joined, left, muted, unmuted = lists
    return RoomEvent(
        told["event"],
        told["confid"],
        told["version"],
        told["polls"],
        told["online"],
        joined,
        left,
        muted,
        unmuted,
        members,
        None,
    )


def _lost(status: int, told: dict[str, object]) -> RoomEvent:
    error = failed(status, json.dumps(told["error"], ensure_ascii=False))
    confid, version, polls = told["confid"], told["version"], told["polls"]
    assert isinstance(confid, str)
    assert isinstance(version, int)
    assert isinstance(polls, int)
    return RoomEvent("lost", confid, version, polls, None, (), (), (), (), (), error)


def _read(answer: bytes, which: int) -> tuple[Member, ...] | None:
    members = _native.members_read(answer, which, ctypes.c_int32())
    if members is None:
        return None
    try:
        return tuple(_each(members))
    finally:
        _native.members_free(members)


def _each(members: int) -> Iterator[Member]:
    known = {1: True, 0: False}
    for index in range(_native.members_count(members)):
        yield Member(
            _native.members_meid(members, index).decode(),
            _native.members_phone(members, index).decode(),
            _native.members_statusname(members, index).decode(),
            _native.members_ifmutename(members, index).decode(),
            known.get(_native.members_online(members, index)),
            known.get(_native.members_muted(members, index)),
        )
