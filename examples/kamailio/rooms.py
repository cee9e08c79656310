"""The routes, which every worker runs. None waits: what the platform has to be asked for is
suspended and handed to the process with the queue, where the request goes on (`ksr_decided`,
`ksr_pressed`).

It keeps nothing from one request to the next, so that it may be reloaded at any time: see load.py.
"""

from __future__ import annotations

from urllib.parse import unquote

import keys
import KSR
import outcome
import settings
from owner import hand_over, owner

#: Kamailio takes it for an int of C.
_SIGN = 1 << 31


class Rooms:
    """What Kamailio calls, by these names."""

    def child_init(self, rank: int) -> int:
        """In each process. There is nothing to prepare."""
        return 0

    def ksr_owner(self, msg: object, event: str) -> int:
        """In the process with the queue alone, every few milliseconds."""
        owner.tick()
        return 1

    def ksr_request_route(self, msg: object) -> int:
        """For each request from the network."""
        if KSR.maxfwd.process_maxfwd(10) < 0:
            KSR.sl.sl_send_reply(483, "Too Many Hops")
            return 1
        method = KSR.pv.get("$rm")
        if method == "CANCEL":
            if KSR.tm.t_check_trans() > 0:
                KSR.tm.t_relay()
        elif KSR.siputils.has_totag() > 0:
            _in_dialog(method)
        elif method == "OPTIONS":
            KSR.sl.sl_send_reply(200, "OK")
        elif method == "INVITE":
            _invite()
        elif method != "ACK":
            KSR.hdr.append_to_reply("Allow: INVITE, ACK, CANCEL, BYE, INFO, OPTIONS\r\n")
            KSR.sl.sl_send_reply(405, "Method Not Allowed")
        return 1

    def ksr_decided(self, msg: object) -> int:
        """Goes on with an INVITE, in the process with the queue."""
        answer = owner.verdict()
        if answer is None:
            _let_in()
        else:
            _reply(answer)
        return 1

    def ksr_pressed(self, msg: object) -> int:
        """Goes on with the INFO of a key, in the process with the queue."""
        _reply(owner.verdict())
        return 1

    def ksr_unanswered(self, msg: object) -> int:
        """The process with the queue has not answered in time. A worker's timer calls it."""
        if KSR.tm.t_is_canceled() > 0:
            return 1
        KSR.err(f"rooms: no answer for {KSR.pv.get('$rm')} {KSR.pv.get('$ru')}\n")
        if settings.FAIL_OPEN and KSR.pv.get("$rm") == "INVITE":
            _let_in()
        else:
            _reply(outcome.Answer(504, "Gateway Time-out"))
        return 1

    def ksr_not_taken(self, msg: object) -> int:
        """The bridge did not take the call, or the caller gave up: the seat is free."""
        hand_over("left", 0, 0, _room("$rU"))
        return 1

    def ksr_http(self, msg: object, event: str) -> int:
        """Figures for Prometheus."""
        KSR.set_reply_close()
        if KSR.pv.get("$hu") == "/metrics":
            text = KSR.htable.sht_get("figures", "text") or ""
            KSR.xhttp.xhttp_reply(200, "OK", "text/plain; version=0.0.4", text)
        else:
            # Two words would be an error in the log: KEMI reads its own answer once more.
            KSR.xhttp.xhttp_reply(404, "Missing", "text/plain", "Only /metrics is here.\n")
        return 1


def _invite() -> None:
    room = _room("$rU")
    if not room:
        KSR.sl.sl_send_reply(404, "No Such Room")
        return
    KSR.rr.record_route()
    _suspend("enter", room)


def _in_dialog(method: str) -> None:
    if KSR.rr.loose_route() < 0:
        if method == "ACK":
            if KSR.tm.t_check_trans() > 0:  # of an INVITE that was refused here
                KSR.tm.t_relay()
        else:
            KSR.sl.sl_send_reply(404, "No Such Call")
    elif method != "INFO" or not _key():
        KSR.tm.t_relay()


def _key() -> bool:
    """Takes an INFO that locks or unlocks, or leads to one. The rest is the bridge's."""
    if KSR.pv.get("$cT") != "application/dtmf-relay":
        return False
    room = _room("$tU")
    if settings.HOSTS.get(room) != _user("$fU"):
        return False
    call = KSR.pv.get("$ci")
    key = keys.read(KSR.pv.get("$rb") or "")
    starred = KSR.htable.sht_get("keys", call) is not None
    KSR.htable.sht_rm("keys", call)
    if key == "*":
        KSR.htable.sht_seti("keys", call, 1)
        if KSR.tm.t_newtran() > 0:
            _reply(outcome.OK)
        return True
    what = keys.COMMANDS.get(key) if starred else None
    if what is not None:
        _suspend(what, room)
    return what is not None


def _suspend(what: str, room: str) -> None:
    patience = int(settings.PATIENCE * 1000)
    KSR.tm.t_set_fr(patience, patience)
    KSR.tm.t_on_failure("ksr_unanswered")
    if KSR.tm.t_newtran() <= 0:
        return  # it came a second time
    if KSR.tmx.t_suspend() < 0:
        _reply(outcome.ENDING)
        return
    index, label = KSR.pv.get("$T(id_index)"), KSR.pv.get("$T(id_label)")
    hand_over(what, _signed(index), _signed(label), room)


def _let_in() -> None:
    KSR.tm.t_reset_fr()
    KSR.tm.t_on_failure("ksr_not_taken")
    KSR.pv.sets("$du", settings.BRIDGE)
    if KSR.tm.t_relay() < 0:
        _reply(outcome.Answer(500, "No Way to the Bridge"))


def _reply(answer: outcome.Answer) -> None:
    if answer.headers:
        KSR.hdr.append_to_reply(answer.headers)
    KSR.tm.t_reply(answer.status, answer.phrase)


def _room(name: str) -> str:
    return unquote(_user(name))


def _user(name: str) -> str:
    return KSR.pv.get(name) or ""


def _signed(number: int) -> int:
    return (number + _SIGN) % (2 * _SIGN) - _SIGN
