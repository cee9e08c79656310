# In the manner of Python 2: what is handed to urllib as data goes out as a form, unless told.
import base64
import hashlib
import json
import os
import sys
import time

try:
    import urllib2
except ImportError:
    import urllib.request as urllib2

SID = os.environ["YTX_ACCOUNT_SID"]
APP = os.environ["YTX_APPID"]


def ask(version, path, body):
    timestamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 8 * 3600))
    text = SID + os.environ["YTX_AUTH_TOKEN"] + timestamp
    sign = hashlib.md5(text.encode("utf-8")).hexdigest().upper()
    url = "%s/%s/sid/%s%s?Sign=%s" % (os.environ["YTX_BASE_URL"], version, SID, path, sign)
    request = urllib2.Request(url, json.dumps(body).encode("utf-8"))
    request.add_header("Accept", "application/json")
    header = base64.b64encode(("%s|%s" % (SID, timestamp)).encode("utf-8"))
    request.add_header("Authorization", header.decode("ascii"))
    answer = urllib2.urlopen(request).read()
    getattr(sys.stdout, "buffer", sys.stdout).write(answer + b"\n")
    return json.loads(answer.decode("utf-8"))


def meeting(action, **body):
    return ask("201612", "/call/TeleMeeting.wx", dict(body, action=action, appid=APP))


room = os.environ["YTX_CONFID"]
meeting("lockMeeting", confid=room, lackstate="1")
meeting("meetingState", confid=room)
ask("201612", "/account/getBlance.wx", {"appid": APP, "action": "queryBlance"})
ask("201512", "/call/DailbackCall.wx", {
    "action": "callDailBack", "appid": APP, "src": 13800000001, "dst": 13800000002,
    "srctimeout": 30, "credit": 180})
ask("201512", "/call/CallCdr.wx", {
    "action": "getCdrByResId", "appid": APP, "fid": "4", "lastresid": "0", "limit": 1})
parties = [{"name": "a", "phone": "13112341314"}, {"name": "b", "phone": "18912345326"}]
room = meeting("createMeeting", meetingname="weekly", creator="", parties=parties,
               bookmeeting="0", confid="")["meid"]
meeting("meetingState", confid=room)
meeting("lockMeeting", confid=room, lackstate="1")
meeting("meetingState", confid=room)
