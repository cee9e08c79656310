// A room as a stream of events.

package ytx

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"runtime"
	"sync"
	"time"

	"example.org/libytx/go/internal/capi"
)

// A RoomEventKind says what a [RoomEvent] tells.
type RoomEventKind string

const (
	RoomSnapshot RoomEventKind = "snapshot" // the first state told
	RoomChanged  RoomEventKind = "changed"  // something has changed
	RoomLost     RoomEventKind = "lost"     // three polls in a row have failed
	RoomRestored RoomEventKind = "restored" // the room can be seen again
)

// A RoomEvent is news of a room. The lists tell the difference to the event before. Members have no
// id and some digits of their numbers are masked, so they are counted by number; what came and went
// between two polls cannot be seen.
type RoomEvent struct {
	Kind    RoomEventKind
	ConfID  string
	Version uint64   // counts the events of a watch, from 1
	Polls   uint64   // how many polls the event sums up
	Online  int      // how many members are on line; of RoomLost it is not known, and 0
	Joined  []Member // who has come on line
	Left    []Member // who is on line no more, as last told
	Muted   []Member
	Unmuted []Member
	Members []Member // all of them, in the platform's order; of RoomLost none
	Error   *Error   // of RoomLost: why the last poll failed
}

// A WatchOption says how a room is watched.
type WatchOption func(*watchOptions)

type watchOptions struct{ interval time.Duration }

// WithInterval sets the time from one poll to the next: at least 200 ms, and a tenth more or less so
// that many watches spread. Default: 5 s.
func WithInterval(interval time.Duration) WatchOption {
	return func(o *watchOptions) { o.interval = interval }
}

// WatchMeeting watches a room: it asks for its state again and again, and tells the differences. The
// watch begins with the loop over it, and ends with it:
//
//	for event, err := range client.WatchMeeting(ctx, appID, confID) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(event.Kind, event.Online)
//	}
//
// Each poll has the client's timeout. One that fails is no end: the interval doubles, up to a minute,
// until one succeeds, and after three there is an event of [RoomLost]. The loop ends with an error, its
// last value, when the context does, when the client is closed or drained ([KindCancelled]), for an
// argument that is not allowed, and for a refusal that waiting does not cure. It never ends without one.
//
// A loop that takes longer than the room does to change is told each change later. Up to 64 events wait
// for it; when there are more they are dropped and the polls stop, and once the loop comes round the watch
// begins anew, with a [RoomSnapshot] of Version 1.
func (c *Client) WatchMeeting(ctx context.Context, appID, confID string, with ...WatchOption) iter.Seq2[RoomEvent, error] {
	return func(yield func(RoomEvent, error) bool) {
		for again := true; again; {
			w, err := c.watch(ctx, appID, confID, with)
			if err != nil {
				yield(RoomEvent{}, err)
				return
			}
			again = w.tell(yield)
		}
	}
}

// news is an event of a watch.
type news struct {
	last   bool
	status Status
	json   []byte
	log    []capi.Line
}

// So much news of a watch waits at most, but in a test. A loop that is further behind begins anew.
var mostNews = 64

// A watch is a room that is watched, and the news that the loop has not asked for yet.
type watch struct {
	ctx  context.Context
	held *held
	stop []func() bool
	over bool // the last news was taken

	mutex   sync.Mutex
	ticket  capi.Ticket // 0 until it is submitted
	waiting []news
	behind  bool          // the loop is too far behind: what waited was dropped
	more    chan struct{} // holds one when news has come
}

func (c *Client) watch(ctx context.Context, appID, confID string, with []WatchOption) (*watch, error) {
	var o watchOptions
	for _, option := range with {
		option(&o)
	}
	if err := ended(ctx); err != nil {
		return nil, notBegunFor(err)
	}
	h := c.held
	if err := h.enter(); err != nil {
		return nil, err
	}
	w := &watch{ctx: ctx, held: h, more: make(chan struct{}, 1)}
	tag := h.exchange.expect(func(event capi.Event) {
		last := event.Type == capi.EventEnded
		if last {
			h.leave() // before the loop knows, which may close the client then
		}
		w.add(news{last, Status(event.Status), event.JSON(), event.Log()})
	})
	call := capi.Submission{Queue: h.exchange.queue, Client: h.client, Tag: tag}
	ticket, refused := call.WatchMeeting(appID, confID, milliseconds(o.interval))
	runtime.KeepAlive(c)
	if ticket == 0 {
		h.exchange.forget(tag)
		h.leave()
		return nil, notAccepted(Status(refused))
	}
	w.mutex.Lock()
	w.ticket = ticket
	behind := w.behind
	w.mutex.Unlock()
	if behind { // before the ticket was known
		w.cancel()
	}
	w.stop = []func() bool{context.AfterFunc(ctx, w.cancel), context.AfterFunc(h.watching, w.cancel)}
	return w, nil
}

// cancel may be called again.
func (w *watch) cancel() {
	w.mutex.Lock()
	ticket := w.ticket
	w.mutex.Unlock()
	w.held.exchange.queue.Cancel(ticket)
}

func (w *watch) add(more news) {
	w.mutex.Lock()
	fellBehind := !more.last && !w.behind && len(w.waiting) == mostNews
	if fellBehind {
		w.behind, w.waiting = true, nil
	}
	if more.last || !w.behind {
		w.waiting = append(w.waiting, more)
	}
	w.mutex.Unlock()
	if fellBehind {
		w.cancel()
	}
	select {
	case w.more <- struct{}{}:
	default: // the loop knows already
	}
}

// take waits for news.
func (w *watch) take() (next news) {
	for {
		w.mutex.Lock()
		if len(w.waiting) > 0 {
			next, w.waiting = w.waiting[0], w.waiting[1:]
			w.mutex.Unlock()
			w.over = next.last
			w.held.tell(w.ctx, next.log)
			return next
		}
		w.mutex.Unlock()
		<-w.more
	}
}

// tell tells a loop all there is. True when the watch has ended because the loop fell behind.
func (w *watch) tell(yield func(RoomEvent, error) bool) (again bool) {
	defer w.end()
	for {
		event, err := w.next()
		if err != nil && w.behind && errors.Is(err, KindCancelled) && ended(w.ctx) == nil && w.held.watching.Err() == nil {
			return true
		}
		if !yield(event, err) || err != nil {
			return false
		}
	}
}

// next is the next event. What waits when the context or the client has ended is passed over.
func (w *watch) next() (RoomEvent, error) {
	next := w.take()
	for !next.last && (ended(w.ctx) != nil || w.held.watching.Err() != nil) {
		w.cancel()
		next = w.take()
	}
	if !next.last {
		return readRoomEvent(next.status, next.json)
	}
	failure := failed(next.status, next.json)
	if failure.Kind == KindCancelled {
		failure.context = ended(w.ctx)
	}
	return RoomEvent{}, failure
}

// end waits for the watch's last event, which comes at once.
func (w *watch) end() {
	for _, stop := range w.stop {
		stop()
	}
	w.cancel()
	for !w.over {
		w.take()
	}
}

// readRoomEvent reads the library's own JSON, and the platform's rows in it.
func readRoomEvent(status Status, told []byte) (RoomEvent, error) {
	var fields struct {
		Event          RoomEventKind
		ConfID         string
		Version, Polls uint64
		Online         int // null when the room is lost, and 0 then
		Error          json.RawMessage
	}
	err := json.Unmarshal(told, &fields)
	event := RoomEvent{
		Kind: fields.Event, ConfID: fields.ConfID, Version: fields.Version, Polls: fields.Polls, Online: fields.Online,
	}
	readable := err == nil
	for which, list := range map[int32]*[]Member{
		capi.AllMembers: &event.Members, capi.JoinedMembers: &event.Joined, capi.LeftMembers: &event.Left,
		capi.MutedMembers: &event.Muted, capi.UnmutedMembers: &event.Unmuted,
	} {
		var read bool
		*list, read = readMembers(told, which)
		readable = readable && read
	}
	if !readable { // there was no memory for it
		return RoomEvent{}, failed(Status(KindInternal), nil)
	}
	if status != 0 {
		event.Error = failed(status, fields.Error)
	}
	return event, nil
}
