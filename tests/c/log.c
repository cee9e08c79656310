/*
 * The log at its loudest, through every kind of failure. Its lines come on the calling thread,
 * with no lock held, and none comes after the call. Every line and every string that the library
 * returns is printed, and the test looks for secrets in them.
 *
 * Arguments: the server's URL; the https URL of a server that speaks plain HTTP.
 */
#include "check.h"

/* The test knows these too. */
#define SECRET_TOKEN "t0ken-s3cret"
#define PROXY_USER "http://user:pr0xy-s3cret@"

static ytx_client *client;     /* for the calls that the log itself makes */
static pthread_t calling;      /* the thread that is in a call */
static int in_call, in_the_log, lines, calls_from_the_log;
static uint32_t loudest = YTX_LOG_DEBUG;

static void log_line(int32_t level, const char *message, void *user_data)
{
  CHECK(in_call);
  CHECK(pthread_equal(calling, pthread_self()));
  CHECK(user_data == &lines);
  CHECK(level >= YTX_LOG_ERROR && (uint32_t)level <= loudest);
  CHECK(message != NULL && *message != '\0' && strchr(message, '\n') == NULL);
  printf("log %d: %s\n", (int)level, message);
  lines++;

  /* Any ytx function may be called here, with the client of the call above too. */
  CHECK_TEXT(ytx_status_name(YTX_OK), "YTX_OK");
  if (client != NULL && !in_the_log) {
    ytx_client *derived;
    in_the_log = 1;
    EXPECT_ECHO(client, "from the log");
    derived = ytx_client_with_timeout(client, 1000, NULL);
    CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
    ytx_client_free(derived);
    in_the_log = 0;
    calls_from_the_log++;
  }
}

static void begin(void)
{
  calling = pthread_self();
  in_call = 1;
}

/* Prints what came back and lets go of it. */
static void end(char *json, const ytx_status *status, ytx_status expected)
{
  in_call = 0;
  CHECK(json != NULL);
  printf("answer: %s\n", json);
  CHECK_STATUS(*status, expected);
  ytx_string_free(json);
}

static void lock(const ytx_client *with, const char *confid, ytx_status expected)
{
  ytx_status status = -9999;
  begin();
  end(ytx_lock_meeting(with, APPID, confid, YTX_LOCK, &status), &status, expected);
}

static void request(const ytx_client *with, const char *confid, ytx_status expected)
{
  ytx_status status = -9999;
  char body[200];
  snprintf(body, sizeof body, "{\"confid\":\"%s\"}", confid);
  begin();
  end(ytx_request(with, NULL, "call", "Log.wx", body, &status), &status, expected);
}

static ytx_options loud_options(const char *base_url)
{
  ytx_options options = options_for(base_url);
  options.log_level = loudest;
  options.log = log_line;
  options.log_user_data = &lines;
  return options;
}

static ytx_client *made(const ytx_options *options)
{
  ytx_status status = -9999;
  ytx_client *new_client;
  begin();
  new_client = ytx_client_new(SID, SECRET_TOKEN, options, &status);
  in_call = 0;
  CHECK_STATUS(status, YTX_OK);
  return new_client;
}

static void not_made(const char *token, const ytx_options *options)
{
  int before = lines;
  ytx_status status = -9999;
  begin();
  CHECK(ytx_client_new(SID, token, options, &status) == NULL);
  in_call = 0;
  CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
  CHECK(lines == before + 1);
}

static void clients_that_are_not_made(const char *url)
{
  ytx_options options = loud_options(url);
  not_made(SECRET_TOKEN "\n", &options);
  not_made(SECRET_TOKEN "\xFF", &options);
  options.proxy = PROXY_USER "ho st:3128";
  not_made(SECRET_TOKEN, &options);
  options.proxy = PROXY_USER "host";
  not_made(SECRET_TOKEN, &options);
  options.proxy = NULL;
  options.base_url = PROXY_USER "host";
  not_made(SECRET_TOKEN, &options);
}

static void calls_that_fail(const char *url)
{
  static const char *const broken[] = { "close", "reset in the body" };
  ytx_options options = loud_options(url);
  ytx_client *timed, *unreachable;

  client = made(&options);
  lock(client, "accepted", YTX_OK);
  lock(client, "refused", YTX_BAD_AUTHORIZATION);
  request(client, "refused", YTX_BAD_AUTHORIZATION);
  lock(client, "foreign code", YTX_E_PLATFORM);
  lock(client, "html", YTX_E_HTTP);
  lock(client, "redirect", YTX_E_HTTP);
  lock(client, "not json", YTX_E_RESPONSE);
  lock(client, "endless", YTX_E_RESPONSE);
  lock(client, broken[0], YTX_E_IO);
  request(client, broken[0], YTX_E_IO);
  lock(client, broken[1], YTX_E_IO);
  lock(client, SECRET_TOKEN "\x01", YTX_E_INVALID_ARGUMENT);
  request(client, SECRET_TOKEN "\x01", YTX_E_INVALID_ARGUMENT);
  lock((ytx_client *)~(uintptr_t)0, "never", YTX_E_INVALID_HANDLE);

  begin();
  timed = ytx_client_with_timeout(client, 300, NULL);
  in_call = 0;
  lock(timed, "silence", YTX_E_TIMEOUT);
  begin();
  CHECK_STATUS(ytx_client_cancel(timed), YTX_OK);
  in_call = 0;
  lock(timed, "never", YTX_E_CANCELLED);
  ytx_client_free(timed);

  options.base_url = "http://127.0.0.1:1";
  unreachable = made(&options);
  lock(unreachable, "never", YTX_E_CONNECT);
  ytx_client_free(unreachable);
}

static void retries(const char *url)
{
  ytx_options options = loud_options(url);
  ytx_client *patient;
  options.max_retries = 1;
  patient = made(&options);
  lock(patient, "busy", YTX_TOO_MANY_REQUESTS);
  ytx_client_free(patient);
}

static void proxies_and_tls(const char *url, const char *https_url)
{
  char proxy[200];
  ytx_options options = loud_options("http://127.0.0.1:1");
  ytx_client *through;

  snprintf(proxy, sizeof proxy, PROXY_USER "%s", strrchr(url, '/') + 1);
  options.proxy = proxy;
  through = made(&options);
  lock(through, "accepted", YTX_OK);
  lock(through, "proxy 407", YTX_E_CONNECT);
  ytx_client_free(through);

  options.base_url = https_url;
  through = made(&options);
  lock(through, "never", YTX_E_CONNECT);
  ytx_client_free(through);

  options.proxy = NULL;
  through = made(&options);
  lock(through, "never", YTX_E_TLS);
  ytx_client_free(through);
}

static void *on_another_thread(void *unused)
{
  lock(client, "refused", YTX_BAD_AUTHORIZATION);
  return unused;
}

/* Each level leaves out what the ones above it have, and the default is YTX_LOG_WARN. */
static void quieter_levels(const char *url)
{
  ytx_options options;
  ytx_client *quiet;
  for (loudest = YTX_LOG_INFO; loudest >= YTX_LOG_ERROR; loudest--) {
    options = loud_options(url);
    options.log_level = loudest == YTX_LOG_WARN ? 0 : loudest;
    quiet = made(&options);
    lock(quiet, "accepted", YTX_OK);
    lock(quiet, "refused", YTX_BAD_AUTHORIZATION);
    ytx_client_free(quiet);
  }
}

int main(int argc, char **argv)
{
  CHECK(argc == 3);
  clients_that_are_not_made(argv[1]);
  calls_that_fail(argv[1]);
  CHECK(calls_from_the_log > 0);
  retries(argv[1]);
  proxies_and_tls(argv[1], argv[2]);
  join_thread(start_thread(on_another_thread, NULL));
  ytx_client_free(client);
  client = NULL;
  quieter_levels(argv[1]);
  return 0;
}
