/* What the modules of the desk share: the SIP stack, the platform, and who is there. */

#ifndef DESK_H
#define DESK_H

#define SU_ROOT_MAGIC_T struct desk
#define NUA_MAGIC_T struct desk
#define NUA_HMAGIC_T struct leg
#include <sofia-sip/msg.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_wait.h>

#include "options.h"
#include "platform.h"

struct leg;
struct room;

struct desk {
  struct options options;
  const char *address; /* the host to listen on, as SDP has it */
  su_root_t *root;
  nua_t *nua;
  struct platform *platform;
  su_timer_t *farewell;
  struct leg *legs;   /* all of them */
  struct room *rooms; /* those that somebody subscribes to */
};

#endif
