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

#define FIELD(name, offset, size) \
  CHECK(offsetof(ytx_options, name) == (offset) && sizeof ((ytx_options *)0)->name == (size))

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
  CHECK(sizeof(ytx_options) >= 7 * word + 32);
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
                                       "reserved" };
  int which;
  for (which = 0; which < 6; which++) {
    struct told told = { 0, "" };
    ytx_options options = YTX_OPTIONS_INIT;
    ytx_status status = -9999;
    options.base_url = which == 0 ? "nonsense" : url;
    options.proxy = which == 1 ? "nonsense" : NULL;
    options.ca_file = which == 2 ? "/nowhere/roots.pem" : NULL;
    options.user_agent = which == 3 ? "" : NULL;
    options.log_level = which == 4 ? 99 : YTX_LOG_ERROR;
    options.reserved = which == 5;
    options.log = listen_to;
    options.log_user_data = &told;
    CHECK(ytx_client_new(SID, TOKEN, &options, &status) == NULL);
    CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
    CHECK(told.level == YTX_LOG_ERROR);
    CHECK_HOLDS(told.line, names[which]);
  }
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
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  CHECK(argc == 4);
  CHECK_TEXT(YTX_VERSION, argv[2]);
  CHECK_TEXT(ytx_version(), argv[3]);
  statuses_have_their_names();
  options_lie_where_they_did();
  options_are_refused(argv[1]);
  calls_are_made(argv[1]);
  return 0;
}
