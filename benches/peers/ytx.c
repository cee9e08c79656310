/*
 * libytx as its users have it: one client for all threads, by default options but for base_url, and
 * for ca_file where there is one.
 */
#include <stddef.h>
#include <stdlib.h>

#include "account.h"
#include "peer.h"
#include "ytx.h"

static ytx_client *client;
static int users;

void *peer_open(const char *url) {
  ytx_options options = YTX_OPTIONS_INIT;
  options.base_url = url;
  options.ca_file = getenv("PEER_CA_FILE");
  if (users++ == 0) client = ytx_client_new(SID, TOKEN, &options, NULL);
  if (client == NULL) peer_fail("no client");
  return client;
}

void peer_call(void *handle, enum work work) {
  ytx_status status;
  char *json = work == LOCK ? ytx_lock_meeting(handle, APPID, CONFID, YTX_LOCK, &status)
                            : ytx_meeting_state(handle, APPID, CONFID, &status);
  if (status != YTX_OK || json == NULL) peer_fail(ytx_status_name(status));
  ytx_string_free(json);
}

void peer_close(void *handle) {
  if (--users == 0) ytx_client_free(handle);
}
