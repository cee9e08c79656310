/*
 * libytx's queue as its users have it: its descriptor in an epoll of the host's own. With LOCKS each
 * slot locks a room of its own, since lock calls of one room go out one after the other.
 */
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "account.h"
#include "loop.h"
#include "peer.h"
#include "ytx.h"

static ytx_client *client;
static ytx_queue *queue;
static int epoll;

void loop_open(const char *url, size_t slots) {
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_queue_options queue_options = YTX_QUEUE_OPTIONS_INIT;
  struct epoll_event event = { .events = EPOLLIN };
  options.base_url = url;
  queue_options.max_pending = queue_options.max_in_flight = (uint32_t)slots;
  client = ytx_client_new(SID, TOKEN, &options, NULL);
  queue = ytx_queue_new(&queue_options, NULL);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (client == NULL || queue == NULL) peer_fail("no queue");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, (int)ytx_queue_fd(queue), &event) != 0)
    peer_fail("epoll_ctl");
}

void loop_prepare(size_t slot) { (void)slot; }

void loop_submit(size_t slot) {
  ytx_status status;
  ytx_ticket ticket;
#ifdef LOCKS
  char room[24];
  snprintf(room, sizeof room, "%03zu", slot);
  ticket = ytx_lock_meeting_async(client, queue, APPID, room, YTX_LOCK, slot, &status);
#else
  ticket = ytx_meeting_state_async(client, queue, APPID, CONFID, slot, &status);
#endif
  if (ticket == 0) peer_fail(ytx_status_name(status));
}

void loop_send(void) {}

size_t loop_turn(int timeout_ms, size_t *ended) {
  struct epoll_event readable;
  ytx_event event = YTX_EVENT_INIT;
  size_t count = 0;
  if (epoll_wait(epoll, &readable, 1, timeout_ms) == 1) {
    while (ytx_queue_take(queue, &event, 0) == 1) {
      if (event.type != YTX_EVENT_DONE || event.status != YTX_OK || event.json == NULL) {
        fprintf(stderr, "%s\n", event.json == NULL ? "no JSON" : event.json);
        peer_fail(ytx_status_name(event.status));
      }
      ytx_string_free(event.json);
      ended[count++] = event.tag;
    }
  }
  return count;
}

void loop_close(void) {
  ytx_queue_free(queue);
  ytx_client_free(client);
  close(epoll);
}
