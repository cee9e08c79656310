// The log lines that the library tells.

package capi

// #include "log.h"
import "C"

import (
	"bytes"
	"unsafe"
)

// The levels of the log.
const (
	LogError = C.YTX_LOG_ERROR
	LogWarn  = C.YTX_LOG_WARN
	LogInfo  = C.YTX_LOG_INFO
	LogDebug = C.YTX_LOG_DEBUG
)

// A Line of the log.
type Line struct {
	Level int32
	Text  string
}

// readLines copies lines that C has kept.
func readLines(kept C.lines) (lines []Line) {
	rest := unsafe.Slice((*byte)(unsafe.Pointer(kept.text)), int(kept.length))
	for len(rest) > 0 {
		text, after, _ := bytes.Cut(rest[1:], []byte{0})
		lines = append(lines, Line{int32(rest[0]), string(text)})
		rest = after
	}
	return lines
}
