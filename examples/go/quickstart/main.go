// Quickstart locks a conference room, shows who is in it, unlocks it; then it shows what a refusal
// and a local error look like.
//
// `cargo run --example quickstart -- go` runs it against the local sandbox. With libytx installed,
// in the folder above:
//
//	go run ./quickstart
//
// It says which environment variables it needs; `cargo run -p ytx-sandbox` prints a set of them.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"example.org/libytx/go/ytx"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("quickstart: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("\nAll as it should be.")
}

func run() error {
	url, sid, token := need("YTX_BASE_URL"), need("YTX_ACCOUNT_SID"), need("YTX_AUTH_TOKEN")
	appID, room := need("YTX_APPID"), need("YTX_CONFID")

	client, err := ytx.New(sid, token, ytx.WithBaseURL(url), ytx.WithTimeout(10*time.Second))
	if err != nil {
		return err
	}
	defer client.Close()
	// A call also ends when its context does.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	fmt.Printf("1. Lock room %s\n", room)
	if err := client.LockMeeting(ctx, appID, room); err != nil {
		return err
	}

	fmt.Printf("\n2. Who is in room %s\n", room)
	state, err := client.MeetingState(ctx, appID, room)
	if err != nil {
		return err
	}
	for _, member := range state.Members {
		online, _ := member.Online() // false also for a word of the platform's that is not known
		muted, _ := member.Muted()
		fmt.Printf("   %s  on line: %-5v  muted: %v\n", member.Phone, online, muted)
	}
	fmt.Printf("   %d in the room\n", len(state.Members))

	fmt.Printf("\n3. Unlock room %s\n", room)
	if err := client.UnlockMeeting(ctx, appID, room); err != nil {
		return err
	}

	fmt.Println("\n4. A refusal: an appid that isn't ours")
	err = client.LockMeeting(ctx, "an-appid-of-nobody", room)
	fmt.Println("  ", err)
	if !errors.Is(err, ytx.StatusAppCheckFailed) {
		return errors.New("that was to be refused")
	}

	fmt.Println("\n5. A local error: a port nobody listens on")
	nowhere, err := ytx.New(sid, token, ytx.WithBaseURL("http://127.0.0.1:1"))
	if err != nil {
		return err
	}
	defer nowhere.Close()
	err = nowhere.LockMeeting(ctx, appID, room)
	var failure *ytx.Error
	if !errors.As(err, &failure) || failure.Kind != ytx.KindConnect {
		return fmt.Errorf("that was not to connect: %w", err)
	}
	fmt.Printf("   %v\n   Worth trying again: %v. Sent: %v.\n", err, failure.Retryable, failure.Sent)
	return nil
}

func need(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("set %s; `cargo run -p ytx-sandbox` starts a local platform and prints all", name)
	}
	return value
}
