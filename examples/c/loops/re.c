/*
 * A queue in the loop of re, baresip's library.
 *
 *     cc examples/c/loops/re.c $(pkg-config --cflags --libs ytx libre) -o re
 *
 * Since the end of 2023 fd_listen() hands out a handle, `fd_listen(&handle, descriptor, ...)`, and
 * fd_close() takes it. Here it is as before, as in Debian 12.
 */
#include "loop.h" /* first: re.h takes <stdint.h> for granted */

#include <re.h>

static struct tmr timer;

static void on_readable(int flags, void *argument) {
  struct host *host = argument;
  ytx_event event = YTX_EVENT_INIT;
  (void)flags;
  while (ytx_queue_take(host->queue, &event, 0) == 1) {
    if (host_event(host, &event)) continue;
    re_cancel();
    break;
  }
}

static void on_timer(void *host) {
  host_tick(host);
  tmr_start(&timer, TICK_MS, on_timer, host);
}

int main(void) {
  struct host host;
  int error;

  if (!host_begin(&host)) return host_end(&host);
  libre_init();
  error = fd_listen((int)ytx_queue_fd(host.queue), FD_READ, on_readable, &host);
  tmr_init(&timer);
  tmr_start(&timer, TICK_MS, on_timer, &host);
  if (error == 0) error = re_main(NULL);

  tmr_cancel(&timer);
  fd_close((int)ytx_queue_fd(host.queue)); /* it only ends the watching */
  libre_close();
  return host_end(&host) | error;
}
