// Figures for operators.

package ytx

import (
	"math"
	"reflect"
	"testing"
)

func TestAClientsFiguresAreTyped(t *testing.T) {
	p := start(t, func(body string) string {
		if field(body, "confid") == "bad" {
			return refused
		}
		return accepted
	})
	client := p.client(t)
	_ = client.LockMeeting(background, "app", "bad")
	_ = client.LockMeeting(background, "app", "")
	if err := client.LockMeeting(background, "app", "002"); err != nil {
		t.Fatal(err)
	}
	stats, err := client.Stats()
	if err != nil {
		t.Fatal(err)
	}
	buckets := stats.Seconds.Buckets
	if len(buckets) < 2 || !math.IsInf(buckets[len(buckets)-1].UpTo, 1) || buckets[len(buckets)-1].Count != 3 {
		t.Errorf("%+v", buckets)
	}
	if stats.Seconds.Count != 3 || stats.Seconds.Sum <= 0 || buckets[0].UpTo != 0.001 {
		t.Errorf("%+v", stats.Seconds)
	}
	stats.Seconds = Histogram{}
	want := ClientStats{
		Calls: 3, Succeeded: 1, Failed: map[Status]uint64{-205: 1, 1001: 1}, Attempts: 2,
		Connections: Connections{Opened: 1, Idle: 1},
	}
	if !reflect.DeepEqual(stats, want) {
		t.Errorf("%+v", stats)
	}
	queue, err := client.QueueStats()
	if err != nil || queue.Pending != 0 || queue.Threads == 0 {
		t.Errorf("%+v %v", queue, err)
	}
	_ = client.Close()
	_, err = client.Stats()
	failure(t, err, KindInvalidHandle)
	_, err = client.QueueStats()
	failure(t, err, KindInvalidHandle)
}
