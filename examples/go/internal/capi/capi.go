// Package capi is libytx as Go calls it: one function for each of ytx.h, with Go's strings.
//
// It is linked by what pkg-config says of ytx: see shared.go and static.go. No call into C blocks
// but [Queue.Take], and C calls nothing of Go.
package capi

/*
#include "log.h"

// A handle is an id that is no address, so Go must not have it as a pointer: its garbage collector
// would take it for one. It crosses over as a number.
typedef struct { uintptr_t client; ytx_status status; lines log; } made_client;

static made_client client_new(const char *sid, const char *token, ytx_options options) {
  made_client made;
  options.log = ytx_go_keep_line;
  made.client = (uintptr_t)ytx_client_new(sid, token, &options, &made.status);
  made.log = ytx_go_take_lines();
  return made;
}

static void client_free(uintptr_t client) {
  ytx_client_free((ytx_client *)client);
}

static char *client_stats(uintptr_t client) {
  return ytx_client_stats((const ytx_client *)client, NULL);
}
*/
import "C"

import (
	"bytes"
	"runtime"
	"unsafe"
)

// The values of lackstate.
const (
	Unlock = C.YTX_UNLOCK
	Lock   = C.YTX_LOCK
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
	SourceAddress      *string
}

// A Client is a handle. One that was freed is none any more: calls on it fail.
type Client struct{ id C.uintptr_t }

// New makes a client, and returns what its log was told.
func New(sid, token string, options Options) (client Client, status int32, log []Line) {
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
		source_address:       optional(options.SourceAddress),
	})
	log = readLines(made.log)
	C.free(unsafe.Pointer(made.log.text))
	return Client{made.client}, int32(made.status), log
}

// Free releases the handle.
func (c Client) Free() { C.client_free(c.id) }

// Stats are the client's figures as JSON; nil for no living client.
func (c Client) Stats() []byte { return taken(C.client_stats(c.id)) }

// taken copies a string of the library's and releases it.
func taken(text *C.char) []byte {
	if text == nil {
		return nil
	}
	defer C.ytx_string_free(text)
	return []byte(C.GoString(text))
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
