// The Go peer: net/http with one client for all threads, and encoding/json. The command line and
// the output are those of peer.c.
package main

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	sid   = "ff8080813c37da53013c804f8072007c"
	token = "0123456789abcdef0123456789abcdef"
)

type ask struct {
	Action    string `json:"action"`
	AppID     string `json:"appid"`
	ConfID    string `json:"confid"`
	LackState string `json:"lackstate,omitempty"`
}

type accepted struct {
	StatusCode string `json:"statusCode"`
	StatusMsg  string `json:"statusMsg"`
}

type state struct {
	StatusCode string `json:"statusCode"`
	StatusMsg  []struct {
		MeID       string `json:"meid"`
		Phone      string `json:"phone"`
		StatusName string `json:"statusname"`
		IfMuteName string `json:"ifmutename"`
	} `json:"statusMsg"`
}

var (
	china  = time.FixedZone("UTC+8", 8*3600)
	client = &http.Client{
		Timeout:   15 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func call(base, work string) {
	stamp := time.Now().In(china).Format("20060102150405")
	sign := fmt.Sprintf("%X", md5.Sum([]byte(sid+token+stamp)))
	what := ask{Action: "lockMeeting", AppID: "ff8080813fc70a7b013fc72312324213", ConfID: "002", LackState: "1"}
	if work == "state" {
		what.Action, what.LackState = "meetingState", ""
	}
	url := base + "/201612/sid/" + sid + "/call/TeleMeeting.wx?Sign=" + sign
	request := must(http.NewRequest("POST", url, bytes.NewReader(must(json.Marshal(what)))))
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json;charset=utf-8")
	request.Header.Set("Authorization", base64.StdEncoding.EncodeToString([]byte(sid+"|"+stamp)))
	response := must(client.Do(request))
	body := must(io.ReadAll(response.Body))
	response.Body.Close()
	var code string
	if work == "state" {
		var answer state
		must(0, json.Unmarshal(body, &answer))
		code = answer.StatusCode
	} else {
		var answer accepted
		must(0, json.Unmarshal(body, &answer))
		code = answer.StatusCode
	}
	if response.StatusCode != 200 || code != "0" {
		log.Fatal("the platform did not accept")
	}
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
		call(base, work)
	})
	var wall time.Duration
	before := cpuTime()
	for range rounds {
		wall += together(func(thread int) {
			last := time.Now()
			for range calls {
				call(base, work)
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
