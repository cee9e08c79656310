// When handles and connections go.

package ytx

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestCloseMayBeCalledTwice(t *testing.T) {
	p := start(t, always(accepted))
	client := p.client(t)
	if client.Close() != nil || client.Close() != nil {
		t.Error("not nil")
	}
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	for _, ctx := range []context.Context{background, ctx} {
		e := failure(t, client.LockMeeting(ctx, "app", "002"), KindInvalidHandle)
		if e.Sent || e.Status != 1002 {
			t.Errorf("%+v", e)
		}
	}
	if p.Close(); len(p.seen()) != 0 {
		t.Error(p.seen())
	}
}

func TestCallsUnderWayFinishAfterClose(t *testing.T) {
	p := start(t, always(""))
	client := p.client(t)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	ended := make(chan error)
	for room, ctx := range map[string]context.Context{"002": background, "003": ctx} {
		go func() { ended <- client.LockMeeting(ctx, "app", room) }()
		<-p.arrived
	}
	_ = client.Close()
	close(p.release)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// The library closes a connection when the last handle on its account is freed.
func TestNoHandleOfACallIsLeft(t *testing.T) {
	p := start(t, always(accepted))
	client := p.client(t)
	for range 100 {
		ctx, cancel := context.WithTimeout(background, longTime)
		if err := client.LockMeeting(ctx, "app", "002"); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	_ = client.Close()
	p.waitForClose(t)
}

// takers are the goroutines of this package: there is one, or none.
func takers() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return strings.Count(string(stacks), "created by example.org/libytx/go/ytx.joinExchange")
}

// waitFor is for what happens a moment later on another goroutine.
func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	for end := time.Now().Add(longTime); !what(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("that does not happen")
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// quietPlatform is one that leaves no connection open, so that descriptors can be counted.
func quietPlatform(t *testing.T) *platform {
	p := start(t, always(`{"statusCode":"0","statusMsg":[]}`))
	p.Config.SetKeepAlivesEnabled(false)
	return p
}

func TestNothingIsLeftAfterTheLastClose(t *testing.T) {
	p := quietPlatform(t)
	waitFor(t, func() bool { return takers() == 0 }) // no other test has left its client open
	round := func() {
		first, second := p.client(t), p.client(t)
		waitFor(t, func() bool { return takers() == 1 }) // its predecessor tells that it ends, and does
		if err := errors.Join(first.LockMeeting(background, "app", "002"), first.Close()); err != nil {
			t.Fatal(err)
		}
		for _, err := range second.WatchMeeting(background, "app", "002") {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		if takers() != 1 {
			t.Error(takers())
		}
		_ = second.Close()
		if current.exchange != nil {
			t.Error("Close does not wait for the end")
		}
		waitFor(t, func() bool { return takers() == 0 })
	}
	round() // the library has a descriptor of its own from then on
	before := descriptors(t)
	for range 20 {
		round()
	}
	waitFor(t, func() bool { return descriptors(t) <= before }) // the server closes its side later
}

func TestWhatIsUnderWayEndsTheExchangeAfterClose(t *testing.T) {
	p := start(t, always(""))
	client := p.client(t)
	ended := make(chan error)
	go func() { ended <- client.LockMeeting(background, "app", "002") }()
	<-p.arrived
	_ = client.Close()
	gone := client.held.exchange.gone
	close(p.release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	<-gone
}

func TestTheLibrarysIdleThreadsEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute: not with -short")
	}
	p := start(t, always(accepted))
	ofTheLibrary := func() (count int) { // but for those that look names up, which may stay
		names, err := filepath.Glob("/proc/self/task/*/comm")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if text, err := os.ReadFile(name); err == nil && strings.HasPrefix(string(text), "ytx-") {
				count++
			}
		}
		return count
	}
	client := p.client(t)
	if err := client.LockMeeting(background, "app", "002"); err != nil {
		t.Fatal(err)
	}
	if ofTheLibrary() == 0 {
		t.Fatal("its threads have another name")
	}
	_ = client.Close()
	for end := time.Now().Add(40 * time.Second); ofTheLibrary() > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d are left", ofTheLibrary())
		}
	}
}

func TestADrainedClientEndsItsCallsFirst(t *testing.T) {
	p := start(t, always(""))
	client, other := p.client(t), p.client(t)
	ended := make(chan error)
	for client, room := range map[*Client]string{client: "002", other: "003"} {
		go func() { ended <- client.LockMeeting(background, "app", room) }()
		<-p.arrived
	}
	ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
	defer cancel()
	if err := client.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	e := failure(t, client.LockMeeting(background, "app", "004"), KindCancelled)
	if e.Sent || e.Attempts != 0 {
		t.Errorf("%+v", e)
	}
	for _, err := range client.WatchMeeting(background, "app", "004") {
		failure(t, err, KindCancelled)
	}
	drained := make(chan error)
	go func() { drained <- client.Drain(background) }()
	select {
	case err := <-drained:
		t.Fatal("a call is under way", err)
	case <-time.After(10 * time.Millisecond):
	}
	close(p.release)
	if err := errors.Join(<-ended, <-ended, <-drained, client.Drain(background)); err != nil {
		t.Error(err)
	}
	if err := other.LockMeeting(background, "app", "003"); err != nil {
		t.Error(err) // it was not drained
	}
	_ = client.Close()
	failure(t, client.LockMeeting(background, "app", "002"), KindInvalidHandle)
}

func TestAForgottenClientIsClosed(t *testing.T) {
	p := start(t, always(accepted))
	func() {
		client, err := New("account-1", "a token", WithBaseURL(p.URL))
		if err == nil {
			err = client.LockMeeting(background, "app", "002")
		}
		if err != nil {
			t.Fatal(err)
		}
	}()
	for end := time.Now().Add(longTime); ; runtime.GC() {
		select {
		case <-p.closed:
			return
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("the connection stays open")
		}
	}
}

func TestAProgramOnlyRunsWithALibraryThatFits(t *testing.T) {
	for _, fits := range [][2]string{{"0.1.0", "0.1.0"}, {"0.1.2", "0.1.0"}, {"0.1.0", "0.10.0"}, {"1.2.3", "1.3.0"}} {
		if err := checkVersion(fits[0], fits[1]); err != nil {
			t.Error(err)
		}
	}
	for _, not := range [][2]string{{"0.2.0", "0.1.9"}, {"1.0.0", "0.9.0"}, {"0.1.0", "1.1.0"}, {"0.1.0", "x"}} {
		err := checkVersion(not[0], not[1])
		if err == nil {
			t.Fatal(not)
		}
		contains(t, err.Error(), "built for libytx "+not[0]+", but libytx "+not[1]+" is loaded")
		if shared := strings.Contains(loadedFrom(), "/libytx."); shared {
			contains(t, err.Error(), " is loaded from /")
		}
	}
}
