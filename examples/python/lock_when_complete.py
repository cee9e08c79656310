"""Locks a conference room once everyone invited has joined.

    python3 lock_when_complete.py 13112341314 18912345326

It watches the room once a second. The account, the application and the room come from the
environment; `cargo run -p ytx-sandbox -- --join 3000` plays a room that fills, and prints what to
set.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import ytx


def main() -> int:
    names = ["YTX_ACCOUNT_SID", "YTX_AUTH_TOKEN", "YTX_APPID", "YTX_CONFID"]
    sid, token, appid, room = values = [os.environ.get(name, "") for name in names]
    invited = sys.argv[1:]
    for name, value in zip(names, values):
        if not value:
            print(f"lock_when_complete: {name} is not set", file=sys.stderr)
    if not invited:
        print("usage: lock_when_complete NUMBER...", file=sys.stderr)
    if not invited or not all(values):
        return 2
    try:
        # The retries are for the lock.
        url = os.environ.get("YTX_BASE_URL")
        with ytx.Client(sid, token, base_url=url, max_retries=5) as client:
            lock_when_complete(client, appid, room, invited)
    except ytx.Error as error:
        print(f"room {room}: {error.message}", file=sys.stderr)
        return 1
    print(f"room {room}: locked")
    return 0


def lock_when_complete(client: ytx.Client, appid: str, room: str, invited: list[str]) -> None:
    last = None
    for news in client.watch_meeting(appid, room, interval=1):
        if news.error is not None:  # the watch goes on by itself
            print(f"room {room}: {news.error.message}; trying again", file=sys.stderr)
            continue
        missing = find_missing(invited, news.members)
        if missing != last:
            report(room, len(invited), missing)
        if not missing:
            break
        last = missing
    client.lock_meeting(appid, room)


def find_missing(invited: list[str], members: Iterable[ytx.Member]) -> list[str]:
    """Who of those invited is not on line."""
    joined = [member.phone for member in members if member.online]
    return [number for number in invited if not any(same_number(number, it) for it in joined)]


def same_number(number: str, shown: str) -> bool:
    """Whether a number is the one that the platform shows as 131****1314."""
    digits = zip(number, shown)
    return len(number) == len(shown) and all(it in ("*", digit) for digit, it in digits)


def report(room: str, invited: int, missing: list[str]) -> None:
    waiting = ", waiting for " + ", ".join(missing) if missing else ""
    print(f"room {room}: {invited - len(missing)} of {invited} joined{waiting}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
