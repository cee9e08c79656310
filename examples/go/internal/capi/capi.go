// Package capi is libytx as Go calls it: one function for each of ytx.h, with Go's strings.
//
// It is linked by what pkg-config says of ytx: see shared.go and static.go.
package capi

/*
#include <stdbool.h>
#include <string.h>
#include "ytx.h"

// A handle is an id that is no address, so Go must not have it as a pointer: its garbage collector
// would take it for one. It crosses over as a number.
typedef struct { uintptr_t client; ytx_status status; } handle;
typedef struct { char *json; size_t length; ytx_status status; } answer;

extern void ytxGoLogLine(int32_t level, char *message, uintptr_t log);

static void log_line(int32_t level, const char *message, void *log) {
  ytxGoLogLine(level, (char *)message, (uintptr_t)log);
}

static handle client_new(const char *sid, const char *token, ytx_options options, uintptr_t log) {
  handle made;
  options.log = log_line;
  options.log_user_data = (void *)log;
  made.client = (uintptr_t)ytx_client_new(sid, token, &options, &made.status);
  return made;
}

static uintptr_t client_with_timeout(uintptr_t client, uint32_t timeout_ms) {
  return (uintptr_t)ytx_client_with_timeout((const ytx_client *)client, timeout_ms, NULL);
}

static void client_cancel(uintptr_t client) {
  ytx_client_cancel((const ytx_client *)client);
}

static void client_free(uintptr_t client) {
  ytx_client_free((ytx_client *)client);
}

// Each way into C and back costs time, so what a call needs is done in one.
static answer done(uintptr_t client, bool last, answer got) {
  if (last) client_free(client);
  if (got.json != NULL) got.length = strlen(got.json);
  return got;
}

static answer lock_meeting(uintptr_t client, bool last, const char *appid, const char *confid,
                           int32_t lackstate) {
  answer got = {0};
  got.json = ytx_lock_meeting((const ytx_client *)client, appid, confid, lackstate, &got.status);
  if (got.status == YTX_OK) { // nobody asks for its answer
    ytx_string_free(got.json);
    got.json = NULL;
  }
  return done(client, last, got);
}

static answer meeting_state(uintptr_t client, bool last, const char *appid, const char *confid) {
  answer got = {0};
  got.json = ytx_meeting_state((const ytx_client *)client, appid, confid, &got.status);
  return done(client, last, got);
}

static answer request(uintptr_t client, bool last, const char *version, const char *func,
                      const char *func_url, const char *body_json) {
  answer got = {0};
  got.json = ytx_request((const ytx_client *)client, version, func, func_url, body_json,
                         &got.status);
  return done(client, last, got);
}
*/
import "C"

import (
	"bytes"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// The values of lackstate.
const (
	Unlock = C.YTX_UNLOCK
	Lock   = C.YTX_LOCK
)

// The levels of the log.
const (
	LogError = C.YTX_LOG_ERROR
	LogWarn  = C.YTX_LOG_WARN
	LogInfo  = C.YTX_LOG_INFO
	LogDebug = C.YTX_LOG_DEBUG
)

// HeaderVersion is that of the ytx.h this was compiled with.
const HeaderVersion = C.YTX_VERSION

// Options are the fields of ytx_options; nil is NULL.
type Options struct {
	BaseURL            *string
	ConnectTimeoutMS   uint32
	TimeoutMS          uint32
	MaxRetries         uint32
	MaxIdleConnections uint32
	IdleTimeoutMS      uint32
	MaxResponseBytes   uint32
	LogLevel           uint32
	Proxy              *string
	CAFile             *string
	UserAgent          *string
}

// A Client is a handle. One that was freed is none any more: calls on it fail.
type Client struct {
	id   C.uintptr_t
	once C.bool // whether its first call frees it
}

// New makes a client. Each log line goes to the [LogFunc] that log holds, which has to last until
// the client is freed and its last call has returned.
func New(sid, token string, options Options, log cgo.Handle) (client Client, status int32) {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	optional := func(text *string) *C.char {
		if text == nil {
			return nil
		}
		copied := cString(*text)
		pinner.Pin(copied)
		return copied
	}
	made := C.client_new(cString(sid), cString(token), C.ytx_options{
		struct_size:          C.sizeof_ytx_options,
		base_url:             optional(options.BaseURL),
		connect_timeout_ms:   C.uint32_t(options.ConnectTimeoutMS),
		timeout_ms:           C.uint32_t(options.TimeoutMS),
		max_retries:          C.uint32_t(options.MaxRetries),
		max_idle_connections: C.uint32_t(options.MaxIdleConnections),
		idle_timeout_ms:      C.uint32_t(options.IdleTimeoutMS),
		max_response_bytes:   C.uint32_t(options.MaxResponseBytes),
		log_level:            C.uint32_t(options.LogLevel),
		proxy:                optional(options.Proxy),
		ca_file:              optional(options.CAFile),
		user_agent:           optional(options.UserAgent),
	}, C.uintptr_t(log))
	return Client{id: made.client}, int32(made.status)
}

// WithTimeout derives a handle for one call, which frees it; 0 is the client's own timeout.
func (c Client) WithTimeout(milliseconds uint32) Client {
	return Client{C.client_with_timeout(c.id, C.uint32_t(milliseconds)), true}
}

// Cancel ends the handle's calls.
func (c Client) Cancel() { C.client_cancel(c.id) }

// Free releases the handle.
func (c Client) Free() { C.client_free(c.id) }

// LockMeeting locks or unlocks a room. It returns no JSON where that went well.
func (c Client) LockMeeting(appID, confID string, lackState int32) (status int32, json []byte) {
	return take(C.lock_meeting(c.id, c.once, cString(appID), cString(confID), C.int32_t(lackState)))
}

// MeetingState asks who is in a room.
func (c Client) MeetingState(appID, confID string) (status int32, json []byte) {
	return take(C.meeting_state(c.id, c.once, cString(appID), cString(confID)))
}

// Request sends any other request; version "" is NULL.
func (c Client) Request(version, function, functionURL string, body []byte) (status int32, json []byte) {
	var inC *C.char
	if version != "" {
		inC = cString(version)
	}
	return take(C.request(c.id, c.once, inC, cString(function), cString(functionURL), cString(body)))
}

// take copies an answer's string and releases it.
func take(got C.answer) (status int32, json []byte) {
	if got.json != nil {
		json = bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(got.json)), int(got.length)))
		C.ytx_string_free(got.json)
	}
	return int32(got.status), json
}

// cString returns a string as C has it, in memory of Go: the library keeps none.
//
// C would see only what stands before a NUL. The library refuses other control characters where it
// would refuse this one, and says which argument it is, so it gets one of them.
func cString[T string | []byte](text T) *C.char {
	terminated := make([]byte, len(text)+1)
	copy(terminated, text)
	if end := bytes.IndexByte(terminated, 0); end < len(text) {
		terminated[end] = 1
	}
	return (*C.char)(unsafe.Pointer(unsafe.SliceData(terminated)))
}

// Version is that of the library that is loaded.
func Version() string { return C.GoString(C.ytx_version()) }

// StatusName is a status's name in C.
func StatusName(status int32) string { return C.GoString(C.ytx_status_name(C.ytx_status(status))) }

// StatusText is one sentence about a status.
func StatusText(status int32) string { return C.GoString(C.ytx_status_text(C.ytx_status(status))) }

// StatusIsRetryable tells whether trying again may help.
func StatusIsRetryable(status int32) bool {
	return C.ytx_status_is_retryable(C.ytx_status(status)) != 0
}
