// What a caller may set.

package ytx

import (
	"context"
	"log/slog"
	"math"
	"time"

	"example.org/libytx/go/internal/capi"
)

const (
	// ProductionURL is the platform itself.
	ProductionURL = "http://api.ytx.net"
	// SandboxURL is the platform's test environment. Only test appids work there.
	SandboxURL = "http://sandbox.ytx.net"
)

// An Option says how a client behaves: one of the With functions.
type Option func(*options)

type options struct {
	inC     capi.Options
	timeout time.Duration
	logger  *slog.Logger
}

// WithBaseURL says where the platform is: http:// or https://, a host, and where need be a port and
// a path prefix. Default: [ProductionURL].
func WithBaseURL(url string) Option {
	return func(o *options) { o.inC.BaseURL = &url }
}

// WithConnectTimeout sets the most that a new connection may take: name look-up, TCP and TLS.
// Default: 5 s.
func WithConnectTimeout(timeout time.Duration) Option {
	return func(o *options) { o.inC.ConnectTimeoutMS = milliseconds(timeout) }
}

// WithTimeout sets the most that a whole call may take, all its attempts included. The deadline of
// a call's context shortens it, and never lengthens it. Default: 15 s.
func WithTimeout(timeout time.Duration) Option {
	return func(o *options) { o.timeout = timeout }
}

// WithMaxRetries says how often a meeting call is tried again after [KindConnect], [KindIO],
// [StatusTooManyRequests] and HTTP 502, 503 or 504, after a growing pause, within the timeout.
// [Client.Request] is never tried again. Default: 0.
func WithMaxRetries(retries uint32) Option {
	return func(o *options) { o.inC.MaxRetries = retries }
}

// WithMaxIdleConnections says how many unused connections are kept. Default: 64.
func WithMaxIdleConnections(connections uint32) Option {
	return func(o *options) { o.inC.MaxIdleConnections = connections }
}

// WithIdleTimeout says for how long an unused connection is kept; one in steady use is replaced after
// four times as long, and after a minute at the latest. Default: 15 s.
func WithIdleTimeout(timeout time.Duration) Option {
	return func(o *options) { o.inC.IdleTimeoutMS = milliseconds(timeout) }
}

// WithMaxResponseBytes sets the largest answer that is accepted. Default: 8 MiB.
func WithMaxResponseBytes(bytes uint32) Option {
	return func(o *options) { o.inC.MaxResponseBytes = bytes }
}

// WithProxy sends all through a proxy: http://[user:password@]host:port; user and password may be
// percent-encoded. The environment has no effect. Default: none.
func WithProxy(url string) Option {
	return func(o *options) { o.inC.Proxy = &url }
}

// WithCAFile names a file of PEM certificates to trust in place of the built-in ones: all of them, or
// [New] fails and names the block that cannot be used.
func WithCAFile(path string) Option {
	return func(o *options) { o.inC.CAFile = &path }
}

// WithUserAgent sets the User-Agent header. Default: ytx/ and the library's version.
func WithUserAgent(agent string) Option {
	return func(o *options) { o.inC.UserAgent = &agent }
}

// WithSourceAddress makes every connection, one to a proxy as well, from this address of the machine:
// IPv4 or IPv6, without brackets, port or zone. The machine has to have it when a connection is made;
// "0.0.0.0" and "::" only choose the family. Default: the system's choice.
func WithSourceAddress(address string) Option {
	return func(o *options) { o.inC.SourceAddress = &address }
}

// WithLogger sends the library's log lines to a logger, with the context of the call that they
// concern, on its goroutine, before it returns. Which levels the logger wants is asked once, by [New].
// Its handler may make calls. A panic of its handler ends the line and nothing else. A handler that
// ends its goroutine (runtime.Goexit, and so FailNow of a test) takes the call along, and nothing
// else. Default: silent.
//
// No line holds the auth token, a signature, a whole URL, or any part of an answer.
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) { o.logger = logger }
}

// The library's levels, the gravest first.
var levels = map[int32]slog.Level{
	capi.LogError: slog.LevelError,
	capi.LogWarn:  slog.LevelWarn,
	capi.LogInfo:  slog.LevelInfo,
	capi.LogDebug: slog.LevelDebug,
}

// logLevel is the most talkative level that the logger wants.
func logLevel(logger *slog.Logger) uint32 {
	for level := int32(capi.LogDebug); level > capi.LogError; level-- {
		if logger != nil && logger.Enabled(context.Background(), levels[level]) {
			return uint32(level)
		}
	}
	return capi.LogError // New reads from it why a client was not made
}

// milliseconds rounds up, so that a little time is not none: 0 is the default. A time that has run
// out is the shortest one, and one of more than 49 days is that.
func milliseconds(duration time.Duration) uint32 {
	switch {
	case duration == 0:
		return 0
	case duration < time.Millisecond:
		return 1
	case duration > math.MaxUint32*time.Millisecond:
		return math.MaxUint32
	}
	return uint32((duration + time.Millisecond - 1) / time.Millisecond)
}
