# In the manner of a shell script: curl calls what -d sends a form. Its arguments go to curl.
set -eu

ask() { # version, path, body; the rest is for curl
  timestamp=$(TZ=UTC-8 date +%Y%m%d%H%M%S)
  sign=$(printf %s "$YTX_ACCOUNT_SID$YTX_AUTH_TOKEN$timestamp" | md5sum | cut -d ' ' -f 1)
  authorization=$(printf %s "$YTX_ACCOUNT_SID|$timestamp" | base64 -w 0)
  url="$YTX_BASE_URL/$1/sid/$YTX_ACCOUNT_SID$2?Sign=$sign"
  body=$3
  shift 3
  answer=$(printf %s "$body" | curl -sS -f -H "Authorization: $authorization" "$@" -d @- "$url")
  printf '%s\n' "$answer"
}

app='"appid":"'$YTX_APPID'"'
room='"confid":"'$YTX_CONFID'"'
ask 201612 /call/TeleMeeting.wx '{"action":"lockMeeting",'"$app,$room"',"lackstate":"1"}' "$@"
ask 201612 /call/TeleMeeting.wx '{"action":"meetingState",'"$app,$room}" "$@"
ask 201612 /account/getBlance.wx "{$app"',"action":"queryBlance"}' "$@"
ask 201512 /call/DailbackCall.wx '{"action":"callDailBack",'"$app"',"src":13800000001,
  "dst":13800000002,"srctimeout":30,"credit":180}' "$@"
ask 201512 /call/CallCdr.wx '{"action":"getCdrByResId",'"$app"',"fid":"4","lastresid":"0",
  "limit":1}' "$@"
ask 201612 /call/TeleMeeting.wx '{"action":"createMeeting",'"$app"',"meetingname":"weekly",
  "creator":"","parties":[{"name":"a","phone":"13112341314"},{"name":"b","phone":"18912345326"}],
  "bookmeeting":"0","confid":""}' "$@"
room='"confid":'$(printf %s "$answer" | sed 's/.*"meid":\("[^"]*"\).*/\1/')
ask 201612 /call/TeleMeeting.wx '{"action":"meetingState",'"$app,$room}" "$@"
ask 201612 /call/TeleMeeting.wx '{"action":"lockMeeting",'"$app,$room"',"lackstate":"1"}' "$@"
ask 201612 /call/TeleMeeting.wx '{"action":"meetingState",'"$app,$room}" "$@"
