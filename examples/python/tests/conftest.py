"""What the tests are given: sandboxes, a server that does as it is told, and a client."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from programs import at
from server import Server

import ytx


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
    with at(sandbox) as client:
        yield client
