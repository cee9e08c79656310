"""The end of the interpreter: calls that have a log end before it. A daemon thread that comes back
from one would find no Python any more to tell its log to, in the middle of the library."""

from __future__ import annotations

import atexit
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._base import ClientBase

# A cancelled call ends at once, so this is never waited for in full.
_LONGEST = 2.0

_clients: weakref.WeakSet[ClientBase] = weakref.WeakSet()


def ends_before_the_interpreter(client: ClientBase) -> None:
    """Notes a client with a log."""
    _clients.add(client)


@atexit.register
def _end() -> None:
    for client in list(_clients):
        idle = threading.Event()
        client._under_way.drain(idle.set)
        client.cancel()
        idle.wait(_LONGEST)
