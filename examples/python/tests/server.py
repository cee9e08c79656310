"""A server that does what the room's number says, in plain sockets: the tests look at what the
client makes of it.

    silence    it never answers
    rooms ...  each poll of the room gets the next of these states, the last one again and again; or
               the one that `state` says. A state is members such as 1+ (on line), 1- (not), 1m (on
               line, muted), or a code
    all else   success
"""

from __future__ import annotations

import json
import socket
import threading
from types import TracebackType
from typing import Any


class Server:
    """It listens on a free port until the end of the `with`."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._over = threading.Event()
        self._changed = threading.Condition()
        self._connections: list[socket.socket] = []
        self.asked: list[dict[str, Any]] = []
        self.closed = 0
        self.state: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Server:
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in self._connections:
            connection.close()

    def wait_asked(self, count: int) -> None:
        """Waits until so many requests have come."""
        self._wait(lambda: len(self.asked) >= count)

    def wait_closed(self, count: int) -> None:
        """Waits until the other side has closed so many connections."""
        self._wait(lambda: self.closed >= count)

    def _wait(self, until: Any) -> None:
        with self._changed:
            assert self._changed.wait_for(until, timeout=30)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("rb") as reader:
                while reader.readline():
                    self._answer(connection, reader)
        except (OSError, ValueError):
            pass
        with self._changed:
            self.closed += 1
            self._changed.notify_all()

    def _answer(self, connection: socket.socket, reader: Any) -> None:
        length = 0
        while (line := reader.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        ask = json.loads(reader.read(length))
        confid = ask.get("confid", "")
        with self._changed:
            before = sum(it.get("confid") == confid for it in self.asked)
            self.asked.append(ask)
            self._changed.notify_all()
        if confid == "silence":
            return
        answer = {"statusCode": "0", "statusMsg": "提交成功"}
        if confid.startswith("rooms "):
            answer = _room(confid.split()[1:], before if self.state is None else self.state)
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection.sendall(head + body)


def _room(states: list[str], before: int) -> dict[str, Any]:
    state = states[min(before, len(states) - 1)]
    if state.startswith("-"):
        return {"statusCode": state, "statusMsg": "no"}
    members = [
        {
            "meid": "7",
            "phone": member[:-1],
            "statusname": "不在线" if member[-1] == "-" else "在线",
            "ifmutename": "已静音" if member[-1] == "m" else "未静音",
        }
        for member in state.split(",")
    ]
    return {"statusCode": "0", "statusMsg": members}
