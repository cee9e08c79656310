/*
 * What a call refuses before anything is sent: the status, the argument's name in the sentence,
 * and not so much as a connection at the server.
 *
 * Arguments: the server's URL.
 */
#include "check.h"
#include "bad_text.h"

static ytx_client *client;

static char *lock_appid(const char *value, ytx_status *status)
{
  return ytx_lock_meeting(client, value, "002", YTX_LOCK, status);
}

static char *lock_confid(const char *value, ytx_status *status)
{
  return ytx_lock_meeting(client, APPID, value, YTX_LOCK, status);
}

static char *state_appid(const char *value, ytx_status *status)
{
  return ytx_meeting_state(client, value, "002", status);
}

static char *state_confid(const char *value, ytx_status *status)
{
  return ytx_meeting_state(client, APPID, value, status);
}

static char *request_version(const char *value, ytx_status *status)
{
  return ytx_request(client, value, "call", "NoticeCall.wx", "{}", status);
}

static char *request_func(const char *value, ytx_status *status)
{
  return ytx_request(client, NULL, value, "NoticeCall.wx", "{}", status);
}

static char *request_func_url(const char *value, ytx_status *status)
{
  return ytx_request(client, NULL, "call", value, "{}", status);
}

static char *request_body(const char *value, ytx_status *status)
{
  return ytx_request(client, NULL, "call", "NoticeCall.wx", value, status);
}

struct argument {
  const char *name;
  char *(*call)(const char *value, ytx_status *status);
  size_t longest; /* 0: any length */
};

static const struct argument appids_and_confids[] = {
  { "appid", lock_appid, 1024 },
  { "confid", lock_confid, 1024 },
  { "appid", state_appid, 1024 },
  { "confid", state_confid, 1024 },
};
static const struct argument version = { "version", request_version, 6 };
static const struct argument func = { "func", request_func, 64 };
static const struct argument func_url = { "func_url", request_func_url, 64 };
static const struct argument body_json = { "body_json", request_body, 0 };

static void refused(const struct argument *argument, const char *value)
{
  ytx_status status = -9999;
  struct report report = not_sent;
  char label[100];
  char *json;

  snprintf(label, sizeof label, "%s: %.60s", argument->name, value == NULL ? "NULL" : value);
  check_case = label;
  report.words = argument->name;
  json = argument->call(value, &status);
  EXPECT_REPORT(json, status, YTX_E_INVALID_ARGUMENT, report);
  check_case = "";
}

/* What every text refuses. */
static void bad_texts(const struct argument *argument)
{
  const char *const within = argument == &body_json ? "{\"a\":\"%s\"}" : "1%s2";
  char value[100], letter[2] = "";
  int i;

  if (argument != &version) /* there it means the default */
    refused(argument, NULL);
  refused(argument, "");
  for (i = 0; i < NOT_UTF8_COUNT; i++) {
    refused(argument, not_utf8[i]);
    snprintf(value, sizeof value, within, not_utf8[i]);
    refused(argument, value);
  }
  for (i = 0; i < CONTROL_COUNT; i++) {
    letter[0] = control(i);
    refused(argument, letter);
    snprintf(value, sizeof value, within, letter);
    refused(argument, value);
  }
  if (argument->longest > 0) {
    char *text = repeated('1', argument->longest + 1);
    refused(argument, text);
    free(text);
    text = repeated('1', MEGABYTE);
    refused(argument, text);
    free(text);
  }
}

/* A limit counts bytes, not characters. */
static void long_texts_of_several_bytes_a_character(const struct argument *argument)
{
  char value[1026] = "";
  int i;
  for (i = 0; i < 341; i++)
    strcat(value, "\xE5\x8F\xB7");
  strcat(value, "12");
  CHECK(strlen(value) == 1025);
  refused(argument, value);
}

static void lackstate(void)
{
  static const int32_t values[] = { -1, 2, 10, 256, INT32_MIN, INT32_MAX };
  size_t i;
  for (i = 0; i < sizeof values / sizeof values[0]; i++) {
    ytx_status status = -9999;
    struct report report = not_sent;
    char *json = ytx_lock_meeting(client, APPID, "002", values[i], &status);
    report.words = "lackstate";
    EXPECT_REPORT(json, status, YTX_E_INVALID_ARGUMENT, report);
  }
}

static void grammars(void)
{
  static const char *const versions[] = {
    "2", "20161", "2016122", "20161a", "-20161", "+20161", " 201612", "201612 ", "2016.2", "0x1612",
    "\xD9\xA1\xD9\xA2\xD9\xA3", /* six bytes of Arabic digits */
  };
  static const char *const segments[] = {
    ".", "..", "a/b", "/", "a b", " ", "a%2Fb", "a?b", "a#b", "a;b", "a:b", "a\\b", "a&b", "a=b",
    "a+b", "a~b", "a@b", "\xC3\xA9", "a\xE2\x80\xA8",
  };
  static const char *const bodies[] = {
    "[]", "[{}]", "\"text\"", "1", "null", "true", " ", "{", "}", "{}{}", "{} {}", "{},", "{}x",
    "x{}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{'a':1}", "{a:1}", "{\"a\":01}",
    "{\"a\":+1}", "{\"a\":.5}", "{\"a\":NaN}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{}//",
    "{\"a\":/**/1}", "{\"a\":1", "{\"a\":[}", "{\"a\":\"b}", "\xEF\xBB\xBF{}", "\xC2\xA0{}",
  };
  size_t i;
  for (i = 0; i < sizeof versions / sizeof versions[0]; i++)
    refused(&version, versions[i]);
  for (i = 0; i < sizeof segments / sizeof segments[0]; i++) {
    refused(&func, segments[i]);
    refused(&func_url, segments[i]);
  }
  for (i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
    refused(&body_json, bodies[i]);
}

/* A depth that would overflow the stack of a parser that calls itself. */
static void a_deep_body_that_is_cut_short(void)
{
  char *body = repeated('[', MEGABYTE);
  refused(&body_json, body);
  memcpy(body, "{\"a\":", 5);
  refused(&body_json, body);
  free(body);
}

int main(int argc, char **argv)
{
  size_t i;
  CHECK(argc == 2);
  client = client_for(argv[1]);

  for (i = 0; i < 4; i++) {
    bad_texts(&appids_and_confids[i]);
    long_texts_of_several_bytes_a_character(&appids_and_confids[i]);
  }
  bad_texts(&version);
  bad_texts(&func);
  bad_texts(&func_url);
  bad_texts(&body_json);
  lackstate();
  grammars();
  a_deep_body_that_is_cut_short();
  ytx_client_free(client);
  return 0;
}
