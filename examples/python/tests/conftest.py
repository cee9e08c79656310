"""What the tests share: the sandbox's account, a server that does as it is told, and programs of
their own where a whole process is looked at."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import pytest
from server import Server

import ytx

APPID = os.environ.get("YTX_APPID", "")
CONFID = os.environ.get("YTX_CONFID", "")
SID = os.environ.get("YTX_ACCOUNT_SID", "")
TOKEN = os.environ.get("YTX_AUTH_TOKEN", "")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes what not every machine has")
    if "YTX_BASE_URL" not in os.environ or "YTX_SLOW_URL" not in os.environ:
        pytest.exit("`cargo test --test python` starts the sandboxes that these tests need", 2)


@pytest.fixture
def sandbox() -> str:
    """The address of a sandbox."""
    return os.environ["YTX_BASE_URL"]


@pytest.fixture
def slow() -> str:
    """The address of a sandbox that takes half a second for each answer."""
    return os.environ["YTX_SLOW_URL"]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that does what the room's number says."""
    with Server() as server:
        yield server


@pytest.fixture
def client(sandbox: str) -> Iterator[ytx.Client]:
    """A client of the sandbox."""
    with ytx.Client(SID, TOKEN, base_url=sandbox) as client:
        yield client


def at(url: str, **options: Any) -> ytx.Client:
    """A client of a server."""
    return ytx.Client(SID, TOKEN, base_url=url, **options)


def async_at(url: str, **options: Any) -> ytx.AsyncClient:
    """The same for asyncio."""
    return ytx.AsyncClient(SID, TOKEN, base_url=url, **options)


def failed(client: ytx.Client | ytx.AsyncClient, calls: int) -> dict[str, int]:
    """The failures among so many calls. One that was cancelled in a queue is counted a moment after
    its event."""
    while client.stats().calls < calls:
        time.sleep(0)
    return client.stats().failed


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Starts a Python program; its standard input ends when the test waits for its end."""
    begin = "import os, sys, time, threading, asyncio, ytx\nfrom conftest import *\n"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", begin + textwrap.dedent(program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=os.path.dirname(__file__),
    )


def run(program: str, *arguments: str) -> str:
    """Runs it to its end, which has to be a good one; returns what it has printed."""
    child = start(program, *arguments)
    try:
        printed, errors = child.communicate(timeout=150)
    except subprocess.TimeoutExpired:
        child.kill()
        raise
    assert child.returncode == 0, errors
    assert errors == ""
    return printed
