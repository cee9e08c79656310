// What a client holds of the library, and when it lets go.

package ytx

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"example.org/libytx/go/internal/capi"
)

// held is what a client holds: a handle until it is closed, and a place at the exchange until the
// last of its calls and watches has ended as well.
type held struct {
	client   capi.Client
	exchange *exchange
	logger   *slog.Logger

	watching   context.Context // ends when the watches have to
	endWatches context.CancelFunc

	mutex    sync.Mutex
	closed   bool
	draining bool
	underWay int           // calls and watches
	quiet    chan struct{} // closed when none of them is left; nil while nobody waits for that
}

func hold(accountSID, authToken string, o options) (*held, error) {
	client, status, lines := capi.New(accountSID, authToken, o.inC)
	h := &held{client: client, logger: o.logger}
	h.tell(context.Background(), lines)
	if status != 0 {
		err := failed(Status(status), nil)
		for _, line := range lines {
			if line.Level == capi.LogError {
				err.Message = strings.TrimPrefix(line.Text, "ytx_client_new: ")
			}
		}
		return nil, err
	}
	var err error
	if h.exchange, err = joinExchange(); err != nil {
		client.Free()
		return nil, err
	}
	h.watching, h.endWatches = context.WithCancel(context.Background())
	return h, nil
}

// tell hands lines to the logger, on the goroutine of the call that they are of. A panic of its
// handler ends the line and nothing else.
func (h *held) tell(ctx context.Context, lines []capi.Line) {
	for _, line := range lines {
		h.tellLine(ctx, line)
	}
}

func (h *held) tellLine(ctx context.Context, line capi.Line) {
	defer func() { _ = recover() }()
	if h.logger != nil {
		h.logger.Log(ctx, levels[line.Level], line.Text)
	}
}

// enter is for a call or watch that begins, and leave for one that has ended.
func (h *held) enter() error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	switch {
	case h.closed:
		return closedError()
	case h.draining:
		return notBegun(KindCancelled, "the client is drained and takes no more calls", nil)
	}
	h.underWay++
	return nil
}

func (h *held) leave() {
	h.mutex.Lock()
	h.underWay--
	none := h.underWay == 0
	if none && h.quiet != nil {
		close(h.quiet)
		h.quiet = nil
	}
	last := none && h.closed
	h.mutex.Unlock()
	if last {
		h.exchange.leave()
	}
}

// close waits for the end of the exchange, if nothing is under way that has to end before.
func (h *held) close() {
	h.mutex.Lock()
	first := !h.closed
	h.closed = true
	none := h.underWay == 0
	h.mutex.Unlock()
	if !first {
		return
	}
	h.endWatches()
	h.client.Free()
	if none && h.exchange.leave() {
		<-h.exchange.gone
	}
}

func (h *held) drain(ctx context.Context) error {
	h.mutex.Lock()
	h.draining = true
	if h.underWay > 0 && h.quiet == nil {
		h.quiet = make(chan struct{})
	}
	quiet := h.quiet
	h.mutex.Unlock()
	h.endWatches()
	if quiet == nil {
		return nil
	}
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// checkVersion tells whether a program may run with a library: within a major version each has all
// of those before it.
func checkVersion(header, library string) error {
	var wants, has struct{ major, minor int }
	_, err1 := fmt.Sscanf(header, "%d.%d", &wants.major, &wants.minor)
	_, err2 := fmt.Sscanf(library, "%d.%d", &has.major, &has.minor)
	if err1 != nil || err2 != nil || has.major != wants.major || has.minor < wants.minor {
		return fmt.Errorf("ytx: this program was built for libytx %s, but libytx %s is loaded%s",
			header, library, loadedFrom())
	}
	return nil
}

// loadedFrom says which file the library is, where the system tells.
func loadedFrom() string {
	mapped, _ := os.ReadFile("/proc/self/maps")
	for line := range strings.Lines(string(mapped)) {
		if file := strings.Index(line, "/"); file >= 0 && strings.Contains(line[file:], "/libytx.") {
			return " from " + strings.TrimSpace(line[file:])
		}
	}
	return ""
}
