/* A subscription to a room's conference events (RFC 4575): whoever has one gets a NOTIFY with the
   full state whenever it changes. */

#ifndef DESK_SUBSCRIPTION_H
#define DESK_SUBSCRIPTION_H

#include "desk.h"

/* Zero to begin with. */
struct subscription {
  struct room *room; /* NULL: there is none */
  struct leg *next;  /* of the same room */
  unsigned version;  /* of the last document that was sent */
};

/* A SUBSCRIBE: the first one, or one that renews or ends. The stack has answered it already when
   its status is not below 200. */
void subscription_answer(struct leg *leg, int status);

/* Tells what is known of the room. */
void subscription_notify(struct leg *leg);

/* The watch of the room has ended for good, with this status: so does the subscription. */
void subscription_end(struct leg *leg, ytx_status status);

/* The stack says that it has ended: it expired, the phone ended it, or the phone is gone. */
void subscription_forget(struct leg *leg);

#endif
