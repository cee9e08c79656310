"""What a caller may set, as ytx_options has it; and which of it was refused."""

from __future__ import annotations

import ctypes
import os
from typing import Union

from . import _native
from ._arguments import Seconds, count, milliseconds, optional_text
from ._errors import Error, error_of, failed, not_allowed
from ._log import Log
from ._status import Kind

#: The path of a file.
Path = Union[str, "os.PathLike[str]"]

# Why a text may be refused. It is asked for only when one was: see ytx.h for all of it.
_WANTED = {
    "account_sid": "1 to 128 letters, digits, _ and - are needed",
    "auth_token": "1 to 1024 bytes of text without control characters are needed",
    "base_url": "http:// or https:// and a host are needed, with neither user nor query",
    "proxy": "http://[user:password@]host:port is needed",
    "ca_file": "a file of PEM certificates, each of which can be used, is needed",
    "user_agent": "a text without control characters is needed",
    "source_address": "an IPv4 or IPv6 address is needed, without brackets, port or zone",
}
_TEXTS = ("base_url", "proxy", "ca_file", "user_agent", "source_address")


def options(
    base_url: str | None,
    timeout: Seconds | None,
    connect_timeout: Seconds | None,
    max_retries: int,
    max_idle_connections: int | None,
    idle_timeout: Seconds | None,
    max_response_bytes: int | None,
    proxy: str | None,
    ca_file: Path | None,
    user_agent: str | None,
    source_address: str | None,
) -> _native.Options:
    """The options as the library takes them."""
    path = None if ca_file is None else os.fspath(ca_file)
    return _native.Options(
        struct_size=ctypes.sizeof(_native.Options),
        base_url=optional_text("base_url", base_url),
        timeout_ms=milliseconds("timeout", timeout),
        connect_timeout_ms=milliseconds("connect_timeout", connect_timeout),
        max_retries=count("max_retries", max_retries),
        max_idle_connections=count("max_idle_connections", max_idle_connections),
        idle_timeout_ms=milliseconds("idle_timeout", idle_timeout),
        max_response_bytes=count("max_response_bytes", max_response_bytes),
        proxy=optional_text("proxy", proxy),
        ca_file=optional_text("ca_file", path),
        user_agent=optional_text("user_agent", user_agent),
        source_address=optional_text("source_address", source_address),
    )


def new_client(sid: bytes, token: bytes, chosen: _native.Options, log: Log | None) -> int:
    """Makes a client of the library; what it refuses is an error that names the argument."""
    if log is not None:
        chosen.log, chosen.log_level = log.address, log.level
    status = ctypes.c_int32()
    client: int | None = _native.client_new(sid, token, chosen, status)
    if client is not None:
        return client
    if status.value != Kind.INVALID_ARGUMENT.value:
        raise failed(status.value, "")
    if log is not None and log.last_error:
        raise error_of(Kind.INVALID_ARGUMENT, log.last_error.replace("ytx_client_new: ", "", 1))
    raise _refused(sid, token, chosen)


def _refused(sid: bytes, token: bytes, chosen: _native.Options) -> Error:
    """Which argument it was. The library tells a log only, and to make one is to make a callback;
    so each argument is tried alone, with others that are known to be allowed."""
    for name, value in (("account_sid", sid), ("auth_token", token)):
        pair = (value, b"x") if name == "account_sid" else (b"x", value)
        if not _allowed(*pair, _native.Options(struct_size=ctypes.sizeof(_native.Options))):
            return not_allowed(name, _WANTED[name])
    for name in _TEXTS:
        value = getattr(chosen, name)
        alone = _native.Options(struct_size=ctypes.sizeof(_native.Options))
        setattr(alone, name, value)
        if not _allowed(b"x", b"x", alone):
            return not_allowed(name, _reason(name, value))
    return not_allowed("options", "together they are not allowed")


def _allowed(sid: bytes, token: bytes, chosen: _native.Options) -> bool:
    client: int | None = _native.client_new(sid, token, chosen, None)
    _native.client_free(client)
    return client is not None


def _reason(name: str, value: bytes) -> str:
    if name == "ca_file" and value:
        try:
            with open(value, "rb"):
                pass
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
    return _WANTED[name]
