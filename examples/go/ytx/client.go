// Package ytx locks YTX (ytx.net, 云讯) conference rooms and shows who is in them.
//
// A program makes one [Client] for its account and keeps it for as long as it runs. Any number of
// goroutines may use it at once; connections are kept and shared. Every call ends within its
// timeout, and at once when its context is cancelled. [Client.WatchMeeting] tells what happens in a
// room as it happens.
//
// A call is a goroutine that waits, and no thread: ten thousand at once are served by one goroutine
// of the package and a few threads of the library. As many requests are on their way at once as half
// of the descriptors that the process may have, and the rest wait their turn, with their time
// running. Calls that lock or unlock the same room go out one after the other, in their order.
//
// The package needs cgo and libytx, which pkg-config finds. With the build tag ytx_static the
// library becomes a part of the program.
package ytx

import (
	"context"
	"encoding/json"
	"runtime"
	"time"

	"example.org/libytx/go/internal/capi"
)

const defaultTimeout = 15 * time.Second

// A Client is a connection to the platform on behalf of one account. [New] makes it; then it never
// changes.
type Client struct {
	held    *held
	timeout time.Duration
}

// New makes a client. Nothing is sent. The first client of a program starts the goroutine that takes
// the answers for all of them. One that is forgotten and not closed is closed by the garbage
// collector.
//
// An argument or option that is not allowed is an [*Error] of [KindInvalidArgument] that names it.
func New(accountSID, authToken string, with ...Option) (*Client, error) {
	if err := checkVersion(capi.HeaderVersion, capi.Version()); err != nil {
		return nil, err
	}
	var o options
	for _, option := range with {
		option(&o)
	}
	if o.timeout == 0 {
		o.timeout = defaultTimeout
	}
	o.inC.TimeoutMS = milliseconds(o.timeout)
	o.inC.LogLevel = logLevel(o.logger)
	h, err := hold(accountSID, authToken, o)
	if err != nil {
		return nil, err
	}
	client := &Client{h, time.Duration(o.inC.TimeoutMS) * time.Millisecond}
	runtime.AddCleanup(client, (*held).close, h)
	return client, nil
}

// Close releases the client. Calls under way finish and watches end; later ones fail with
// [KindInvalidHandle]. With the last client of the program goes all that the package holds. It may
// be called again, and always returns nil.
func (c *Client) Close() error {
	c.held.close()
	return nil
}

// Drain lets the client run dry: it refuses new calls, with [KindCancelled], ends its watches, and
// waits until its calls have ended. Other clients are not touched. It returns the context's error
// where that ends first; the calls go on then. The client still has to be closed.
func (c *Client) Drain(ctx context.Context) error { return c.held.drain(ctx) }

// LockMeeting locks a room: nobody else can join. appID is an application with the
// telephone-conference feature, confID the room's number, the meid that creating it returned.
//
// The lock is an absolute value, so a call that broke off may be made again. A repeated lock can
// overtake another client's unlock.
func (c *Client) LockMeeting(ctx context.Context, appID, confID string) error {
	return c.setLock(ctx, appID, confID, capi.Lock)
}

// UnlockMeeting unlocks a room: members can join.
func (c *Client) UnlockMeeting(ctx context.Context, appID, confID string) error {
	return c.setLock(ctx, appID, confID, capi.Unlock)
}

func (c *Client) setLock(ctx context.Context, appID, confID string, lackState int32) error {
	_, err := c.call(ctx, false, func(call capi.Submission) (capi.Ticket, int32) {
		return call.LockMeeting(appID, confID, lackState)
	})
	return err
}

// MeetingState tells who is in a room. It fails with [KindResponse] when the members cannot be
// read.
func (c *Client) MeetingState(ctx context.Context, appID, confID string) (*MeetingState, error) {
	answer, err := c.call(ctx, true, func(call capi.Submission) (capi.Ticket, int32) {
		return call.MeetingState(appID, confID)
	})
	if err != nil {
		return nil, err
	}
	return readState(answer)
}

// Request signs and sends any other request of the platform and returns the platform's answer.
// It is never sent twice, since the library cannot know what that would do.
//
// version is the interface's, "" for 201612; function is call, sms, traffic or account; functionURL
// is the function's name, such as NoticeCall.wx; body is one JSON object, sent byte for byte. An
// answer without a statusCode counts as success.
func (c *Client) Request(ctx context.Context, version, function, functionURL string, body json.RawMessage) (json.RawMessage, error) {
	return c.call(ctx, true, func(call capi.Submission) (capi.Ticket, int32) {
		return call.Request(version, function, functionURL, body)
	})
}
