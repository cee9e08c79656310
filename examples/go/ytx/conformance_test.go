// The cases that every language goes through: see tests/conformance.rs.

package ytx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

type conformanceCase struct {
	Name       string
	Call       string
	AccountSID string `json:"account_sid"`
	AuthToken  string `json:"auth_token"`
	Options    map[string]any
	DeadlineMS *int64 `json:"deadline_ms"`
	Cancelled  bool   // the call's context is, before the call
	Queued     bool   // as all calls are here
	Cancel     bool   // the call's context is, once the queue has the call
	IntervalMS int64  `json:"interval_ms"`
	AppID      string
	ConfID     string
	Version    string
	Func       string
	FuncURL    string         `json:"func_url"`
	BodyJSON   string         `json:"body_json"`
	Typed      bool           // only for languages that read the members, as this one does
	Expect     map[string]any // numbers are float64, here and in what was seen
}

func TestConformance(t *testing.T) {
	file := os.Getenv("YTX_CONFORMANCE")
	if file == "" {
		t.Skip("YTX_CONFORMANCE names no file with cases: cargo test --test conformance does")
	}
	data, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	table := json.NewDecoder(data)
	table.DisallowUnknownFields()
	var cases []conformanceCase
	if err := table.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, c.check)
	}
	if !t.Failed() {
		fmt.Printf("%d cases as expected\n", len(cases))
	}
}

func (c *conformanceCase) check(t *testing.T) {
	var events []any
	seen, err := c.call(t, &events)
	var e *Error
	if errors.As(err, &e) {
		seen = map[string]any{
			"status": float64(e.Status), "name": e.Status.Name(), "retryable": e.Retryable,
			"says": e.Message, "sent": e.Sent, "attempts": float64(e.Attempts), "http_status": nil,
		}
		if e.HTTPStatus != 0 {
			seen["http_status"] = float64(e.HTTPStatus)
		}
	} else if err != nil {
		t.Fatal(err)
	}
	seen["events"] = append([]any{}, events...)
	for what, want := range c.Expect {
		part, isText := want.(string)
		if what == "says" && isText && strings.Contains(seen[what].(string), part) {
			continue
		}
		if !reflect.DeepEqual(seen[what], want) {
			t.Errorf("%s is not %v in %v", what, want, seen)
		}
	}
}

func (c *conformanceCase) call(t *testing.T, events *[]any) (map[string]any, error) {
	client, err := New(c.AccountSID, c.AuthToken, c.options(t)...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx := background
	if c.Cancelled {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		cancel()
	}
	if c.DeadlineMS != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*c.DeadlineMS)*time.Millisecond)
		defer cancel()
	}
	if c.Cancel {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			defer cancel()
			for stats, err := client.QueueStats(); err == nil && stats.Pending == 0; {
				stats, err = client.QueueStats()
			}
		}()
	}
	seen := map[string]any{"status": 0.0, "name": "YTX_OK", "retryable": false}
	switch c.Call {
	case "watch_meeting":
		return seen, c.watch(ctx, client, events)
	case "lock_meeting":
		return seen, client.LockMeeting(ctx, c.AppID, c.ConfID)
	case "unlock_meeting":
		return seen, client.UnlockMeeting(ctx, c.AppID, c.ConfID)
	case "meeting_state":
		state, err := client.MeetingState(ctx, c.AppID, c.ConfID)
		if err == nil {
			seen["members"] = conformanceMembers(state)
		}
		return seen, err
	case "request":
		answer, err := client.Request(ctx, c.Version, c.Func, c.FuncURL, json.RawMessage(c.BodyJSON))
		seen["answer"] = string(answer)
		return seen, err
	}
	t.Fatalf("no call %s", c.Call)
	return nil, nil
}

func (c *conformanceCase) watch(ctx context.Context, client *Client, events *[]any) error {
	phones := func(members []Member) any {
		all := []any{}
		for _, member := range members {
			all = append(all, member.Phone)
		}
		return all
	}
	expected, _ := c.Expect["events"].([]any)
	interval := WithInterval(time.Duration(c.IntervalMS) * time.Millisecond)
	for event, err := range client.WatchMeeting(ctx, c.AppID, c.ConfID, interval) {
		if err != nil {
			return err
		}
		seen := map[string]any{
			"kind": string(event.Kind), "version": float64(event.Version), "polls": float64(event.Polls),
			"online": float64(event.Online), "joined": phones(event.Joined), "left": phones(event.Left),
			"muted": phones(event.Muted), "unmuted": phones(event.Unmuted), "members": phones(event.Members),
			"error": nil,
		}
		if event.Kind == RoomLost {
			seen["online"], seen["error"] = nil, float64(event.Error.Status)
		}
		*events = append(*events, seen)
		if c.Expect["status"] == 0.0 && len(*events) == len(expected) {
			return nil
		}
	}
	return nil
}

func (c *conformanceCase) options(t *testing.T) (with []Option) {
	for name, value := range c.Options {
		text, _ := value.(string)
		number, _ := value.(float64)
		switch name {
		case "base_url":
			with = append(with, WithBaseURL(text))
		case "connect_timeout_ms":
			with = append(with, WithConnectTimeout(time.Duration(number)*time.Millisecond))
		case "timeout_ms":
			with = append(with, WithTimeout(time.Duration(number)*time.Millisecond))
		case "max_retries":
			with = append(with, WithMaxRetries(uint32(number)))
		case "max_idle_connections":
			with = append(with, WithMaxIdleConnections(uint32(number)))
		case "idle_timeout_ms":
			with = append(with, WithIdleTimeout(time.Duration(number)*time.Millisecond))
		case "max_response_bytes":
			with = append(with, WithMaxResponseBytes(uint32(number)))
		case "proxy":
			with = append(with, WithProxy(text))
		case "ca_file":
			with = append(with, WithCAFile(text))
		case "user_agent":
			with = append(with, WithUserAgent(text))
		default:
			t.Fatalf("no option %s", name)
		}
	}
	return with
}

func conformanceMembers(state *MeetingState) any {
	known := func(value, known bool) any {
		if known {
			return value
		}
		return nil
	}
	members := []any{}
	for _, m := range state.Members {
		members = append(members, map[string]any{
			"meeting_id": m.MeetingID, "phone": m.Phone, "presence": m.Presence, "mute": m.Mute,
			"online": known(m.Online()), "muted": known(m.Muted()),
		})
	}
	return members
}
