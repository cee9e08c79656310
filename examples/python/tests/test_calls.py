"""What the calls return, and what they refuse before anything is sent."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest
from programs import APPID, CONFID, SID, TOKEN, async_at, at
from server import Server

import ytx


def test_a_room_is_locked_shown_and_unlocked(client: ytx.Client) -> None:
    assert "statusCode" in client.lock_meeting(APPID, CONFID)
    state = client.meeting_state(APPID, CONFID)
    assert len(state.members) == 5
    assert state.members[1] == ytx.Member("002", "189****5326", "在线", "未静音", True, False)
    client.unlock_meeting(APPID, CONFID)


def test_a_body_may_be_a_mapping(client: ytx.Client) -> None:
    body = {"action": "meetingState", "appid": APPID, "confid": CONFID}
    assert '"statusMsg":[' in client.request("call", "TeleMeeting.wx", body).replace(" ", "")


def test_a_refusal_is_an_error(client: ytx.Client) -> None:
    with pytest.raises(ytx.Error) as caught:
        client.lock_meeting("of nobody", CONFID)
    error = caught.value
    assert error.kind is ytx.Kind.REFUSED
    assert error.status == ytx.Status.APP_CHECK_FAILED
    assert error.name == "YTX_APP_CHECK_FAILED"
    assert error.sent and not error.retryable
    assert error.answer is not None and "-205" in error.answer
    assert "-205" in str(error)


def test_an_error_goes_to_another_process(client: ytx.Client) -> None:
    with pytest.raises(ytx.Error) as caught:
        client.lock_meeting("of nobody", CONFID)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert vars(again) == vars(caught.value)


@pytest.mark.parametrize("timeout", [0.2, timedelta(milliseconds=200)])
def test_a_timeout_of_one_call(server: Server, timeout: Any) -> None:
    with at(server.url) as client, pytest.raises(TimeoutError) as caught:
        client.meeting_state(APPID, "silence", timeout=timeout)
    assert isinstance(caught.value, ytx.TimeoutError)
    assert caught.value.kind is ytx.Kind.TIMEOUT
    assert "200 ms" in caught.value.message


def test_a_little_time_is_not_none(server: Server) -> None:
    for timeout in (0, 1e-9):
        with at(server.url) as client, pytest.raises(ytx.TimeoutError, match="within 1 ms"):
            client.meeting_state(APPID, "silence", timeout=timeout)


CALLS: list[tuple[str, tuple[Any, ...], type[Exception], str]] = [
    ("lock_meeting", (None, "1"), TypeError, "appid has to be a str, not NoneType"),
    ("lock_meeting", (APPID, b"1"), TypeError, "confid has to be a str, not bytes"),
    ("meeting_state", (APPID, 2), TypeError, "confid has to be a str, not int"),
    ("meeting_state", (APPID, "1\0"), ValueError, "confid: it has a NUL"),
    ("meeting_state", (APPID, "\ud800"), ValueError, "confid: half a surrogate"),
    ("meeting_state", (APPID, "x" * 1025), ValueError, "confid"),
    ("meeting_state", (APPID, ""), ValueError, "confid"),
    ("unlock_meeting", ("a\n", "1"), ValueError, "appid"),
    ("request", ("call", "a/b", "{}"), ValueError, "func_url"),
    ("request", ("call", "a.wx", 7), TypeError, "body_json has to be a str or a mapping"),
    ("request", ("call", "a.wx", "[]"), ValueError, "body_json"),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "words"), CALLS)
def test_what_is_not_allowed_names_the_argument(
    server: Server, name: str, arguments: tuple[Any, ...], kind: type[Exception], words: str
) -> None:
    with at(server.url) as client, pytest.raises(kind, match=words) as caught:
        getattr(client, name)(*arguments)
    if isinstance(caught.value, ytx.Error):
        assert caught.value.kind is ytx.Kind.INVALID_ARGUMENT
        assert not caught.value.sent
    assert server.asked == []


TIMES = [
    ("1", TypeError, "timeout has to be seconds or a timedelta, not str"),
    (True, TypeError, "timeout has to be"),
    (-1, ValueError, "timeout: -1 is no time"),
    (float("nan"), ValueError, "timeout: nan is no time"),
]


@pytest.mark.parametrize(("timeout", "kind", "words"), TIMES)
def test_a_time_that_is_none(
    server: Server, timeout: Any, kind: type[Exception], words: str
) -> None:
    with at(server.url) as client, pytest.raises(kind, match=words):
        client.lock_meeting(APPID, CONFID, timeout=timeout)
    with pytest.raises(kind, match=words):
        at(server.url, timeout=timeout)
    assert server.asked == []


OPTIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"base_url": "ftp://x"}, ValueError, "base_url: http:// or https://"),
    ({"base_url": 7}, TypeError, "base_url has to be a str"),
    ({"proxy": "https://127.0.0.1:1"}, ValueError, "proxy: http://"),
    ({"user_agent": ""}, ValueError, "user_agent"),
    ({"ca_file": "/nowhere/证书.pem"}, ValueError, "ca_file: it cannot be read: No such file"),
    ({"source_address": "[::1]"}, ValueError, "source_address"),
    ({"max_retries": -1}, ValueError, "max_retries: -1 is not within"),
    ({"max_retries": "1"}, TypeError, "max_retries has to be an int"),
    ({"max_response_bytes": 1 << 32}, ValueError, "max_response_bytes"),
    ({"log": print}, TypeError, "log has to be a logging.Logger"),
]


@pytest.mark.parametrize(("options", "kind", "words"), OPTIONS)
def test_an_option_that_is_not_allowed(
    options: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        ytx.Client(SID, TOKEN, **options)
    with pytest.raises(kind, match=words):
        ytx.AsyncClient(SID, TOKEN, **options)


@pytest.mark.parametrize(
    ("sid", "token", "words"), [("a/b", TOKEN, "account_sid"), (SID, "a\nb", "auth_token")]
)
def test_an_account_that_is_none(sid: str, token: str, words: str) -> None:
    with pytest.raises(ytx.InvalidArgumentError, match=words) as caught:
        ytx.Client(sid, token)
    assert token not in str(caught.value)


def test_a_closed_client(server: Server) -> None:
    client = at(server.url)
    client.close()
    client.close()
    assert repr(client) == "<ytx.Client, closed>"
    calls = (
        lambda: client.lock_meeting(APPID, CONFID),
        lambda: client.lock_meeting(APPID, CONFID, timeout=1),
        lambda: client.watch_meeting(APPID, CONFID),
        client.stats,
    )
    for call in calls:
        with pytest.raises(ValueError, match="client: it is closed") as caught:
            call()
        assert isinstance(caught.value, ytx.InvalidHandleError)
    assert server.asked == []


def test_a_client_shows_no_secret_and_is_not_copied() -> None:
    for client in (at("http://127.0.0.1:1"), async_at("http://127.0.0.1:1")):
        assert TOKEN not in repr(client) + str(vars(client))
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(client)
        client.close()


def test_the_figures(client: ytx.Client) -> None:
    client.lock_meeting(APPID, CONFID)
    with pytest.raises(ytx.Error):
        client.lock_meeting("of nobody", CONFID)
    stats = client.stats()
    assert (stats.calls, stats.succeeded, stats.failed) == (2, 1, {"-205": 1})
    assert stats.connections_opened >= 1
    assert stats.buckets[-1] == (float("inf"), 2)


def test_a_source_address(sandbox: str) -> None:
    with at(sandbox, source_address="127.0.0.1") as client:
        client.lock_meeting(APPID, CONFID)
    with at(sandbox, source_address="203.0.113.9") as client, pytest.raises(ytx.Error) as caught:
        client.lock_meeting(APPID, CONFID)
    assert caught.value.kind is ytx.Kind.CONNECT
    assert "203.0.113.9" in caught.value.message
