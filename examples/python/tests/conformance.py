"""The cases that every language goes through: see tests/conformance.rs. They are done with the
client that blocks and, where they are queued, with a queue; or with "async" as argument all by the
client of asyncio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import ytx

Seen = dict[str, Any]


def options(case: dict[str, Any]) -> dict[str, Any]:
    chosen = {}
    for name, value in case["options"].items():
        if name.endswith("_ms"):
            chosen[name[:-3]] = value / 1000
        else:
            chosen[name] = value
    return chosen


def arguments(case: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    named: dict[str, Any] = {}
    if "interval_ms" in case:
        named["interval"] = case["interval_ms"] / 1000
    if "deadline_ms" in case:
        named["timeout"] = case["deadline_ms"] / 1000
    if case["call"] == "request":
        if "version" in case:
            named["version"] = case["version"]
        return [case["func"], case["func_url"], case["body_json"]], named
    return [case["appid"], case["confid"]], named


def told(events: list[Seen], event: ytx.RoomEvent, case: dict[str, Any]) -> bool:
    """Notes what a watch tells; tells whether the watch is to be left."""
    seen: Seen = event._asdict()
    for name in ("joined", "left", "muted", "unmuted", "members"):
        seen[name] = [member.phone for member in seen[name]]
    seen["error"] = None if event.error is None else event.error.status
    del seen["confid"]
    events.append(seen)
    return case["expect"]["status"] == 0 and len(events) == len(case["expect"]["events"])


def blocking(case: dict[str, Any], events: list[Seen]) -> object:
    with ytx.Client(case["account_sid"], case["auth_token"], **options(case)) as client:
        if case.get("cancelled"):
            client.cancel()
        positional, named = arguments(case)
        if case["call"] == "watch_meeting":
            for event in client.watch_meeting(*positional, **named):
                if told(events, event, case):
                    break
            return None
        if case.get("queued"):
            return queued(client, case, positional, named)
        return getattr(client, case["call"])(*positional, **named)


def queued(client: ytx.Client, case: dict[str, Any], positional: Any, named: Any) -> object:
    with ytx.Queue() as queue:
        ticket = getattr(queue, case["call"])(client, *positional, tag=client, **named)
        if case.get("cancel"):
            queue.cancel(ticket)
        event = queue.take(None)
        assert event is not None
        assert (event.type, event.ticket, event.tag) == (ytx.EventType.DONE, ticket, client)
        return event.result()


async def awaited(case: dict[str, Any], events: list[Seen]) -> object:
    async with ytx.AsyncClient(case["account_sid"], case["auth_token"], **options(case)) as client:
        if case.get("cancelled"):
            client.cancel()
        positional, named = arguments(case)
        if case["call"] == "watch_meeting":
            async for event in client.watch_meeting(*positional, **named):
                if told(events, event, case):
                    break
            return None
        task = asyncio.ensure_future(getattr(client, case["call"])(*positional, **named))
        if case.get("cancel"):
            await asyncio.sleep(0)  # it is submitted
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                while not client.stats().calls:  # what the library says of it
                    await asyncio.sleep(0)
                (status,) = client.stats().failed
                raise ytx.Error(int(status), "cancelled") from None
        return await task


def run(case: dict[str, Any]) -> Seen:
    by_asyncio = sys.argv[1:] == ["async"]
    events: list[Seen] = []
    try:
        result = asyncio.run(awaited(case, events)) if by_asyncio else blocking(case, events)
    except ytx.Error as error:
        return {
            "status": error.status,
            "name": error.name,
            "retryable": error.retryable,
            "says": error.message,
            "sent": error.sent,
            "attempts": error.attempts,
            "http_status": error.http_status,
            "events": events,
        }
    seen: Seen = {"status": 0, "name": "YTX_OK", "retryable": False, "answer": result}
    seen["events"] = events
    if isinstance(result, ytx.MeetingState):
        seen["members"] = [member._asdict() for member in result.members]
    return seen


def main() -> None:
    with open(os.environ["YTX_CONFORMANCE"], encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        seen = run(case)
        for what, expected in case["expect"].items():
            found = seen.get(what)
            if not (expected in found if what == "says" and found else found == expected):
                sys.exit(f"{case['name']}: {what} is not {expected!r} in {seen}")
    print(f"{len(cases)} cases as expected")


main()
