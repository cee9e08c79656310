"""The Python peer: requests, with a session a thread. The command line and the output are those
of peer.c.
"""

import base64
import hashlib
import resource
import sys
import threading
import time

import requests

SID = "ff8080813c37da53013c804f8072007c"
TOKEN = "0123456789abcdef0123456789abcdef"
CHINAS_ZONE = 8 * 3600


def call(session, base, work):
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + CHINAS_ZONE))
    sign = hashlib.md5((SID + TOKEN + stamp).encode()).hexdigest().upper()
    ask = {"action": "lockMeeting", "appid": "ff8080813fc70a7b013fc72312324213", "confid": "002"}
    if work == "state":
        ask["action"] = "meetingState"
    else:
        ask["lackstate"] = "1"
    response = session.post(
        f"{base}/201612/sid/{SID}/call/TeleMeeting.wx?Sign={sign}",
        json=ask,
        headers={
            "Accept": "application/json",
            "Content-Type": "application/json;charset=utf-8",
            "Authorization": base64.b64encode(f"{SID}|{stamp}".encode()).decode(),
        },
        timeout=15,
    )
    if response.status_code != 200 or response.json()["statusCode"] != "0":
        sys.exit("the platform did not accept")


def cpu_time():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return round((usage.ru_utime + usage.ru_stime) * 1e9)


def main():
    base, work = sys.argv[1:3]
    threads, calls, rounds = map(int, sys.argv[3:])
    barrier = threading.Barrier(threads + 1)
    spans = [[] for _ in range(rounds)]  # for each round, when each thread began and ended
    took = [[] for _ in range(threads)]

    def run(mine):
        session = requests.Session()
        session.trust_env = False  # no look at the environment for each call
        call(session, base, work)
        barrier.wait()
        for span in spans:
            barrier.wait()
            began = last = time.perf_counter_ns()
            for _ in range(calls):
                call(session, base, work)
                end = time.perf_counter_ns()
                mine.append(end - last)
                last = end
            span.append((began, last))
        barrier.wait()

    running = [threading.Thread(target=run, args=(mine,), daemon=True) for mine in took]
    for thread in running:
        thread.start()
    barrier.wait()
    before = cpu_time()
    for _ in spans:
        barrier.wait()
    barrier.wait()
    cpu = cpu_time() - before
    wall = sum(max(end for _, end in span) - min(began for began, _ in span) for span in spans)
    print(wall, cpu)
    for mine in took:
        print("\n".join(map(str, mine)))


main()
