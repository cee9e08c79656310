/* A leg: the dialog with one phone. It is a call, a subscription, or both. */

#ifndef DESK_LEG_H
#define DESK_LEG_H

#include "call.h"
#include "desk.h"
#include "subscription.h"

struct leg {
  struct leg *next;
  struct desk *desk;
  nua_handle_t *handle;
  char *room;   /* its number */
  char *entity; /* its URI, as the phone calls it */
  struct call call;
  struct subscription subscription;
};

/* A leg for a request that begins a dialog. NULL when the Request-URI names no room, and when there
   is no memory. */
struct leg *leg_new(struct desk *desk, nua_handle_t *handle, const sip_t *request);

/* Frees it, and its handle, unless it still is a call or a subscription. */
void leg_release(struct leg *leg);

/* Frees all legs, whatever they are. */
void legs_free(struct desk *desk);

#endif
