// Figures for operators.

package ytx

import (
	"encoding/json"
	"math"
	"runtime"
	"strconv"
)

// ClientStats are what a client has done since it was made.
type ClientStats struct {
	Calls       uint64            // that have ended, those with refused arguments included
	Succeeded   uint64            // of these
	Failed      map[Status]uint64 // the others, by their status
	FailedOther uint64            // more of them, with other codes of the platform that have no name
	Attempts    uint64            // connections used or tried
	Retries     uint64            // those of WithMaxRetries
	Resends     uint64            // requests sent again because a kept connection had been closed
	InFlight    uint64            // calls under way at this moment
	Connections Connections
	Seconds     Histogram // how long the calls took, the wait for their turn included
}

// Connections are those of a client.
type Connections struct {
	Opened uint64 // since it was made
	Idle   uint64 // kept for reuse at this moment
}

// A Histogram counts durations, as Prometheus has them.
type Histogram struct {
	Count   uint64
	Sum     float64 // in seconds
	Buckets []Bucket
}

// A Bucket counts what took no longer.
type Bucket struct {
	UpTo  float64 // in seconds; infinite for the last
	Count uint64
}

// UnmarshalJSON reads it from a pair as the library writes it.
func (b *Bucket) UnmarshalJSON(pair []byte) error {
	var limit json.RawMessage
	if err := json.Unmarshal(pair, &[]any{&limit, &b.Count}); err != nil {
		return err
	}
	if limit[0] == '"' {
		b.UpTo = math.Inf(1)
		return nil
	}
	return json.Unmarshal(limit, &b.UpTo)
}

// QueueStats are what the queue has at the moment that the clients of a program share.
type QueueStats struct {
	Pending       uint64 // calls on their way, waiting or not yet taken
	InFlight      uint64 // requests on their way
	Waiting       uint64 // for their turn, for another lock call of their room or for a retry
	Untaken       uint64 // events
	Watches       uint64
	Busy          uint64  // submissions refused: none, since the queue has no limit
	Threads       uint64  // of the library that serve the queue
	OldestSeconds float64 // since the oldest call was made that has not ended; 0 when there is none
}

// Stats returns what the client has done. It stops nobody. It fails with [KindInvalidHandle] when the
// client is closed.
func (c *Client) Stats() (ClientStats, error) {
	var read struct {
		ClientStats
		Failed map[string]uint64
	}
	defer runtime.KeepAlive(c)
	if err := readStats(c.held.client.Stats(), &read); err != nil {
		return ClientStats{}, err
	}
	stats := read.ClientStats
	stats.Failed = make(map[Status]uint64)
	for code, count := range read.Failed {
		if status, err := strconv.ParseInt(code, 10, 32); err == nil {
			stats.Failed[Status(status)] = count
		} else {
			stats.FailedOther = count
		}
	}
	return stats, nil
}

// QueueStats returns what the queue has at the moment that all clients of the program share. It fails
// with [KindInvalidHandle] when all of them are closed.
func (c *Client) QueueStats() (QueueStats, error) {
	var stats QueueStats
	defer runtime.KeepAlive(c)
	err := readStats(c.held.exchange.queue.Stats(), &stats)
	return stats, err
}

func readStats(told []byte, into any) error {
	if told == nil {
		return closedError()
	}
	return json.Unmarshal(told, into)
}
