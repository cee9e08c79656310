// What a client holds of the library, and when it lets go.

package ytx

import (
	"context"
	"fmt"
	"runtime/cgo"
	"strings"
	"sync"
	"sync/atomic"

	"example.org/libytx/go/internal/capi"
)

// held is what a client holds of the library: a handle until it is closed, and a log until the last
// call has returned as well.
type held struct {
	client capi.Client
	log    cgo.Handle
	users  atomic.Int64 // the client until it is closed, and each call under way
	closed sync.Once
	unused sync.Once
}

func hold(accountSID, authToken string, o options) (*held, error) {
	var refusal atomic.Pointer[string]
	log := cgo.NewHandle(capi.LogFunc(func(level int32, line string) {
		if level == capi.LogError {
			refusal.Store(&line)
		}
		if o.logger != nil {
			o.logger.Log(context.Background(), levels[level], line)
		}
	}))
	client, status := capi.New(accountSID, authToken, o.inC, log)
	if status != 0 {
		log.Delete()
		err := failed(Status(status), nil)
		if why := refusal.Load(); why != nil {
			err.Message = strings.TrimPrefix(*why, "ytx_client_new: ")
		}
		return nil, err
	}
	h := &held{client: client, log: log}
	h.enter()
	return h, nil
}

func (h *held) enter() { h.users.Add(1) }

// leave may bring the count to zero again, after a late call on a closed client.
func (h *held) leave() {
	if h.users.Add(-1) == 0 {
		h.unused.Do(h.log.Delete)
	}
}

func (h *held) close() {
	h.closed.Do(func() {
		h.client.Free() // first: a call that begins now writes no line
		h.leave()
	})
}

// checkVersion tells whether a program may run with a library: within a major version each has all
// of those before it.
func checkVersion(header, library string) error {
	var wants, has struct{ major, minor int }
	_, err1 := fmt.Sscanf(header, "%d.%d", &wants.major, &wants.minor)
	_, err2 := fmt.Sscanf(library, "%d.%d", &has.major, &has.minor)
	if err1 != nil || err2 != nil || has.major != wants.major || has.minor < wants.minor {
		return fmt.Errorf("ytx: this program was built for libytx %s, but libytx %s is loaded", header, library)
	}
	return nil
}
