/* Who is in a room, and what has changed there, a line for each. */

#ifndef CHANGES_H
#define CHANGES_H

#include <stdio.h>

#include "room.h"

/* Prints who is on line, each line beginning with the time. */
void print_present(FILE *out, const char *time, const struct room *room);

/* Prints who left, came, was muted and can be heard again, by the JSON of a YTX_EVENT_ROOM. */
void print_changes(FILE *out, const char *time, const char *news);

#endif
