/*
 * A program of version 0.1.0. It uses everything of that version, and is left as it is: it runs
 * with every later library of the same SONAME, and compiles with its header.
 *
 * Arguments: the server's URL, the version of the header this is compiled with, the library's.
 */
#include "../../c/check.h"

#include <stddef.h>

struct constant {
  ytx_status status;
  const char *name;
};

static const struct constant constants[] = {
  { YTX_OK, "YTX_OK" },
  { YTX_INVALID_NUMBER, "YTX_INVALID_NUMBER" },
  { YTX_MISSING_PARAMETER, "YTX_MISSING_PARAMETER" },
  { YTX_UNKNOWN_ACTION, "YTX_UNKNOWN_ACTION" },
  { YTX_BAD_JSON, "YTX_BAD_JSON" },
  { YTX_PLATFORM_FAULT, "YTX_PLATFORM_FAULT" },
  { YTX_BAD_PARAMETER, "YTX_BAD_PARAMETER" },
  { YTX_NUMBER_NOT_ALLOWED, "YTX_NUMBER_NOT_ALLOWED" },
  { YTX_TOO_MANY_REQUESTS, "YTX_TOO_MANY_REQUESTS" },
  { YTX_NO_SUCH_ACCOUNT, "YTX_NO_SUCH_ACCOUNT" },
  { YTX_ACCOUNT_DISABLED, "YTX_ACCOUNT_DISABLED" },
  { YTX_BAD_AUTHORIZATION, "YTX_BAD_AUTHORIZATION" },
  { YTX_BAD_SIGN, "YTX_BAD_SIGN" },
  { YTX_BALANCE_TOO_LOW, "YTX_BALANCE_TOO_LOW" },
  { YTX_APP_CHECK_FAILED, "YTX_APP_CHECK_FAILED" },
  { YTX_E_INVALID_ARGUMENT, "YTX_E_INVALID_ARGUMENT" },
  { YTX_E_INVALID_HANDLE, "YTX_E_INVALID_HANDLE" },
  { YTX_E_CONNECT, "YTX_E_CONNECT" },
  { YTX_E_TIMEOUT, "YTX_E_TIMEOUT" },
  { YTX_E_TLS, "YTX_E_TLS" },
  { YTX_E_IO, "YTX_E_IO" },
  { YTX_E_HTTP, "YTX_E_HTTP" },
  { YTX_E_RESPONSE, "YTX_E_RESPONSE" },
  { YTX_E_PLATFORM, "YTX_E_PLATFORM" },
  { YTX_E_CANCELLED, "YTX_E_CANCELLED" },
  { YTX_E_BUSY, "YTX_E_BUSY" },
  { YTX_E_INTERNAL, "YTX_E_INTERNAL" },
};

static void statuses_have_their_names(void)
{
  size_t i;
  for (i = 0; i < sizeof constants / sizeof constants[0]; i++) {
    check_case = constants[i].name;
    CHECK_TEXT(ytx_status_name(constants[i].status), constants[i].name);
    CHECK(strcmp(ytx_status_text(constants[i].status), ytx_status_text(12345)) != 0);
  }
  check_case = "";
  CHECK(ytx_status_is_retryable(YTX_E_TIMEOUT) && !ytx_status_is_retryable(YTX_E_TLS));
}

#define FIELD_OF(type, name, offset, size) \
  CHECK(offsetof(type, name) == (offset) && sizeof ((type *)0)->name == (size))
#define FIELD(name, offset, size) FIELD_OF(ytx_options, name, offset, size)

static void options_lie_where_they_did(void)
{
  const size_t word = sizeof(void *);
  FIELD(struct_size, 0, word);
  FIELD(base_url, word, word);
  FIELD(connect_timeout_ms, 2 * word, 4);
  FIELD(timeout_ms, 2 * word + 4, 4);
  FIELD(max_retries, 2 * word + 8, 4);
  FIELD(max_idle_connections, 2 * word + 12, 4);
  FIELD(idle_timeout_ms, 2 * word + 16, 4);
  FIELD(max_response_bytes, 2 * word + 20, 4);
  FIELD(log_level, 2 * word + 24, 4);
  FIELD(reserved, 2 * word + 28, 4);
  FIELD(proxy, 2 * word + 32, word);
  FIELD(ca_file, 3 * word + 32, word);
  FIELD(user_agent, 4 * word + 32, word);
  FIELD(log, 5 * word + 32, word);
  FIELD(log_user_data, 6 * word + 32, word);
  FIELD(source_address, 7 * word + 32, word);
  CHECK(sizeof(ytx_options) >= 8 * word + 32);
}

/* After the two fields that are as wide as a pointer, all are 8 bytes wide, or pairs of 4. */
static void queues_structs_lie_where_they_did(void)
{
  const size_t word = sizeof(void *);
  FIELD_OF(ytx_queue_options, struct_size, 0, word);
  FIELD_OF(ytx_queue_options, max_pending, word, 4);
  FIELD_OF(ytx_queue_options, max_in_flight, word + 4, 4);
  FIELD_OF(ytx_queue_options, max_watches, word + 8, 4);
  FIELD_OF(ytx_queue_options, reserved, word + 12, 4);
  CHECK(sizeof(ytx_queue_options) >= word + 16);
  FIELD_OF(ytx_event, struct_size, 0, word);
  FIELD_OF(ytx_event, json, word, word);
  FIELD_OF(ytx_event, ticket, 2 * word, 8);
  FIELD_OF(ytx_event, tag, 2 * word + 8, 8);
  FIELD_OF(ytx_event, type, 2 * word + 16, 4);
  FIELD_OF(ytx_event, status, 2 * word + 20, 4);
  CHECK(sizeof(ytx_event) >= 2 * word + 24);
}

/* The last line that the log was told. */
struct told {
  int32_t level;
  char line[500];
};

static void listen_to(int32_t level, const char *message, void *user_data)
{
  struct told *told = user_data;
  told->level = level;
  snprintf(told->line, sizeof told->line, "%s", message);
}

/* Each of these is looked at, and the log is told which it was. */
static void options_are_refused(const char *url)
{
  static const char *const names[] = { "base_url", "proxy", "ca_file", "user_agent", "log_level",
                                       "reserved", "source_address" };
  int which;
  for (which = 0; which < 7; which++) {
    struct told told = { 0, "" };
    ytx_options options = YTX_OPTIONS_INIT;
    ytx_status status = -9999;
    options.base_url = which == 0 ? "nonsense" : url;
    options.proxy = which == 1 ? "nonsense" : NULL;
    options.ca_file = which == 2 ? "/nowhere/roots.pem" : NULL;
    options.user_agent = which == 3 ? "" : NULL;
    options.log_level = which == 4 ? 99 : YTX_LOG_ERROR;
    options.reserved = which == 5;
    options.source_address = which == 6 ? "nonsense" : NULL;
    options.log = listen_to;
    options.log_user_data = &told;
    CHECK(ytx_client_new(SID, TOKEN, &options, &status) == NULL);
    CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
    CHECK(told.level == YTX_LOG_ERROR);
    CHECK_HOLDS(told.line, names[which]);
  }
}

/* A room with one member, who is on line and muted, in the hexadecimal that the server takes. */
#define ROOM \
  "200:" \
  "7b22737461747573436f6465223a2230222c227374617475734d7367223a5b7b226d656964223a22" \
  "37222c2270686f6e65223a2231222c227374617475736e616d65223a22e59ca8e7babf222c226966" \
  "6d7574656e616d65223a22e5b7b2e99d99e99fb3227d5d7d"

/* The next event: it comes, and is this one. */
static ytx_event taken(ytx_queue *queue, int32_t type, uint64_t tag, ytx_status status)
{
  ytx_event event = YTX_EVENT_INIT;
  CHECK(ytx_queue_take(queue, &event, -1) == 1);
  CHECK(event.type == type && event.tag == tag);
  CHECK_STATUS(event.status, status);
  CHECK((event.ticket == 0) == (type == YTX_EVENT_CLOSED));
  CHECK((event.json == NULL) == (type == YTX_EVENT_CLOSED));
  return event;
}

static void calls_are_queued(const ytx_client *client)
{
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  ytx_event event = YTX_EVENT_INIT;
  ytx_queue *queue;
  ytx_status status = -9999;
  ytx_ticket ticket;
  char *json;

  options.reserved = 1;
  CHECK(ytx_queue_new(&options, &status) == NULL);
  CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
  options.reserved = 0;
  options.max_pending = 1;
  options.max_in_flight = 1;
  options.max_watches = 1;
  queue = ytx_queue_new(&options, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(ytx_queue_fd(queue) != -1);
  CHECK(ytx_queue_take(queue, &event, 0) == 0);
  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  CHECK(ytx_queue_take(queue, &event, -1) == 0);

  ticket = ytx_lock_meeting_async(client, queue, APPID, "004", YTX_LOCK, 4, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(ytx_lock_meeting_async(client, queue, APPID, "never", YTX_LOCK, 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_BUSY);
  event = taken(queue, YTX_EVENT_DONE, 4, YTX_OK);
  CHECK(event.ticket == ticket);
  EXPECT_ANSWER(event.json, event.status, YTX_OK, "{\"statusCode\":\"0\",\"echo\":\"004\"}");
  ytx_request_async(client, queue, NULL, "call", "Then.wx", "{\"confid\":\"005\"}", 5, &status);
  CHECK_STATUS(status, YTX_OK);
  event = taken(queue, YTX_EVENT_DONE, 5, YTX_OK);
  EXPECT_ANSWER(event.json, event.status, YTX_OK, "{\"statusCode\":\"0\",\"echo\":\"005\"}");
  ticket = ytx_meeting_state_async(client, queue, APPID, "silence", 6, &status);
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  event = taken(queue, YTX_EVENT_DONE, 6, YTX_E_CANCELLED);
  ytx_string_free(event.json);
  json = ytx_queue_stats(queue, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK_HOLDS(json, "\"busy\":1");
  ytx_string_free(json);
  json = ytx_client_stats(client, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK_HOLDS(json, "\"calls\":");
  ytx_string_free(json);

  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  taken(queue, YTX_EVENT_CLOSED, 0, YTX_OK);
  ytx_queue_free(queue);
  CHECK(ytx_queue_take(queue, &event, 0) == -1);
}

static void no_member_is_in(const char *json, int32_t which)
{
  ytx_status status = -9999;
  ytx_members *members = ytx_members_read(json, which, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(ytx_members_count(members) == 0);
  ytx_members_free(members);
}

static void a_room_is_watched(const ytx_client *client)
{
  ytx_queue *queue = ytx_queue_new(NULL, NULL);
  ytx_status status = -9999;
  ytx_ticket watch = ytx_watch_meeting(client, queue, APPID, ROOM, 200, 7, &status);
  ytx_event event;
  ytx_members *members;

  CHECK_STATUS(status, YTX_OK);
  event = taken(queue, YTX_EVENT_ROOM, 7, YTX_OK);
  CHECK(event.ticket == watch);
  members = ytx_members_read(event.json, YTX_MEMBERS_ALL, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(ytx_members_count(members) == 1);
  CHECK_TEXT(ytx_members_meid(members, 0), "7");
  CHECK_TEXT(ytx_members_phone(members, 0), "1");
  CHECK_TEXT(ytx_members_statusname(members, 0), "在线");
  CHECK_TEXT(ytx_members_ifmutename(members, 0), "已静音");
  CHECK(ytx_members_online(members, 0) == 1 && ytx_members_muted(members, 0) == 1);
  ytx_members_free(members);
  no_member_is_in(event.json, YTX_MEMBERS_JOINED);
  no_member_is_in(event.json, YTX_MEMBERS_LEFT);
  no_member_is_in(event.json, YTX_MEMBERS_MUTED);
  no_member_is_in(event.json, YTX_MEMBERS_UNMUTED);
  ytx_string_free(event.json);
  ytx_queue_cancel(queue, watch);
  event = taken(queue, YTX_EVENT_ENDED, 7, YTX_E_CANCELLED);
  ytx_string_free(event.json);
  ytx_queue_free(queue);
}

static void calls_are_made(const char *url)
{
  struct told told = { 0, "" };
  ytx_options options = options_for(url);
  ytx_client *client, *hasty;
  ytx_status status = -9999;
  char *json;

  options.max_retries = 2;
  options.max_idle_connections = 1;
  options.idle_timeout_ms = 60000;
  options.max_response_bytes = 1000;
  options.log_level = YTX_LOG_DEBUG;
  options.user_agent = "program/0.1.0";
  options.log = listen_to;
  options.log_user_data = &told;
  client = client_with(&options);
  CHECK(told.level == YTX_LOG_INFO);

  json = ytx_lock_meeting(client, APPID, "-104 twice", YTX_LOCK, &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"statusCode\":\"0\",\"echo\":\"-104 twice\"}");
  CHECK(told.level == YTX_LOG_DEBUG);
  json = ytx_lock_meeting(client, APPID, "002", YTX_UNLOCK, &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"statusCode\":\"0\",\"echo\":\"002\"}");
  json = ytx_meeting_state(client, APPID, "-205 always", &status);
  EXPECT_ANSWER(json, status, YTX_APP_CHECK_FAILED, "{\"statusCode\":\"-205\"}");
  CHECK(told.level == YTX_LOG_WARN);
  json = ytx_request(client, NULL, "call", "Then.wx", "{\"confid\":\"003\"}", &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"statusCode\":\"0\",\"echo\":\"003\"}");
  json = ytx_meeting_state(client, APPID, "endless body", &status);
  CHECK_STATUS(status, YTX_E_RESPONSE);
  ytx_string_free(json);

  hasty = ytx_client_with_timeout(client, 50, &status);
  CHECK_STATUS(status, YTX_OK);
  json = ytx_meeting_state(hasty, APPID, "silence", &status);
  CHECK_STATUS(status, YTX_E_TIMEOUT);
  ytx_string_free(json);
  CHECK_STATUS(ytx_client_cancel(hasty), YTX_OK);
  json = ytx_meeting_state(hasty, APPID, "never", &status);
  EXPECT_REPORT(json, status, YTX_E_CANCELLED, not_sent);
  ytx_client_free(hasty);
  CHECK_STATUS(ytx_client_cancel(hasty), YTX_E_INVALID_HANDLE);

  calls_are_queued(client);
  a_room_is_watched(client);
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  CHECK(argc == 4);
  CHECK_TEXT(YTX_VERSION, argv[2]);
  CHECK_TEXT(ytx_version(), argv[3]);
  statuses_have_their_names();
  options_lie_where_they_did();
  queues_structs_lie_where_they_did();
  options_are_refused(argv[1]);
  calls_are_made(argv[1]);
  return 0;
}
