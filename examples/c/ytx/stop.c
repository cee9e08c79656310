/* Ends calls and watches when a signal comes: see stop.h. */

#define _XOPEN_SOURCE 700

#include "stop.h"

#include <stdio.h>
#include <string.h>

/* A signal handler may do next to nothing, and ytx.h does not promise that cancelling is among it;
   a thread that waits for the signal may do anything. */
static void *wait_for_signal(void *argument) {
  struct stop *stop = argument;
  sigwait(&stop->signals, &stop->signal);
  ytx_client_cancel(stop->client);
  return NULL;
}

/* Leaves out what is ignored: nohup means it so. */
static void fill(sigset_t *signals) {
  const int ends[] = { SIGINT, SIGTERM, SIGHUP };
  size_t i;
  sigemptyset(signals);
  for (i = 0; i < sizeof ends / sizeof *ends; i++) {
    struct sigaction now;
    if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
      sigaddset(signals, ends[i]);
  }
  sigaddset(signals, SIGUSR1); /* from stop_end */
}

int stop_begin(struct stop *stop, const ytx_client *client) {
  int error;
  stop->client = client;
  stop->signal = 0;
  fill(&stop->signals);
  /* Every thread that is started from here on has them blocked, so they are left to this one. */
  pthread_sigmask(SIG_BLOCK, &stop->signals, &stop->mask_before);
  error = pthread_create(&stop->thread, NULL, wait_for_signal, stop);
  if (error != 0) {
    fprintf(stderr, "ytx: no thread: %s\n", strerror(error));
    pthread_sigmask(SIG_SETMASK, &stop->mask_before, NULL);
  }
  return error == 0;
}

int stop_end(struct stop *stop) {
  pthread_kill(stop->thread, SIGUSR1);
  pthread_join(stop->thread, NULL);
  pthread_sigmask(SIG_SETMASK, &stop->mask_before, NULL);
  return stop->signal == SIGUSR1 ? 0 : stop->signal;
}
