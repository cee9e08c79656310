/* A call into a room: it is answered at once, and its keys are carried out. */

#ifndef DESK_CALL_H
#define DESK_CALL_H

#include "desk.h"
#include "keys.h"

/* Zero to begin with. */
struct call {
  int up;
  struct keys keys;
  struct press *presses; /* the INFOs that wait for the platform */
};

/* An INVITE, the first one or a later one of the same call. */
void call_answer(struct leg *leg, const sip_t *invite);

void call_info(struct leg *leg, const sip_t *info);

/* The caller has gone, or the desk goes: what the platform was asked is cancelled, and the INFOs
   that wait are answered with 487. */
void call_end(struct leg *leg);

#endif
