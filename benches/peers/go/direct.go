// The peer that is libytx called from Go as from C: a call holds a thread and cannot be cancelled. The
// package was so once.

//go:build direct

package main

/*
#cgo pkg-config: ytx
#include <stdlib.h>
#include "ytx.h"

// A handle is no address, so Go must not have it as a pointer.
static uintptr_t client_new(const char *sid, const char *token, const char *base_url) {
  ytx_options options = YTX_OPTIONS_INIT;
  options.base_url = base_url;
  return (uintptr_t)ytx_client_new(sid, token, &options, NULL);
}

static ytx_status lock(uintptr_t client, const char *appid, const char *confid) {
  ytx_status status;
  ytx_string_free(ytx_lock_meeting((ytx_client *)client, appid, confid, YTX_LOCK, &status));
  return status;
}
*/
import "C"

import (
	"log"
	"sync"
	"unsafe"
)

var (
	once   sync.Once
	client C.uintptr_t
)

func call(base, work, room string) {
	once.Do(func() { client = C.client_new(text(sid), text(token), text(base)) })
	if work != "lock" || C.lock(client, text(appID), text(room)) != C.YTX_OK {
		log.Fatal("the platform did not accept")
	}
}

// text is in memory of Go, which the library does not keep.
func text(of string) *C.char {
	terminated := append([]byte(of), 0)
	return (*C.char)(unsafe.Pointer(unsafe.SliceData(terminated)))
}
