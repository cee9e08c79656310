"""What the environment says. It is read once, when Kamailio starts."""

from __future__ import annotations

import os


def _seconds(name: str, default: str) -> float:
    return float(os.environ.get(name) or default)


#: The account, as in every example.
ACCOUNT_SID = os.environ["YTX_ACCOUNT_SID"]
AUTH_TOKEN = os.environ["YTX_AUTH_TOKEN"]
APPID = os.environ["YTX_APPID"]
BASE_URL = os.environ.get("YTX_BASE_URL") or None

#: Who has the media: where an INVITE goes that is let in.
BRIDGE = os.environ.get("YTX_BRIDGE") or "sip:127.0.0.1:5080"
#: How many may be in a room.
SEATS = int(os.environ.get("YTX_SEATS") or "100")
#: The user who may lock a room: "002=chair 003=1001".
HOSTS = dict(pair.split("=", 1) for pair in os.environ.get("YTX_HOSTS", "").split())

#: What becomes of callers while the platform gives no answer: "open" lets them in.
_FAIL = os.environ.get("YTX_FAIL") or "closed"
if _FAIL not in ("open", "closed"):
    raise ValueError(f'YTX_FAIL is "open" or "closed", not "{_FAIL}"')
FAIL_OPEN = _FAIL == "open"

#: The most that a question to the platform may take, in seconds. A phone repeats an INFO for 32.
TIMEOUT = _seconds("YTX_TIMEOUT", "3")
#: So many questions at once; who comes then is treated as if the platform gave no answer.
MAX_PENDING = int(os.environ.get("YTX_MAX_PENDING") or "1000")
#: A suspended request is answered by then even if the process with the queue does not answer.
PATIENCE = TIMEOUT + 2
#: So long after an INVITE was let in the platform may not tell of its caller yet.
ARRIVAL = _seconds("YTX_ARRIVAL", "10")
