/* The desk has no media: whatever is offered is answered, and stays inactive. */

#ifndef DESK_SDP_H
#define DESK_SDP_H

#include <sofia-sip/sip.h>
#include <sofia-sip/su_alloc.h>

/* The session description for an answer to an INVITE, in the home: an answer to its offer, or an
   offer where it has none. The address is that of the desk. NULL when what came is not SDP. */
const char *inactive_session(su_home_t *home, const sip_t *invite, const char *address);

#endif
