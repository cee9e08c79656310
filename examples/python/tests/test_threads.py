"""Threads, signals, forks and the interpreter's end."""

from __future__ import annotations

import signal
import time

from programs import run, start
from server import Server


def test_32_threads_wait_at_once(slow: str) -> None:
    program = """
        client = at(sys.argv[1])
        def call():
            client.meeting_state(APPID, CONFID)
        threads = [threading.Thread(target=call) for _ in range(32)]
        began = time.monotonic()
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(time.monotonic() - began)
    """
    took = float(run(program, slow))
    assert 0.5 <= took < 5, "one after the other they would take 16 s"


CTRL_C = """
    import signal
    client = at(sys.argv[1])
    def interrupt():
        sys.stdin.readline()
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
    for _ in range({tries}):
        sent = []
        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            {call}
        except KeyboardInterrupt:
            print(time.monotonic() - sent[0], flush=True)
        thread.join()
    print(failed(client, {tries}))
"""

# Each of them has to end and be cancelled; how fast, the quickest says. The others tell how busy
# the machine was.
TRIES = 5


def check_ctrl_c(server: Server, call: str) -> str:
    child = start(CTRL_C.format(call=call, tries=TRIES), server.url)
    assert child.stdin is not None
    try:
        for tried in range(1, TRIES + 1):
            server.wait_asked(tried)
            child.stdin.write("\n")
            child.stdin.flush()
            server.wait_closed(tried)
        printed, errors = child.communicate(timeout=30)
    finally:
        child.kill()
    assert (child.returncode, errors) == (0, "")
    *took, failed = printed.splitlines()
    assert len(took) == TRIES
    assert min(map(float, took)) < 0.2, took
    return failed


def test_ctrl_c_ends_a_call_and_cancels_it(server: Server) -> None:
    assert check_ctrl_c(server, "client.meeting_state(APPID, 'silence')") == f"{{'1010': {TRIES}}}"
    assert len(server.asked) == TRIES


def test_ctrl_c_ends_a_call_with_a_timeout_of_its_own(server: Server) -> None:
    call = "client.meeting_state(APPID, 'silence', timeout=60)"
    assert check_ctrl_c(server, call) == f"{{'1010': {TRIES}}}"


def test_ctrl_c_ends_a_watch(server: Server) -> None:
    check_ctrl_c(server, "next(client.watch_meeting(APPID, 'silence'))")


def test_ctrl_c_ends_an_asyncio_call(server: Server) -> None:
    program = """
        async def async_main():
            async with async_at(sys.argv[1]) as client:
                await client.meeting_state(APPID, "silence")
        try:
            asyncio.run(async_main())
        except KeyboardInterrupt:
            print("interrupted")
    """
    child = start(program, server.url)
    server.wait_asked(1)
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=30) == ("interrupted\n", "")
    server.wait_closed(1)


def test_a_signal_handler_may_call(server: Server) -> None:
    program = """
        import signal
        client = at(sys.argv[1])
        def handler(*_):
            client.lock_meeting(APPID, "from the handler")
            raise SystemExit(client.lock_meeting(APPID, "again") and 7)
        signal.signal(signal.SIGUSR1, handler)
        client.meeting_state(APPID, "silence")
    """
    child = start(program, server.url)
    server.wait_asked(1)
    child.send_signal(signal.SIGUSR1)
    child.communicate(timeout=30)
    assert child.returncode == 7
    assert [it["confid"] for it in server.asked] == ["silence", "from the handler", "again"]


FORK = """
    def connections():
        links = [f"/proc/self/fd/{it}" for it in os.listdir("/proc/self/fd")]
        return {os.readlink(it) for it in links if os.path.lexists(it)
                and os.readlink(it).startswith(("socket:", "pipe:"))} - std
    std = set()
    std = connections()
    client = at(sys.argv[1])
    client.lock_meeting(APPID, CONFID)  # a connection and a queue that the child is not to use
    before = connections()
    child = os.fork()
    client.lock_meeting(APPID, CONFID)
    client.lock_meeting(APPID, CONFID, timeout=5)
    assert client.meeting_state(APPID, CONFID).members
    if child == 0:
        assert connections() and not connections() & before, (connections(), before)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


def test_a_forked_child_calls_on(sandbox: str) -> None:
    assert run(FORK, sandbox) == ""


def test_multiprocessing(sandbox: str) -> None:
    program = """
        import multiprocessing
        client = at(sys.argv[1])
        client.lock_meeting(APPID, CONFID)
        def work(_):
            return len(client.meeting_state(APPID, CONFID).members)
        with multiprocessing.get_context("fork").Pool(4) as pool:
            print(pool.map(work, range(8)))
        print(len(client.meeting_state(APPID, CONFID).members))
    """
    assert run(program, sandbox) == "[5, 5, 5, 5, 5, 5, 5, 5]\n5\n"


def test_workers_forked_before_their_loop(sandbox: str) -> None:
    """As gunicorn does it: the client is made, and used, in the process that forks."""
    program = """
        import os
        client = async_at(sys.argv[1])
        async def main():
            states = [client.meeting_state(APPID, CONFID) for _ in range(20)]
            return sum(len(state.members) for state in await asyncio.gather(*states))
        assert asyncio.run(main()) == 100
        children = []
        for _ in range(3):
            child = os.fork()
            if child == 0:
                os._exit(asyncio.run(main()))
            children.append(child)
        print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
        assert asyncio.run(main()) == 100
    """
    assert run(program, sandbox) == "[100, 100, 100]\n"


def test_a_loop_that_was_made_before_the_fork(sandbox: str) -> None:
    program = """
        client, loop = async_at(sys.argv[1]), asyncio.new_event_loop()
        loop.run_until_complete(client.lock_meeting(APPID, CONFID))
        child = os.fork()
        if child == 0:
            loop.run_until_complete(client.lock_meeting(APPID, CONFID))
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        loop.close()
    """
    assert run(program, sandbox) == "7\n"


def test_calls_of_the_parent_do_not_hold_up_a_childs_drain(server: Server) -> None:
    program = """
        client = at(sys.argv[1])
        threading.Thread(target=client.meeting_state, args=(APPID, "silence"), daemon=True).start()
        sys.stdin.readline()
        child = os.fork()
        if child == 0:
            os._exit(7 if client.drain(10) else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), client.drain(0.01))
    """
    child = start(program, server.url)
    server.wait_asked(1)
    assert child.communicate(timeout=30) == ("7 False\n", "")


def test_a_watch_and_a_queue_are_the_parents(server: Server) -> None:
    program = """
        import os
        client = at(sys.argv[1])
        queue, watch = ytx.Queue(), client.watch_meeting(APPID, "rooms 1+", interval=60)
        next(watch)
        child = os.fork()
        if child == 0:
            for use in (lambda: next(watch), queue.take, queue.fileno,
                        lambda: queue.lock_meeting(client, APPID, CONFID)):
                try:
                    use()
                    os._exit(1)
                except ytx.InvalidHandleError as error:
                    assert "after the fork" in error.message, error
            own = ytx.Queue()
            own.lock_meeting(client, APPID, CONFID)
            os._exit(7 if own.take(None).error is None else 2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert queue.take() is None
    """
    assert run(program, server.url) == ""


def test_the_interpreter_may_end_in_a_call(server: Server) -> None:
    program = """
        import logging
        logging.basicConfig(stream=open(os.devnull, "w"), level=logging.DEBUG)
        quiet, loud = at(sys.argv[1]), at(sys.argv[1], log=logging.getLogger())
        for client in (quiet, loud):
            for _ in range(4):
                threading.Thread(
                    target=client.meeting_state, args=(APPID, "silence"), daemon=True).start()
            watch = client.watch_meeting(APPID, "silence")
            threading.Thread(target=next, args=(watch,), daemon=True).start()
        threading.excepthook = lambda *_: None
        sys.stdin.readline()
    """
    for round_number in range(1, 4):
        child = start(program, server.url)
        server.wait_asked(10 * round_number)
        began = time.monotonic()
        _, errors = child.communicate(timeout=30)
        assert (child.returncode, errors) == (0, "")
        assert time.monotonic() - began < 10, "it waits for no deadline"


def test_a_watch_that_tells_its_log_ends_before_the_interpreter(server: Server) -> None:
    """A thread that came back from the handler later would find no Python, inside the library."""
    program = """
        import logging
        class Slow(logging.Handler):
            def emit(self, record):
                time.sleep(0.3)
                print(record.getMessage().split()[-1], flush=True)
        logger = logging.getLogger("slow")
        logger.addHandler(Slow())
        logger.setLevel(logging.DEBUG)
        client, queue = at(sys.argv[1], log=logger), ytx.Queue()
        watch = client.watch_meeting(APPID, "rooms 1+", interval=0.2)
        queue.watch_meeting(client, APPID, "rooms 1+", interval=0.2)
        def go_on(step):
            while True:
                step()
        for step in (watch.__next__, lambda: queue.take(None)):
            threading.Thread(target=go_on, args=(step,), daemon=True).start()
        threading.excepthook = lambda *_: None
        sys.stdin.readline()
    """
    child = start(program, server.url)
    server.wait_asked(4)
    _, errors = child.communicate(timeout=30)
    assert (child.returncode, errors) == (0, "")


def test_asyncio_may_end_in_a_call(server: Server) -> None:
    program = """
        client = async_at(sys.argv[1])
        async def main():
            task = asyncio.ensure_future(client.meeting_state(APPID, "silence"))
            await asyncio.sleep(0.1)
        asyncio.run(main())
        print(failed(client, 1))
    """
    assert run(program, server.url) == "{'1010': 1}\n"
