/* Ends the calls and watches of a client when the user wants the program to end: by Ctrl-C, by kill,
   or by closing the terminal. */

#ifndef STOP_H
#define STOP_H

#include <pthread.h>
#include <signal.h>

#include "ytx.h"

struct stop {
  const ytx_client *client;
  sigset_t signals, mask_before;
  pthread_t thread;
  int signal;
};

/* From now on such a signal cancels the client. Returns 0 when that can't be had. */
int stop_begin(struct stop *stop, const ytx_client *client);

/* Puts everything back. Returns the signal that has come, or 0. */
int stop_end(struct stop *stop);

#endif
