// When handles and connections go.

package ytx

import (
	"context"
	"runtime"
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
	for _, ctx := range []context.Context{background, ctx} {
		go func() { ended <- client.LockMeeting(ctx, "app", "002") }()
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
	}
}
