// What is sent, what comes back, and what the options do.

package ytx

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"
)

var background = context.Background()

func TestEachCallAsksForWhatItSays(t *testing.T) {
	p := start(t, always(`{"statusCode":"0","statusMsg":[]}`))
	client := p.client(t)
	_, state := client.MeetingState(background, "app", "002")
	_, request := client.Request(background, "", "call", "NoticeCall.wx", json.RawMessage(`{"n":1.0}`))
	err := errors.Join(
		client.LockMeeting(background, "app", "002"), client.UnlockMeeting(background, "app", "002"), state, request)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"action":"meetingState","appid":"app","confid":"002"}`,
		`{"n":1.0}`,
		`{"action":"lockMeeting","appid":"app","confid":"002","lackstate":"1"}`,
		`{"action":"lockMeeting","appid":"app","confid":"002","lackstate":"0"}`,
	}
	if !reflect.DeepEqual(p.seen(), want) {
		t.Errorf("%q", p.seen())
	}
}

func TestMembersAreTyped(t *testing.T) {
	p := start(t, always(`{"statusCode":"0","statusMsg":[
		{"meid":"002","phone":"131****1314","statusname":"在线","ifmutename":"未静音"},
		{"meid":"","phone":"2","statusname":"不在线","ifmutename":"已静音"},
		{"more":1e999,"statusname":"呼叫中","ifmutename":"","Phone":"4","phone":"\u0033","meid":"002"}]}`))
	state, err := p.client(t).MeetingState(background, "app", "002")
	if err != nil {
		t.Fatal(err)
	}
	want := []Member{
		{MeetingID: "002", Phone: "131****1314", Presence: "在线", Mute: "未静音"},
		{Phone: "2", Presence: "不在线", Mute: "已静音"},
		{MeetingID: "002", Phone: "3", Presence: "呼叫中"},
	}
	if !reflect.DeepEqual(state.Members, want) {
		t.Fatalf("%+v", state.Members)
	}
	type word struct{ yes, known bool }
	for i, want := range [][2]word{{{true, true}, {false, true}}, {{false, true}, {true, true}}, {}} {
		online, known := state.Members[i].Online()
		muted, muteKnown := state.Members[i].Muted()
		if got := [2]word{{online, known}, {muted, muteKnown}}; got != want {
			t.Errorf("%d: %v", i, got)
		}
	}
}

func TestWhatIsNoListOfMembersIsNoEmptyRoom(t *testing.T) {
	for _, members := range []string{
		`null`, `"提交成功"`, `{}`, `[null]`, `[7]`, `[[]]`, `[{"phone":1}]`, `[{"phone":null}]`, `[{"meid":{}}]`,
		`[{"meid":"002","phone":"1","statusname":"在线"}]`,
	} {
		answer := `{"statusCode":"0","statusMsg":` + members + `}`
		state, err := start(t, always(answer)).client(t).MeetingState(background, "app", "002")
		e := failure(t, err, KindResponse)
		if state != nil || e.Status.Name() != "YTX_E_RESPONSE" || string(e.Answer) != answer || !e.Sent || e.HTTPStatus != 200 {
			t.Errorf("%s: %v %+v", members, state, e)
		}
	}
	_, err := start(t, always(`{"statusCode":"0"}`)).client(t).MeetingState(background, "app", "002")
	failure(t, err, KindResponse)
}

func TestARefusalIsFoundByItsKindAndItsCode(t *testing.T) {
	err := start(t, always(refused)).client(t).LockMeeting(background, "app", "002")
	e := failure(t, err, KindRefused)
	if !errors.Is(err, StatusAppCheckFailed) || errors.Is(err, StatusBadSign) || errors.Is(err, KindTimeout) {
		t.Error(err)
	}
	want := Error{
		Kind: KindRefused, Status: -205, Message: "应用验证失败", Sent: true, Answer: json.RawMessage(refused),
	}
	if !reflect.DeepEqual(*e, want) {
		t.Errorf("%+v", *e)
	}
	contains(t, err.Error(), "ytx: refused by the platform: -205 应用验证失败 (")
}

func TestARefusalMayHaveNoWordsOrOthers(t *testing.T) {
	for _, answer := range []string{`{"statusCode":"-104"}`, `{"statusCode":"-104","statusMsg":[1]}`} {
		err := start(t, always(answer)).client(t).LockMeeting(background, "app", "002")
		e := failure(t, err, KindRefused)
		if e.Message != "" || !e.Retryable || !errors.Is(err, StatusTooManyRequests) {
			t.Errorf("%+v", e)
		}
	}
}

func TestTheLibrarysReportIsRead(t *testing.T) {
	client, err := New("account-1", "a token", WithBaseURL("http://127.0.0.1:1"), WithMaxRetries(1))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	err = client.LockMeeting(background, "app", "002")
	e := failure(t, err, KindConnect)
	if e.Status != 1003 || !e.Retryable || e.Sent || e.Attempts != 2 || e.HTTPStatus != 0 || e.Answer != nil {
		t.Errorf("%+v", e)
	}
	contains(t, e.Message, "127.0.0.1:1")
	if err.Error() != "ytx: "+e.Message {
		t.Error(err)
	}
}

func TestAnOptionNotAllowedIsNamed(t *testing.T) {
	for option, with := range map[string]Option{
		"base_url":   WithBaseURL(""),
		"proxy":      WithProxy("x"),
		"ca_file":    WithCAFile("/nowhere"),
		"user_agent": WithUserAgent("\n"),

		"source_address": WithSourceAddress("[::1]"),
	} {
		client, err := New("account-1", "a token", with)
		e := failure(t, err, KindInvalidArgument)
		if client != nil || e.Sent || e.Status != 1001 || !strings.HasPrefix(e.Message, option) {
			t.Errorf("%s: %+v", option, e)
		}
	}
}

func TestConnectionsAreKeptAsTheOptionsSay(t *testing.T) {
	lock := func(client *Client) {
		if err := client.LockMeeting(background, "app", "002"); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, always(accepted))
	client := p.client(t, WithIdleTimeout(time.Nanosecond))
	lock(client)
	time.Sleep(2 * time.Millisecond) // longer than it is kept
	lock(client)
	p.waitForClose(t)

	p = start(t, always(""))
	client = p.client(t, WithMaxIdleConnections(1))
	done := make(chan error)
	for _, room := range []string{"002", "003"} {
		go func() { done <- client.LockMeeting(background, "app", room) }()
	}
	<-p.arrived
	<-p.arrived
	close(p.release)
	if err := errors.Join(<-done, <-done); err != nil {
		t.Fatal(err)
	}
	p.waitForClose(t)
}

func TestConnectionsComeFromTheSourceAddress(t *testing.T) {
	p := start(t, always(accepted))
	if err := p.client(t, WithSourceAddress("127.0.0.2")).LockMeeting(background, "app", "002"); err != nil {
		t.Fatal(err)
	}
	if from := p.from(); from != "127.0.0.2" {
		t.Error(from)
	}
	err := p.client(t, WithSourceAddress("192.0.2.1")).LockMeeting(background, "app", "002")
	e := failure(t, err, KindConnect)
	contains(t, e.Message, "192.0.2.1")
}

func TestTheConnectTimeoutCoversTLS(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := New("account-1", "a token", WithBaseURL("https://"+listener.Addr().String()),
		WithConnectTimeout(50*time.Millisecond), WithTimeout(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	e := failure(t, client.LockMeeting(background, "app", "002"), KindTimeout)
	contains(t, e.Message, "50 ms")
}

func TestTheNamesAreThoseOfC(t *testing.T) {
	names := map[string]error{
		"YTX_INVALID_NUMBER":     StatusInvalidNumber,
		"YTX_MISSING_PARAMETER":  StatusMissingParameter,
		"YTX_UNKNOWN_ACTION":     StatusUnknownAction,
		"YTX_BAD_JSON":           StatusBadJSON,
		"YTX_PLATFORM_FAULT":     StatusPlatformFault,
		"YTX_BAD_PARAMETER":      StatusBadParameter,
		"YTX_NUMBER_NOT_ALLOWED": StatusNumberNotAllowed,
		"YTX_TOO_MANY_REQUESTS":  StatusTooManyRequests,
		"YTX_NO_SUCH_ACCOUNT":    StatusNoSuchAccount,
		"YTX_ACCOUNT_DISABLED":   StatusAccountDisabled,
		"YTX_BAD_AUTHORIZATION":  StatusBadAuthorization,
		"YTX_BAD_SIGN":           StatusBadSign,
		"YTX_BALANCE_TOO_LOW":    StatusBalanceTooLow,
		"YTX_APP_CHECK_FAILED":   StatusAppCheckFailed,
		"YTX_E_INVALID_ARGUMENT": KindInvalidArgument,
		"YTX_E_INVALID_HANDLE":   KindInvalidHandle,
		"YTX_E_CONNECT":          KindConnect,
		"YTX_E_TIMEOUT":          KindTimeout,
		"YTX_E_TLS":              KindTLS,
		"YTX_E_IO":               KindIO,
		"YTX_E_HTTP":             KindHTTP,
		"YTX_E_RESPONSE":         KindResponse,
		"YTX_E_PLATFORM":         KindPlatform,
		"YTX_E_CANCELLED":        KindCancelled,
		"YTX_E_BUSY":             KindBusy,
		"YTX_E_INTERNAL":         KindInternal,
	}
	for name, status := range names {
		if status.Error() != name {
			t.Errorf("%s is %v", name, status)
		}
	}
	for status := Status(-10_000); status <= 10_000; status++ {
		if name := status.Name(); status != 0 && name != "YTX_UNKNOWN" && names[name] == nil {
			t.Errorf("%s has no constant", name)
		}
	}
}
