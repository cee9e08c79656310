#include "sip.h"

#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_status.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leg.h"
#include "outcome.h"

/* How long phones may take for the BYE. */
#define FAREWELL_MS 3000

/* The leg of a request that may begin one. Where there is none, the request has been answered. */
static struct leg *leg_for(struct desk *desk, nua_handle_t *handle, struct leg *leg,
                           const sip_t *request) {
  if (leg == NULL) leg = leg_new(desk, handle, request);
  if (leg == NULL)
    outcome_refuse(handle, nua_current_request(desk->nua), SIP_404_NOT_FOUND,
                   "Call a room by its number, as in sip:002@HOST.");
  return leg;
}

/* A BYE is answered by us: after the INFOs that it leaves without an answer (RFC 3261, 15.1.2). */
static void on_bye(struct desk *desk, struct leg *leg, nua_handle_t *handle) {
  if (leg != NULL) call_end(leg);
  nua_respond(handle, SIP_200_OK, NUTAG_WITH_THIS(desk->nua), TAG_END());
}

/* However a call ends, this is told. */
static void on_call_state(struct leg *leg, nua_handle_t *handle, tagi_t tags[]) {
  int state = nua_callstate_init;
  tl_gets(tags, NUTAG_CALLSTATE_REF(state), TAG_END());
  if (state != nua_callstate_terminated) return;
  if (leg == NULL) {
    nua_handle_destroy(handle); /* it was refused */
    return;
  }
  call_end(leg);
  leg_release(leg);
}

static void on_subscription_state(struct leg *leg, tagi_t tags[]) {
  int state = nua_substate_active;
  tl_gets(tags, NUTAG_SUBSTATE_REF(state), TAG_END());
  if (leg == NULL || state != nua_substate_terminated) return;
  subscription_forget(leg);
  leg_release(leg);
}

static void on_event(nua_event_t event, int status, char const *phrase, nua_t *nua,
                     struct desk *desk, nua_handle_t *handle, struct leg *leg, sip_t const *sip,
                     tagi_t tags[]) {
  (void)phrase;
  (void)nua;
  switch (event) {
    case nua_i_invite:
      if ((leg = leg_for(desk, handle, leg, sip)) != NULL) call_answer(leg, sip);
      break;
    case nua_i_info:
      if (leg != NULL) call_info(leg, sip);
      break;
    case nua_i_bye:
      on_bye(desk, leg, handle);
      break;
    case nua_i_state:
      on_call_state(leg, handle, tags);
      break;
    case nua_i_subscribe:
      if ((leg = leg_for(desk, handle, leg, sip)) != NULL) subscription_answer(leg, status);
      else nua_handle_destroy(handle); /* of an INVITE, the end of the call does that */
      break;
    case nua_r_notify:
      on_subscription_state(leg, tags);
      break;
    case nua_r_shutdown:
      if (status >= 200) su_root_break(desk->root);
      break;
    default: /* what the stack does by itself */
      break;
  }
}

/* INVITE and SUBSCRIBE are ours to answer without NUTAG_APPL_METHOD. Naming them all the same makes
   sofia-sip 1.12.11 read memory that it has not written. */
int sip_open(struct desk *desk) {
  char url[256];
  snprintf(url, sizeof url, "sip:%s", desk->options.listen);
  desk->nua = nua_create(
      desk->root, on_event, desk, NUTAG_URL(url), NUTAG_MEDIA_ENABLE(0), NUTAG_AUTOANSWER(0),
      SIPTAG_ALLOW_STR("INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, SUBSCRIBE"),
      NUTAG_APPL_METHOD("BYE, INFO"), SIPTAG_ALLOW_EVENTS_STR("conference"),
      SIPTAG_USER_AGENT_STR("ytx-desk"), TAG_END());
  if (desk->nua == NULL) fprintf(stderr, "ytx-desk: can't listen on %s\n", desk->options.listen);
  return desk->nua != NULL;
}

static void on_farewell(struct desk *desk, su_timer_t *timer, su_timer_arg_t *nothing) {
  (void)timer;
  (void)nothing;
  su_root_break(desk->root);
}

void sip_close(struct desk *desk) {
  desk->farewell = su_timer_create(su_root_task(desk->root), FAREWELL_MS);
  su_timer_set(desk->farewell, on_farewell, NULL);
  nua_shutdown(desk->nua);
}

void sip_free(struct desk *desk) {
  su_timer_destroy(desk->farewell);
  legs_free(desk);
  nua_destroy(desk->nua);
}
