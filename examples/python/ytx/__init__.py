"""Lock YTX (ytx.net, 云讯) conference rooms and see who is in them.

    with ytx.Client(account_sid, auth_token) as client:
        client.lock_meeting(appid, "002")
        for member in client.meeting_state(appid, "002").members:
            print(member.phone, member.online)

:class:`Client` waits for its calls, :class:`AsyncClient` has the same calls for asyncio, and
:class:`Queue` is for programs with another loop. A failure is an :class:`Error`. The work is done
by libytx, which is looked for in this package's folder and where the system looks for libraries.
"""

from ._async_client import AsyncClient
from ._async_watch import AsyncWatch
from ._client import Client
from ._errors import Error, InvalidArgumentError, InvalidHandleError, TimeoutError  # noqa: A004
from ._library import VERSION
from ._members import MeetingState, Member, RoomEvent
from ._native import version as _version
from ._queue import Event, EventType, Queue
from ._stats import ClientStats, QueueStats
from ._status import Kind, Status
from ._status import name as status_name
from ._watch import Watch

__version__ = VERSION

#: The platform itself.
PRODUCTION_URL = "http://api.ytx.net"
#: The platform's test environment. Only test appids work there.
SANDBOX_URL = "http://sandbox.ytx.net"


def library_version() -> str:
    """The version of the library that was loaded."""
    version: bytes = _version()
    return version.decode()


__all__ = [
    "PRODUCTION_URL",
    "SANDBOX_URL",
    "AsyncClient",
    "AsyncWatch",
    "Client",
    "ClientStats",
    "Error",
    "Event",
    "EventType",
    "InvalidArgumentError",
    "InvalidHandleError",
    "Kind",
    "MeetingState",
    "Member",
    "Queue",
    "QueueStats",
    "RoomEvent",
    "Status",
    "TimeoutError",
    "Watch",
    "__version__",
    "library_version",
    "status_name",
]
