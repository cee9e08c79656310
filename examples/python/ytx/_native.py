"""The functions and structures of ytx.h, as they are. It converts nothing but strings that the
library returned."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    Structure,
    c_char_p,
    c_int32,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

from . import _library

# What a function of ctypes is to the type checker.
Function = Any


class Options(Structure):
    """ytx_options, field by field."""

    _fields_ = (
        ("struct_size", c_size_t),
        ("base_url", c_char_p),
        ("connect_timeout_ms", c_uint32),
        ("timeout_ms", c_uint32),
        ("max_retries", c_uint32),
        ("max_idle_connections", c_uint32),
        ("idle_timeout_ms", c_uint32),
        ("max_response_bytes", c_uint32),
        ("log_level", c_uint32),
        ("reserved", c_uint32),
        ("proxy", c_char_p),
        ("ca_file", c_char_p),
        ("user_agent", c_char_p),
        ("log", c_void_p),
        ("log_user_data", c_void_p),
        ("source_address", c_char_p),
    )


class QueueOptions(Structure):
    """ytx_queue_options, field by field."""

    _fields_ = (
        ("struct_size", c_size_t),
        ("max_pending", c_uint32),
        ("max_in_flight", c_uint32),
        ("max_watches", c_uint32),
        ("reserved", c_uint32),
    )


class Event(Structure):
    """ytx_event, field by field."""

    _fields_ = (
        ("struct_size", c_size_t),
        ("json", c_void_p),
        ("ticket", c_uint64),
        ("tag", c_uint64),
        ("type", c_int32),
        ("status", c_int32),
    )


UNLOCK, LOCK = 0, 1
DONE, ROOM, ENDED, CLOSED = 1, 2, 3, 4
MEMBERS_ALL, MEMBERS_JOINED, MEMBERS_LEFT, MEMBERS_MUTED, MEMBERS_UNMUTED = range(5)

_library_loaded = _library.load()
# Its functions keep the GIL: for those that return before giving it up would have paid.
_quick = ctypes.PyDLL(_library_loaded._name, handle=_library_loaded._handle)

_STATUS = POINTER(c_int32)


def _function(name: str, returns: Any, *takes: Any, quick: bool = False) -> Function:
    function = getattr(_quick if quick else _library_loaded, name)
    function.restype = returns
    function.argtypes = takes
    return function


version = _function("ytx_version", c_char_p, quick=True)
status_name = _function("ytx_status_name", c_char_p, c_int32, quick=True)
status_text = _function("ytx_status_text", c_char_p, c_int32, quick=True)
status_is_retryable = _function("ytx_status_is_retryable", c_int32, c_int32, quick=True)
string_free = _function("ytx_string_free", None, c_void_p, quick=True)

client_new = _function("ytx_client_new", c_void_p, c_char_p, c_char_p, POINTER(Options), _STATUS)
client_with_timeout = _function(
    "ytx_client_with_timeout", c_void_p, c_void_p, c_uint32, _STATUS, quick=True
)
client_cancel = _function("ytx_client_cancel", c_int32, c_void_p)
client_free = _function("ytx_client_free", None, c_void_p)
client_stats = _function("ytx_client_stats", c_void_p, c_void_p, _STATUS)

lock_meeting = _function(
    "ytx_lock_meeting", c_void_p, c_void_p, c_char_p, c_char_p, c_int32, _STATUS
)
meeting_state = _function("ytx_meeting_state", c_void_p, c_void_p, c_char_p, c_char_p, _STATUS)
request = _function(
    "ytx_request", c_void_p, c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, _STATUS
)

queue_new = _function("ytx_queue_new", c_void_p, POINTER(QueueOptions), _STATUS)
queue_fd = _function("ytx_queue_fd", ctypes.c_ssize_t, c_void_p, quick=True)
queue_take = _function("ytx_queue_take", c_int32, c_void_p, POINTER(Event), c_int32)
queue_cancel = _function("ytx_queue_cancel", c_int32, c_void_p, c_uint64)
queue_close = _function("ytx_queue_close", c_int32, c_void_p)
queue_drain = _function("ytx_queue_drain", c_int32, c_void_p)
queue_free = _function("ytx_queue_free", None, c_void_p)
queue_stats = _function("ytx_queue_stats", c_void_p, c_void_p, _STATUS)

_SUBMIT = (c_void_p, c_void_p, c_char_p, c_char_p)  # client, queue and the first two texts
lock_meeting_async = _function(
    "ytx_lock_meeting_async", c_uint64, *_SUBMIT, c_int32, c_uint64, _STATUS
)
meeting_state_async = _function("ytx_meeting_state_async", c_uint64, *_SUBMIT, c_uint64, _STATUS)
request_async = _function(
    "ytx_request_async", c_uint64, *_SUBMIT, c_char_p, c_char_p, c_uint64, _STATUS
)
watch_meeting = _function("ytx_watch_meeting", c_uint64, *_SUBMIT, c_uint32, c_uint64, _STATUS)

members_read = _function("ytx_members_read", c_void_p, c_char_p, c_int32, _STATUS, quick=True)
members_count = _function("ytx_members_count", c_size_t, c_void_p, quick=True)
members_phone = _function("ytx_members_phone", c_char_p, c_void_p, c_size_t, quick=True)
members_meid = _function("ytx_members_meid", c_char_p, c_void_p, c_size_t, quick=True)
members_statusname = _function("ytx_members_statusname", c_char_p, c_void_p, c_size_t, quick=True)
members_ifmutename = _function("ytx_members_ifmutename", c_char_p, c_void_p, c_size_t, quick=True)
members_online = _function("ytx_members_online", c_int32, c_void_p, c_size_t, quick=True)
members_muted = _function("ytx_members_muted", c_int32, c_void_p, c_size_t, quick=True)
members_free = _function("ytx_members_free", None, c_void_p, quick=True)


def text(pointer: int | None) -> str:
    """The text of a string that the library returned, which is released. "" for none."""
    if not pointer:
        return ""
    try:
        return ctypes.string_at(pointer).decode()
    finally:
        string_free(pointer)
