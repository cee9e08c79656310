// How a call is made: handed to the queue, within its deadline, until its context ends.

package ytx

import (
	"context"
	"runtime"
	"time"

	"example.org/libytx/go/internal/capi"
)

// result is what came of a call.
type result struct {
	status Status
	answer []byte
	log    []capi.Line
}

// call makes a call that ends when its context does. Where nobody asks for the answer, it is only
// read when it says why the call failed.
func (c *Client) call(ctx context.Context, asksForAnswer bool, submit func(capi.Submission) (capi.Ticket, int32)) ([]byte, error) {
	if err := ended(ctx); err != nil {
		return nil, notBegunFor(err)
	}
	h := c.held
	if err := h.enter(); err != nil {
		return nil, err
	}
	deadline, shorter := time.Now().Add(c.timeout), uint32(0)
	if theirs, limited := ctx.Deadline(); limited && theirs.Before(deadline) {
		deadline, shorter = theirs, milliseconds(max(time.Until(theirs), 1))
	}
	done := make(chan result, 1)
	tag := h.exchange.expect(func(event capi.Event) {
		got := result{status: Status(event.Status), log: event.Log()}
		if asksForAnswer || got.status != 0 {
			got.answer = event.JSON()
		}
		done <- got
	})
	ticket, refused := submit(capi.Submission{
		Queue: h.exchange.queue, Client: h.client, TimeoutMS: shorter, Tag: tag,
	})
	runtime.KeepAlive(c)
	if ticket == 0 {
		h.exchange.forget(tag)
		h.leave()
		return nil, notAccepted(Status(refused))
	}
	var got result
	select {
	case got = <-done:
	case <-ctx.Done():
		// Once the deadline has passed the library ends the call itself, as a timeout.
		if time.Now().Before(deadline) {
			h.exchange.queue.Cancel(ticket)
		}
		got = <-done
	}
	h.leave()
	h.tell(ctx, got.log)
	if got.status == 0 {
		return got.answer, nil
	}
	failure := failed(got.status, got.answer)
	if failure.Kind == KindCancelled || failure.Kind == KindTimeout {
		failure.context = ended(ctx)
	}
	return nil, failure
}

// ended is why a context has ended, nil if it has not. A deadline may have passed of which the
// context itself has not heard yet.
func ended(ctx context.Context) error {
	if deadline, limited := ctx.Deadline(); limited && ctx.Err() == nil && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
