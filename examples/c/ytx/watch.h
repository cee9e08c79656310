/* Watches a room, and shows what has changed. */

#ifndef WATCH_H
#define WATCH_H

#include "ytx.h"

/*
 * On a terminal the table of the members is redrawn in place below the lines of what has changed;
 * elsewhere those lines are all. A room that is lost is told on stderr. What waiting does not cure
 * ends it, and so does Ctrl-C.
 *
 * Returns the code to end with; *signal receives the signal that ended it, or 0.
 */
int watch(const ytx_client *client, const char *appid, const char *confid, unsigned interval,
          int *signal);

#endif
