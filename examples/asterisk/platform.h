/*
 * The platform: the client, the queue, and the one thread that takes what comes of it. No thread of
 * Asterisk's waits in here; who wants to wait does so in waiting.h.
 */

#ifndef YTX_PLATFORM_H
#define YTX_PLATFORM_H

#include "module.h"

enum wish { LOCK, UNLOCK, STATE, WATCH };

/* Runs on the module's thread. It is the last time when the event is not a YTX_EVENT_ROOM. The JSON
   is freed afterwards, unless the asker has taken it and left NULL. */
typedef void answer_f(void *asker, ytx_event *event);

/* Reads ytx.conf and starts the thread. Returns 0, and says so in the log, when that fails. */
int platform_start(void);

/* Reads ytx.conf again: what is asked from now on is asked with the new account. Returns 0, and
   nothing has changed, when that fails. */
int platform_reload(void);

/* Everything asked is answered as cancelled, and the thread ends. */
void platform_stop(void);

/* The ticket; 0 when it is not accepted: then the status says why, and no answer comes. The answer
   may come before this has returned. */
ytx_ticket platform_ask(enum wish wish, const char *room, answer_f *answer, void *asker,
                        ytx_status *status);

/* The answer comes at once. */
void platform_cancel(ytx_ticket ticket);

/* The rooms to watch of ytx.conf: calls this for each. */
void platform_watched(void (*each)(const char *room));

/* The figures as Prometheus reads them. */
void platform_figures(FILE *out);

#endif
