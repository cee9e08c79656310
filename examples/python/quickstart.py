"""Locks a conference room, shows who is in it, unlocks it; then it shows what a refusal and a local
error look like, and the same calls with asyncio.

`cargo run --example quickstart -- python` runs it against the local sandbox. With libytx and this
package installed:

    python3 quickstart.py

It says which environment variables it needs; `cargo run -p ytx-sandbox` prints a set of them.
"""

from __future__ import annotations

import asyncio
import os
import sys

import ytx


def need(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        hint = "`cargo run -p ytx-sandbox` starts a local platform and prints all"
        sys.exit(f"quickstart: set {name}; {hint}")
    return value


def main() -> None:
    url, sid, token = need("YTX_BASE_URL"), need("YTX_ACCOUNT_SID"), need("YTX_AUTH_TOKEN")
    appid, room = need("YTX_APPID"), need("YTX_CONFID")

    with ytx.Client(sid, token, base_url=url, timeout=10) as client:
        print(f"1. Lock room {room}")
        client.lock_meeting(appid, room)

        print(f"\n2. Who is in room {room}")
        members = client.meeting_state(appid, room).members
        for member in members:  # None: a word of the platform's that is not known
            print(f"   {member.phone}  on line: {member.online!s:5}  muted: {member.muted}")
        print(f"   {len(members)} in the room")

        print(f"\n3. Unlock room {room}")
        client.unlock_meeting(appid, room)

        print("\n4. A refusal: an appid that isn't ours")
        try:
            client.lock_meeting("an-appid-of-nobody", room)
            sys.exit("that was to be refused")
        except ytx.Error as error:
            print("  ", error)
            if error.status != ytx.Status.APP_CHECK_FAILED:
                raise

    print("\n5. A local error: a port nobody listens on")
    with ytx.Client(sid, token, base_url="http://127.0.0.1:1") as nowhere:
        try:
            nowhere.lock_meeting(appid, room)
            sys.exit("that was not to connect")
        except ytx.Error as error:
            if error.kind is not ytx.Kind.CONNECT:
                raise
            print(f"   {error}\n   Worth trying again: {error.retryable}. Sent: {error.sent}.")

    print("\n6. With asyncio, ten calls at once")
    print(f"   {asyncio.run(at_once(url, sid, token, appid, room))} answers")
    print("\nAll as it should be.")


async def at_once(url: str, sid: str, token: str, appid: str, room: str) -> int:
    async with ytx.AsyncClient(sid, token, base_url=url) as client:
        return len(await asyncio.gather(*(client.meeting_state(appid, room) for _ in range(10))))


if __name__ == "__main__":
    main()
