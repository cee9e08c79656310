// How contexts end calls, and many calls at once.

package ytx

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Far more than any call here takes that ends when it should.
const longTime = time.Minute

func TestACancelledContextEndsItsCallAtOnce(t *testing.T) {
	p := start(t, always(""))
	client := p.client(t, WithTimeout(2*longTime))
	ctx, cancel := context.WithCancel(background)
	began := time.Now()
	other, ended := make(chan error), make(chan error)
	go func() { other <- client.LockMeeting(background, "app", "003") }()
	<-p.arrived
	go func() { ended <- client.LockMeeting(ctx, "app", "002") }()
	<-p.arrived
	cancel()
	err := <-ended
	e := failure(t, err, KindCancelled)
	if !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || !e.Sent || e.Attempts != 1 {
		t.Errorf("%v %+v", err, e)
	}
	if took := time.Since(began); took > longTime {
		t.Error(took)
	}
	close(p.release) // nobody else's call was ended
	if err := <-other; err != nil {
		t.Error(err)
	}
}

func TestADeadlineShortensACall(t *testing.T) {
	client := start(t, always("")).client(t, WithTimeout(2*longTime))
	began := time.Now()
	ctx, cancel := context.WithDeadline(background, began.Add(100*time.Millisecond))
	defer cancel()
	err := client.LockMeeting(ctx, "app", "002")
	took := time.Since(began)
	e := failure(t, err, KindTimeout)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || !e.Sent || !e.Retryable {
		t.Errorf("%v %+v", err, e)
	}
	if took < 100*time.Millisecond || took > longTime {
		t.Error(took)
	}
}

func TestADeadlineDoesNotLengthenACall(t *testing.T) {
	client := start(t, always("")).client(t, WithTimeout(100*time.Millisecond))
	ctx, cancel := context.WithTimeout(background, longTime)
	defer cancel()
	err := client.LockMeeting(ctx, "app", "002")
	e := failure(t, err, KindTimeout)
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		t.Error(err)
	}
	contains(t, e.Message, "100 ms")
}

func TestWithAContextThatHasEndedNothingIsSent(t *testing.T) {
	p := start(t, always(accepted))
	client := p.client(t)
	cancelled, cancel := context.WithCancel(background)
	cancel()
	past, cancel := context.WithDeadline(background, time.Now().Add(-time.Second))
	defer cancel()
	for _, test := range []struct {
		ctx  context.Context
		kind Kind
		why  error
	}{
		{cancelled, KindCancelled, context.Canceled},
		{past, KindTimeout, context.DeadlineExceeded},
		{unaware{past}, KindTimeout, context.DeadlineExceeded},
	} {
		err := client.LockMeeting(test.ctx, "app", "002")
		e := failure(t, err, test.kind)
		if !errors.Is(err, test.why) || e.Sent || e.Attempts != 0 || e.Status != Status(test.kind) {
			t.Errorf("%+v", e)
		}
	}
	if p.Close(); len(p.seen()) != 0 {
		t.Error(p.seen())
	}
}

// A context that has not heard yet that its deadline has passed.
type unaware struct{ context.Context }

func (unaware) Err() error            { return nil }
func (unaware) Done() <-chan struct{} { return nil }

// A context that keeps its deadline to itself.
type secretive struct{ context.Context }

func (secretive) Deadline() (deadline time.Time, ok bool) { return }

func TestAContextMayKeepItsDeadlineToItself(t *testing.T) {
	client := start(t, always("")).client(t, WithTimeout(2*longTime))
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	err := client.LockMeeting(secretive{ctx}, "app", "002")
	failure(t, err, KindCancelled)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestAnyNumberOfGoroutinesMayCall(t *testing.T) {
	p := start(t, func(body string) string {
		return `{"statusCode":"0","room":"` + field(body, "confid") + `"}`
	})
	client := p.client(t)
	var all sync.WaitGroup
	for g := range 64 {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range 25 {
				ctx, cancel := context.WithTimeout(background, longTime)
				room := strconv.Itoa(g) + "-" + strconv.Itoa(i)
				body := []byte(`{"confid":"` + room + `"}`)
				answer, err := client.Request(ctx, "", "call", "Echo.wx", body)
				cancel()
				if want := `{"statusCode":"0","room":"` + room + `"}`; err != nil || string(answer) != want {
					t.Errorf("%s %v", answer, err)
				}
			}
		}()
	}
	all.Wait()
	if len(p.seen()) != 64*25 {
		t.Error(len(p.seen()))
	}
}

// threads is how many the process has.
func threads(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestAThousandCallsAtOnceHoldNoThreadEach(t *testing.T) {
	const calls = 1000
	p := start(t, always(""))
	client := p.client(t, WithTimeout(2*longTime))
	ended := make(chan error)
	for room := range calls {
		go func() { ended <- client.LockMeeting(background, "app", strconv.Itoa(room)) }()
	}
	for range calls {
		<-p.arrived
	}
	if now := threads(t); now > 100 {
		t.Errorf("%d threads", now)
	}
	stats, err := client.QueueStats()
	if err != nil || stats.InFlight != calls || stats.Pending != calls || stats.Busy != 0 || stats.Threads > 72 {
		t.Errorf("%+v %v", stats, err)
	}
	close(p.release)
	for range calls {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Calls of one room wait for one another, so that an unlock never overtakes the lock before it.
func TestACallThatWaitsForItsTurnIsCancelledAtOnce(t *testing.T) {
	p := start(t, always(""))
	client := p.client(t, WithTimeout(2*longTime))
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- client.LockMeeting(background, "app", "002") }()
	<-p.arrived
	go func() { second <- client.UnlockMeeting(ctx, "app", "002") }()
	for waiting := uint64(0); waiting == 0; {
		stats, err := client.QueueStats()
		if err != nil {
			t.Fatal(err)
		}
		waiting = stats.Waiting
	}
	cancel()
	err := <-second
	e := failure(t, err, KindCancelled)
	if !errors.Is(err, context.Canceled) || e.Sent || e.Attempts != 0 {
		t.Errorf("%v %+v", err, e)
	}
	close(p.release)
	if err := <-first; err != nil || len(p.seen()) != 1 {
		t.Error(err, p.seen())
	}
}

func TestADeadlineCoversTheWaitForATurn(t *testing.T) {
	p := start(t, always(""))
	client := p.client(t, WithTimeout(2*longTime))
	first := make(chan error, 1)
	go func() { first <- client.LockMeeting(background, "app", "002") }()
	<-p.arrived
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	err := client.LockMeeting(ctx, "app", "002")
	if e := failure(t, err, KindTimeout); !errors.Is(err, context.DeadlineExceeded) || e.Sent {
		t.Errorf("%v %+v", err, e)
	}
	close(p.release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
