"""What the tests and the programs that they start share. It is loaded by each of those, so without
pytest."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from typing import Any

import ytx

APPID = os.environ.get("YTX_APPID", "")
CONFID = os.environ.get("YTX_CONFID", "")
SID = os.environ.get("YTX_ACCOUNT_SID", "")
TOKEN = os.environ.get("YTX_AUTH_TOKEN", "")


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
    begin = "import os, sys, time, threading, asyncio, ytx\nfrom programs import *\n"
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
