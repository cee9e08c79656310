// How a call is made: within its deadline, until its context ends, and not too many at once.

package ytx

import (
	"context"
	"runtime"
	"time"

	"example.org/libytx/go/internal/capi"
)

// Each call under way has a thread, and the Go runtime ends a program that has 10 000 of them. So
// more calls than this, in the whole program, wait for their turn.
const maxCalls = 1000

var places = make(chan struct{}, maxCalls)

// call makes a call that ends when its context does. The time that it waits for its turn counts.
func (c *Client) call(ctx context.Context, do func(capi.Client) (int32, []byte)) ([]byte, error) {
	now := time.Now()
	deadline := now.Add(c.timeout)
	if theirs, limited := ctx.Deadline(); limited && theirs.Before(deadline) {
		deadline = theirs
	}
	waited, err := takePlace(ctx, deadline)
	if err != nil {
		return nil, err
	}
	defer func() { <-places }()
	c.held.enter()
	defer c.held.leave()
	defer runtime.KeepAlive(c)

	client := c.held.client
	if waited {
		now = time.Now()
	}
	if ctx.Done() != nil || waited {
		client = client.WithTimeout(milliseconds(max(deadline.Sub(now), 1)))
		// It may run when the handle is freed already, and then does nothing. Once the deadline has
		// passed the library ends the call itself, as a timeout.
		stop := context.AfterFunc(ctx, func() {
			if time.Now().Before(deadline) {
				client.Cancel()
			}
		})
		defer stop()
	}
	status, answer := do(client)
	if status == 0 {
		return answer, nil
	}
	failure := failed(Status(status), answer)
	if failure.Kind == KindCancelled || failure.Kind == KindTimeout {
		failure.context = ended(ctx)
	}
	return nil, failure
}

// takePlace waits for a place among the calls under way, and tells whether it had to.
func takePlace(ctx context.Context, deadline time.Time) (waited bool, err error) {
	if err := ended(ctx); err != nil {
		return false, notBegun(err)
	}
	select {
	case places <- struct{}{}:
		return false, nil
	default:
	}
	waiting, stop := context.WithDeadline(ctx, deadline)
	defer stop()
	select {
	case places <- struct{}{}:
		return true, nil
	case <-waiting.Done():
		return false, notBegun(ended(ctx))
	}
}

// ended is why a context has ended, nil if it has not. A deadline may have passed of which the
// context itself has not heard yet.
func ended(ctx context.Context) error {
	if deadline, limited := ctx.Deadline(); limited && ctx.Err() == nil && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
