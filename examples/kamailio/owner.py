"""The process that has the queue: it takes what the workers have suspended, asks the platform,
decides and lets the requests go on. The only module that calls the platform.

Kamailio calls `tick` every few milliseconds, in a process of its own. Nothing waits here, not even
for the queue's descriptor: while Python runs in one process no other can reload its script
(app_python3 has one lock for both).

It is imported once, before Kamailio forks, and a reload leaves it alone: calls under way go on.
"""

from __future__ import annotations

import json
import os
import signal
import time
from typing import NamedTuple, Optional

import figures
import KSR
import outcome
import settings
import ytx
from seats import Seats

MQUEUE = "ytx"
LOCKED = "locked"


class Suspended(NamedTuple):
    """A request that waits, by its transaction."""

    index: int
    label: int
    room: str


class Question(NamedTuple):
    """Who is in a room? Asked for all who came before the answer."""

    room: str


class Key(NamedTuple):
    """A key that locks or unlocks."""

    request: Suspended
    locks: bool


#: None lets an INVITE in.
Verdict = Optional[outcome.Answer]
_GONE = outcome.Answer(0, "")


def hand_over(what: str, index: int, label: int, room: str) -> None:
    """From a worker to the process with the queue."""
    KSR.mqueue.mq_add(MQUEUE, room, json.dumps([what, index, label, room]))


class Owner:
    """What that process knows."""

    def __init__(self) -> None:
        # What is wrong with the account or an option keeps Kamailio from starting.
        self._client = ytx.Client(
            settings.ACCOUNT_SID,
            settings.AUTH_TOKEN,
            base_url=settings.BASE_URL,
            timeout=settings.TIMEOUT,
        )
        # A queue belongs to the process that made it, so the first tick does.
        self._queue: ytx.Queue | None = None
        self._asked: dict[str, list[Suspended]] = {}
        self._tickets: dict[str, int] = {}
        self._locking: set[str] = set()
        self._seats = Seats(settings.SEATS, settings.ARRIVAL)
        self._verdict: Verdict = _GONE
        self._counts = figures.Counts()
        self._next_figures = 0.0
        self._ending = False

    def tick(self) -> None:
        """Does what there is to do."""
        queue = self._queue or self._start()
        while KSR.mqueue.mq_fetch(MQUEUE) > 0:
            self._take_over(queue, *json.loads(KSR.mqueue.mqv_get(MQUEUE)))
        while (event := queue.take()) is not None:
            self._answered(event)
        if self._ending:
            self._end(queue)
        now = time.monotonic()
        if now >= self._next_figures:
            self._next_figures = now + 1
            self._seats.forget(now)
            callers = sum(len(waiting) for waiting in self._asked.values())
            self._counts.waiting = callers + len(self._locking)
            text = figures.text(self._client.stats(), queue.stats(), self._counts)
            KSR.htable.sht_sets("figures", "text", text)

    def verdict(self) -> Verdict:
        """For the route that goes on with a request."""
        verdict, self._verdict = self._verdict, _GONE
        return verdict

    def _start(self) -> ytx.Queue:
        self._queue = ytx.Queue(max_pending=settings.MAX_PENDING)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._is_to_end)
        return self._queue

    def _is_to_end(self, *_: object) -> None:
        self._ending = True

    def _take_over(self, queue: ytx.Queue, what: str, index: int, label: int, room: str) -> None:
        request = Suspended(index, label, room)
        if what == "left":
            self._seats.give_back(room)
        elif what == "enter":
            self._enter(queue, request)
        else:
            self._press(queue, Key(request, what == "lock"))

    def _enter(self, queue: ytx.Queue, request: Suspended) -> None:
        room = request.room
        if self._is_locked(room):
            self._refuse(request, "locked", outcome.LOCKED)
            return
        waiting = self._asked.setdefault(room, [])
        waiting.append(request)
        if len(waiting) > 1:
            return
        try:
            self._tickets[room] = queue.meeting_state(
                self._client, settings.APPID, room, tag=Question(room)
            )
        except ytx.Error as error:
            self._decide(room, error)

    def _press(self, queue: ytx.Queue, key: Key) -> None:
        room = key.request.room
        if room in self._locking:
            self._go_on(key.request, "ksr_pressed", outcome.PENDING)
            return
        submit = queue.lock_meeting if key.locks else queue.unlock_meeting
        try:
            submit(self._client, settings.APPID, room, tag=key)
            self._locking.add(room)
        except ytx.Error as error:
            self._go_on(key.request, "ksr_pressed", outcome.of(error))

    def _answered(self, event: ytx.Event) -> None:
        if event.error is not None:
            self._log(event)
        if isinstance(event.tag, Question):
            self._decide(event.tag.room, event.error or event.value)
        elif isinstance(event.tag, Key):
            self._pressed(event.tag, event.error)

    def _decide(self, room: str, said: ytx.MeetingState | ytx.Error) -> None:
        """For all who wait for it, in the order in which they came."""
        self._tickets.pop(room, None)
        for request in self._asked.pop(room, []):
            if self._is_locked(room):  # since it was asked
                self._refuse(request, "locked", outcome.LOCKED)
            elif isinstance(said, ytx.Error):
                self._without_answer(request, said)
            else:
                self._with_answer(request, said)

    def _with_answer(self, request: Suspended, state: ytx.MeetingState) -> None:
        # Whoever is not known to be off line has a seat.
        online = sum(member.online is not False for member in state.members)
        now = time.monotonic()
        if not self._seats.is_free(request.room, online, now):
            self._refuse(request, "full", outcome.FULL)
        elif self._go_on(request, "ksr_decided", None):
            self._seats.take(request.room, online, now)
            self._counts.add("let in")

    def _without_answer(self, request: Suspended, error: ytx.Error) -> None:
        if outcome.is_refusal(error):
            self._refuse(request, "refused", outcome.of(error))
        elif not settings.FAIL_OPEN:
            self._refuse(request, "failed closed", outcome.of(error))
        elif self._go_on(request, "ksr_decided", None):
            self._counts.add("failed open")

    def _refuse(self, request: Suspended, why: str, answer: outcome.Answer) -> None:
        if self._go_on(request, "ksr_decided", answer):
            self._counts.add(why)

    def _pressed(self, key: Key, error: ytx.Error | None) -> None:
        room = key.request.room
        self._locking.discard(room)
        if error is None and key.locks:
            KSR.htable.sht_seti(LOCKED, room, 1)
        elif error is None:
            KSR.htable.sht_rm(LOCKED, room)
        answer = outcome.OK if error is None else outcome.of(error)
        self._go_on(key.request, "ksr_pressed", answer)

    def _go_on(self, request: Suspended, route: str, verdict: Verdict) -> bool:
        """Whether there was anything to go on with: callers hang up."""
        self._verdict = verdict
        KSR.tmx.t_continue(request.index, request.label, route)
        taken = self._verdict is _GONE
        self._verdict = _GONE
        return taken

    def _end(self, queue: ytx.Queue) -> None:
        """Kamailio ends: no worker is left, and none may lead a new call. Who waits to come in is
        told to come again, and what a key has begun comes to its own end."""
        for room, waiting in self._asked.items():
            queue.cancel(self._tickets[room])
            for request in waiting:
                self._go_on(request, "ksr_decided", outcome.ENDING)
        self._asked.clear()
        queue.drain()
        until = time.monotonic() + settings.PATIENCE
        while (left := until - time.monotonic()) > 0:
            event = queue.take(timeout=left)
            if event is None or event.type is ytx.EventType.CLOSED:
                break
            self._answered(event)
        queue.free()
        os._exit(0)

    @staticmethod
    def _is_locked(room: str) -> bool:
        return KSR.htable.sht_get(LOCKED, room) is not None

    @staticmethod
    def _log(event: ytx.Event) -> None:
        error = event.error
        room = event.tag.room if isinstance(event.tag, Question) else event.tag.request.room
        KSR.warn(f"ytx: room {room} #{event.ticket}: {error.name}: {error}\n")


owner = Owner()
