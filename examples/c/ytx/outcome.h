/* How a call ended: what the user is told, and with which code the command ends. */

#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdio.h>

#include "ytx.h"

enum {
  END_REFUSED = 1, /* the platform refused */
  END_USAGE = 2,   /* wrong usage; nothing was sent */
  END_LATER = 3,   /* no answer, or the platform is busy: trying again may help */
  END_UNUSABLE = 4 /* no usable answer, and trying again does not help; or the output failed */
};

/* The code for a status; json is what came with it, or NULL. */
int end_code(ytx_status status, const char *json);

/* Prints a status and the words of the platform or the library, as one line; json as below. */
void print_outcome(FILE *out, ytx_status status, const char *json);

/* Says on stderr how a call failed, in the words of the platform or the library; json is what came
   with it, or the JSON of a room that is lost, or NULL. */
void print_failure(ytx_status status, const char *json);

/* Returns the memory that was asked for. Where there is none, the command ends. */
void *need(void *memory);

#endif
