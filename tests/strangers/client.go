// In the manner of a Go client that encodes into a pipe: http.Client does not know how long the
// body will be, and sends it in chunks.
package main

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

type object map[string]any

var sid, appid = os.Getenv("YTX_ACCOUNT_SID"), os.Getenv("YTX_APPID")

func ask(version, path string, body object) []byte {
	timestamp := time.Now().In(time.FixedZone("", 8*60*60)).Format("20060102150405")
	sign := fmt.Sprintf("%X", md5.Sum([]byte(sid+os.Getenv("YTX_AUTH_TOKEN")+timestamp)))
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(json.NewEncoder(writer).Encode(body)) }()
	url := os.Getenv("YTX_BASE_URL") + "/" + version + "/sid/" + sid + path + "?Sign=" + sign
	request, err := http.NewRequest("POST", url, reader)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json;charset=utf-8")
	request.Header.Set("Authorization", base64.StdEncoding.EncodeToString([]byte(sid+"|"+timestamp)))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(answer))
	return answer
}

func meeting(action string, body object) []byte {
	body["action"], body["appid"] = action, appid
	return ask("201612", "/call/TeleMeeting.wx", body)
}

func main() {
	room := os.Getenv("YTX_CONFID")
	meeting("lockMeeting", object{"confid": room, "lackstate": "1"})
	meeting("meetingState", object{"confid": room})
	ask("201612", "/account/getBlance.wx", object{"appid": appid, "action": "queryBlance"})
	ask("201512", "/call/DailbackCall.wx", object{
		"action": "callDailBack", "appid": appid, "src": 13800000001, "dst": 13800000002,
		"srctimeout": 30, "credit": 180,
	})
	ask("201512", "/call/CallCdr.wx", object{
		"action": "getCdrByResId", "appid": appid, "fid": "4", "lastresid": "0", "limit": 1,
	})
	var made struct{ Meid string }
	answer := meeting("createMeeting", object{
		"meetingname": "weekly", "creator": "", "bookmeeting": "0", "confid": "",
		"parties": []object{
			{"name": "a", "phone": "13112341314"}, {"name": "b", "phone": "18912345326"},
		},
	})
	if err := json.Unmarshal(answer, &made); err != nil {
		log.Fatal(err)
	}
	meeting("meetingState", object{"confid": made.Meid})
	meeting("lockMeeting", object{"confid": made.Meid, "lackstate": "1"})
	meeting("meetingState", object{"confid": made.Meid})
}
