/*
 * What goes wrong on the way, one server's behaviour a case: which status it gets, when, and what
 * the JSON says of it. After each the same client works.
 *
 * Arguments: the server's URL; the https URL of a server that speaks plain HTTP; a URL where nobody
 * listens.
 */
#include "check.h"

/* The deadline of a call that is to run into it, and what a busy machine may add. */
#define SHORT_MS 300
#define LATE_MS 2000

static const char *url;

struct error {
  const char *confid; /* the server knows by it what to do */
  ytx_status status;
  int http;
};

/* Each on a connection of its own, so nothing is sent again. Where a head breaks off after its
   status line, httpStatus is left open. */
static const struct error errors[] = {
  { "close", YTX_E_IO, 0 },
  { "reset", YTX_E_IO, 0 },
  { "close in the status line", YTX_E_IO, 0 },
  { "close in the head", YTX_E_IO, -1 },
  { "reset in the head", YTX_E_IO, -1 },
  { "close in the body", YTX_E_IO, 200 },
  { "reset in the body", YTX_E_IO, 200 },
  { "close in a chunk", YTX_E_IO, 200 },
  { "close before the last chunk", YTX_E_IO, 200 },
  { "not HTTP", YTX_E_RESPONSE, 0 },
  { "no status", YTX_E_RESPONSE, 0 },
  { "two lengths", YTX_E_RESPONSE, -1 },
  { "negative length", YTX_E_RESPONSE, -1 },
  { "broken chunk", YTX_E_RESPONSE, 200 },
  { "endless status line", YTX_E_RESPONSE, 0 },
  { "endless header", YTX_E_RESPONSE, -1 },
  { "endless headers", YTX_E_RESPONSE, -1 },
  { "endless body", YTX_E_RESPONSE, 200 },
  { "endless chunks", YTX_E_RESPONSE, 200 },
};

static const struct error stalls[] = {
  { "silence", YTX_E_TIMEOUT, 0 },
  { "silence in the head", YTX_E_TIMEOUT, -1 },
  { "silence in the body", YTX_E_TIMEOUT, 200 },
  { "silence in a chunk", YTX_E_TIMEOUT, 200 },
  { "dripping head", YTX_E_TIMEOUT, -1 },
  { "dripping body", YTX_E_TIMEOUT, 200 },
  { "dripping chunks", YTX_E_TIMEOUT, 200 },
};

static char *request(const ytx_client *client, const char *confid, ytx_status *status)
{
  char body[200];
  snprintf(body, sizeof body, "{\"confid\":\"%s\"}", confid);
  return ytx_request(client, NULL, "call", "Error.wx", body, status);
}

/* Once as a meeting call and once as a request, on a new client each. */
static void each_call(const struct error *error, uint32_t timeout_ms)
{
  struct report report = { 0, 1, 0, 1, NULL };
  int which;

  check_case = error->confid;
  report.retryable = ytx_status_is_retryable(error->status);
  report.http = error->http;
  for (which = 0; which < 2; which++) {
    ytx_client *client = client_for(url);
    ytx_client *timed = ytx_client_with_timeout(client, timeout_ms, NULL);
    ytx_status status = -9999;
    int64_t start = now_ms(), took;
    char *json = which == 0 ? ytx_lock_meeting(timed, APPID, error->confid, YTX_LOCK, &status)
                            : request(timed, error->confid, &status);
    took = now_ms() - start;
    EXPECT_REPORT(json, status, error->status, report);
    if (error->status == YTX_E_TIMEOUT)
      CHECK(took >= (int64_t)timeout_ms - 1 && took < (int64_t)timeout_ms + LATE_MS);
    ytx_client_free(timed);
    EXPECT_ECHO(client, "works after it");
    ytx_client_free(client);
  }
  check_case = "";
}

static void a_port_that_refuses(const char *refusing_url)
{
  struct report report = { 1, 0, 0, 1, NULL };
  ytx_client *client = client_for(refusing_url);
  ytx_status status = -9999;
  int i;

  for (i = 0; i < 3; i++) {
    report.words = strrchr(refusing_url, '/') + 1;
    EXPECT_REPORT(ytx_lock_meeting(client, APPID, "002", YTX_LOCK, &status), status, YTX_E_CONNECT,
                  report);
    report.words = "Connection refused (";
    EXPECT_REPORT(request(client, "002", &status), status, YTX_E_CONNECT, report);
  }
  ytx_client_free(client);
}

/* A label longer than names allow: no resolver is asked anything. */
static void a_name_that_is_none(void)
{
  struct report report = { 1, 0, 0, 1, "aaaaaaaaaaaaaaaa" };
  char base_url[100] = "http://";
  ytx_status status = -9999;
  ytx_client *client;

  memset(base_url + 7, 'a', 64);
  client = client_for(base_url);
  EXPECT_REPORT(ytx_meeting_state(client, APPID, "002", &status), status, YTX_E_CONNECT, report);
  ytx_client_free(client);
}

/* The client's own timeout, not that of a derived handle. */
static void the_clients_timeout(void)
{
  struct report report = { 1, 1, 0, 1, NULL };
  ytx_options options = options_for(url);
  ytx_status status = -9999;
  ytx_client *client;
  int64_t start, took;
  char *json;

  options.timeout_ms = SHORT_MS;
  client = client_with(&options);
  start = now_ms();
  json = ytx_meeting_state(client, APPID, "silence", &status);
  took = now_ms() - start;
  EXPECT_REPORT(json, status, YTX_E_TIMEOUT, report);
  CHECK(took >= SHORT_MS - 1 && took < SHORT_MS + LATE_MS);
  ytx_client_free(client);
}

/* A kept connection that turns out to be closed: a meeting call is sent once more, a request only
   when no byte of it has gone out. */
static void kept_connections_that_have_closed(void)
{
  struct report report = { 1, 1, 0, 1, NULL };
  ytx_client *client = client_for(url), *other = client_for(url);
  ytx_status status = -9999;
  char *json;

  EXPECT_ECHO(client, "warm 1");
  EXPECT_ECHO(client, "close once");
  EXPECT_ECHO(client, "reset once");

  EXPECT_ECHO(client, "warm 2");
  EXPECT_REPORT(request(client, "close a request", &status), status, YTX_E_IO, report);

  EXPECT_ECHO(client, "warm 3");
  report.attempts = 2;
  json = ytx_lock_meeting(client, APPID, "close always", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_IO, report);

  /* Once the answer has begun, the connection was no stale one. */
  EXPECT_ECHO(client, "warm 4");
  report.attempts = 1;
  report.http = -1;
  json = ytx_lock_meeting(client, APPID, "close in a warm head", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_IO, report);

  /* Closed before anything was sent on it: nobody notices. */
  EXPECT_ECHO(client, "close after it");
  EXPECT_ECHO(other, "await closed");
  json = request(client, "after the close", &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"statusCode\":\"0\",\"echo\":\"after the close\"}");

  ytx_client_free(client);
  ytx_client_free(other);
}

/* What a server sends beyond its answer belongs to no later call. */
static void more_than_was_announced(void)
{
  ytx_client *client = client_for(url);
  int i;
  for (i = 0; i < 20; i++) {
    EXPECT_ECHO(client, "too much");
    EXPECT_ECHO(client, "after too much");
  }
  ytx_client_free(client);
}

static void proxies(const char *https_url)
{
  struct report report = { 1, 1, 407, 1, "407" };
  ytx_options options = options_for("http://127.0.0.1:1");
  ytx_status status = -9999;
  ytx_client *client;
  char *json;

  options.proxy = url;
  client = client_with(&options);
  EXPECT_ECHO(client, "through the proxy");
  json = ytx_lock_meeting(client, APPID, "proxy 407", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
  json = ytx_lock_meeting(client, APPID, "proxy 407 cut off", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
  EXPECT_ECHO(client, "through the proxy");
  ytx_client_free(client);

  /* The proxy is asked for a tunnel, says 403, and the request stays here. */
  options.base_url = https_url;
  client = client_with(&options);
  report.sent = 0;
  report.http = 403;
  report.words = "403";
  json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
  ytx_client_free(client);
}

static void plain_http_behind_https(const char *https_url)
{
  struct report report = { 0, 0, 0, 1, NULL };
  ytx_client *client = client_for(https_url);
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_TLS, report);
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  size_t i;
  CHECK(argc == 4);
  url = argv[1];

  for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
    each_call(&errors[i], 60000);
  for (i = 0; i < sizeof stalls / sizeof stalls[0]; i++)
    each_call(&stalls[i], SHORT_MS);
  a_port_that_refuses(argv[3]);
  a_name_that_is_none();
  the_clients_timeout();
  kept_connections_that_have_closed();
  more_than_was_announced();
  proxies(argv[2]);
  plain_http_behind_https(argv[2]);
  return 0;
}
