// The queue that all clients share, and the one goroutine that takes its events.

package ytx

import (
	"sync"

	"example.org/libytx/go/internal/capi"
)

// An exchange is there from the first client to the last. Calls and watches are known to it by
// tags, for an event may come before the submission has returned a ticket.
type exchange struct {
	queue capi.Queue
	users int           // under that lock which is around the current one
	gone  chan struct{} // closed when goroutine and queue are

	mutex   sync.Mutex
	lastTag uint64
	waiting map[uint64]func(capi.Event)
}

var current struct {
	sync.Mutex
	*exchange // nil while there is no client
}

// joinExchange makes the exchange where there is none.
func joinExchange() (*exchange, error) {
	current.Lock()
	defer current.Unlock()
	if current.exchange == nil {
		queue, status := capi.NewQueue(inFlight())
		if status != 0 {
			err := failed(Status(status), nil)
			err.Message = "no queue can be made: the process has no descriptor left"
			return nil, err
		}
		x := &exchange{queue: queue, gone: make(chan struct{}), waiting: make(map[uint64]func(capi.Event))}
		go func() {
			queue.Take(x.deliver)
			queue.Free()
			close(x.gone)
		}()
		current.exchange = x
	}
	current.users++
	return current.exchange, nil
}

// leave ends the exchange when it was the last to use it. Nothing may be under way by then. It does
// not wait for the end, and tells whether there is one.
func (x *exchange) leave() (last bool) {
	current.Lock()
	defer current.Unlock()
	if x.users--; x.users > 0 {
		return false
	}
	current.exchange = nil // the next client makes another
	x.queue.Close()
	return true
}

// expect makes a tag whose events are handed to a function, which must not block.
func (x *exchange) expect(handle func(capi.Event)) (tag uint64) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.lastTag++
	x.waiting[x.lastTag] = handle
	return x.lastTag
}

// forget is for a tag of which no event will come.
func (x *exchange) forget(tag uint64) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	delete(x.waiting, tag)
}

func (x *exchange) deliver(event capi.Event) {
	x.mutex.Lock()
	handle := x.waiting[event.Tag]
	if event.Type != capi.EventRoom { // the tag's last
		delete(x.waiting, event.Tag)
	}
	x.mutex.Unlock()
	handle(event)
}
