/*
 * A queue in libuv's loop.
 *
 *     cc examples/c/loops/libuv.c $(pkg-config --cflags --libs ytx libuv) -o libuv
 *
 * On Windows too: there the descriptor is a SOCKET, which uv_poll_init_socket() takes.
 */
#define _POSIX_C_SOURCE 200809L /* uv.h needs it under -std=c99 */
#include <uv.h>

#include "loop.h"

static void on_readable(uv_poll_t *poll, int status, int events) {
  struct host *host = poll->data;
  ytx_event event = YTX_EVENT_INIT;
  (void)status;
  (void)events;
  while (ytx_queue_take(host->queue, &event, 0) == 1) {
    if (host_event(host, &event)) continue;
    uv_stop(poll->loop);
    break;
  }
}

static void on_timer(uv_timer_t *timer) {
  host_tick(timer->data);
}

int main(void) {
  struct host host;
  uv_loop_t *loop = uv_default_loop();
  uv_poll_t poll;
  uv_timer_t timer;

  if (!host_begin(&host)) return host_end(&host);
  poll.data = timer.data = &host;
  uv_poll_init_socket(loop, &poll, (uv_os_sock_t)ytx_queue_fd(host.queue));
  uv_poll_start(&poll, UV_READABLE, on_readable);
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, on_timer, TICK_MS, TICK_MS);
  uv_run(loop, UV_RUN_DEFAULT);

  uv_close((uv_handle_t *)&poll, NULL); /* from here on nobody watches the descriptor */
  uv_close((uv_handle_t *)&timer, NULL);
  uv_run(loop, UV_RUN_DEFAULT); /* until both are closed */
  uv_loop_close(loop);
  return host_end(&host);
}
