// The examples of the manual, against a server in the platform's place.

package ytx_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"example.org/libytx/go/ytx"
)

// The examples' account, application and room, and where the platform is played for them.
const (
	sid, token = "ff8080813c37da53013c804f8072007c", "0123456789abcdef0123456789abcdef"
	appID      = "ff8080813fc70a7b013fc72312324213"
	room       = "002"
)

var url = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	answer := `{"statusCode":"0","statusMsg":"提交成功"}`
	switch {
	case strings.Contains(string(body), "of-nobody"):
		answer = `{"statusCode":"-205","statusMsg":"应用验证失败"}`
	case strings.Contains(string(body), "meetingState"):
		answer = `{"statusCode":"0","statusMsg":[
			{"meid":"002","phone":"131****1314","statusname":"在线","ifmutename":"已静音"},
			{"meid":"002","phone":"189****5326","statusname":"不在线","ifmutename":"未静音"}]}`
	case strings.HasSuffix(r.URL.Path, "/account/getBlance.wx"):
		answer = `{"Blance":12.5}`
	}
	_, _ = io.WriteString(w, answer)
})).URL

func Example() {
	client, err := ytx.New(sid, token, ytx.WithBaseURL(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	if err := client.LockMeeting(context.Background(), appID, room); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("Nobody else can join.")
	// Output: Nobody else can join.
}

func ExampleClient_MeetingState() {
	client, err := ytx.New(sid, token, ytx.WithBaseURL(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	state, err := client.MeetingState(context.Background(), appID, room)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, member := range state.Members {
		if online, known := member.Online(); known {
			fmt.Println(member.Phone, online)
		}
	}
	// Output:
	// 131****1314 true
	// 189****5326 false
}

func ExampleClient_Request() {
	client, err := ytx.New(sid, token, ytx.WithBaseURL(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	answer, err := client.Request(context.Background(), "", "account", "getBlance.wx", json.RawMessage(`{}`))
	fmt.Println(string(answer), err)
	// Output: {"Blance":12.5} <nil>
}

func ExampleClient_WatchMeeting() {
	client, err := ytx.New(sid, token, ytx.WithBaseURL(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	for event, err := range client.WatchMeeting(context.Background(), appID, room, ytx.WithInterval(time.Second)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if event.Kind == ytx.RoomLost {
			fmt.Println(event.Error) // the watch goes on
			continue
		}
		fmt.Println(event.Kind, event.Online, len(event.Members))
		if event.Online > 0 {
			break // which ends the watch
		}
	}
	// Output: snapshot 1 2
}

func ExampleClient_Drain() {
	client, err := ytx.New(sid, token, ytx.WithBaseURL(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := client.Drain(ctx); err != nil {
		fmt.Println("some calls have not ended yet")
	}
	err = client.LockMeeting(context.Background(), appID, room)
	fmt.Println(err)
	// Output: ytx: the client is drained and takes no more calls
}

func ExampleClient_Stats() {
	client, err := ytx.New(sid, token, ytx.WithBaseURL(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	_ = client.LockMeeting(context.Background(), "of-nobody", room)
	stats, err := client.Stats()
	fmt.Println(stats.Calls, stats.Failed[ytx.StatusAppCheckFailed], stats.Connections.Opened, err)
	// Output: 1 1 1 <nil>
}

// A context's deadline is one call's own.
func ExampleClient_LockMeeting_deadline() {
	client, err := ytx.New(sid, token, ytx.WithBaseURL(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	err = client.LockMeeting(ctx, appID, room)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("not within three seconds")
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("locked")
	}
	// Output: locked
}

func ExampleError() {
	client, err := ytx.New(sid, token, ytx.WithBaseURL(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	err = client.LockMeeting(context.Background(), "of-nobody", room)
	if errors.Is(err, ytx.StatusAppCheckFailed) {
		fmt.Println("The application may not do this.")
	}
	var failure *ytx.Error
	if errors.As(err, &failure) {
		fmt.Println(int(failure.Status), failure.Message, failure.Retryable)
	}
	// Output:
	// The application may not do this.
	// -205 应用验证失败 false
}

func ExampleWithLogger() {
	withoutTime := func(_ []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return attr
	}
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelError, ReplaceAttr: withoutTime})

	_, err := ytx.New("no/sid", token, ytx.WithLogger(slog.New(handler)))
	fmt.Println(errors.Is(err, ytx.KindInvalidArgument))
	// Output:
	// level=ERROR msg="ytx_client_new: account_sid may hold only letters, digits, _ and -"
	// true
}
