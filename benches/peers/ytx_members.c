/*
 * libytx from C, reading the members of a state with ytx_members_read() as the class library of .NET
 * does. One client for all threads, by default options but for base_url.
 */
#include <stddef.h>

#include "account.h"
#include "peer.h"
#include "ytx.h"

static ytx_client *client;
static int users;

void *peer_open(const char *url) {
  ytx_options options = YTX_OPTIONS_INIT;
  options.base_url = url;
  if (users++ == 0) client = ytx_client_new(SID, TOKEN, &options, NULL);
  if (client == NULL) peer_fail("no client");
  return client;
}

void peer_call(void *handle, enum work work) {
  ytx_status status;
  char *json;
  ytx_members *members;
  size_t i, seen = 0;
  if (work != STATE) peer_fail("only a state has members");
  json = ytx_meeting_state(handle, APPID, CONFID, &status);
  if (status != YTX_OK || json == NULL) peer_fail(ytx_status_name(status));
  members = ytx_members_read(json, YTX_MEMBERS_ALL, &status);
  if (members == NULL) peer_fail(ytx_status_name(status));
  for (i = 0; i < ytx_members_count(members); i++)
    seen += *ytx_members_phone(members, i) && *ytx_members_meid(members, i) &&
            ytx_members_online(members, i) >= 0 && ytx_members_muted(members, i) >= 0;
  if (seen != ytx_members_count(members)) peer_fail("a member without its texts");
  ytx_members_free(members);
  ytx_string_free(json);
}

void peer_close(void *handle) {
  if (--users == 0) ytx_client_free(handle);
}
