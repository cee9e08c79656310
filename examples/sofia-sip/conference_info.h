/* The state of a room as application/conference-info+xml (RFC 4575). */

#ifndef DESK_CONFERENCE_INFO_H
#define DESK_CONFERENCE_INFO_H

#include "room.h"

/* The full state, for free(). NULL while it is not known, and when there is no memory. */
char *conference_info(const char *entity, unsigned version, const struct room *room);

#endif
