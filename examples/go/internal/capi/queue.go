// The queue: calls are submitted to it and come back as events.

package capi

/*
#include "log.h"

static uintptr_t queue_new(ytx_queue_options options, ytx_status *status) {
  return (uintptr_t)ytx_queue_new(&options, status);
}

static void queue_close(uintptr_t queue) {
  ytx_queue_close((ytx_queue *)queue);
}

static void queue_free(uintptr_t queue) {
  ytx_queue_free((ytx_queue *)queue);
}

static void queue_cancel(uintptr_t queue, ytx_ticket ticket) {
  ytx_queue_cancel((ytx_queue *)queue, ticket);
}

static char *queue_stats(uintptr_t queue) {
  return ytx_queue_stats((const ytx_queue *)queue, NULL);
}

// An event, and what the log was told for it.
typedef struct { ytx_event event; size_t length; lines log; } entry;

// How many events are fetched at once at most: each way into C and back costs time.
enum { BATCH = 64 };

typedef struct { int count; entry entries[BATCH]; } batch;

static void release(batch *taken) {
  for (int i = 0; i < taken->count; i++) {
    ytx_string_free(taken->entries[i].event.json);
    free(taken->entries[i].log.text);
  }
  taken->count = 0;
}

// Waits for an event and takes those that are there by then. False for no living queue.
static int take(uintptr_t queue, batch *taken) {
  release(taken);
  while (taken->count < BATCH) {
    entry *next = &taken->entries[taken->count];
    int32_t got;
    next->event = (ytx_event)YTX_EVENT_INIT;
    got = ytx_queue_take((ytx_queue *)queue, &next->event, taken->count == 0 ? -1 : 0);
    next->log = ytx_go_take_lines();
    if (got != 1) {
      free(next->log.text);
      if (taken->count == 0 && got == 0) continue;
      break;
    }
    next->length = next->event.json == NULL ? 0 : strlen(next->event.json);
    taken->count++;
    if (next->event.type == YTX_EVENT_CLOSED) break;
  }
  return taken->count > 0;
}

// What a submission returns.
typedef struct { ytx_ticket ticket; ytx_status status; } submitted;

// A handle for one call, which may be freed as soon as that is submitted.
typedef struct { ytx_client *client; int derived; } handle;

static handle with_timeout(uintptr_t client, uint32_t timeout_ms) {
  handle made = { (ytx_client *)client, timeout_ms != 0 };
  if (made.derived) made.client = ytx_client_with_timeout(made.client, timeout_ms, NULL);
  return made;
}

static void done(handle made) {
  if (made.derived) ytx_client_free(made.client);
}

static submitted lock_meeting(uintptr_t client, uint32_t timeout_ms, uintptr_t queue, uint64_t tag,
                              const char *appid, const char *confid, int32_t lackstate) {
  submitted call;
  handle made = with_timeout(client, timeout_ms);
  call.ticket = ytx_lock_meeting_async(made.client, (ytx_queue *)queue, appid, confid, lackstate,
                                       tag, &call.status);
  done(made);
  return call;
}

static submitted meeting_state(uintptr_t client, uint32_t timeout_ms, uintptr_t queue, uint64_t tag,
                               const char *appid, const char *confid) {
  submitted call;
  handle made = with_timeout(client, timeout_ms);
  call.ticket = ytx_meeting_state_async(made.client, (ytx_queue *)queue, appid, confid, tag,
                                        &call.status);
  done(made);
  return call;
}

static submitted request(uintptr_t client, uint32_t timeout_ms, uintptr_t queue, uint64_t tag,
                         const char *version, const char *func, const char *func_url,
                         const char *body_json) {
  submitted call;
  handle made = with_timeout(client, timeout_ms);
  call.ticket = ytx_request_async(made.client, (ytx_queue *)queue, version, func, func_url,
                                  body_json, tag, &call.status);
  done(made);
  return call;
}

static submitted watch_meeting(uintptr_t client, uint32_t timeout_ms, uintptr_t queue, uint64_t tag,
                               const char *appid, const char *confid, uint32_t interval_ms) {
  submitted watch;
  handle made = with_timeout(client, timeout_ms);
  watch.ticket = ytx_watch_meeting(made.client, (ytx_queue *)queue, appid, confid, interval_ms, tag,
                                   &watch.status);
  done(made);
  return watch;
}
*/
import "C"

import (
	"bytes"
	"runtime"
	"unsafe"
)

// The types of events.
const (
	EventDone   = C.YTX_EVENT_DONE
	EventRoom   = C.YTX_EVENT_ROOM
	EventEnded  = C.YTX_EVENT_ENDED
	EventClosed = C.YTX_EVENT_CLOSED
)

// A Queue is a handle as a [Client] is.
type Queue struct{ id C.uintptr_t }

// A Ticket is a call or a watch that a queue has accepted; 0 is none.
type Ticket uint64

// An Event is what comes of a call or a watch.
type Event struct {
	Tag    uint64
	Type   int32
	Status int32
	entry  *C.entry
}

// JSON copies the event's; nil where there was no memory for it.
func (e Event) JSON() []byte {
	if e.entry.event.json == nil {
		return nil
	}
	return bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(e.entry.event.json)), int(e.entry.length)))
}

// Log is what the log was told since the last event of the same call or watch.
func (e Event) Log() []Line { return readLines(e.entry.log) }

// NewQueue makes a queue that takes on any number of calls and watches, so many of them at once.
func NewQueue(inFlight uint32) (Queue, int32) {
	const noLimit = ^C.uint32_t(0)
	var status C.ytx_status
	id := C.queue_new(C.ytx_queue_options{
		struct_size:   C.sizeof_ytx_queue_options,
		max_pending:   noLimit,
		max_in_flight: C.uint32_t(inFlight),
		max_watches:   noLimit,
	}, &status)
	return Queue{id}, int32(status)
}

// Cancel ends a call or a watch, whose last event then comes at once.
func (q Queue) Cancel(ticket Ticket) { C.queue_cancel(q.id, C.ytx_ticket(ticket)) }

// Close lets the queue give [EventClosed] after its last event.
func (q Queue) Close() { C.queue_close(q.id) }

// Free releases the handle.
func (q Queue) Free() { C.queue_free(q.id) }

// Stats are the queue's figures as JSON; nil for no living queue.
func (q Queue) Stats() []byte { return taken(C.queue_stats(q.id)) }

// Take waits for events, again and again, and hands each to a function, until [EventClosed]. It
// keeps a thread of Go's for as long as it runs.
//
// The function must not block, nor keep the event.
func (q Queue) Take(handle func(Event)) {
	taken := (*C.batch)(C.malloc(C.sizeof_batch)) // cgo's own: it never returns nil
	taken.count = 0
	defer C.free(unsafe.Pointer(taken))
	defer C.release(taken)
	for C.take(q.id, taken) != 0 {
		for i := range taken.entries[:taken.count] {
			entry := &taken.entries[i]
			event := entry.event
			if event._type == C.YTX_EVENT_CLOSED {
				return
			}
			handle(Event{uint64(event.tag), int32(event._type), int32(event.status), entry})
		}
		// Who waited for these goes first: in C this goroutine would keep them from its processor
		// until the runtime finds out.
		runtime.Gosched()
	}
}

// A Submission is how a call is handed to a queue: on behalf of whom, within which time (0: the
// client's own), and with which tag its event is to come back.
type Submission struct {
	Queue     Queue
	Client    Client
	TimeoutMS uint32
	Tag       uint64
}

// LockMeeting locks or unlocks a room.
func (s Submission) LockMeeting(appID, confID string, lackState int32) (Ticket, int32) {
	return accepted(C.lock_meeting(s.Client.id, C.uint32_t(s.TimeoutMS), s.Queue.id, C.uint64_t(s.Tag),
		cString(appID), cString(confID), C.int32_t(lackState)))
}

// MeetingState asks who is in a room.
func (s Submission) MeetingState(appID, confID string) (Ticket, int32) {
	return accepted(C.meeting_state(s.Client.id, C.uint32_t(s.TimeoutMS), s.Queue.id, C.uint64_t(s.Tag),
		cString(appID), cString(confID)))
}

// Request sends any other request; version "" is NULL.
func (s Submission) Request(version, function, functionURL string, body []byte) (Ticket, int32) {
	var inC *C.char
	if version != "" {
		inC = cString(version)
	}
	return accepted(C.request(s.Client.id, C.uint32_t(s.TimeoutMS), s.Queue.id, C.uint64_t(s.Tag), inC,
		cString(function), cString(functionURL), cString(body)))
}

// WatchMeeting watches a room; an interval of 0 is the library's own.
func (s Submission) WatchMeeting(appID, confID string, intervalMS uint32) (Ticket, int32) {
	return accepted(C.watch_meeting(s.Client.id, C.uint32_t(s.TimeoutMS), s.Queue.id, C.uint64_t(s.Tag),
		cString(appID), cString(confID), C.uint32_t(intervalMS)))
}

func accepted(call C.submitted) (Ticket, int32) { return Ticket(call.ticket), int32(call.status) }
