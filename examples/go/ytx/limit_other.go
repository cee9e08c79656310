// How many requests may be on their way at once.

//go:build !unix

package ytx

import "math"

func inFlight() uint32 { return math.MaxUint32 }
