// A room as a stream.

package ytx

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const fast = 200 * time.Millisecond // the shortest interval there is

// A room is one whose answer a test sets.
type room struct {
	mutex  sync.Mutex
	answer string
	polls  int
}

func (r *room) respond(string) string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.polls++
	return r.answer
}

func (r *room) set(answer string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.answer = answer
}

func row(phone, presence, mute string) string {
	return `{"meid":"002","phone":"` + phone + `","statusname":"` + presence + `","ifmutename":"` + mute + `"}`
}

func rows(of ...string) string {
	return `{"statusCode":"0","statusMsg":[` + strings.Join(of, ",") + `]}`
}

func TestARoomIsToldAsItChanges(t *testing.T) {
	r := &room{answer: rows(row("1", "在线", "未静音"), row("2", "在线", "已静音"), row("3", "不在线", "未静音"))}
	client := start(t, r.respond).client(t, WithTimeout(longTime))
	one, two, three := Member{"002", "1", "在线", "未静音"}, Member{"002", "2", "在线", "已静音"}, Member{"002", "3", "不在线", "未静音"}
	none := []Member{}
	steps := []struct {
		answer string // after which the next event comes
		want   RoomEvent
	}{
		{rows(row("1", "在线", "已静音"), row("3", "在线", "未静音"), row("2", "在线", "未静音")),
			RoomEvent{RoomSnapshot, "002", 1, 1, 2, none, none, none, none, []Member{one, two, three}, nil}},
		{rows(row("1", "不在线", "已静音")),
			RoomEvent{RoomChanged, "002", 2, 1, 3,
				[]Member{{"002", "3", "在线", "未静音"}}, none,
				[]Member{{"002", "1", "在线", "已静音"}}, []Member{{"002", "2", "在线", "未静音"}},
				[]Member{{"002", "1", "在线", "已静音"}, {"002", "3", "在线", "未静音"}, {"002", "2", "在线", "未静音"}}, nil}},
		{`{"statusCode":"-100","statusMsg":"异常错误"}`,
			RoomEvent{RoomChanged, "002", 3, 1, 0, none,
				[]Member{{"002", "1", "在线", "已静音"}, {"002", "3", "在线", "未静音"}, {"002", "2", "在线", "未静音"}},
				none, none, []Member{{"002", "1", "不在线", "已静音"}}, nil}},
		{rows(), RoomEvent{RoomLost, "002", 4, 3, 0, none, none, none, none, none, nil}},
		{"", RoomEvent{RoomRestored, "002", 5, 1, 0, none, none, none, none, none, nil}},
	}
	step := 0
	for event, err := range client.WatchMeeting(background, "app", "002", WithInterval(fast)) {
		if err != nil {
			t.Fatal(err)
		}
		if event.Kind == RoomLost {
			if e := failure(t, event.Error, KindRefused); e.Status != StatusPlatformFault || e.Message != "异常错误" {
				t.Errorf("%+v", e)
			}
			event.Error = nil
		}
		if !reflect.DeepEqual(event, steps[step].want) {
			t.Errorf("%+v\nis not\n%+v", event, steps[step].want)
		}
		r.set(steps[step].answer)
		if step++; step == len(steps) {
			break
		}
	}
	polls := r.polls
	time.Sleep(2 * fast)
	if r.polls != polls {
		t.Error("it goes on after the loop")
	}
}

func TestAWatchEndsWithItsContextOrItsClient(t *testing.T) {
	for name, end := range map[string]func(*Client, context.CancelFunc){
		"cancel": func(_ *Client, cancel context.CancelFunc) { cancel() },
		"close":  func(client *Client, _ context.CancelFunc) { _ = client.Close() },
		"drain": func(client *Client, _ context.CancelFunc) {
			if err := client.Drain(background); err != nil {
				t.Error(err)
			}
		},
	} {
		r := &room{answer: rows()}
		client := start(t, r.respond).client(t)
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		began, events := time.Now(), 0
		var last error
		for _, err := range client.WatchMeeting(ctx, "app", "002", WithInterval(2*longTime)) {
			if last = err; err == nil {
				events++
				end(client, cancel)
			}
		}
		failure(t, last, KindCancelled)
		if cancelled := errors.Is(last, context.Canceled); cancelled != (name == "cancel") || events != 1 || time.Since(began) > longTime {
			t.Error(name, last, events)
		}
	}
}

func TestAContextsDeadlineEndsAWatch(t *testing.T) {
	client := start(t, always("")).client(t, WithTimeout(2*longTime))
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	for _, err := range client.WatchMeeting(ctx, "app", "002") {
		if failure(t, err, KindCancelled); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
}

func TestARefusalEndsAWatchAndSoDoesABadArgument(t *testing.T) {
	p := start(t, always(refused))
	client := p.client(t)
	cancelled, cancel := context.WithCancel(background)
	cancel()
	for _, test := range []struct {
		ctx    context.Context
		confID string
		with   []WatchOption
		kind   Kind
		says   string
	}{
		{background, "002", nil, KindRefused, "应用验证失败"},
		{background, "", nil, KindInvalidArgument, "confid"},
		{background, "\x00", nil, KindInvalidArgument, "confid"},
		{background, "002", []WatchOption{WithInterval(fast - 1)}, KindRefused, ""}, // rounded up
		{background, "002", []WatchOption{WithInterval(time.Millisecond)}, KindInvalidArgument, "interval_ms"},
		{cancelled, "002", nil, KindCancelled, "before the call"},
	} {
		values := 0
		for event, err := range client.WatchMeeting(test.ctx, "app", test.confID, test.with...) {
			values++
			contains(t, failure(t, err, test.kind).Message, test.says)
			if !reflect.DeepEqual(event, RoomEvent{}) {
				t.Errorf("%+v", event)
			}
		}
		if values != 1 {
			t.Error(values)
		}
	}
	_ = client.Close()
	for _, err := range client.WatchMeeting(background, "app", "002") {
		failure(t, err, KindInvalidHandle)
	}
}

func TestALoopMayBeLeftInAnyWay(t *testing.T) {
	r := &room{answer: rows()}
	client := start(t, r.respond).client(t)
	func() {
		defer func() { _ = recover() }()
		for range client.WatchMeeting(background, "app", "002") {
			panic("in the loop")
		}
	}()
	stats, err := client.QueueStats()
	if err != nil || stats.Watches != 0 || client.held.underWay != 0 {
		t.Errorf("%+v %v", stats, err)
	}
}

func TestASlowLoopIsToldAllTheSame(t *testing.T) {
	r := &room{answer: rows(row("1", "在线", "未静音"))}
	client := start(t, r.respond).client(t)
	online := 0
	for event, err := range client.WatchMeeting(background, "app", "002", WithInterval(fast)) {
		if err != nil {
			t.Fatal(err)
		}
		switch event.Kind {
		case RoomSnapshot:
			r.set(rows(row("1", "在线", "未静音"), row("2", "在线", "未静音")))
			time.Sleep(3 * fast)
			r.set(rows(row("2", "在线", "未静音")))
			time.Sleep(3 * fast)
			online = event.Online
		case RoomChanged:
			online += len(event.Joined) - len(event.Left)
			if online != event.Online {
				t.Errorf("%d: %+v", online, event)
			}
		}
		if event.Version == 3 {
			return
		}
	}
}

func TestALoopThatIsFarBehindBeginsAnew(t *testing.T) {
	defer func(most int) { mostNews = most }(mostNews)
	mostNews = 2
	var polls atomic.Int64 // each of which finds a change
	client := start(t, func(string) string {
		return rows(row(strconv.FormatInt(polls.Add(1), 10), "在线", "未静音"))
	}).client(t, WithTimeout(longTime))
	var told []RoomEvent
	for event, err := range client.WatchMeeting(background, "app", "002", WithInterval(fast)) {
		if err != nil {
			t.Fatal(err)
		}
		if told = append(told, event); len(told) == 3 {
			break
		}
		if len(told) > 1 {
			continue
		}
		// Two changes wait; the third one ends the watch.
		for began := time.Now(); ; time.Sleep(time.Millisecond) {
			if stats, err := client.QueueStats(); err != nil || time.Since(began) > longTime {
				t.Fatalf("it goes on: %+v %v", stats, err)
			} else if stats.Watches == 0 {
				break
			}
		}
		if polls.Load() < 4 {
			t.Error("it has ended before", polls.Load())
		}
	}
	for i, want := range []struct {
		kind    RoomEventKind
		version uint64
	}{{RoomSnapshot, 1}, {RoomSnapshot, 1}, {RoomChanged, 2}} {
		if told[i].Kind != want.kind || told[i].Version != want.version {
			t.Errorf("%d: %+v", i, told[i])
		}
	}
}

func TestALoopThatIsFarBehindIsToldOfItsEnd(t *testing.T) {
	defer func(most int) { mostNews = most }(mostNews)
	mostNews = 0
	r := &room{answer: rows()}
	for name, end := range map[string]func(*Client, context.CancelFunc){
		"cancel": func(_ *Client, cancel context.CancelFunc) { cancel() },
		"close":  func(client *Client, _ context.CancelFunc) { _ = client.Close() },
	} {
		client := start(t, r.respond).client(t)
		ctx, cancel := context.WithCancel(background)
		w, err := client.watch(ctx, "app", "002", nil)
		if err != nil {
			t.Fatal(err)
		}
		<-w.more // its snapshot was one too many, and its end has come
		end(client, cancel)
		told := 0
		again := w.tell(func(_ RoomEvent, err error) bool {
			told++
			failure(t, err, KindCancelled)
			return true
		})
		if again || told != 1 {
			t.Error(name, again, told)
		}
		cancel()
	}
}

func TestTheLogOfAWatchIsTold(t *testing.T) {
	log := &recorder{least: slog.LevelDebug}
	client := start(t, always(rows())).client(t, WithLogger(slog.New(log)))
	for range client.WatchMeeting(background, "app", "002") {
		break
	}
	contains(t, log.first("DEBUG meetingState 002 #"), "accepted")
}
