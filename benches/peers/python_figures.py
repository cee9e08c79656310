"""Calls from Python, by the package of examples/python and by aiohttp.

    python_figures.py ytx thread|blocking URL CALLS      locks a room again and again, on a thread or
                                                         on the main one
    python_figures.py ytx|aiohttp awaited URL CALLS SLOTS
                                                         so many under way at once, each slot's room
                                                         locked
    python_figures.py ytx|aiohttp at-once URL CALLS      asks for a room's state, all at once

Prints, in one line: nanoseconds by the clock and of CPU time of all calls together, the most threads
that the process has had, and its greatest size in bytes. LD_LIBRARY_PATH and PYTHONPATH say where
libytx and the package are.
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
PATIENCE = 120
WARM_UP = 200


class Ytx:
    async def __aenter__(self):
        import ytx

        self.client = ytx.AsyncClient(SID, TOKEN, base_url=URL, timeout=PATIENCE)
        return self

    async def __aexit__(self, *_):
        self.client.close()

    async def lock(self, room):
        await self.client.lock_meeting(APPID, room)

    async def state(self, room):
        return (await self.client.meeting_state(APPID, room)).members


class Aiohttp:
    async def __aenter__(self):
        import aiohttp

        limit = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        self.session = aiohttp.ClientSession(connector=limit, timeout=timeout)
        return self

    async def __aexit__(self, *_):
        await self.session.close()

    async def lock(self, room):
        await self.call({"action": "lockMeeting", "appid": APPID, "confid": room, "lackstate": "1"})

    async def state(self, room):
        return await self.call({"action": "meetingState", "appid": APPID, "confid": room})

    async def call(self, body):
        stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + CHINAS_ZONE))
        sign = hashlib.md5((SID + TOKEN + stamp).encode()).hexdigest().upper()
        async with self.session.post(
            f"{URL}/201612/sid/{SID}/call/TeleMeeting.wx?Sign={sign}",
            data=json.dumps(body),
            headers={
                "Accept": "application/json",
                "Content-Type": "application/json;charset=utf-8",
                "Authorization": base64.b64encode(f"{SID}|{stamp}".encode()).decode(),
            },
        ) as response:
            answer = json.loads(await response.read())
        if response.status != 200 or answer["statusCode"] != "0":
            sys.exit("the platform did not accept")
        return answer["statusMsg"]


def now():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), usage.ru_utime + usage.ru_stime


def tell(before, threads):
    wall, cpu = (round((after - then) * 1e9) for then, after in zip(before, now()))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(wall, cpu, threads, memory)


def threads():
    return len(os.listdir("/proc/self/task"))


async def at_once(peer, calls):
    most = 0

    async def look():
        nonlocal most
        while True:
            most = max(most, threads())
            await asyncio.sleep(0.05)

    async with peer() as client:
        await client.state("002")
        looking = asyncio.ensure_future(look())
        before = now()
        await asyncio.gather(*(client.state("002") for _ in range(calls)))
        tell(before, max(most, threads()))
        looking.cancel()


async def awaited(peer, calls, slots):
    left = 0

    async def slot(number):
        nonlocal left
        while left > 0:
            left -= 1
            await client.lock(f"{number:03}")

    async with peer() as client:
        left = WARM_UP
        await asyncio.gather(*(slot(number) for number in range(slots)))
        left, before = calls, now()
        await asyncio.gather(*(slot(number) for number in range(slots)))
        tell(before, threads())


def blocking(calls):
    import ytx

    with ytx.Client(SID, TOKEN, base_url=URL) as client:
        for _ in range(WARM_UP):
            client.lock_meeting(APPID, "002")
        before = now()
        for _ in range(calls):
            client.lock_meeting(APPID, "002")
        tell(before, threads())


NAME, WORK, URL = sys.argv[1:4]
NUMBERS = [int(number) for number in sys.argv[4:]]
PEER = {"ytx": Ytx, "aiohttp": Aiohttp}[NAME]
if WORK == "blocking":
    blocking(*NUMBERS)
elif WORK == "thread":
    other = threading.Thread(target=blocking, args=NUMBERS)
    other.start()
    other.join()
else:
    asyncio.run({"at-once": at_once, "awaited": awaited}[WORK](PEER, *NUMBERS))
