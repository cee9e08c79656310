/*
 * What the hosts beside this file have in common: the calls that they make, and what becomes of
 * them. How a loop watches the queue is what each of them shows.
 *
 * A host begins with host_begin(). It calls host_tick() from a timer, and hands what
 * ytx_queue_take() gives to host_event(), until that says that it was the last. Then it watches
 * the queue no longer, and ends with host_end().
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdio.h>
#include <stdlib.h>

#include "ytx.h"

#define TICK_MS 10

/* The calls, by their tags. */
enum { LOCK, UNLOCK, STATE, HANGUP, LATE };
static const char *const names[] = { "lock", "unlock", "state", "hangup", "late" };

struct host {
  ytx_client *client;
  ytx_queue *queue;
  ytx_ticket caller; /* who hangs up before there is an answer */
  unsigned ticks;    /* of the timer: the loop goes on while calls wait */
  int failed;
};

static ytx_ticket host_submit(struct host *host, int call) {
  const char *appid = getenv("YTX_APPID"), *room = getenv("YTX_CONFID");
  uint64_t tag = (uint64_t)call;
  ytx_status status;
  ytx_ticket ticket =
      call == LOCK || call == UNLOCK
          ? ytx_lock_meeting_async(host->client, host->queue, appid, room,
                                   call == LOCK ? YTX_LOCK : YTX_UNLOCK, tag, &status)
          : ytx_meeting_state_async(host->client, host->queue, appid, room, tag, &status);
  if (ticket == 0) fprintf(stderr, "%s: %s\n", names[call], ytx_status_text(status));
  if (ticket == 0) host->failed = 1;
  return ticket;
}

/* Makes the client and the queue, and submits the first calls. Returns 0 when that is not to be. */
static int host_begin(struct host *host) {
  const struct host nothing = { NULL, NULL, 0, 0, 0 };
  ytx_options options = YTX_OPTIONS_INIT;
  *host = nothing;
  options.base_url = getenv("YTX_BASE_URL");
  host->client =
      ytx_client_new(getenv("YTX_ACCOUNT_SID"), getenv("YTX_AUTH_TOKEN"), &options, NULL);
  host->queue = ytx_queue_new(NULL, NULL);
  host_submit(host, LOCK);
  host_submit(host, UNLOCK); /* goes out after the lock, for they are of one room and queue */
  host_submit(host, STATE);
  host->caller = host_submit(host, HANGUP);
  return !host->failed;
}

static void host_tick(struct host *host) {
  if (++host->ticks == 5) ytx_queue_cancel(host->queue, host->caller);
}

/* Returns 0 for the last event. */
static int host_event(struct host *host, const ytx_event *event) {
  if (event->type == YTX_EVENT_CLOSED) return 0;
  printf("%s: %s\n", names[event->tag], ytx_status_name(event->status));
  ytx_string_free(event->json);
  if (event->tag != UNLOCK) return 1;
  host->failed = event->status != YTX_OK;
  host_submit(host, LATE);     /* its event comes before the last one, */
  ytx_queue_close(host->queue); /* as that of every call */
  return 1;
}

/* Returns the program's exit code. */
static int host_end(struct host *host) {
  ytx_queue_free(host->queue);
  ytx_client_free(host->client);
  printf("the end, after %u ticks\n", host->ticks);
  return host->failed;
}

#endif
