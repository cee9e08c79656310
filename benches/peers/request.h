/* A signed request of the platform, for the peers that do not have libytx do it. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

#include "peer.h"

struct request {
  void *md5, *digest;      /* OpenSSL's, fetched once */
  char path[128];          /* with the Sign */
  char authorization[96];
  char body[160];
  size_t body_length;
};

void request_open(struct request *request);
/* Signs with the time as it is now, and writes the body. */
void request_sign(struct request *request, enum work work);
void request_close(struct request *request);

#endif
