// Durations at their edges.

package ytx

import (
	"math"
	"testing"
	"time"
)

func TestADurationBecomesMilliseconds(t *testing.T) {
	for duration, want := range map[time.Duration]uint32{
		0:                                 0, // the default
		1:                                 1,
		time.Millisecond:                  1,
		time.Millisecond + 1:              2,
		90 * time.Second:                  90_000,
		-time.Second:                      1,
		math.MinInt64:                     1,
		math.MaxUint32 * time.Millisecond: math.MaxUint32,
		50 * 24 * time.Hour:               math.MaxUint32,
		math.MaxInt64:                     math.MaxUint32,
	} {
		if got := milliseconds(duration); got != want {
			t.Errorf("%v: %d", duration, got)
		}
	}
}
