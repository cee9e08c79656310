// The peer that is libytx by its Go package, with one client.

//go:build ytx

package main

import (
	"context"
	"sync"

	"example.org/libytx/go/ytx"
)

// cancellable is set by the linker: then each call's context can end it.
var cancellable string

var (
	once   sync.Once
	client *ytx.Client
	ctx    = context.Background()
	cancel context.CancelFunc // nobody does
)

func call(base, work, room string) {
	once.Do(func() {
		client = must(ytx.New(sid, token, ytx.WithBaseURL(base)))
		if cancellable != "" {
			ctx, cancel = context.WithCancel(ctx)
		}
	})
	if work == "state" {
		must(client.MeetingState(ctx, appID, room))
		return
	}
	must(0, client.LockMeeting(ctx, appID, room))
}
