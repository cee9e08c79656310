/*
 * A SIP conference desk: a program of one thread around a su_root, which calls the platform and
 * never waits for it. docs/en/sip-host.md explains it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desk.h"
#include "metrics.h"
#include "sip.h"

/* SIGTERM and Ctrl-C come into the loop by a pipe. */
static int signals[2];

static void on_signal(int signal) {
  ssize_t written = write(signals[1], "", 1);
  (void)signal;
  (void)written; /* a full pipe has said it already */
}

static void on_platform_closed(void *desk) {
  sip_close(desk);
}

/* First the questions to the platform are cancelled, so that every INFO is answered. */
static int on_end(struct desk *desk, su_wait_t *wait, su_wakeup_arg_t *nothing) {
  char byte;
  (void)wait;
  (void)nothing;
  if (read(signals[0], &byte, 1) == 1) platform_close(desk->platform, on_platform_closed, desk);
  return 0;
}

/* Returns the number of our su_wait_t, or 0. */
static int wait_for_signals(struct desk *desk) {
  su_wait_t wait = SU_WAIT_INIT;
  struct sigaction action;
  int number;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  if (pipe(signals) != 0 || su_wait_create(&wait, signals[0], SU_WAIT_IN) != 0) return 0;
  number = su_root_register(desk->root, &wait, on_end, NULL, su_pri_normal);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  return number > 0 ? number : 0;
}

/* The host of HOST:PORT or [HOST]:PORT, for free(). */
static char *host_of(const char *listen) {
  const char *begin = listen + (listen[0] == '[');
  size_t length = listen[0] == '[' ? strcspn(begin, "]") : strcspn(begin, ":");
  char *host = calloc(1, length + 1);
  return host != NULL ? memcpy(host, begin, length) : NULL;
}

static int serve(struct desk *desk) {
  struct metrics *metrics = NULL;
  if (desk->options.metrics != NULL && (metrics = metrics_open(desk)) == NULL) return 0;
  if (!sip_open(desk)) {
    metrics_close(metrics);
    return 0;
  }
  puts("ready");
  fflush(stdout);
  su_root_run(desk->root);
  sip_free(desk);
  metrics_close(metrics);
  return 1;
}

/* Returns 0 when it could not begin. */
static int run(struct desk *desk) {
  int served = 0, number = wait_for_signals(desk);
  if (number == 0) perror("ytx-desk");
  else if ((desk->platform = platform_open(desk->root, &desk->options)) != NULL) {
    served = serve(desk);
    platform_free(desk->platform);
  }
  if (number != 0) su_root_deregister(desk->root, number);
  return served;
}

int main(int count, char **words) {
  struct desk desk;
  char *address;
  int served = 0;
  memset(&desk, 0, sizeof desk);
  desk.options = read_options(count, words);
  desk.address = address = host_of(desk.options.listen);
  su_init();
  desk.root = su_root_create(&desk);
  if (address != NULL && desk.root != NULL) {
    su_root_threading(desk.root, 0); /* the SIP stack runs on this thread too */
    served = run(&desk);
  }
  if (desk.root != NULL) su_root_destroy(desk.root);
  su_deinit();
  free(address);
  return !served;
}
