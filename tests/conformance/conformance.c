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
  json_t *members; /* NULL when the call has none to read */
  json_t *events;
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

/* The same call, handed to a queue. */
static ytx_ticket submit(const ytx_client *client, ytx_queue *queue, const json_t *test,
                         ytx_status *status)
{
  const char *name = text(test, "call");
  const char *appid = text(test, "appid"), *confid = text(test, "confid");
  if (strcmp(name, "lock_meeting") == 0)
    return ytx_lock_meeting_async(client, queue, appid, confid, YTX_LOCK, 7, status);
  if (strcmp(name, "unlock_meeting") == 0)
    return ytx_lock_meeting_async(client, queue, appid, confid, YTX_UNLOCK, 7, status);
  if (strcmp(name, "meeting_state") == 0)
    return ytx_meeting_state_async(client, queue, appid, confid, 7, status);
  if (strcmp(name, "watch_meeting") == 0)
    return ytx_watch_meeting(client, queue, appid, confid, number(test, "interval_ms"), 7, status);
  CHECK_TEXT(name, "request");
  return ytx_request_async(client, queue, text(test, "version"), text(test, "func"),
                           text(test, "func_url"), text(test, "body_json"), 7, status);
}

/* A word of the table for yes, no and unknown. */
static json_t *known(int32_t value)
{
  return value < 0 ? json_null() : json_boolean(value);
}

/* The members as the table has them; NULL with the status when they cannot be read. */
static json_t *read_members(const char *json, ytx_status *status)
{
  ytx_members *list = ytx_members_read(json, YTX_MEMBERS_ALL, status);
  json_t *all = list == NULL ? NULL : json_array();
  size_t i;
  for (i = 0; i < ytx_members_count(list); i++)
    json_array_append_new(all, json_pack(
      "{s:s, s:s, s:s, s:s, s:o, s:o}", "meeting_id", ytx_members_meid(list, i),
      "phone", ytx_members_phone(list, i), "presence", ytx_members_statusname(list, i),
      "mute", ytx_members_ifmutename(list, i), "online", known(ytx_members_online(list, i)),
      "muted", known(ytx_members_muted(list, i))));
  ytx_members_free(list);
  return all;
}

/* An event as the table has it. */
static json_t *room_event(const ytx_event *event)
{
  static const char *const copied[] = { "version", "polls", "online" };
  static const char *const lists[] = { "members", "joined", "left", "muted", "unmuted" };
  json_t *told = json_loads(event->json, 0, NULL), *seen = json_object();
  size_t i, which;
  json_object_set(seen, "kind", json_object_get(told, "event"));
  for (i = 0; i < sizeof copied / sizeof *copied; i++)
    json_object_set(seen, copied[i], json_object_get(told, copied[i]));
  for (which = 0; which < sizeof lists / sizeof *lists; which++) {
    ytx_members *list = ytx_members_read(event->json, (int32_t)which, NULL);
    json_t *phones = json_array();
    CHECK(list != NULL);
    for (i = 0; i < ytx_members_count(list); i++)
      json_array_append_new(phones, json_string(ytx_members_phone(list, i)));
    json_object_set_new(seen, lists[which], phones);
    ytx_members_free(list);
  }
  json_object_set_new(seen, "error",
                      event->status == YTX_OK ? json_null() : json_integer(event->status));
  json_decref(told);
  return seen;
}

/* Takes what comes of a call or a watch; of a watch that is to be left, until it has told enough. */
static void take_all(ytx_queue *queue, ytx_ticket ticket, const json_t *test, struct seen *seen)
{
  const json_t *expected = json_object_get(test, "expect");
  const size_t events = json_array_size(json_object_get(expected, "events"));
  ytx_event event = YTX_EVENT_INIT;
  for (;;) {
    CHECK(ytx_queue_take(queue, &event, -1) == 1 && event.ticket == ticket && event.tag == 7);
    if (event.type != YTX_EVENT_ROOM)
      break;
    json_array_append_new(seen->events, room_event(&event));
    ytx_string_free(event.json);
    event.json = NULL;
    event.status = YTX_OK;
    if (number(expected, "status") == 0 && json_array_size(seen->events) == events)
      break;
  }
  seen->status = event.status;
  seen->json = event.json;
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
  if (json_is_true(json_object_get(test, "queued"))) {
    ytx_queue *queue = ytx_queue_new(NULL, NULL);
    ytx_ticket ticket = submit(client, queue, test, &seen->status);
    CHECK_STATUS(seen->status, YTX_OK);
    if (json_is_true(json_object_get(test, "cancel")))
      CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
    take_all(queue, ticket, test, seen);
    ytx_queue_free(queue);
  } else {
    seen->json = call(client, test, &seen->status);
  }
  ytx_client_free(client);
  if (seen->status == YTX_OK && strcmp(text(test, "call"), "meeting_state") == 0)
    seen->members = read_members(seen->json, &seen->status);
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
  json_t *expected = json_object_get(test, "expect");
  const json_t *members = json_object_get(expected, "members");
  const json_t *events = json_object_get(expected, "events");
  const int from_reading = json_is_true(json_object_get(test, "typed")) && members == NULL;
  json_t *answer = seen->json == NULL ? NULL : json_loads(seen->json, 0, NULL);
  const char *const report[] = { "sent", "attempts", "http_status" };
  size_t i;
  int retryable = ytx_status_is_retryable(seen->status);

  if (seen->status == YTX_E_HTTP)
    retryable = json_is_true(json_object_get(answer, "retryable"));
  CHECK_STATUS(seen->status, (ytx_status)number(expected, "status"));
  CHECK_TEXT(ytx_status_name(seen->status), text(expected, "name"));
  CHECK(retryable == json_is_true(json_object_get(expected, "retryable")));

  if (members != NULL && !json_equal(seen->members, members))
    check_failed(__FILE__, __LINE__, "members", seen->json);
  if (events != NULL && !json_equal(seen->events, events))
    check_failed(__FILE__, __LINE__, "events", json_dumps(seen->events, 0));
  if (json_object_get(expected, "says") != NULL && !from_reading)
    CHECK_HOLDS(answer == NULL ? seen->reason : text(answer, "statusMsg"), text(expected, "says"));
  for (i = 0; i < sizeof report / sizeof *report && !from_reading; i++)
    check_report(answer, report[i], json_object_get(expected, report[i]));
  if (json_object_get(expected, "answer") != NULL)
    CHECK_TEXT(seen->json, text(expected, "answer"));
  json_decref(answer);
}

int main(void)
{
  json_error_t error;
  json_t *cases = json_load_file(getenv("YTX_CONFORMANCE"), 0, &error), *test;
  size_t i;
  CHECK(json_is_array(cases));
  json_array_foreach(cases, i, test) {
    struct seen seen = { YTX_OK, NULL, "", NULL, json_array() };
    check_case = text(test, "name");
    run(test, &seen);
    compare(test, &seen);
    ytx_string_free(seen.json);
    json_decref(seen.members);
    json_decref(seen.events);
  }
  printf("%d cases as expected\n", (int)json_array_size(cases));
  json_decref(cases);
  return 0;
}
