"""The cases that every language goes through: see tests/conformance.rs. They are done with the
client that blocks, or with "async" as argument by that of asyncio."""

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
    if "deadline_ms" in case:
        named["timeout"] = case["deadline_ms"] / 1000
    if case["call"] == "request":
        if "version" in case:
            named["version"] = case["version"]
        return [case["func"], case["func_url"], case["body_json"]], named
    return [case["appid"], case["confid"]], named


def blocking(case: dict[str, Any]) -> object:
    with ytx.Client(case["account_sid"], case["auth_token"], **options(case)) as client:
        if case.get("cancelled"):
            client.cancel()
        positional, named = arguments(case)
        return getattr(client, case["call"])(*positional, **named)


async def awaited(case: dict[str, Any]) -> object:
    async with ytx.AsyncClient(case["account_sid"], case["auth_token"], **options(case)) as client:
        if case.get("cancelled"):
            client.cancel()
        positional, named = arguments(case)
        return await getattr(client, case["call"])(*positional, **named)


def run(case: dict[str, Any]) -> Seen:
    by_asyncio = sys.argv[1:] == ["async"]
    try:
        result = asyncio.run(awaited(case)) if by_asyncio else blocking(case)
    except ytx.Error as error:
        return {
            "status": error.status,
            "name": error.name,
            "retryable": error.retryable,
            "says": error.message,
            "sent": error.sent,
            "attempts": error.attempts,
            "http_status": error.http_status,
        }
    seen: Seen = {"status": 0, "name": "YTX_OK", "retryable": False, "answer": result}
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
