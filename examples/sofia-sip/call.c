#include "call.h"

#include <sofia-sip/sip_status.h>
#include <sofia-sip/su_time.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "leg.h"
#include "outcome.h"
#include "roster.h"
#include "sdp.h"

/* An INFO that is answered when the platform has answered. */
struct press {
  struct press *next;
  struct leg *leg;
  enum wish wish;
  msg_t *request;
  struct question *question;
};

void call_answer(struct leg *leg, const sip_t *invite) {
  su_home_t home[1] = { SU_HOME_INIT(home) };
  const char *session;
  su_home_init(home);
  session = inactive_session(home, invite, leg->desk->address);
  if (session == NULL) {
    outcome_refuse(leg->handle, nua_current_request(leg->desk->nua), SIP_488_NOT_ACCEPTABLE,
                   "Only application/sdp is understood.");
  } else {
    leg->call.up = 1;
    nua_respond(leg->handle, SIP_200_OK, NUTAG_WITH_THIS(leg->desk->nua),
                SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(session), TAG_END());
  }
  su_home_deinit(home);
}

static void press_free(struct press *press) {
  struct press **at = &press->leg->call.presses;
  while (*at != press) at = &(*at)->next;
  *at = press->next;
  msg_destroy(press->request);
  free(press);
}

static void tell_members(struct leg *leg, const char *json) {
  char *text = roster_text(json);
  if (text == NULL) return;
  nua_message(leg->handle, SIPTAG_CONTENT_TYPE_STR("text/plain;charset=utf-8"),
              SIPTAG_PAYLOAD_STR(text), TAG_END());
  free(text);
}

static void on_answer(void *asker, const ytx_event *event) {
  struct press *press = asker;
  outcome_respond(press->leg->handle, press->request, event->status);
  if (press->wish == MEMBERS && event->status == YTX_OK) tell_members(press->leg, event->json);
  press_free(press);
}

static void ask(struct leg *leg, enum wish wish) {
  msg_t *request = nua_current_request(leg->desk->nua);
  struct press *press = malloc(sizeof *press);
  ytx_status status = YTX_E_INTERNAL;
  if (press == NULL) {
    outcome_respond(leg->handle, request, status);
    return;
  }
  press->leg = leg;
  press->wish = wish;
  press->request = msg_ref_create(request);
  press->next = leg->call.presses;
  leg->call.presses = press;
  press->question =
      platform_ask(leg->desk->platform, wish, leg->room, on_answer, press, &status);
  if (press->question != NULL) return;
  outcome_respond(leg->handle, request, status);
  press_free(press);
}

static int is_dtmf(const sip_content_type_t *type) {
  return type != NULL && type->c_type != NULL &&
         strcasecmp(type->c_type, "application/dtmf-relay") == 0;
}

void call_info(struct leg *leg, const sip_t *info) {
  const sip_payload_t *body = info->sip_payload;
  msg_t *request = nua_current_request(leg->desk->nua);
  char key = 0;
  if (body != NULL && !is_dtmf(info->sip_content_type)) {
    nua_respond(leg->handle, SIP_415_UNSUPPORTED_MEDIA, NUTAG_WITH(request),
                SIPTAG_ACCEPT_STR("application/dtmf-relay"),
                SIPTAG_WARNING_STR("399 ytx-desk \"Keys come as application/dtmf-relay.\""),
                TAG_END());
    return;
  }
  if (body != NULL && (key = key_read(body->pl_data, body->pl_len)) == 0) {
    outcome_refuse(leg->handle, request, SIP_400_BAD_REQUEST, "There is no line Signal=KEY.");
    return;
  }
  switch (keys_press(&leg->call.keys, key, su_monotime(NULL))) {
    case '5':
      ask(leg, LOCK);
      break;
    case '6':
      ask(leg, UNLOCK);
      break;
    case '7':
      ask(leg, MEMBERS);
      break;
    default: /* the first key of two, or an INFO that only keeps the call alive */
      nua_respond(leg->handle, SIP_200_OK, NUTAG_WITH(request), TAG_END());
  }
}

void call_end(struct leg *leg) {
  while (leg->call.presses != NULL) {
    struct press *press = leg->call.presses;
    platform_drop(leg->desk->platform, press->question);
    outcome_respond(leg->handle, press->request, YTX_E_CANCELLED);
    press_free(press);
  }
  leg->call.up = 0;
}
