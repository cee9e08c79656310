// The main program of each Go peer, which makes a call in a file of its own. The command line and
// the output are those of peer.c.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	sid   = "ff8080813c37da53013c804f8072007c"
	token = "0123456789abcdef0123456789abcdef"
	appID = "ff8080813fc70a7b013fc72312324213"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func cpuTime() int64 {
	var usage syscall.Rusage
	must(0, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	if len(os.Args) != 6 {
		log.Fatal("usage: peer URL lock|state THREADS CALLS ROUNDS")
	}
	base, work := os.Args[1], os.Args[2]
	threads := must(strconv.Atoi(os.Args[3]))
	calls := must(strconv.Atoi(os.Args[4]))
	rounds := must(strconv.Atoi(os.Args[5]))

	took := make([][]time.Duration, threads)
	// Lock calls of one room go out one after the other, so each thread has its own.
	rooms := make([]string, threads)
	for thread := range rooms {
		rooms[thread] = fmt.Sprintf("%03d", thread)
	}
	// Runs one round on all threads, from a start that they have in common.
	together := func(round func(thread int)) time.Duration {
		var ready, done sync.WaitGroup
		start := make(chan struct{})
		for thread := range threads {
			ready.Add(1)
			done.Go(func() {
				ready.Done()
				<-start
				round(thread)
			})
		}
		ready.Wait()
		began := time.Now()
		close(start)
		done.Wait()
		return time.Since(began)
	}

	together(func(thread int) {
		took[thread] = make([]time.Duration, 0, rounds*calls)
		call(base, work, rooms[thread])
	})
	var wall time.Duration
	before := cpuTime()
	for range rounds {
		wall += together(func(thread int) {
			last := time.Now()
			for range calls {
				call(base, work, rooms[thread])
				end := time.Now()
				took[thread] = append(took[thread], end.Sub(last))
				last = end
			}
		})
	}
	cpu := cpuTime() - before

	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, wall.Nanoseconds(), cpu)
	for _, thread := range took {
		for _, call := range thread {
			fmt.Fprintln(out, call.Nanoseconds())
		}
	}
	must(0, out.Flush())
}
