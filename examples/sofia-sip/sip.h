/* The SIP side: what the stack tells of, and which part of the desk that concerns. */

#ifndef DESK_SIP_H
#define DESK_SIP_H

#include "desk.h"

/* Listens. Returns 0, and says so on stderr, when that can't be had. */
int sip_open(struct desk *desk);

/* Says BYE to the calls and ends the subscriptions. The loop is left when all phones have answered,
   or a few seconds later. */
void sip_close(struct desk *desk);

/* After the loop. */
void sip_free(struct desk *desk);

#endif
