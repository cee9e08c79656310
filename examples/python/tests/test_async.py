"""The client of asyncio: no thread, cancellation, its loops and their end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import time
from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from programs import APPID, CONFID, async_at, failed, run
from server import Server

import ytx

T = TypeVar("T")


def in_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs it in a loop of its own, within a time."""

    async def limited() -> T:
        return await asyncio.wait_for(coroutine, 30)

    return asyncio.run(limited())


def descriptors() -> Counter[str]:
    """What the process has open, connections apart: idle ones are closed in time."""
    found: Counter[str] = Counter()
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the folder's own
            found[os.readlink(f"/proc/self/fd/{name}").partition(":[")[0]] += 1
    del found["socket"]
    return found


def test_the_calls(sandbox: str) -> None:
    async def main() -> None:
        async with async_at(sandbox) as client:
            await client.lock_meeting(APPID, CONFID)
            assert len((await client.meeting_state(APPID, CONFID)).members) == 5
            await client.unlock_meeting(APPID, CONFID)
            body = {"action": "meetingState", "appid": APPID, "confid": CONFID}
            assert "statusCode" in await client.request("call", "TeleMeeting.wx", body)
            with pytest.raises(ytx.Error) as caught:
                await client.lock_meeting("of nobody", CONFID)
            assert caught.value.status == ytx.Status.APP_CHECK_FAILED
            with pytest.raises(TypeError, match="confid has to be a str"):
                await client.lock_meeting(APPID, 7)  # type: ignore[arg-type]

    in_loop(main())


AT_ONCE = """
    import resource
    url, count = sys.argv[1], int(sys.argv[2])
    threads = 0
    async def look():
        global threads
        while True:
            threads = max(threads, len(os.listdir("/proc/self/task")))
            await asyncio.sleep(0.02)
    async def main():
        looking = asyncio.ensure_future(look())
        async with async_at(url, timeout=60, connect_timeout=60) as client:
            states = [client.meeting_state(APPID, CONFID) for _ in range(count)]
            states = await asyncio.gather(*states)
            assert all(len(state.members) == 5 for state in states)
        looking.cancel()
    asyncio.run(main())
    assert threading.active_count() == 1, threading.enumerate()
    print(threads)
"""


def at_once(url: str, count: int) -> None:
    # Those of the library: a few for all queues of a process, whatever the number of calls.
    assert 2 <= int(run(AT_ONCE, url, str(count))) <= 1 + 64


def test_a_thousand_calls_at_once(slow: str) -> None:
    at_once(slow, 1000)


@pytest.mark.long
def test_ten_thousand_calls_at_once(slow: str) -> None:
    at_once(slow, 10_000)


def test_more_calls_than_descriptors(sandbox: str) -> None:
    """A queue's limits reach no caller who has not asked for one."""
    program = """
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        async def main():
            async with async_at(sys.argv[1], timeout=120) as client:
                await asyncio.gather(*(client.lock_meeting(APPID, f"no {i}") for i in range(5000)),
                                     return_exceptions=True)
                print(client.stats().failed)
        asyncio.run(main())
    """
    assert run(program, sandbox) == "{'-101': 5000}\n"


def test_a_cancelled_task_cancels_its_call(server: Server) -> None:
    async def main() -> None:
        async with async_at(server.url) as client:
            task = asyncio.ensure_future(client.meeting_state(APPID, "silence"))
            await asyncio.to_thread(server.wait_asked, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(server.wait_closed, 1)
            assert failed(client, 1) == {"1010": 1}
            # What is late disturbs nobody.
            await client.lock_meeting(APPID, CONFID)

    in_loop(main())


def test_wait_for_and_a_timeout_of_one_call(server: Server) -> None:
    async def main() -> None:
        async with async_at(server.url) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.meeting_state(APPID, "silence"), 0.2)
            with pytest.raises(ytx.TimeoutError, match="200 ms"):
                await client.meeting_state(APPID, "silence", timeout=0.2)
            assert failed(client, 2) == {"1004": 1, "1010": 1}

    in_loop(main())


def test_cancel_ends_all_calls(server: Server) -> None:
    async def main() -> None:
        async with async_at(server.url) as client:
            calls = [client.meeting_state(APPID, "silence", timeout=t) for t in (None, 50, None)]
            tasks = [asyncio.ensure_future(call) for call in calls]
            await asyncio.to_thread(server.wait_asked, 3)
            client.cancel()
            for error in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(error, ytx.Error)
                assert error.kind is ytx.Kind.CANCELLED
            for timeout in (None, 50):
                with pytest.raises(ytx.Error) as caught:
                    await client.meeting_state(APPID, CONFID, timeout=timeout)
                assert caught.value.kind is ytx.Kind.CANCELLED

    in_loop(main())


def test_the_locks_of_a_room_go_out_in_order(server: Server) -> None:
    async def main() -> None:
        async with async_at(server.url) as client:
            calls = [
                (client.lock_meeting if i % 3 else client.unlock_meeting)(APPID, "1")
                for i in range(50)
            ]
            await asyncio.gather(*calls)

    in_loop(main())
    sent = [int(it["lackstate"]) for it in server.asked]
    assert sent == [1 if i % 3 else 0 for i in range(50)]


def test_a_client_outlives_its_loops_and_leaves_nothing(sandbox: str) -> None:
    async def main(client: ytx.AsyncClient) -> None:
        await asyncio.gather(*(client.meeting_state(APPID, CONFID) for _ in range(10)))

    def use() -> None:
        client, other = async_at(sandbox), async_at(sandbox)
        for _ in range(3):
            in_loop(main(client))
            in_loop(main(other))
        client.close()
        other.close()
        gc.collect()

    use()  # the library's threads, which are there from now on, have descriptors
    before = descriptors()
    use()
    assert descriptors() - before == Counter()


def test_calls_under_way_finish_after_close(slow: str) -> None:
    async def main() -> None:
        client = async_at(slow)
        task = asyncio.ensure_future(client.meeting_state(APPID, CONFID))
        await asyncio.sleep(0)
        client.close()
        assert len((await task).members) == 5
        with pytest.raises(ytx.InvalidHandleError, match="client: it is closed"):
            await client.meeting_state(APPID, CONFID)

    in_loop(main())


def test_drain_is_the_clients_own(slow: str) -> None:
    async def main() -> None:
        async with async_at(slow) as client, async_at(slow) as other:
            under_way = asyncio.ensure_future(client.meeting_state(APPID, CONFID))
            watch = client.watch_meeting(APPID, CONFID)
            others = asyncio.ensure_future(other.watch_meeting(APPID, CONFID).__anext__())
            await asyncio.sleep(0)
            await client.drain()
            assert under_way.done()
            assert len(under_way.result().members) == 5
            assert [event async for event in watch if event.kind != "snapshot"] == []
            calls = (
                lambda: client.meeting_state(APPID, CONFID),
                lambda: client.watch_meeting(APPID, CONFID).__anext__(),
            )
            for call in calls:
                with pytest.raises(ytx.Error, match="the client drains") as caught:
                    await call()
                assert caught.value.kind is ytx.Kind.CANCELLED
            assert (await others).kind == "snapshot"
            await other.lock_meeting(APPID, CONFID)
            await client.drain()

    in_loop(main())


def test_a_busy_loop_is_not_held_up(slow: str) -> None:
    async def main() -> None:
        async with async_at(slow) as client:
            calls = asyncio.gather(*(client.meeting_state(APPID, CONFID) for _ in range(200)))
            longest, last = 0.0, time.monotonic()
            while not calls.done():
                await asyncio.sleep(0.001)
                longest, last = max(longest, time.monotonic() - last), time.monotonic()
            await calls
            assert longest < 2, "calls that wait would hold it for half a second each"

    in_loop(main())
