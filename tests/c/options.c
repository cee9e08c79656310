/*
 * What ytx_client_new refuses: it returns NULL, stores the status, and writes one line to the log
 * that names the argument. Nothing is sent.
 *
 * Arguments: the server's URL.
 */
#include "check.h"
#include "bad_text.h"
#include "system.h"

/* What the log was told. */
struct told {
  int lines;
  int32_t level;
  char line[500];
};

static void listen_to(int32_t level, const char *message, void *user_data)
{
  struct told *told = user_data;
  told->lines++;
  told->level = level;
  snprintf(told->line, sizeof told->line, "%s", message);
}

static const char *url;

static void refused_with(const char *name, const char *sid, const char *token, ytx_options options)
{
  struct told told = { 0, 0, "" };
  ytx_status status = -9999;

  options.log = listen_to;
  options.log_user_data = &told;
  CHECK(ytx_client_new(sid, token, &options, &status) == NULL);
  CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
  CHECK(told.lines == 1);
  CHECK(told.level == YTX_LOG_ERROR);
  CHECK_HOLDS(told.line, name);
}

enum { SID_TEXT, TOKEN_TEXT, BASE_URL, PROXY, CA_FILE, USER_AGENT, SOURCE_ADDRESS, TEXTS };

static const char *const names[TEXTS] = {
  "account_sid", "auth_token", "base_url", "proxy", "ca_file", "user_agent",
  "source_address",
};

/* Refused with this value in this place, and nothing else wrong. */
static void refused(int which, const char *value)
{
  ytx_options options = options_for(url);
  char label[100];

  snprintf(label, sizeof label, "%s: %.60s", names[which], value == NULL ? "NULL" : value);
  check_case = label;
  if (which == BASE_URL)
    options.base_url = value;
  else if (which == PROXY)
    options.proxy = value;
  else if (which == CA_FILE)
    options.ca_file = value;
  else if (which == USER_AGENT)
    options.user_agent = value;
  else if (which == SOURCE_ADDRESS)
    options.source_address = value;
  refused_with(names[which], which == SID_TEXT ? value : SID, which == TOKEN_TEXT ? value : TOKEN,
               options);
  check_case = "";
}

static void bad_texts(int which)
{
  /* Right but for the two letters left out, which stand in the middle. */
  static const char *const around[TEXTS] = {
    "sid%s1", "token%s1", "http://127.0.0.1/a%sb", "http://user:pass%sword@127.0.0.1:1",
    "/dev%s/null", "acme%s/1.0",
    "127.0.%s0.1",
  };
  char value[100], letter[2] = "";
  int i;

  if (which == SID_TEXT || which == TOKEN_TEXT) /* the others have defaults */
    refused(which, NULL);
  refused(which, "");
  for (i = 0; i < NOT_UTF8_COUNT; i++) {
    refused(which, not_utf8[i]);
    snprintf(value, sizeof value, around[which], not_utf8[i]);
    refused(which, value);
  }
  for (i = 0; i < CONTROL_COUNT; i++) {
    letter[0] = control(i);
    refused(which, letter);
    snprintf(value, sizeof value, around[which], letter);
    refused(which, value);
  }
}

static void sids_and_tokens(void)
{
  static const char *const sids[] = {
    ".", "..", "a.b", "a/b", "a b", "a%41", "a?b", "a|b", "a@b", "\xC3\xA9",
  };
  size_t i;
  char *text;

  for (i = 0; i < sizeof sids / sizeof sids[0]; i++)
    refused(SID_TEXT, sids[i]);
  text = repeated('a', 129);
  refused(SID_TEXT, text);
  free(text);
  text = repeated('a', 1025);
  refused(TOKEN_TEXT, text);
  free(text);
  text = repeated('a', MEGABYTE);
  refused(SID_TEXT, text);
  refused(TOKEN_TEXT, text);
  free(text);
}

static void urls_and_proxies(void)
{
  static const char *const urls[] = {
    "host", "//host", "host:80", "ftp://host", "ws://host", "file:///etc/hosts", "http:host",
    "http:/host", "http://", "https://", "http:///path", "http://:80", "http://user@host",
    "http://user:password@host", "http://@host", "http://host?query", "http://host/?query",
    "http://host#part", "http://host/path#part", "http://ho st", " http://host", "http://host ",
    "http://host/a b", "http://host:65536", "http://host:99999999999", "http://host:port",
    "http://host:-1", "http://host:80:80", "http://[::1", "http://::1", "http://[::1]x",
    "http://[host]", "http://[]", "http://[::1]:x", "http://h\xC3\xB6st", "http://h%6Fst",
    "http://host\\path", "http://host,host", "http://ho*st", "http://host;80",
  };
  static const char *const proxies[] = {
    "host:3128", "host", "http://host", "https://host:3128", "socks5://host:1080", "http://:3128",
    "http://host:3128/", "http://host:3128/path", "http://host:3128?query", "http://host:65536",
    "http://host:port", "http://user@host:3128", "http://user:password@host", "http://ho st:3128",
    "http://user:password@:3128", "http://[::1:3128", " http://host:3128", "http://host:3128 ",
  };
  size_t i;
  for (i = 0; i < sizeof urls / sizeof urls[0]; i++)
    refused(BASE_URL, urls[i]);
  for (i = 0; i < sizeof proxies / sizeof proxies[0]; i++)
    refused(PROXY, proxies[i]);
}

/* How long a host's name may be is left to the look-up; however that ends, it ends. */
static void source_addresses(void)
{
  static const char *const bad[] = {
    "localhost", "[::1]", "::1%lo", "fe80::1%1", "127.0.0.1:0", "127.1", " 127.0.0.1", "127.0.0.1 ",
    "256.0.0.1", "0x7f.0.0.1", "1.2.3", ":::", "/32",
  };
  static const char *const good[] = { "127.0.0.1", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1" };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
    refused(SOURCE_ADDRESS, bad[i]);
  for (i = 0; i < sizeof good / sizeof good[0]; i++) {
    ytx_options options = options_for(url);
    ytx_client *client;
    options.source_address = good[i];
    check_case = good[i];
    client = ytx_client_new(SID, TOKEN, &options, NULL);
    CHECK(client != NULL);
    ytx_client_free(client);
  }
}

static void a_megabyte_of_url(void)
{
  char *text = repeated('a', MEGABYTE);
  ytx_options options = options_for(text);
  ytx_status status = -9999;
  ytx_client *made;

  memcpy(text, "http://", 7);
  made = ytx_client_new(SID, TOKEN, &options, &status);
  if (made == NULL)
    CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
  else {
    char *json = ytx_meeting_state(made, APPID, "002", &status);
    CHECK_STATUS(status, YTX_E_CONNECT);
    CHECK_HOLDS(json, "\"sent\":false");
    ytx_string_free(json);
    ytx_client_free(made);
  }
  free(text);
}

static void certificate_files(const char *this_program)
{
  refused(CA_FILE, "/nowhere/roots.pem");
  refused(CA_FILE, "/dev/null"); /* empty */
  refused(CA_FILE, "/");         /* cannot be read as a file */
  refused(CA_FILE, this_program);
}

static void numbers(void)
{
  ytx_options options = options_for(url);
  options.log_level = YTX_LOG_DEBUG + 1;
  refused_with("log_level", SID, TOKEN, options);
  options.log_level = UINT32_MAX;
  refused_with("log_level", SID, TOKEN, options);
  options.log_level = 0;
  options.reserved = 1;
  refused_with("reserved", SID, TOKEN, options);
  options.reserved = UINT32_MAX;
  refused_with("reserved", SID, TOKEN, options);
}

/* Only the size is there to be read: what follows it is a page that must not be touched. */
static void struct_sizes_that_are_refused(void)
{
  const size_t exact = sizeof(ytx_options);
  const size_t sizes[] = {
    0, 1, sizeof(size_t), exact / 2, exact - 2 * sizeof(void *), exact - sizeof(void *) - 1,
    exact - sizeof(void *) + 1, exact - 1, 4097, 65536,
    (size_t)1 << 31, SIZE_MAX / 2, SIZE_MAX - 7, SIZE_MAX,
  };
  char *edge = edge_of_memory();
  size_t i;

  for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    ytx_options *options = (ytx_options *)(void *)(edge - sizeof(size_t));
    ytx_status status = -9999;
    memcpy(options, &sizes[i], sizeof(size_t));
    CHECK(ytx_client_new(SID, TOKEN, options, &status) == NULL);
    CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
  }
}

/* A program that was built before there was a source_address; what follows is a page that must not
   be touched. */
static void the_size_before_source_address(void)
{
  const size_t size = offsetof(ytx_options, source_address);
  ytx_options whole = options_for(url);
  char *edge = edge_of_memory();
  ytx_status status = -9999;
  ytx_client *client;

  CHECK(size + sizeof(char *) == sizeof(ytx_options));
  whole.struct_size = size;
  memcpy(edge - size, &whole, size);
  client = ytx_client_new(SID, TOKEN, (ytx_options *)(void *)(edge - size), &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(client != NULL);
  ytx_client_free(client);
}

/* A newer program may pass a larger struct, but not ask for what this library does not know. */
static void struct_sizes_with_something_beyond(void)
{
  const size_t sizes[] = { sizeof(ytx_options) + 1, sizeof(ytx_options) + 8, 4096 };
  static union {
    ytx_options options;
    unsigned char bytes[5000];
  } larger;
  size_t i, at;

  for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    for (at = sizeof(ytx_options); at < sizes[i]; at += at % 97 + 1) {
      ytx_status status = -9999;
      memset(&larger, 0, sizeof larger);
      larger.options = options_for(url);
      larger.options.struct_size = sizes[i];
      larger.bytes[at] = 1;
      CHECK(ytx_client_new(SID, TOKEN, &larger.options, &status) == NULL);
      CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
    }
  }
}

int main(int argc, char **argv)
{
  int which;
  CHECK(argc == 2);
  url = argv[1];

  for (which = 0; which < TEXTS; which++)
    bad_texts(which);
  sids_and_tokens();
  urls_and_proxies();
  source_addresses();
  a_megabyte_of_url();
  certificate_files(argv[0]);
  numbers();
  struct_sizes_that_are_refused();
  the_size_before_source_address();
  struct_sizes_with_something_beyond();
  return 0;
}
