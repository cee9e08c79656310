/* What becomes of a call to the platform, in the words of SIP. */

#ifndef DESK_OUTCOME_H
#define DESK_OUTCOME_H

#include "desk.h"
#include "ytx.h"

struct outcome {
  int status;
  const char *phrase;
  const char *retry_after; /* seconds, or NULL */
};

/* 403 for a refusal, 504 for a timeout, 503 for busy, and so on. */
struct outcome outcome_of(ytx_status status);

/* Answers the request with that. What was wrong and the remedy are its Warning. */
void outcome_respond(nua_handle_t *handle, msg_t *request, ytx_status status);

/* The same as a Reason (RFC 3326), for a request of ours. */
void outcome_reason(char *text, size_t size, ytx_status status);

/* Answers the request, whatever the platform has to do with it: text is the remedy. */
void outcome_refuse(nua_handle_t *handle, msg_t *request, int status, const char *phrase,
                    const char *text);

#endif
