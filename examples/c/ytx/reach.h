/* The way to a host as the system has it: a name looked up and a connection made, and nothing sent on
   it. What the library does on its own way is the library's. */

#ifndef REACH_H
#define REACH_H

#include <netdb.h>

struct place {
  char host[256], port[6];
};

enum { REACH_WORDS = 300 };

/* The host and port of a URL that the library has accepted, a proxy's too. */
void place_of(struct place *place, const char *url);

/*
 * Looks a place up, for calling from source, an address, or NULL. Returns the addresses, for
 * freeaddrinfo(); or NULL, and then why holds what went wrong, and advice what to do.
 */
struct addrinfo *reach_look_up(const struct place *place, const char *source, int limit_ms,
                               char *why, const char **advice);

/*
 * Connects to all addresses at once and closes again. Returns 1 once one has answered; then words has
 * both ends of the connection. Else 0; then words holds what went wrong, and advice what to do.
 */
int reach_connect(const struct addrinfo *addresses, const char *source, int limit_ms, char *words,
                  const char **advice);

/* Milliseconds, from some moment on. */
double reach_clock(void);

#endif
