// Package ytx locks YTX (ytx.net, 云讯) conference rooms and shows who is in them.
//
// A program makes one [Client] for its account and keeps it for as long as it runs. Any number of
// goroutines may use it at once; connections are kept and shared. Every call ends within its
// timeout, and at once when its context is cancelled.
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

// New makes a client. Nothing is sent and no thread is started. One that is forgotten and not
// closed is closed by the garbage collector.
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

// Close releases the client. Calls under way finish; later ones fail with [KindInvalidHandle]. It
// may be called again, and always returns nil.
func (c *Client) Close() error {
	c.held.close()
	return nil
}

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
	_, err := c.call(ctx, func(client capi.Client) (int32, []byte) {
		return client.LockMeeting(appID, confID, lackState)
	})
	return err
}

// MeetingState tells who is in a room. It fails with [KindResponse] when the members cannot be
// read.
func (c *Client) MeetingState(ctx context.Context, appID, confID string) (*MeetingState, error) {
	answer, err := c.call(ctx, func(client capi.Client) (int32, []byte) {
		return client.MeetingState(appID, confID)
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
	return c.call(ctx, func(client capi.Client) (int32, []byte) {
		return client.Request(version, function, functionURL, body)
	})
}
