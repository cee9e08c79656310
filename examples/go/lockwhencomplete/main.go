// Lockwhencomplete locks a conference room once everyone invited has joined.
//
//	go run ./lockwhencomplete 13112341314 18912345326
//
// It watches the room once a second. The account, the application and the room come from the
// environment; `cargo run -p ytx-sandbox -- --join 3000` plays a room that fills, and prints what to
// set.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"example.org/libytx/go/ytx"
)

func main() {
	missing := false
	need := func(name string) string {
		value := os.Getenv(name)
		if value == "" {
			fmt.Fprintf(os.Stderr, "lock_when_complete: %s is not set\n", name)
			missing = true
		}
		return value
	}
	sid, token := need("YTX_ACCOUNT_SID"), need("YTX_AUTH_TOKEN")
	appID, room := need("YTX_APPID"), need("YTX_CONFID")
	invited := os.Args[1:]
	if len(invited) == 0 {
		fmt.Fprintln(os.Stderr, "usage: lock_when_complete NUMBER...")
	}
	if missing || len(invited) == 0 {
		os.Exit(2)
	}

	options := []ytx.Option{ytx.WithMaxRetries(5)} // for the lock
	if url := os.Getenv("YTX_BASE_URL"); url != "" {
		options = append(options, ytx.WithBaseURL(url))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, err := ytx.New(sid, token, options...)
	if err == nil {
		defer client.Close()
		err = lockWhenComplete(ctx, client, appID, room, invited)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "room %s: %s\n", room, message(err))
		os.Exit(1)
	}
	fmt.Printf("room %s: locked\n", room)
}

func lockWhenComplete(ctx context.Context, client *ytx.Client, appID, room string, invited []string) error {
	said := ""
	for event, err := range client.WatchMeeting(ctx, appID, room, ytx.WithInterval(time.Second)) {
		if err != nil {
			return err
		}
		if event.Kind == ytx.RoomLost {
			fmt.Fprintf(os.Stderr, "room %s: %s; trying again\n", room, event.Error.Message) // which the watch does
			continue
		}
		missing := findMissing(invited, event.Members)
		if now := report(len(invited), missing); now != said {
			fmt.Printf("room %s: %s\n", room, now)
			said = now
		}
		if len(missing) == 0 {
			break
		}
	}
	return client.LockMeeting(ctx, appID, room)
}

// findMissing returns who of those invited is not on line.
func findMissing(invited []string, members []ytx.Member) (missing []string) {
	for _, number := range invited {
		joined := slices.ContainsFunc(members, func(member ytx.Member) bool {
			online, _ := member.Online()
			return online && sameNumber(number, member.Phone)
		})
		if !joined {
			missing = append(missing, number)
		}
	}
	return missing
}

// sameNumber tells whether a number is the one that the platform shows as 131****1314.
func sameNumber(number, shown string) bool {
	if len(number) != len(shown) {
		return false
	}
	for i := range len(number) {
		if shown[i] != '*' && shown[i] != number[i] {
			return false
		}
	}
	return true
}

func report(invited int, missing []string) string {
	waiting := ""
	if len(missing) > 0 {
		waiting = ", waiting for " + strings.Join(missing, ", ")
	}
	return fmt.Sprintf("%d of %d joined%s", invited-len(missing), invited, waiting)
}

// message is what happened, without the prefix that errors of packages have.
func message(err error) string {
	var failure *ytx.Error
	if errors.As(err, &failure) {
		return failure.Message
	}
	return err.Error()
}
