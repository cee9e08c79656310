"""The log."""

from __future__ import annotations

import asyncio
import logging

import pytest
from programs import APPID, CONFID, SID, TOKEN, async_at, at, run, start
from server import Server

import ytx


class Lines(logging.Handler):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, record.getMessage()))


def logger(level: int) -> tuple[logging.Logger, Lines]:
    lines = Lines()
    made = logging.Logger("ytx test", level)
    made.addHandler(lines)
    return made, lines


def test_it_goes_to_the_logger_at_its_level(sandbox: str) -> None:
    log, lines = logger(logging.DEBUG)
    with at(sandbox, log=log) as client:
        client.lock_meeting(APPID, CONFID)
        with pytest.raises(ytx.Error):
            client.meeting_state("of nobody", CONFID)
    levels = [level for level, _ in lines.lines]
    assert {logging.DEBUG, logging.INFO} <= set(levels)
    text = "\n".join(line for _, line in lines.lines)
    assert f"lockMeeting {CONFID}" in text
    assert TOKEN not in text
    log, lines = logger(logging.ERROR)
    with at(sandbox, log=log) as client, pytest.raises(ytx.Error):
        client.meeting_state("of nobody", CONFID)
    assert lines.lines == []


def test_that_of_asyncio_is_told_in_the_loop(sandbox: str) -> None:
    async def main() -> None:
        async with async_at(sandbox, log=log) as client:
            await client.lock_meeting(APPID, CONFID)

    log, lines = logger(logging.DEBUG)
    asyncio.run(main())
    assert any(f"lockMeeting {CONFID} #" in line for _, line in lines.lines)


def test_what_is_refused_is_named_with_the_librarys_reason() -> None:
    log, lines = logger(logging.INFO)
    with pytest.raises(ytx.InvalidArgumentError, match=r"^proxy must be "):
        ytx.Client(SID, TOKEN, proxy="x", log=log)
    assert [level for level, _ in lines.lines] == [logging.ERROR]


def test_a_handler_may_call(sandbox: str) -> None:
    class Calling(Lines):
        def emit(self, record: logging.LogRecord) -> None:
            super().emit(record)
            if len(self.lines) == 1:
                client.meeting_state(APPID, CONFID)

    log = logging.Logger("calls", logging.DEBUG)
    lines = Calling()
    log.addHandler(lines)
    client = at(sandbox)
    with at(sandbox, log=log) as logging_client:
        logging_client.lock_meeting(APPID, CONFID)
    assert client.stats().succeeded == 1
    client.close()


def test_ctrl_c_in_a_handler_is_not_lost(server: Server) -> None:
    program = """
        import logging, signal
        class Handler(logging.Handler):
            def emit(self, record):
                if "silence" not in record.getMessage(): return
                os.kill(os.getpid(), signal.SIGINT)
                for _ in range(1000): pass
        log = logging.Logger("x", logging.DEBUG)
        log.addHandler(Handler())
        client = at(sys.argv[1], log=log, timeout=0.2)
        try:
            client.meeting_state(APPID, "silence")
        except KeyboardInterrupt:
            print("interrupted")
    """
    assert run(program, server.url) == "interrupted\n"


def test_without_a_log_there_is_no_callback(sandbox: str) -> None:
    """libffi's closures, and forks after them, are what SELinux forbids; ctypes.util starts
    programs."""
    program = """
        import ctypes, _ctypes
        from ytx import _log
        def refuse(*_):
            raise SystemExit("a callback")
        _log._CALLBACK = refuse
        client = at(sys.argv[1])
        client.lock_meeting(APPID, CONFID)
        next(client.watch_meeting(APPID, CONFID))
        for options in ({"proxy": "x"}, {"ca_file": "/"}, {"base_url": "x"}):
            try:
                ytx.Client(SID, TOKEN, **options)
            except ValueError as error:
                assert str(error).startswith(next(iter(options)) + ": "), error
        assert "ctypes.util" not in sys.modules
    """
    assert run(program, sandbox) == ""


def test_a_daemon_thread_with_a_log_at_the_end(server: Server) -> None:
    program = """
        import logging
        log = logging.Logger("x", logging.DEBUG)
        log.addHandler(logging.NullHandler())
        client = at(sys.argv[1], log=log)
        def call():
            while True:
                try:
                    client.lock_meeting(APPID, "1")
                except ytx.Error:
                    return
        for _ in range(8):
            threading.Thread(target=call, daemon=True).start()
        sys.stdin.readline()
    """
    for _ in range(3):
        asked = len(server.asked)
        child = start(program, server.url)
        server.wait_asked(asked + 100)
        _, errors = child.communicate(timeout=30)
        assert (child.returncode, errors) == (0, "")
