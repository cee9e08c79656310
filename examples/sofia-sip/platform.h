/*
 * The platform, asked from the loop and never waited for. This is all of the desk that calls
 * libytx, but for the reading of answers: one client, one queue, and the queue's descriptor among
 * what the su_root waits for.
 */

#ifndef DESK_PLATFORM_H
#define DESK_PLATFORM_H

#include <sofia-sip/su_wait.h>

#include "options.h"
#include "ytx.h"

struct platform;
struct question;

enum wish { LOCK, UNLOCK, MEMBERS, WATCH };

/* Runs in the loop. A question has been answered for good when the event is not a YTX_EVENT_ROOM:
   then it is no more. What the event points to is the platform's. */
typedef void answer_f(void *asker, const ytx_event *event);

/* Runs in the loop, once all questions have been answered. */
typedef void closed_f(void *user);

/* NULL, and said on stderr, when that can't be had. */
struct platform *platform_open(su_root_t *root, const struct options *options);

/* NULL when it is not accepted; then the status says why, and no answer comes. */
struct question *platform_ask(struct platform *platform, enum wish wish, const char *room,
                              answer_f *answer, void *asker, ytx_status *status);

/* The asker goes: the call or watch is cancelled, and no answer comes. NULL is ignored. */
void platform_drop(struct platform *platform, struct question *question);

/* Ends every question, those of calls in flight too, and accepts no more. */
void platform_close(struct platform *platform, closed_f *closed, void *user);

void platform_free(struct platform *platform);

/* For the metrics. */
const ytx_client *platform_client(const struct platform *platform);
const ytx_queue *platform_queue(const struct platform *platform);

#endif
