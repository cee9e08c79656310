// How many requests may be on their way at once.

//go:build unix

package ytx

import (
	"math"
	"syscall"
)

// inFlight is half of the descriptors that the process may have: each request needs one, and the
// program others. (The Go runtime has raised the limit to all that the system allows.)
func inFlight() uint32 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 512
	}
	return uint32(min(max(uint64(limit.Cur)/2, 1), math.MaxUint32))
}
