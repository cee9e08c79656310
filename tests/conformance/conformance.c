/*
 * The conformance cases in C: see tests/conformance.rs.
 */
#include "../c/check.h"

#include <jansson.h>

/* What a call left behind. */
struct seen {
  ytx_status status;
  char *json;      /* NULL when no client was made */
  char reason[512]; /* the last line of the log */
};

static void keep_line(int32_t level, const char *message, void *user_data)
{
  struct seen *seen = user_data;
  (void)level;
  snprintf(seen->reason, sizeof seen->reason, "%s", message);
}

static const char *text(const json_t *object, const char *name)
{
  return json_string_value(json_object_get(object, name));
}

static uint32_t number(const json_t *object, const char *name)
{
  return (uint32_t)json_integer_value(json_object_get(object, name));
}

static ytx_client *make_client(const json_t *test, struct seen *seen)
{
  const json_t *settings = json_object_get(test, "options");
  ytx_options options = YTX_OPTIONS_INIT;
  options.base_url = text(settings, "base_url");
  options.connect_timeout_ms = number(settings, "connect_timeout_ms");
  options.timeout_ms = number(settings, "timeout_ms");
  options.max_idle_connections = number(settings, "max_idle_connections");
  options.idle_timeout_ms = number(settings, "idle_timeout_ms");
  options.max_retries = number(settings, "max_retries");
  options.max_response_bytes = number(settings, "max_response_bytes");
  options.proxy = text(settings, "proxy");
  options.ca_file = text(settings, "ca_file");
  options.user_agent = text(settings, "user_agent");
  options.log = keep_line;
  options.log_user_data = seen;
  return ytx_client_new(text(test, "account_sid"), text(test, "auth_token"), &options,
                        &seen->status);
}

static char *call(const ytx_client *client, const json_t *test, ytx_status *status)
{
  const char *name = text(test, "call");
  const char *appid = text(test, "appid"), *confid = text(test, "confid");
  if (strcmp(name, "lock_meeting") == 0)
    return ytx_lock_meeting(client, appid, confid, YTX_LOCK, status);
  if (strcmp(name, "unlock_meeting") == 0)
    return ytx_lock_meeting(client, appid, confid, YTX_UNLOCK, status);
  if (strcmp(name, "meeting_state") == 0)
    return ytx_meeting_state(client, appid, confid, status);
  CHECK_TEXT(name, "request");
  return ytx_request(client, text(test, "version"), text(test, "func"), text(test, "func_url"),
                     text(test, "body_json"), status);
}

static void run(const json_t *test, struct seen *seen)
{
  ytx_client *client = make_client(test, seen), *shorter;
  const json_t *deadline = json_object_get(test, "deadline_ms");
  if (client == NULL)
    return;
  if (deadline != NULL) {
    shorter = ytx_client_with_timeout(client, number(test, "deadline_ms"), NULL);
    ytx_client_free(client);
    client = shorter;
  }
  if (json_is_true(json_object_get(test, "cancelled")))
    CHECK_STATUS(ytx_client_cancel(client), YTX_OK);
  seen->json = call(client, test, &seen->status);
  ytx_client_free(client);
}

/* The members as the table has them: under names of the field, without what C does not tell. */
static json_t *members(const json_t *answer)
{
  static const char *const names[][2] = {
    { "meid", "meeting_id" }, { "phone", "phone" }, { "statusname", "presence" },
    { "ifmutename", "mute" } };
  json_t *all = json_array();
  const json_t *list = json_object_get(answer, "statusMsg");
  size_t i, j;
  for (i = 0; i < json_array_size(list); i++) {
    json_t *member = json_object();
    for (j = 0; j < sizeof names / sizeof *names; j++)
      json_object_set(member, names[j][1], json_object_get(json_array_get(list, i), names[j][0]));
    json_array_append_new(all, member);
  }
  return all;
}

/* Compares a part of the library's own report. */
static void check_report(const json_t *report, const char *name, const json_t *expected)
{
  const char *in_json = strcmp(name, "http_status") == 0 ? "httpStatus" : name;
  if (expected != NULL && !json_equal(json_object_get(report, in_json), expected))
    check_failed(__FILE__, __LINE__, name, json_dumps(report, 0));
}

static void compare(const json_t *test, const struct seen *seen)
{
  json_t *expected = json_object_get(test, "expect"), *wanted, *member;
  json_t *answer = seen->json == NULL ? NULL : json_loads(seen->json, 0, NULL);
  const char *const report[] = { "sent", "attempts", "http_status" };
  size_t i;
  int retryable = ytx_status_is_retryable(seen->status);

  if (seen->status == YTX_E_HTTP)
    retryable = json_is_true(json_object_get(answer, "retryable"));
  CHECK_STATUS(seen->status, (ytx_status)number(expected, "status"));
  CHECK_TEXT(ytx_status_name(seen->status), text(expected, "name"));
  CHECK(retryable == json_is_true(json_object_get(expected, "retryable")));

  if (json_object_get(expected, "says") != NULL)
    CHECK_HOLDS(answer == NULL ? seen->reason : text(answer, "statusMsg"), text(expected, "says"));
  for (i = 0; i < sizeof report / sizeof *report; i++)
    check_report(answer, report[i], json_object_get(expected, report[i]));
  if (json_object_get(expected, "answer") != NULL)
    CHECK_TEXT(seen->json, text(expected, "answer"));
  wanted = json_object_get(expected, "members");
  if (wanted != NULL) {
    json_t *found = members(answer);
    json_array_foreach(wanted, i, member) {
      json_object_del(member, "online");
      json_object_del(member, "muted");
    }
    if (!json_equal(found, wanted))
      check_failed(__FILE__, __LINE__, "members", seen->json);
    json_decref(found);
  }
  json_decref(answer);
}

int main(void)
{
  json_error_t error;
  json_t *cases = json_load_file(getenv("YTX_CONFORMANCE"), 0, &error), *test;
  size_t i;
  CHECK(json_is_array(cases));
  json_array_foreach(cases, i, test) {
    struct seen seen = { YTX_OK, NULL, "" };
    check_case = text(test, "name");
    run(test, &seen);
    compare(test, &seen);
    ytx_string_free(seen.json);
  }
  printf("%d cases as expected\n", (int)json_array_size(cases));
  json_decref(cases);
  return 0;
}
