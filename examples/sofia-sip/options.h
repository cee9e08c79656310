/* What the user asks for, on the command line. The account comes from the environment. */

#ifndef DESK_OPTIONS_H
#define DESK_OPTIONS_H

#include <stdint.h>

struct options {
  const char *listen;   /* HOST:PORT, for SIP by UDP and TCP */
  const char *metrics;  /* HOST:PORT, or NULL */
  uint32_t interval_ms; /* of a watch; 0: the library's default */
  uint32_t timeout_ms;  /* how long a key may take; SIP gives up on it after 32 s */
  uint32_t max_pending; /* keys that wait for the platform; who comes later hears "busy" */
};

/* Reads it. Wrong usage ends the program, and so does --help. */
struct options read_options(int count, char **words);

#endif
