// The way of a log line from the library to Go.

package capi

// #include <stdint.h>
import "C"

import "runtime/cgo"

// A LogFunc receives log lines, on the goroutine of the call that they concern.
type LogFunc func(level int32, message string)

//export ytxGoLogLine
func ytxGoLogLine(level C.int32_t, message *C.char, log C.uintptr_t) {
	// A panic must not leave through the library, whose call would be torn off.
	defer func() { _ = recover() }()
	cgo.Handle(log).Value().(LogFunc)(int32(level), C.GoString(message))
}
