/*
 * What max_retries does: meeting calls are tried again after failures that pass, requests never.
 * How often each was sent the server knows.
 *
 * Arguments: the server's URL. It fails a call as its confid says, "… twice" two times only.
 */
#include "check.h"

static char *request(const ytx_client *client, const char *confid, ytx_status *status)
{
  char body[200];
  snprintf(body, sizeof body, "{\"confid\":\"%s\"}", confid);
  return ytx_request(client, NULL, "call", "Retry.wx", body, status);
}

static void recovers(const ytx_client *client)
{
  static const char *const confids[] = {
    "502 twice", "503 twice", "504 twice", "-104 twice", "close twice", "cut twice",
  };
  size_t i;
  for (i = 0; i < sizeof confids / sizeof confids[0]; i++)
    EXPECT_ECHO(client, confids[i]);
}

static void gives_up(const ytx_client *client)
{
  struct report report = { 1, 1, 503, 3, NULL };
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "503 always", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_HTTP, report);
  json = ytx_meeting_state(client, APPID, "-104 always", &status);
  EXPECT_ANSWER(json, status, YTX_TOO_MANY_REQUESTS, "{\"statusCode\":\"-104\"}");
}

static void is_not_for_failures_that_stay(const ytx_client *client)
{
  struct report report = { 0, 1, 500, 1, NULL };
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "500 always", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_HTTP, report);
  json = ytx_lock_meeting(client, APPID, "-205 always", YTX_LOCK, &status);
  EXPECT_ANSWER(json, status, YTX_APP_CHECK_FAILED, "{\"statusCode\":\"-205\"}");
  json = ytx_lock_meeting(client, APPID, "text always", YTX_LOCK, &status);
  report.http = 200;
  EXPECT_REPORT(json, status, YTX_E_RESPONSE, report);
}

static void is_not_for_requests(const ytx_client *client)
{
  struct report report = { 1, 1, 503, 1, NULL };
  ytx_status status = -9999;
  EXPECT_REPORT(request(client, "503 request", &status), status, YTX_E_HTTP, report);
  EXPECT_ANSWER(request(client, "-104 request", &status), status, YTX_TOO_MANY_REQUESTS,
                "{\"statusCode\":\"-104\"}");
  report.http = 0;
  EXPECT_REPORT(request(client, "close request", &status), status, YTX_E_IO, report);
}

/* The server asks for an hour, the call has a minute. */
static void does_not_wait_in_vain(const ytx_client *client)
{
  struct report report = { 1, 1, 503, 1, NULL };
  ytx_status status = -9999;
  int64_t start = now_ms();
  char *json = ytx_lock_meeting(client, APPID, "503 later", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_HTTP, report);
  CHECK(now_ms() - start < 10000);
}

/* The server asks for a second, and gets it. */
static void waits_as_asked(const ytx_client *client)
{
  int64_t start = now_ms();
  EXPECT_ECHO(client, "503 once, a second");
  CHECK(now_ms() - start >= 999);
}

/* The pauses between tries belong to the call: its deadline and its cancellation hold in them. */
static void pauses_end_in_time(const char *url)
{
  ytx_options options = options_for(url);
  ytx_status status = -9999;
  ytx_client *client;
  int64_t start = now_ms();
  char *json;

  options.max_retries = 1000;
  options.timeout_ms = 500;
  client = client_with(&options);
  json = ytx_lock_meeting(client, APPID, "503 for ever", YTX_LOCK, &status);
  CHECK(status == YTX_E_HTTP || status == YTX_E_TIMEOUT);
  CHECK(now_ms() - start < 500 + 2000);
  ytx_string_free(json);
  ytx_client_free(client);
}

static void *cancelled_in_a_pause(void *client)
{
  struct report report = { 0, 1, 0, 1, NULL };
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "503 in half a minute", YTX_LOCK, &status);
  /* httpStatus is the last attempt's, and there was one. */
  report.http = 503;
  EXPECT_REPORT(json, status, YTX_E_CANCELLED, report);
  return NULL;
}

static void a_cancel_ends_a_pause(ytx_client *client)
{
  ytx_client *derived = ytx_client_with_timeout(client, 0, NULL);
  pthread_t thread = start_thread(cancelled_in_a_pause, derived);
  int64_t start;

  EXPECT_ECHO(client, "await 503 in half a minute");
  EXPECT_ECHO(client, "slow"); /* the client has its 503 by then */
  start = now_ms();
  CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
  join_thread(thread);
  CHECK(now_ms() - start < 2000);
  ytx_client_free(derived);
}

int main(int argc, char **argv)
{
  ytx_options options;
  ytx_client *client;

  CHECK(argc == 2);
  options = options_for(argv[1]);
  options.max_retries = 2;
  client = client_with(&options);
  recovers(client);
  gives_up(client);
  is_not_for_failures_that_stay(client);
  is_not_for_requests(client);
  does_not_wait_in_vain(client);
  waits_as_asked(client);
  a_cancel_ends_a_pause(client);
  pauses_end_in_time(argv[1]);
  ytx_client_free(client);
  return 0;
}
