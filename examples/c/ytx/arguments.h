/* What the user asks for, on the command line and in the environment. */

#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "account.h"
#include "ytx.h"

enum action { LOCK, UNLOCK, STATE, WATCH, DOCTOR };

struct arguments {
  enum action action;
  const char *room; /* NULL where the doctor was told none */
  const char *app;
  struct account account; /* SID and token never come from the command line, which every user can see */
  ytx_options options;
  int json;
  unsigned interval; /* seconds */
};

/* Reads it. Wrong usage ends the program, and so do --help and --version. */
struct arguments read_arguments(int count, char **words);

#endif
