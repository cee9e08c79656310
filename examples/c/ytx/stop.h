/* Ends the call under way, and the pause between two calls, when the user wants the program to
   end: by Ctrl-C, by kill, or by closing the terminal. */

#ifndef STOP_H
#define STOP_H

#include <pthread.h>
#include <signal.h>

#include "ytx.h"

struct stop {
  const ytx_client *client;
  sigset_t signals, mask_before;
  int pipe[2]; /* closed at the other end when a signal has come */
  pthread_t thread;
  int signal;
};

/* From now on such a signal ends the client's calls. Returns 0 when that can't be had. */
int stop_begin(struct stop *stop, const ytx_client *client);

/* Waits, and tells whether a signal has come before or meanwhile. */
int stop_pause(const struct stop *stop, unsigned seconds);

/* Puts everything back. Returns the signal that has come, or 0. */
int stop_end(struct stop *stop);

#endif
