// Many asks for the state of a room many times at once, with this package, or with net/http and code
// that signs and reads the same. It prints, in one line: nanoseconds by the clock and of CPU time, the
// most threads the process had, and its greatest size in bytes.
//
//	cargo run --release -p ytx-sandbox -- --delay 500 --quiet
//	go run ./internal/many http://127.0.0.1:8089 10000 ytx
//	go run ./internal/many http://127.0.0.1:8089 10000 net/http
package main

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"example.org/libytx/go/ytx"
)

// The sandbox's.
const (
	sid   = "ff8080813c37da53013c804f8072007c"
	token = "0123456789abcdef0123456789abcdef"
	appID = "ff8080813fc70a7b013fc72312324213"
	room  = "002"
)

// Ten thousand calls take a busy machine a while.
const patience = 2 * time.Minute

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: many URL CALLS ytx|net/http")
	}
	url, peer := os.Args[1], os.Args[3]
	calls, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	ask := byHTTP(url)
	if peer == "ytx" {
		client, err := ytx.New(sid, token, ytx.WithBaseURL(url), ytx.WithTimeout(patience), ytx.WithConnectTimeout(patience))
		if err != nil {
			log.Fatal(err)
		}
		defer client.Close()
		ask = func() error {
			_, err := client.MeetingState(context.Background(), appID, room)
			return err
		}
	}

	most, stop := countThreads()
	var all sync.WaitGroup
	var failed atomic.Int64
	began, before := time.Now(), cpu()
	for range calls {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := ask(); err != nil && failed.Add(1) == 1 {
				log.Print(err)
			}
		}()
	}
	all.Wait()
	took, used := time.Since(began), cpu()-before
	stop()
	if failed.Load() > 0 {
		log.Fatalf("%d of %d calls failed", failed.Load(), calls)
	}
	fmt.Println(took.Nanoseconds(), used.Nanoseconds(), most.Load(), status("VmHWM")*1024)
}

func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// status is a number of what Linux says of the process.
func status(name string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		log.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), name+":")
	line, _, _ := strings.Cut(after, "\n")
	value, _, _ := strings.Cut(strings.TrimSpace(line), " ") // "kB"
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return number
}

// countThreads looks at their number again and again, and keeps the most.
func countThreads() (most *atomic.Int64, stop func()) {
	most = new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		for {
			most.Store(max(most.Load(), status("Threads")))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return most, func() { close(done) }
}

// byHTTP asks as a program does that has no library for it.
func byHTTP(base string) func() error {
	china := time.FixedZone("UTC+8", 8*3600)
	client := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	return func() error {
		stamp := time.Now().In(china).Format("20060102150405")
		url := fmt.Sprintf("%s/201612/sid/%s/call/TeleMeeting.wx?Sign=%X", base, sid, md5.Sum([]byte(sid+token+stamp)))
		body, err := json.Marshal(map[string]string{"action": "meetingState", "appid": appID, "confid": room})
		if err != nil {
			return err
		}
		request, err := http.NewRequest("POST", url, strings.NewReader(string(body)))
		if err != nil {
			return err
		}
		request.Header.Set("Accept", "application/json")
		request.Header.Set("Content-Type", "application/json;charset=utf-8")
		request.Header.Set("Authorization", base64.StdEncoding.EncodeToString([]byte(sid+"|"+stamp)))
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		var answer struct {
			StatusCode string
			StatusMsg  []struct{ MeID, Phone, StatusName, IfMuteName string }
		}
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			return err
		}
		if answer.StatusCode != "0" {
			return errors.New(answer.StatusCode)
		}
		return nil
	}
}
