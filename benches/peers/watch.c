/*
 * A host with many watches on one queue, its descriptor in an epoll of the host's own:
 *
 *     watch URL ROOMS INTERVAL_MS UNMEASURED_MS MEASURED_MS
 *
 * The rooms are "0" to "ROOMS - 1". Each has a member whose number is the time at which the room was
 * changed at the platform, and whose meid is the time at which that was answered; times are in
 * nanoseconds of the clock that all programs share.
 *
 * Printed are, of the measured time: when it began and ended; the CPU time of the process in
 * nanoseconds; how many threads it had at most, its first one included; the resident bytes that all
 * watches took; and the number of events. Then, for each event of a changed room, the nanoseconds from
 * the change to the event in the hands of the host, and those from the answer.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "account.h"
#include "measure.h"
#include "ytx.h"

enum { MOST_EVENTS = 100000, LOOK_EVERY = 500000000 /* ns */ };

static struct { int64_t changed, answered; } took[MOST_EVENTS];
static size_t events;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "watch: %s\n", what);
  exit(1);
}

/* All programs share it. */
static int64_t now(void) { return clock_now(CLOCK_REALTIME); }

static void note(const char *json) {
  int64_t time = now();
  ytx_members *joined = ytx_members_read(json, YTX_MEMBERS_JOINED, NULL);
  if (events == MOST_EVENTS) fail("too many events");
  if (ytx_members_count(joined) != 1) fail("not one change");
  took[events].changed = time - atoll(ytx_members_phone(joined, 0));
  took[events].answered = time - atoll(ytx_members_meid(joined, 0));
  events++;
  ytx_members_free(joined);
}

/* Takes what there is. A room's first event is its snapshot, which has no change. */
static void take(ytx_queue *queue, unsigned char *known, int is_measured) {
  ytx_event event = YTX_EVENT_INIT;
  while (ytx_queue_take(queue, &event, 0) == 1) {
    if (event.type != YTX_EVENT_ROOM || event.status != YTX_OK) fail(event.json);
    if (known[event.tag] && is_measured) note(event.json);
    known[event.tag] = 1;
    ytx_string_free(event.json);
  }
}

int main(int argc, char **argv) {
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_queue_options queue_options = YTX_QUEUE_OPTIONS_INIT;
  struct epoll_event readable = { .events = EPOLLIN };
  if (argc != 6) fail("usage: watch URL ROOMS INTERVAL_MS UNMEASURED_MS MEASURED_MS");
  uint32_t rooms = (uint32_t)atol(argv[2]), interval = (uint32_t)atol(argv[3]);
  options.base_url = argv[1];
  queue_options.max_watches = rooms;
  ytx_client *client = ytx_client_new(SID, TOKEN, &options, NULL);
  ytx_queue *queue = ytx_queue_new(&queue_options, NULL);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  unsigned char *known = calloc(rooms, 1);
  if (client == NULL || queue == NULL || known == NULL) fail("no queue");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, (int)ytx_queue_fd(queue), &readable) != 0) fail("epoll_ctl");
  memset(took, 1, sizeof took); /* so that no page is new while memory is looked at */

  int64_t bytes = resident_bytes(), most_threads = 0;
  for (uint32_t room = 0; room < rooms; room++) {
    char confid[16];
    snprintf(confid, sizeof confid, "%u", room);
    if (ytx_watch_meeting(client, queue, APPID, confid, interval, room, NULL) == 0) fail("no watch");
  }
  int64_t begin = now() + atoll(argv[4]) * 1000000, end = begin + atoll(argv[5]) * 1000000;
  int64_t began = 0, cpu = 0, look_at = 0, time;
  while ((time = now()) < end) {
    if (began == 0 && time >= begin) began = time, cpu = cpu_time(RUSAGE_SELF);
    epoll_wait(epoll, &readable, 1, 20);
    take(queue, known, began != 0);
    if (began != 0 && time >= look_at) {
      int64_t count = threads_now();
      if (count > most_threads) most_threads = count;
      look_at = time + LOOK_EVERY;
    }
  }
  cpu = cpu_time(RUSAGE_SELF) - cpu;
  bytes = resident_bytes() - bytes;
  printf("%lld\n%lld\n%lld\n%lld\n%lld\n%zu\n", (long long)began, (long long)time, (long long)cpu,
         (long long)most_threads, (long long)bytes, events);
  for (size_t i = 0; i < events; i++)
    printf("%lld\n%lld\n", (long long)took[i].changed, (long long)took[i].answered);
  ytx_queue_free(queue);
  ytx_client_free(client);
  free(known);
  return 0;
}
