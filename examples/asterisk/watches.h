/* The rooms that are watched, for AMI: YTXRoom tells what changes, YTXRoomEnd that no more comes. */

#ifndef YTX_WATCHES_H
#define YTX_WATCHES_H

#include "module.h"

/* YTX_OK also for a room that is watched already. */
ytx_status watch_begin(const char *room);

/* Returns 0 when it is not watched. */
int watch_end(const char *room);

/* After a reload: every watch begins again, with the account and the interval of now. */
void watches_renew(void);

/* Writes their rooms, one a line. */
void watches_show(int fd);

#endif
