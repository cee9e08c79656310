// Members in the library's JSON, read by the library.

package capi

/*
#include <string.h>
#include "ytx.h"

typedef struct { ytx_members *list; size_t count, length; ytx_status status; } members;

enum { TEXTS = 4 };

static const char *member_text(const members *read, size_t index) {
  switch (index % TEXTS) {
    case 0: return ytx_members_meid(read->list, index / TEXTS);
    case 1: return ytx_members_phone(read->list, index / TEXTS);
    case 2: return ytx_members_statusname(read->list, index / TEXTS);
    default: return ytx_members_ifmutename(read->list, index / TEXTS);
  }
}

// How long all texts are, each with its NUL.
static members members_read(const char *json, int32_t which) {
  members read = {0};
  read.list = ytx_members_read(json, which, &read.status);
  read.count = ytx_members_count(read.list);
  for (size_t i = 0; i < read.count * TEXTS; i++) read.length += strlen(member_text(&read, i)) + 1;
  return read;
}

// Copies the texts one after the other.
static void members_copy(members read, char *to) {
  for (size_t i = 0; i < read.count * TEXTS; i++) {
    const char *text = member_text(&read, i);
    size_t length = strlen(text) + 1;
    memcpy(to, text, length);
    to += length;
  }
  ytx_members_free(read.list);
}
*/
import "C"

import (
	"strings"
	"unsafe"
)

// Which members of a JSON are read.
const (
	AllMembers     = C.YTX_MEMBERS_ALL
	JoinedMembers  = C.YTX_MEMBERS_JOINED
	LeftMembers    = C.YTX_MEMBERS_LEFT
	MutedMembers   = C.YTX_MEMBERS_MUTED
	UnmutedMembers = C.YTX_MEMBERS_UNMUTED
)

// ReadMembers returns the texts of all members, of each meid, phone, statusname and ifmutename.
func ReadMembers(json []byte, which int32) (texts [][4]string, status int32) {
	read := C.members_read(cString(json), C.int32_t(which))
	if read.list == nil {
		return nil, int32(read.status)
	}
	copied := make([]byte, int(read.length)+1) // with none it would have no address
	C.members_copy(read, (*C.char)(unsafe.Pointer(unsafe.SliceData(copied))))
	rest := string(copied)
	texts = make([][4]string, int(read.count))
	for i := range texts {
		for j := range texts[i] {
			texts[i][j], rest, _ = strings.Cut(rest, "\x00")
		}
	}
	return texts, 0
}
