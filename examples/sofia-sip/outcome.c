#include "outcome.h"

#include <sofia-sip/sip_status.h>
#include <stdio.h>

/* None of these ends a dialog, as 404 or 502 would: the caller may press the key again (RFC 5057). */
struct outcome outcome_of(ytx_status status) {
  static const struct outcome fine = { SIP_200_OK, NULL }, refused = { SIP_403_FORBIDDEN, NULL },
                              silent = { SIP_504_GATEWAY_TIME_OUT, NULL },
                              busy = { SIP_503_SERVICE_UNAVAILABLE, "5" },
                              broken = { 500, "No Answer of the Platform", NULL },
                              given_up = { SIP_487_REQUEST_TERMINATED, NULL },
                              wrong = { SIP_400_BAD_REQUEST, NULL },
                              ours = { SIP_500_INTERNAL_SERVER_ERROR, NULL };
  switch (status) {
    case YTX_OK:
      return fine;
    case YTX_E_BUSY:
    case YTX_TOO_MANY_REQUESTS:
      return busy;
    case YTX_E_TIMEOUT:
      return silent;
    case YTX_E_CANCELLED:
      return given_up;
    case YTX_E_INVALID_ARGUMENT: /* the room, for the rest is ours */
      return wrong;
    case YTX_E_INVALID_HANDLE:
    case YTX_E_INTERNAL:
      return ours;
    case YTX_PLATFORM_FAULT:
      return broken;
    default:
      return status < 0 ? refused : broken;
  }
}

/* RFC 3261, 20.43. None of our texts has a quotation mark or a backslash. */
static void respond(nua_handle_t *handle, msg_t *request, struct outcome outcome,
                    const char *name, const char *text) {
  char warning[1024];
  snprintf(warning, sizeof warning, "399 ytx-desk \"%s%s\"", name, text);
  nua_respond(handle, outcome.status, outcome.phrase, NUTAG_WITH(request),
              SIPTAG_WARNING_STR(warning),
              TAG_IF(outcome.retry_after, SIPTAG_RETRY_AFTER_STR(outcome.retry_after)), TAG_END());
}

void outcome_respond(nua_handle_t *handle, msg_t *request, ytx_status status) {
  char name[64];
  if (status == YTX_OK) {
    nua_respond(handle, SIP_200_OK, NUTAG_WITH(request), TAG_END());
    return;
  }
  snprintf(name, sizeof name, "%s: ", ytx_status_name(status));
  respond(handle, request, outcome_of(status), name, ytx_status_text(status));
}

void outcome_reason(char *text, size_t size, ytx_status status) {
  snprintf(text, size, "SIP;cause=%d;text=\"%s: %s\"", outcome_of(status).status,
           ytx_status_name(status), ytx_status_text(status));
}

void outcome_refuse(nua_handle_t *handle, msg_t *request, int status, const char *phrase,
                    const char *text) {
  struct outcome outcome = { status, phrase, NULL };
  respond(handle, request, outcome, "", text);
}
