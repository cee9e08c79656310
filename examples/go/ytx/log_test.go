// What the log is told.

package ytx

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// A recorder is a handler that keeps what it is told, and then does something.
type recorder struct {
	least slog.Level
	then  func()
	mutex sync.Mutex
	lines []string
}

func (r *recorder) Enabled(_ context.Context, level slog.Level) bool { return level >= r.least }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler               { return r }
func (r *recorder) WithGroup(string) slog.Handler                    { return r }

func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	r.mutex.Lock()
	r.lines = append(r.lines, record.Level.String()+" "+record.Message)
	r.mutex.Unlock()
	if r.then != nil {
		r.then()
	}
	return nil
}

// first is the first line that begins so.
func (r *recorder) first(beginning string) string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, line := range r.lines {
		if strings.HasPrefix(line, beginning) {
			return line
		}
	}
	return ""
}

func TestTheLogHasTheLevelsOfSlog(t *testing.T) {
	p := start(t, func(body string) string {
		if field(body, "confid") == "bad" {
			return refused
		}
		return accepted
	})
	for _, test := range []struct {
		least slog.Level
		want  [3]bool // of the debug, info and warn lines below
	}{
		{slog.LevelDebug, [3]bool{true, true, true}},
		{slog.LevelInfo, [3]bool{false, true, true}},
		{slog.LevelWarn, [3]bool{false, false, true}},
		{slog.LevelError, [3]bool{}},
	} {
		log := &recorder{least: test.least}
		client := p.client(t, WithLogger(slog.New(log)))
		if err := client.LockMeeting(background, "app", "002"); err != nil {
			t.Fatal(err)
		}
		failure(t, client.LockMeeting(background, "app", "bad"), KindRefused)
		for i, line := range []string{"DEBUG lockMeeting 002 #", "INFO client for", "WARN lockMeeting bad #"} {
			if (log.first(line) != "") != test.want[i] {
				t.Errorf("%v: %q", test.least, log.lines)
			}
		}
	}
}

func TestTheLogSaysWhyAClientIsNotMade(t *testing.T) {
	log := &recorder{least: slog.LevelError}
	_, err := New("a/b", "a token", WithLogger(slog.New(log)))
	e := failure(t, err, KindInvalidArgument)
	if line := log.first("ERROR ytx_client_new: account_sid"); !strings.HasSuffix(line, ": "+e.Message) {
		t.Errorf("%q %q", log.lines, e.Message)
	}
}

func TestTheLogsHandlerMayMakeCalls(t *testing.T) {
	p := start(t, always(accepted))
	other := p.client(t)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var inside error
	log := &recorder{least: slog.LevelDebug, then: func() {
		inside = errors.Join(inside, other.UnlockMeeting(ctx, "app", "from the log"))
	}}
	client := p.client(t, WithLogger(slog.New(log)))
	if err := errors.Join(client.LockMeeting(ctx, "app", "002"), inside); err != nil {
		t.Error(err)
	}
	rooms := ""
	for _, body := range p.seen() {
		rooms += field(body, "confid") + ", "
	}
	contains(t, rooms, "002, from the log, ")
}

// A reader is a handler that looks into the context.
type reader struct {
	recorder
	read func(context.Context)
}

func (r *reader) Handle(ctx context.Context, _ slog.Record) error {
	r.read(ctx)
	return nil
}

func TestTheLogHasTheCallsContext(t *testing.T) {
	type key struct{}
	seen := any(nil)
	log := &reader{recorder{least: slog.LevelWarn}, func(ctx context.Context) { seen = ctx.Value(key{}) }}
	client := start(t, always(refused)).client(t, WithLogger(slog.New(log)))
	_ = client.LockMeeting(context.WithValue(background, key{}, "of the call"), "app", "002")
	if seen != "of the call" {
		t.Error(seen)
	}
}

func TestAHandlersPanicEndsTheLineOnly(t *testing.T) {
	log := &recorder{least: slog.LevelDebug, then: func() { panic("in the log") }}
	client := start(t, always(accepted)).client(t, WithLogger(slog.New(log)))
	for range 2 {
		if err := client.LockMeeting(background, "app", "002"); err != nil {
			t.Error(err)
		}
	}
}

func TestACallAfterCloseStillHasItsLog(t *testing.T) {
	p := start(t, always(""))
	log := &recorder{least: slog.LevelDebug}
	client := p.client(t, WithLogger(slog.New(log)))
	ended := make(chan error)
	go func() { ended <- client.LockMeeting(background, "app", "002") }()
	<-p.arrived
	_ = client.Close()
	_ = client.Close()
	close(p.release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	contains(t, log.first("DEBUG lockMeeting 002 #"), ": accepted")
	_ = client.Close()
	failure(t, client.LockMeeting(background, "app", "002"), KindInvalidHandle)
}

func TestAHandlerThatEndsItsGoroutineTakesTheCallAlong(t *testing.T) {
	log := &recorder{least: slog.LevelWarn, then: runtime.Goexit}
	client := start(t, always(refused)).client(t, WithLogger(slog.New(log)))
	ended, returned := make(chan struct{}), false
	go func() {
		defer close(ended)
		_ = client.LockMeeting(background, "app", "1")
		returned = true
	}()
	<-ended
	if returned {
		t.Error("the call returned")
	}
	// Nobody else is harmed.
	log.then = nil
	failure(t, client.LockMeeting(background, "app", "2"), KindRefused)
}
