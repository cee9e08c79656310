#include "subscription.h"

#include <sofia-sip/sip_status.h>
#include <stdio.h>
#include <stdlib.h>

#include "conference_info.h"
#include "leg.h"
#include "outcome.h"

static void notify(struct leg *leg, enum nua_substate state, const char *why,
                   const char *reason) {
  const struct room *room = leg->subscription.room;
  char *document = conference_info(leg->entity, leg->subscription.version + 1, room);
  if (document != NULL) leg->subscription.version++;
  nua_notify(leg->handle, NUTAG_SUBSTATE(state), SIPTAG_EVENT_STR("conference"),
             TAG_IF(why, SIPTAG_SUBSCRIPTION_STATE_STR(why)),
             TAG_IF(reason, SIPTAG_REASON_STR(reason)),
             TAG_IF(document, SIPTAG_CONTENT_TYPE_STR("application/conference-info+xml")),
             TAG_IF(document, SIPTAG_PAYLOAD_STR(document)), TAG_END());
  free(document);
}

void subscription_answer(struct leg *leg, int status) {
  struct desk *desk = leg->desk;
  ytx_status accepted = YTX_OK;
  int begins = leg->subscription.room == NULL;
  if (begins) leg->subscription.room = room_join(leg, &accepted);
  if (leg->subscription.room == NULL) {
    outcome_respond(leg->handle, nua_current_request(desk->nua), accepted);
    leg_release(leg);
    return;
  }
  if (status < 200) nua_respond(leg->handle, SIP_200_OK, NUTAG_WITH_THIS(desk->nua), TAG_END());
  if (begins) subscription_notify(leg); /* the stack repeats it when a phone renews */
}

void subscription_notify(struct leg *leg) {
  notify(leg, nua_substate_active, NULL, NULL);
}

void subscription_end(struct leg *leg, ytx_status status) {
  char reason[1024];
  outcome_reason(reason, sizeof reason, status);
  notify(leg, nua_substate_terminated, "terminated;reason=noresource", reason);
  subscription_forget(leg);
}

void subscription_forget(struct leg *leg) {
  if (leg->subscription.room == NULL) return;
  room_leave(leg);
  leg->subscription.room = NULL;
}
