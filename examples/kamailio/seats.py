"""How many sit in each room, those included who were let in and whom the platform does not tell of
yet. It asks nobody."""

from __future__ import annotations

from typing import NamedTuple


class _Coming(NamedTuple):
    """Once all who were let in have arrived, so many are there."""

    then: int
    until: float


class Seats:
    """The rooms with somebody on the way in."""

    def __init__(self, seats: int, arrival: float) -> None:
        self._seats = seats
        self._arrival = arrival
        self._coming: dict[str, _Coming] = {}

    def is_free(self, room: str, online: int, now: float) -> bool:
        """Whether one more fits, when the platform tells of so many."""
        return self._taken(room, online, now) < self._seats

    def take(self, room: str, online: int, now: float) -> None:
        """One more is let in."""
        then = self._taken(room, online, now) + 1
        self._coming[room] = _Coming(then, now + self._arrival)

    def give_back(self, room: str) -> None:
        """One of those who were let in does not come."""
        coming = self._coming.get(room)
        if coming is not None:
            self._coming[room] = coming._replace(then=coming.then - 1)

    def forget(self, now: float) -> None:
        """Drops what has had its time."""
        self._coming = {room: it for room, it in self._coming.items() if it.until > now}

    def _taken(self, room: str, online: int, now: float) -> int:
        coming = self._coming.get(room)
        return online if coming is None or coming.until <= now else max(online, coming.then)
