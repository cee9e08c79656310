/*
 * A queue in the loop of sofia-sip, a su_root.
 *
 *     cc examples/c/loops/sofia.c $(pkg-config --cflags --libs ytx sofia-sip-ua) -o sofia
 */
#define SU_ROOT_MAGIC_T struct host
#define SU_WAKEUP_ARG_T su_root_t
#include <sofia-sip/su.h>
#include <sofia-sip/su_wait.h>

#include "loop.h"

static int on_readable(struct host *host, su_wait_t *wait, su_root_t *root) {
  ytx_event event = YTX_EVENT_INIT;
  (void)wait;
  while (ytx_queue_take(host->queue, &event, 0) == 1) {
    if (host_event(host, &event)) continue;
    su_root_break(root);
    break;
  }
  return 0;
}

static void on_timer(struct host *host, su_timer_t *timer, su_timer_arg_t *nothing) {
  (void)timer;
  (void)nothing;
  host_tick(host);
}

int main(void) {
  struct host host;
  su_root_t *root;
  su_timer_t *timer;
  su_wait_t wait = SU_WAIT_INIT;
  int index;

  if (!host_begin(&host)) return host_end(&host);
  su_init();
  root = su_root_create(&host);
  su_wait_create(&wait, (su_socket_t)ytx_queue_fd(host.queue), SU_WAIT_IN);
  index = su_root_register(root, &wait, on_readable, root, su_pri_normal);
  timer = su_timer_create(su_root_task(root), TICK_MS);
  su_timer_set_for_ever(timer, on_timer, NULL);
  su_root_run(root);

  su_root_deregister(root, index); /* from here on nobody watches the descriptor */
  su_timer_destroy(timer);
  su_root_destroy(root);
  su_deinit();
  return host_end(&host);
}
