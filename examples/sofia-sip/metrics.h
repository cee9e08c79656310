/* GET /metrics: the figures of the client and the queue, and of the desk itself, for Prometheus. */

#ifndef DESK_METRICS_H
#define DESK_METRICS_H

#include "desk.h"

struct metrics;

/* Listens. NULL, and said on stderr, when that can't be had. */
struct metrics *metrics_open(struct desk *desk);

/* NULL is ignored. */
void metrics_close(struct metrics *metrics);

#endif
