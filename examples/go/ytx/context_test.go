// How contexts end calls, and how many calls there may be at once.

package ytx

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// limitCalls is for tests that could not make as many calls as are allowed.
func limitCalls(t *testing.T, limit int) {
	allowed := places
	places = make(chan struct{}, limit)
	t.Cleanup(func() { places = allowed })
}

func TestMoreCallsThanThereMayBeThreadsWaitForTheirTurn(t *testing.T) {
	limitCalls(t, 3)
	var now, most atomic.Int64
	p := start(t, func(string) string {
		for count := now.Add(1); ; {
			if before := most.Load(); count <= before || most.CompareAndSwap(before, count) {
				break
			}
		}
		defer now.Add(-1)
		time.Sleep(time.Millisecond) // long enough for others to come
		return accepted
	})
	client := p.client(t)
	ended := make(chan error)
	for range 30 {
		go func() { ended <- client.LockMeeting(background, "app", "002") }()
	}
	for range 30 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > 3 {
		t.Error(most.Load())
	}
}

func TestWaitingForATurnCanBeCancelled(t *testing.T) {
	limitCalls(t, 0)
	p := start(t, always(accepted))
	client := p.client(t, WithTimeout(50*time.Millisecond))
	err := client.LockMeeting(background, "app", "002")
	if e := failure(t, err, KindTimeout); e.Unwrap() != nil || e.Sent {
		t.Errorf("%+v", e)
	}
	for _, hears := range []bool{true, false} {
		ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
		defer cancel()
		if !hears {
			ctx = unaware{ctx}
		}
		err := client.LockMeeting(ctx, "app", "002")
		if failure(t, err, KindTimeout); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
	if p.Close(); len(p.seen()) != 0 {
		t.Error(p.seen())
	}
}

// A context that tells when a call begins.
type telling struct {
	context.Context
	begun func()
}

func (c telling) Deadline() (deadline time.Time, ok bool) {
	c.begun()
	return
}

func TestWaitingForATurnTakesFromTheCallsTime(t *testing.T) {
	limitCalls(t, 1)
	places <- struct{}{}
	client := start(t, always("")).client(t, WithTimeout(1234*time.Millisecond))
	ctx := telling{background, sync.OnceFunc(func() {
		time.AfterFunc(50*time.Millisecond, func() { <-places })
	})}
	e := failure(t, client.LockMeeting(ctx, "app", "002"), KindTimeout)
	if strings.Contains(e.Message, "1234 ms") {
		t.Error(e.Message)
	}
}
