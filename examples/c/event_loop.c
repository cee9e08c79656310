/*
 * A switch of one thread, which never waits for the platform: docs/en/event-loop.md explains it.
 * What happens to it are lines that are typed, or come through a pipe:
 *
 *     lock 1 002       the caller on leg 1 wants room 002 locked
 *     unlock 1 002
 *     hangup 1         leg 1 has gone: its call is cancelled
 *     quit             all calls are; at the end of the input they may finish
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "ytx.h"

#define LEGS 100
static ytx_client *client;
static ytx_queue *queue;
static ytx_ticket calls[LEGS]; /* the last one of each leg */
static int under_way;

static void submit(unsigned leg, const char *room, int32_t lackstate) {
  ytx_status status;
  calls[leg] = ytx_lock_meeting_async(client, queue, getenv("YTX_APPID"), room, lackstate, leg,
                                      &status);
  under_way += calls[leg] != 0;
  if (calls[leg] == 0) printf("%u: %s\n", leg, ytx_status_name(status)); /* no event will come */
}

static void on_line(const char *line) {
  char room[64];
  unsigned leg;
  if (sscanf(line, "lock %2u %63s", &leg, room) == 2) submit(leg % LEGS, room, YTX_LOCK);
  if (sscanf(line, "unlock %2u %63s", &leg, room) == 2) submit(leg % LEGS, room, YTX_UNLOCK);
  if (sscanf(line, "hangup %2u", &leg) == 1) ytx_queue_cancel(queue, calls[leg % LEGS]);
  if (strcmp(line, "quit\n") == 0) ytx_queue_close(queue);
}

static int on_events(void) {
  ytx_event event = YTX_EVENT_INIT;
  while (ytx_queue_take(queue, &event, 0) == 1) {
    if (event.type == YTX_EVENT_CLOSED) return 0; /* nothing more will come */
    printf("%u: %s\n", (unsigned)event.tag, ytx_status_name(event.status));
    ytx_string_free(event.json);
    under_way--;
  }
  return 1;
}

int main(void) {
  int loop = epoll_create1(EPOLL_CLOEXEC), open = 1;
  struct epoll_event event, input = { EPOLLIN, { .fd = STDIN_FILENO } }, done = { EPOLLIN, { 0 } };
  char line[100];
  ytx_options options = YTX_OPTIONS_INIT;

  options.base_url = getenv("YTX_BASE_URL");
  options.timeout_ms = 3000; /* from the line to the event, whatever lies between */
  client = ytx_client_new(getenv("YTX_ACCOUNT_SID"), getenv("YTX_AUTH_TOKEN"), &options, NULL);
  queue = ytx_queue_new(NULL, NULL);
  done.data.fd = (int)ytx_queue_fd(queue);
  if (epoll_ctl(loop, EPOLL_CTL_ADD, input.data.fd, &input) != 0 ||
      epoll_ctl(loop, EPOLL_CTL_ADD, done.data.fd, &done) != 0)
    return perror("event_loop"), 1;
  setvbuf(stdin, NULL, _IONBF, 0); /* a line in a buffer would wake nobody */
  while (open) {
    if (epoll_wait(loop, &event, 1, under_way ? 1000 : -1) != 1)
      printf("%d under way\n", under_way); /* a timer beside them: the loop never waits */
    else if (event.data.fd == done.data.fd) open = on_events();
    else if (fgets(line, sizeof line, stdin) != NULL) on_line(line);
    else if (epoll_ctl(loop, EPOLL_CTL_DEL, STDIN_FILENO, NULL) == 0)
      ytx_queue_drain(queue); /* what is under way may finish */
    fflush(stdout);
  }
  close(loop); /* first this: nobody may watch the queue's descriptor when it goes */
  ytx_queue_free(queue);
  ytx_client_free(client);
  return 0;
}
