// The peer that is net/http with one client for all threads, and encoding/json.

//go:build !ytx && !direct

package main

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"
)

type ask struct {
	Action    string `json:"action"`
	AppID     string `json:"appid"`
	ConfID    string `json:"confid"`
	LackState string `json:"lackstate,omitempty"`
}

type accepted struct {
	StatusCode string `json:"statusCode"`
	StatusMsg  string `json:"statusMsg"`
}

type state struct {
	StatusCode string `json:"statusCode"`
	StatusMsg  []struct {
		MeID       string `json:"meid"`
		Phone      string `json:"phone"`
		StatusName string `json:"statusname"`
		IfMuteName string `json:"ifmutename"`
	} `json:"statusMsg"`
}

var (
	china  = time.FixedZone("UTC+8", 8*3600)
	client = &http.Client{
		Timeout:   15 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}
)

func call(base, work, room string) {
	stamp := time.Now().In(china).Format("20060102150405")
	sign := fmt.Sprintf("%X", md5.Sum([]byte(sid+token+stamp)))
	what := ask{Action: "lockMeeting", AppID: appID, ConfID: room, LackState: "1"}
	if work == "state" {
		what.Action, what.LackState = "meetingState", ""
	}
	url := base + "/201612/sid/" + sid + "/call/TeleMeeting.wx?Sign=" + sign
	request := must(http.NewRequest("POST", url, bytes.NewReader(must(json.Marshal(what)))))
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json;charset=utf-8")
	request.Header.Set("Authorization", base64.StdEncoding.EncodeToString([]byte(sid+"|"+stamp)))
	response := must(client.Do(request))
	body := must(io.ReadAll(response.Body))
	response.Body.Close()
	var code string
	if work == "state" {
		var answer state
		must(0, json.Unmarshal(body, &answer))
		code = answer.StatusCode
	} else {
		var answer accepted
		must(0, json.Unmarshal(body, &answer))
		code = answer.StatusCode
	}
	if response.StatusCode != 200 || code != "0" {
		log.Fatal("the platform did not accept")
	}
}
