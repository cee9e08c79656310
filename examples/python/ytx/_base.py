"""What the client that blocks and the one of asyncio have in common: the account, the options and
the handle of the library."""

from __future__ import annotations

import logging
import weakref
from typing import NoReturn

from . import _exit, _native, _stats
from ._arguments import Seconds, milliseconds, text
from ._errors import Error, error_of
from ._log import Log
from ._options import Path, new_client, options
from ._status import Kind
from ._under_way import Entry, UnderWay


class Handle:
    """A handle of the library for one call, and the log that has to live as long as it."""

    __slots__ = ("client", "derived", "entry", "log")

    def __init__(self, client: int, log: Log | None, derived: bool) -> None:
        self.client = client
        self.log = log
        self.derived = derived
        self.entry = Entry(self.cancel if derived else None)

    def cancel(self) -> None:
        """Ends its calls."""
        _native.client_cancel(self.client)

    def free(self) -> None:
        """Releases it, unless it is the client's own."""
        if self.derived:
            _native.client_free(self.client)


class ClientBase:
    """A connection to the platform on behalf of one account."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        base_url: str | None = None,
        timeout: Seconds | None = None,
        connect_timeout: Seconds | None = None,
        max_retries: int = 0,
        max_idle_connections: int | None = None,
        idle_timeout: Seconds | None = None,
        max_response_bytes: int | None = None,
        proxy: str | None = None,
        ca_file: Path | None = None,
        user_agent: str | None = None,
        source_address: str | None = None,
        log: logging.Logger | None = None,
    ) -> None:
        """Nothing is sent and no thread is started.

        :param account_sid: the account's SID, from the platform's console
        :param auth_token: its auth token
        :param base_url: where the platform is; the platform itself unless told
        :param timeout: the most a call may take, with everything in it; 15 seconds unless told
        :param connect_timeout: the most a new connection may take; 5 seconds unless told
        :param max_retries: how often a meeting call is tried again after a failure that may pass
        :param max_idle_connections: how many unused connections are kept; 64 unless told
        :param idle_timeout: how long one is kept; 15 seconds unless told
        :param max_response_bytes: the largest answer accepted; 8 MiB unless told
        :param proxy: ``http://[user:password@]host:port``; the environment has no effect
        :param ca_file: PEM certificates to trust in place of the built-in ones
        :param user_agent: the User-Agent header
        :param source_address: the address of this machine that connections are made from
        :param log: where the log goes; silent unless told
        """
        chosen = options(
            base_url,
            timeout,
            connect_timeout,
            max_retries,
            max_idle_connections,
            idle_timeout,
            max_response_bytes,
            proxy,
            ca_file,
            user_agent,
            source_address,
        )
        self._log = None if log is None else Log(log)
        sid, token = text("account_sid", account_sid), text("auth_token", auth_token)
        self._client = new_client(sid, token, chosen, self._log)
        self._free = weakref.finalize(self, _native.client_free, self._client)
        # At the interpreter's end calls may be under way, and nothing is to be waited for.
        self._free.atexit = False
        self._under_way = UnderWay()
        self._cancelled = False
        if self._log is not None:
            _exit.ends_before_the_interpreter(self)

    def cancel(self) -> None:
        """Ends the client's calls and watches at once, those to come as well, from any thread."""
        self._cancelled = True
        _native.client_cancel(self._client)
        self._under_way.cancel()

    def close(self) -> None:
        """Releases the client. Calls under way finish; later ones fail. It may be called again."""
        self._free()

    def stats(self) -> _stats.ClientStats:
        """What the client has done since it was made."""
        return _stats.client_stats(self._living())

    def __repr__(self) -> str:
        state = "open" if self._free.alive else "closed"
        return f"<ytx.{type(self).__name__}, {state}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled: make one in each process, or fork")

    def _living(self) -> int:
        if not self._free.alive:
            raise error_of(Kind.INVALID_HANDLE, "client: it is closed")
        return self._client

    def _for_queue(self, timeout: Seconds | None) -> Handle:
        """A handle for a queue of the host's, which waits for its calls itself."""
        if self._under_way.draining:
            raise _draining()
        return self._derive(timeout)

    def _derive(self, timeout: Seconds | None) -> Handle:
        """A handle for one call, with this deadline."""
        if timeout is None:
            return Handle(self._living(), self._log, derived=False)
        shortest = milliseconds("timeout", timeout)
        client = _native.client_with_timeout(self._living(), shortest, None)
        if client is None:
            raise error_of(Kind.INVALID_HANDLE, "client: it is closed")
        handle = Handle(client, self._log, derived=True)
        if self._cancelled:
            handle.cancel()
        return handle

    def _begin(self, timeout: Seconds | None) -> Handle:
        """Begins a call, if there may be one: :meth:`_end` has to follow."""
        handle = self._derive(timeout)
        if not self._under_way.begin(handle.entry):
            handle.free()
            raise _draining()
        if self._cancelled:  # since it was derived
            handle.cancel()
        return handle

    def _begin_watch(self, timeout: Seconds | None, entry: Entry) -> Handle:
        """Begins a watch, if there may be one. Its handle is freed once it was submitted."""
        handle = self._derive(timeout)
        if not self._under_way.begin_watch(entry):
            handle.free()
            raise _draining()
        return handle

    def _end(self, handle: Handle) -> None:
        handle.free()
        self._under_way.end(handle.entry)


def _draining() -> Error:
    return error_of(Kind.CANCELLED, "the client drains: it takes no new calls")
