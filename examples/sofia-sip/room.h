/* A room that somebody subscribes to: one watch for all of them, and what it told last. */

#ifndef DESK_ROOM_H
#define DESK_ROOM_H

#include "desk.h"
#include "ytx.h"

struct room {
  struct room *next;
  struct desk *desk;
  char *number;
  struct question *watch;
  struct leg *subscribers;
  ytx_members *members; /* as last known; NULL: not yet */
  ytx_status lost;      /* why there is no newer state, or YTX_OK */
};

/* The leg is one of its subscribers from now on. NULL when the room cannot be watched; then the
   status says why. */
struct room *room_join(struct leg *leg, ytx_status *status);

/* The last to leave ends the watch. */
void room_leave(struct leg *leg);

#endif
