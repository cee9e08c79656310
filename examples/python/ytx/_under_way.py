"""What a client has under way, so that it can be cancelled and waited for. It takes no lock that a
forked child could find taken."""

from __future__ import annotations

import os
from typing import Callable


class Entry:
    """A call or a watch under way: how it is stopped."""

    __slots__ = ("stop",)

    def __init__(self, stop: Callable[[], object] | None = None) -> None:
        self.stop = stop


class UnderWay:
    """The calls and watches of a client in this process. Sets and lists are changed in one step
    each, as Python's own lock has it."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._calls: set[Entry] = set()
        self._watches: set[Entry] = set()
        self._waiting: list[Callable[[], object]] = []
        self.draining = False

    def _here(self) -> None:
        """What a forked child has inherited is the parent's."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._calls, self._watches, self._waiting = set(), set(), []

    def begin(self, entry: Entry) -> bool:
        """Notes a call; tells whether there may be one."""
        self._here()
        self._calls.add(entry)
        if self.draining:  # looked at last: whoever drains looks for calls after he said so
            self.end(entry)
            return False
        return True

    def end(self, entry: Entry) -> None:
        """The call has ended."""
        self._calls.discard(entry)
        while not self._calls:
            try:
                idle = self._waiting.pop()
            except IndexError:  # all were told, if not by this thread
                break
            idle()

    def begin_watch(self, entry: Entry) -> bool:
        """Notes a watch; tells whether there may be one."""
        self._here()
        self._watches.add(entry)
        if self.draining:
            self._watches.discard(entry)
            return False
        return True

    def end_watch(self, entry: Entry) -> None:
        """The watch has ended."""
        self._watches.discard(entry)

    def cancel(self) -> None:
        """Stops what has a deadline of its own, and so is not stopped with the client."""
        self._here()
        for entry in [*self._calls, *self._watches]:
            if entry.stop is not None:
                entry.stop()

    def drain(self, idle: Callable[[], object]) -> None:
        """Refuses what is new, stops the watches, and calls back when no call is left."""
        self._here()
        self.draining = True
        for entry in list(self._watches):
            if entry.stop is not None:
                entry.stop()
        self._waiting.append(idle)
        if not self._calls:
            self.end(Entry())
