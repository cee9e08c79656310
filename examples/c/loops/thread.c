/*
 * A thread that takes the events, for a host whose loop does not wait for descriptors.
 *
 *     cc -pthread examples/c/loops/thread.c $(pkg-config --cflags --libs ytx) -o thread
 *
 * The thread hands each event to the host's own loop, whose part a pipe plays here. With an I/O
 * completion port the thread calls PostQueuedCompletionStatus(), and the host waits in
 * GetQueuedCompletionStatus() with a timeout. With PJSIP the thread begins with
 * pj_thread_register(), and may then call PJSIP itself.
 */
#define _POSIX_C_SOURCE 200809L

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "loop.h"

static int port[2];

static void *take(void *queue) {
  ytx_event event = YTX_EVENT_INIT;
  while (ytx_queue_take(queue, &event, -1) == 1) {
    if (write(port[1], &event, sizeof event) != sizeof event) abort();
    if (event.type == YTX_EVENT_CLOSED) break; /* every take would give it */
  }
  return NULL;
}

int main(void) {
  struct host host;
  struct pollfd ready;
  pthread_t thread;
  ytx_event event;
  int open = 1;

  if (!host_begin(&host)) return host_end(&host);
  if (pipe(port) != 0 || pthread_create(&thread, NULL, take, host.queue) != 0) abort();
  ready.fd = port[0];
  ready.events = POLLIN;
  while (open) {
    if (poll(&ready, 1, TICK_MS) == 0)
      host_tick(&host);
    else if (read(port[0], &event, sizeof event) == sizeof event)
      open = host_event(&host, &event);
  }

  pthread_join(thread, NULL); /* from here on nobody waits in ytx_queue_take() */
  close(port[0]);
  close(port[1]);
  return host_end(&host);
}
