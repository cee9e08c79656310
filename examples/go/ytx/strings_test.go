// Which strings reach the platform, and that they do whole.

package ytx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAStringWithNULIsRefusedAndNamed(t *testing.T) {
	p := start(t, always(accepted))
	file := filepath.Join(t.TempDir(), "ca")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	made := func(with ...Option) error {
		_, err := New("account-1", "a token", with...)
		return err
	}
	_, sid := New("account-1\x00", "a token")
	_, token := New("account-1", "a token\x00\x00")
	client := p.client(t)
	request := func(version, function, functionURL, body string) error {
		_, err := client.Request(background, version, function, functionURL, []byte(body))
		return err
	}
	_, state := client.MeetingState(background, "\x00", "002")
	for what, err := range map[string]error{
		"account_sid": sid,
		"auth_token":  token,
		"base_url":    made(WithBaseURL(p.URL + "\x00")),
		"proxy":       made(WithProxy(p.URL + "\x00/")),
		"ca_file":     made(WithCAFile(file + "\x00")),
		"user_agent":  made(WithUserAgent("\x00agent")),
		"appid":       state,
		"confid":      client.LockMeeting(background, "app", "002\x00"),
		"version":     request("201612\x00", "call", "x.wx", "{}"),
		"func":        request("", "call\x00", "x.wx", "{}"),
		"func_url":    request("", "call", "x.wx\x00", "{}"),
		"body_json":   request("", "call", "x.wx", "{}\x00"),
	} {
		e := failure(t, err, KindInvalidArgument)
		if !strings.HasPrefix(e.Message, what+" ") {
			t.Errorf("%s: %s", what, e.Message)
		}
	}
	if p.Close(); len(p.seen()) != 0 {
		t.Error(p.seen())
	}
}

// plain tells whether the library takes a text as an appid or a confid.
func plain(text string) bool {
	control := func(r rune) bool { return r < 0x20 || r == 0x7f }
	return text != "" && len(text) <= 1024 && utf8.ValidString(text) && !strings.ContainsFunc(text, control)
}

func FuzzAStringArrivesWholeOrNotAtAll(f *testing.F) {
	for _, text := range []string{"002", "会议室", "\U0001F4DE", `"\`, "", "a\x00b", "\xff", "\xed\xa0\x80", "\x7f", "\u2028"} {
		f.Add(text, text)
	}
	f.Add(strings.Repeat("x", 1024), strings.Repeat("x", 1025))
	p := start(f, always(accepted))
	client := p.client(f)
	f.Fuzz(func(t *testing.T, appID, confID string) {
		p.forget()
		err := client.LockMeeting(background, appID, confID)
		if !plain(appID) || !plain(confID) {
			failure(t, err, KindInvalidArgument)
			if seen := p.seen(); len(seen) != 0 {
				t.Fatal(seen)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if body := p.seen()[0]; field(body, "appid") != appID || field(body, "confid") != confID {
			t.Fatal(body)
		}
	})
}

func FuzzABodyArrivesByteForByteOrNotAtAll(f *testing.F) {
	for _, body := range []string{"", "{}", " {\t}\r\n", `{"名":"会议室","e":"\u0041\ud83d"}`, "{\x00}", "{}\x00", `{"x":"` + "\xff" + `"}`, "[]", "{"} {
		f.Add([]byte(body))
	}
	p := start(f, always("{}"))
	client := p.client(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		p.forget()
		before := string(body)
		answer, err := client.Request(background, "", "call", "Any.wx", body)
		if string(body) != before {
			t.Fatal("the caller's bytes were changed")
		}
		seen := p.seen()
		if err != nil {
			failure(t, err, KindInvalidArgument)
			if len(seen) != 0 {
				t.Fatal(seen)
			}
			return
		}
		if string(answer) != "{}" || len(seen) != 1 || seen[0] != before {
			t.Fatalf("%s %q", answer, seen)
		}
	})
}
