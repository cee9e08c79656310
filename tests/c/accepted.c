/*
 * What has to be accepted, up to the edge, and how it arrives: the server repeats what it got, or
 * compares it with a second copy in hexadecimal.
 *
 * Arguments: the server's URL; the same by the name "localhost".
 */
#include "check.h"
#include "bad_text.h"

static const char *url;

/* The server answers 0 when appid and confid are the same text, one of them in hexadecimal: the
   confid in an unlock, else the appid. */
static void arrives(ytx_client *client, const char *text)
{
  static char hex[2 * 512 + 1];
  ytx_status status = -9999;
  size_t i, length = strlen(text);
  char *json;

  check_case = text;
  CHECK(length <= 512);
  for (i = 0; i < length; i++)
    snprintf(hex + 2 * i, 3, "%02x", (unsigned char)text[i]);
  json = ytx_lock_meeting(client, text, hex, YTX_UNLOCK, &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"statusCode\":\"0\"}");
  json = ytx_lock_meeting(client, hex, text, YTX_LOCK, &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"statusCode\":\"0\"}");
  json = ytx_meeting_state(client, hex, text, &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"statusCode\":\"0\"}");
  check_case = "";
}

static void texts_arrive_as_they_are(void)
{
  static const char *const texts[] = {
    "0", "002", " ", "  spaces  ", "\"", "\\", "\\\"", "\"\"\"", "\\\\", "c:\\new\\table", "\\u0000",
    "\\n", "/", "</script>", "'", "&amp;", "%00%s%n", "{\"a\":1}", "\",\"action\":\"x", "null",
    "\xC2\x80", "\xC2\x9F",                 /* controls that are not among the forbidden ones */
    "\xC3\xA9", "e\xCC\x81",                /* one letter composed and not: kept apart */
    "\xE6\x8F\x90\xE4\xBA\xA4",             /* Chinese */
    "\xE2\x80\xA8", "\xE2\x80\xA9",         /* line ends of JavaScript */
    "\xEF\xBB\xBF", "\xEF\xBF\xBD", "\xEF\xBF\xBF",
    "\xF0\x9F\x98\x80", "\xF0\x90\x80\x80", /* beyond the basic plane */
    "\xF4\x8F\xBF\xBF", "a\xF0\x9F\x98\x80\"\\z",
  };
  ytx_client *client = client_for(url);
  char *longest = repeated('x', 512);
  size_t i;

  for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
    arrives(client, texts[i]);
  arrives(client, longest);
  free(longest);
  ytx_client_free(client);
}

static void the_longest_texts(void)
{
  ytx_client *client;
  ytx_options options = options_for(url);
  char *sid = repeated('s', 128), *text = repeated('t', 1024);
  char *quotes = repeated('"', 1024); /* twice as long once escaped */
  char wide[1025] = "1";
  ytx_status status = -9999;
  char *json;
  int i;

  for (i = 0; i < 341; i++)
    strcat(wide, "\xE5\x8F\xB7");
  CHECK(strlen(wide) == 1024);
  client = ytx_client_new(sid, wide, &options, &status);
  CHECK_STATUS(status, YTX_OK);
  json = ytx_lock_meeting(client, text, wide, YTX_LOCK, &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"long\":[1024,1024],\"statusCode\":\"0\"}");
  json = ytx_meeting_state(client, quotes, text, &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"long\":[1024,1024],\"statusCode\":\"0\"}");
  ytx_client_free(client);
  free(sid);
  free(text);
  free(quotes);
}

/* The server answers with the path, the Host and the User-Agent that it got. */
static void goes_to(ytx_client *client, const char *version, const char *func, const char *func_url,
                    const char *path, const char *agent)
{
  char expected[2000];
  ytx_status status = -9999;
  char *json = ytx_request(client, version, func, func_url, "{}", &status);
  const char *host = strrchr(url, '/') + 1;
  snprintf(expected, sizeof expected, "{\"path\":\"%s\",\"host\":\"%s\",\"agent\":\"%s\"}", path,
           host, agent);
  EXPECT_ANSWER(json, status, YTX_OK, expected);
}

#define AGENT "ytx/" YTX_VERSION

static void paths(void)
{
  static const char *const segments[] = { "a", "...", ".a", "_", "-", "Z9", "DailbackCall.wx" };
  ytx_client *client = client_for(url);
  char *segment = repeated('f', 64);
  char path[500];
  size_t i;

  goes_to(client, NULL, "call", "X.wx", "/201612/sid/account-1/call/X.wx", AGENT);
  goes_to(client, "201512", "sms", "X.wx", "/201512/sid/account-1/sms/X.wx", AGENT);
  goes_to(client, "000000", "call", "X.wx", "/000000/sid/account-1/call/X.wx", AGENT);
  for (i = 0; i < sizeof segments / sizeof segments[0]; i++) {
    snprintf(path, sizeof path, "/201612/sid/account-1/%s/%s", segments[i], segments[i]);
    goes_to(client, NULL, segments[i], segments[i], path, AGENT);
  }
  snprintf(path, sizeof path, "/201612/sid/account-1/%s/%s", segment, segment);
  goes_to(client, NULL, segment, segment, path, AGENT);
  free(segment);
  ytx_client_free(client);
}

static void base_urls(void)
{
  static const char *const prefixes[][2] = {
    { "", "" }, { "/", "" }, { "/gate", "/gate" }, { "/gate/", "/gate" },
    { "/the/gate.way_1-2", "/the/gate.way_1-2" }, { "/the/gate/", "/the/gate" },
  };
  char base_url[200], path[200];
  size_t i;

  for (i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    ytx_client *client;
    snprintf(base_url, sizeof base_url, "%s%s", url, prefixes[i][0]);
    check_case = base_url;
    client = client_for(base_url);
    snprintf(path, sizeof path, "%s/201612/sid/account-1/call/X.wx", prefixes[i][1]);
    goes_to(client, NULL, "call", "X.wx", path, AGENT);
    ytx_client_free(client);
  }
  check_case = "";
}

static void sids_and_agents(void)
{
  static const char *const sids[] = {
    "0", "-", "_", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
  };
  ytx_options options = options_for(url);
  char path[200];
  size_t i;

  options.user_agent = "acme switch/1.0 (test)";
  for (i = 0; i < sizeof sids / sizeof sids[0]; i++) {
    ytx_status status = -9999;
    ytx_client *client = ytx_client_new(sids[i], "\xE4\xBB\xA4 \"\\", &options, &status);
    CHECK_STATUS(status, YTX_OK);
    snprintf(path, sizeof path, "/201612/sid/%s/call/X.wx", sids[i]);
    goes_to(client, NULL, "call", "X.wx", path, options.user_agent);
    ytx_client_free(client);
  }
}

/* Made, but not called: nobody is there. */
static void options_that_are_only_made(void)
{
  static const char *const urls[] = {
    "http://host", "https://host", "http://host:1", "http://host:65535", "http://[::1]",
    "http://[::1]:8080", "https://[2001:db8::1]/path", "http://a.b-c_d.example/x/y",
    "http://192.0.2.1", "http://HOST", YTX_PRODUCTION_URL, YTX_SANDBOX_URL,
  };
  static const char *const proxies[] = {
    "http://host:3128", "http://127.0.0.1:1", "http://[::1]:3128", "http://user:password@host:3128",
    "http://user:p%40ss%3Aword@host:3128",
  };
  size_t i;
  for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
    check_case = urls[i];
    ytx_client_free(client_for(urls[i]));
  }
  for (i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
    ytx_options options = options_for(url);
    options.proxy = proxies[i];
    check_case = proxies[i];
    ytx_client_free(client_with(&options));
  }
  check_case = "";
}

static void works(const ytx_options *options)
{
  ytx_client *client = client_with(options);
  goes_to(client, NULL, "call", "X.wx", "/201612/sid/account-1/call/X.wx", AGENT);
  ytx_client_free(client);
}

static void the_largest_numbers(void)
{
  ytx_options options = options_for(url);
  options.connect_timeout_ms = UINT32_MAX;
  options.timeout_ms = UINT32_MAX;
  options.max_retries = UINT32_MAX;
  options.max_idle_connections = UINT32_MAX;
  options.idle_timeout_ms = UINT32_MAX;
  options.max_response_bytes = UINT32_MAX;
  options.log_level = YTX_LOG_DEBUG;
  works(&options);
}

static void larger_structs_with_nothing_new(void)
{
  const size_t sizes[] = {
    sizeof(ytx_options), sizeof(ytx_options) + 1, sizeof(ytx_options) + 8, 4095, 4096,
  };
  static union {
    ytx_options options;
    unsigned char bytes[5000];
  } larger;
  size_t i;
  for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    memset(&larger, 0xAA, sizeof larger); /* what lies beyond is nobody's business */
    memset(&larger, 0, sizes[i]);
    larger.options = options_for(url);
    larger.options.struct_size = sizes[i];
    works(&larger.options);
  }
}

/* The caller's memory is the caller's again once ytx_client_new has returned. */
static void everything_is_copied(void)
{
  char sid[] = "account-1", token[] = "token-1", agent[] = "acme/1", base_url[200];
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_client *client;
  ytx_status status = -9999;

  snprintf(base_url, sizeof base_url, "%s", url);
  options.base_url = base_url;
  options.user_agent = agent;
  client = ytx_client_new(sid, token, &options, &status);
  CHECK_STATUS(status, YTX_OK);
  memset(sid, 'x', sizeof sid - 1);
  memset(token, 'x', sizeof token - 1);
  memset(agent, 'x', sizeof agent - 1);
  memset(base_url, 'x', sizeof base_url - 1);
  memset(&options, 0x55, sizeof options);
  goes_to(client, NULL, "call", "X.wx", "/201612/sid/account-1/call/X.wx", "acme/1");
  ytx_client_free(client);
}

/* The server answers with the body that it got. */
static void mirrored(ytx_client *client, const char *body)
{
  ytx_status status = -9999;
  char *json = ytx_request(client, NULL, "call", "Mirror.wx", body, &status);
  EXPECT_ANSWER(json, status, YTX_OK, body);
}

static void bodies_arrive_byte_for_byte(void)
{
  static const char *const bodies[] = {
    "{}", " {} ", "\r\n\t{ \"a\" :\t1 }\n", "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\\/\\ud83d\\ude00\"}",
    "{\"a\":1E400,\"b\":-0,\"c\":123456789012345678901234567890.0}", "{\"\":{}}",
    "{\"a\":\"\xE6\x8F\x90 \xF0\x9F\x98\x80 \xE2\x80\xA8 \xC2\x80\"}", "{\"a\":[null,true,false]}",
  };
  ytx_client *client = client_for(url);
  char *body = repeated(' ', MEGABYTE);
  size_t i;

  for (i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
    mirrored(client, bodies[i]);
  memcpy(body, "{\"a\":\"", 6);
  memcpy(body + MEGABYTE - 2, "\"}", 2);
  mirrored(client, body);
  memcpy(body, "{\"a\": ", 6); /* and a depth that a parser should not call itself for */
  memset(body + 6, '[', 100000);
  memset(body + MEGABYTE - 100001, ']', 100000);
  body[MEGABYTE - 1] = '}';
  mirrored(client, body);
  free(body);
  ytx_client_free(client);
}

/* Where localhost is ::1 first, nobody answers there: every address is tried. */
static void a_host_may_be_a_name(const char *by_name)
{
  ytx_client *client = client_for(by_name);
  arrives(client, "by name");
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  CHECK(argc == 3);
  url = argv[1];

  texts_arrive_as_they_are();
  the_longest_texts();
  paths();
  base_urls();
  sids_and_agents();
  options_that_are_only_made();
  the_largest_numbers();
  larger_structs_with_nothing_new();
  everything_is_copied();
  bodies_arrive_byte_for_byte();
  a_host_may_be_a_name(argv[2]);
  return 0;
}
