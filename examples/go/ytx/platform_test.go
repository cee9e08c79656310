// A server in the platform's place, and what the tests say of it.

package ytx

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	accepted = `{"statusCode":"0","statusMsg":"提交成功"}`
	refused  = `{"statusCode":"-205","statusMsg":"应用验证失败"}`
)

// A platform is a server in the platform's place.
type platform struct {
	*httptest.Server
	mutex    sync.Mutex
	requests []string      // their bodies
	peer     string        // who has sent the last
	arrived  chan struct{} // one for each request that is held
	release  chan struct{} // closed: held requests are answered
	closed   chan struct{} // one for each connection that the client closed
}

// start answers each request with what respond says of its body; "" holds it until released.
func start(t testing.TB, respond func(body string) string) *platform {
	p := &platform{
		arrived: make(chan struct{}, 10_000),
		release: make(chan struct{}),
		closed:  make(chan struct{}, 10_000),
	}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mutex.Lock()
		p.requests = append(p.requests, string(body))
		p.peer, _, _ = net.SplitHostPort(r.RemoteAddr)
		p.mutex.Unlock()
		answer := respond(string(body))
		if answer == "" {
			p.arrived <- struct{}{}
			select {
			case <-p.release:
				answer = accepted
			case <-r.Context().Done(): // the client has gone
			}
		}
		_, _ = io.WriteString(w, answer)
	}))
	p.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			p.closed <- struct{}{}
		}
	}
	p.Start()
	t.Cleanup(p.Close)
	return p
}

func always(answer string) func(string) string { return func(string) string { return answer } }

// seen are the bodies of the requests so far.
func (p *platform) seen() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.requests)
}

// from is the address that the last request came from.
func (p *platform) from() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.peer
}

// forget makes seen begin anew.
func (p *platform) forget() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests = nil
}

// waitForClose waits until the client closes a connection.
func (p *platform) waitForClose(t *testing.T) {
	t.Helper()
	select {
	case <-p.closed:
	case <-time.After(longTime):
		t.Fatal("the connection stays open")
	}
}

// client makes a client of this platform.
func (p *platform) client(t testing.TB, with ...Option) *Client {
	t.Helper()
	client, err := New("account-1", "a token", append([]Option{WithBaseURL(p.URL)}, with...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// field is a text in a request's body.
func field(body, name string) string {
	var fields map[string]string
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		return err.Error()
	}
	return fields[name]
}

// failure is an error as this package's own, which has to be of this kind.
func failure(t testing.TB, err error, kind Kind) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, kind) {
		t.Fatalf("%v is not %v", err, kind)
	}
	return e
}

func contains(t testing.TB, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q is not in %q", part, text)
	}
}
