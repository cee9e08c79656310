/*
 * A queue in GLib's main loop.
 *
 *     cc examples/c/loops/glib.c $(pkg-config --cflags --libs ytx glib-2.0) -o glib
 */
#include <glib-unix.h>

#include "loop.h"

static GMainLoop *loop;

static gboolean on_readable(gint descriptor, GIOCondition condition, gpointer data) {
  struct host *host = data;
  ytx_event event = YTX_EVENT_INIT;
  (void)descriptor;
  (void)condition;
  while (ytx_queue_take(host->queue, &event, 0) == 1) {
    if (host_event(host, &event)) continue;
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE; /* from here on nobody watches the descriptor */
  }
  return G_SOURCE_CONTINUE;
}

static gboolean on_timer(gpointer host) {
  host_tick(host);
  return G_SOURCE_CONTINUE;
}

int main(void) {
  struct host host;
  guint timer;

  if (!host_begin(&host)) return host_end(&host);
  loop = g_main_loop_new(NULL, FALSE);
  g_unix_fd_add((gint)ytx_queue_fd(host.queue), G_IO_IN, on_readable, &host);
  timer = g_timeout_add(TICK_MS, on_timer, &host);
  g_main_loop_run(loop);

  g_source_remove(timer);
  g_main_loop_unref(loop);
  return host_end(&host);
}
