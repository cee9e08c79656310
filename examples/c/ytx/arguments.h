/* What the user asks for, on the command line and in the environment. */

#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "ytx.h"

enum action { LOCK, UNLOCK, STATE, WATCH };

struct arguments {
  enum action action;
  const char *room, *app;
  const char *sid, *token; /* never from the command line, which every user of a machine can see */
  ytx_options options;
  int json;
  unsigned interval; /* seconds */
};

/* Reads it. Wrong usage ends the program, and so do --help and --version. */
struct arguments read_arguments(int count, char **words);

#endif
