"""Calls of Python, at once and one after the other, by the package of examples/python and by others.

    cargo run --release -p ytx-sandbox -- --quiet --delay 500 --listen 127.0.0.1:8190
    export LD_LIBRARY_PATH=target/release PYTHONPATH=examples/python
    python3 benches/peers/at_once.py ytx flight http://127.0.0.1:8190 10000
    python3 benches/peers/at_once.py aiohttp flight http://127.0.0.1:8190 10000

`flight` makes so many calls at once: it prints the milliseconds by the clock and of CPU time, the
most threads there were, and the most memory in MiB, each beyond what there was before. `rate` has 64
under way until so many were made, `line` makes one after the other, on the main thread, and `thread`
does on another one: these print microseconds a call by the clock and of CPU time.

aiohttp comes from PyPI; it keeps the session and the connections, and its answers are parsed.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import resource
import sys
import threading
import time

SID = "ff8080813c37da53013c804f8072007c"
TOKEN = "0123456789abcdef0123456789abcdef"
APPID = "ff8080813fc70a7b013fc72312324213"
CHINAS_ZONE = 8 * 3600
AT_ONCE = 64


class Ytx:
    async def __aenter__(self):
        import ytx

        self.client = ytx.AsyncClient(SID, TOKEN, base_url=URL, timeout=60)
        return self

    async def __aexit__(self, *_):
        self.client.close()

    async def call(self):
        return len((await self.client.meeting_state(APPID, "002")).members)


class Aiohttp:
    async def __aenter__(self):
        import aiohttp

        limit = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=60)
        self.session = aiohttp.ClientSession(connector=limit, timeout=timeout)
        return self

    async def __aexit__(self, *_):
        await self.session.close()

    async def call(self):
        stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + CHINAS_ZONE))
        sign = hashlib.md5((SID + TOKEN + stamp).encode()).hexdigest().upper()
        async with self.session.post(
            f"{URL}/201612/sid/{SID}/call/TeleMeeting.wx?Sign={sign}",
            data=json.dumps({"action": "meetingState", "appid": APPID, "confid": "002"}),
            headers={
                "Accept": "application/json",
                "Content-Type": "application/json;charset=utf-8",
                "Authorization": base64.b64encode(f"{SID}|{stamp}".encode()).decode(),
            },
        ) as response:
            answer = json.loads(await response.read())
        if response.status != 200 or answer["statusCode"] != "0":
            sys.exit("the platform did not accept")
        return len(answer["statusMsg"])


def cpu_time():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def flight(peer, calls):
    most = 0

    async def look():
        nonlocal most
        while True:
            most = max(most, len(os.listdir("/proc/self/task")))
            await asyncio.sleep(0.05)

    async with peer() as client:
        await client.call()
        looking = asyncio.ensure_future(look())
        threads, before = len(os.listdir("/proc/self/task")), memory()
        began, cpu = time.perf_counter(), cpu_time()
        await asyncio.gather(*(client.call() for _ in range(calls)))
        wall, cpu = time.perf_counter() - began, cpu_time() - cpu
        looking.cancel()
    print(f"{wall * 1e3:.0f} {cpu * 1e3:.0f} {most - threads} {memory() - before:.0f}")


async def rate(peer, calls):
    left = calls

    async def slot():
        nonlocal left
        while left > 0:
            left -= 1
            await client.call()

    async with peer() as client:
        await asyncio.gather(*(client.call() for _ in range(AT_ONCE)))
        began, cpu = time.perf_counter(), cpu_time()
        await asyncio.gather(*(slot() for _ in range(AT_ONCE)))
        told(began, cpu, calls)


def line(calls):
    import ytx

    with ytx.Client(SID, TOKEN, base_url=URL) as client:
        client.meeting_state(APPID, "002")
        began, cpu = time.perf_counter(), cpu_time()
        for _ in range(calls):
            client.meeting_state(APPID, "002")
        told(began, cpu, calls)


def told(began, cpu, calls):
    wall, cpu = time.perf_counter() - began, cpu_time() - cpu
    print(f"{wall / calls * 1e6:.1f} {cpu / calls * 1e6:.1f}")


NAME, WORK, URL = sys.argv[1:4]
CALLS = int(sys.argv[4])
if WORK in ("flight", "rate"):
    peer = {"ytx": Ytx, "aiohttp": Aiohttp}[NAME]
    asyncio.run({"flight": flight, "rate": rate}[WORK](peer, CALLS))
elif WORK == "line":
    line(CALLS)
else:
    other = threading.Thread(target=line, args=(CALLS,))
    other.start()
    other.join()
