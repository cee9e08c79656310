/*
 * Handles derived from a client: a deadline of their own, cancellation that touches nobody else.
 *
 * Arguments: the server's URL. It holds "held…" back until somebody calls "release…", and answers
 * "await …" as soon as the other has arrived. The URL of a listener that takes no more connections.
 */
#include "check.h"

#define TOGETHER 8
#define PROMPT_MS 2000 /* beside timeouts of a minute */

static ytx_client *derive(const ytx_client *client, uint32_t timeout_ms)
{
  ytx_status status = -9999;
  ytx_client *derived = ytx_client_with_timeout(client, timeout_ms, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(derived != NULL && derived != client);
  return derived;
}

struct job {
  ytx_client *client;
  char confid[50];
  ytx_status expected;
  int http;
  pthread_t thread;
};

static void *run(void *argument)
{
  struct job *job = argument;
  struct report report = { 0, 1, 0, 1, NULL };
  ytx_status status = -9999;
  char *json;

  if (job->expected == YTX_OK) {
    EXPECT_ECHO(job->client, job->confid);
    return NULL;
  }
  report.http = job->http;
  json = ytx_lock_meeting(job->client, APPID, job->confid, YTX_LOCK, &status);
  EXPECT_REPORT(json, status, job->expected, report);
  return NULL;
}

static void start(struct job *job, ytx_client *client, const char *confid, ytx_status expected)
{
  job->client = client;
  job->expected = expected;
  job->http = 0;
  snprintf(job->confid, sizeof job->confid, "%s", confid);
  job->thread = start_thread(run, job);
}

static void calls_to_come_are_cancelled(const ytx_client *client)
{
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_CANCELLED, not_sent);
  json = ytx_meeting_state(client, APPID, "never", &status);
  EXPECT_REPORT(json, status, YTX_E_CANCELLED, not_sent);
  json = ytx_request(client, NULL, "call", "never", "{}", &status);
  EXPECT_REPORT(json, status, YTX_E_CANCELLED, not_sent);
}

static void a_cancel_touches_one_handle(ytx_client *parent)
{
  ytx_client *derived = derive(parent, 0), *below = derive(derived, 0), *after;
  struct job cancelled, parents, belows;
  int64_t begin;

  start(&cancelled, derived, "held 1", YTX_E_CANCELLED);
  start(&parents, parent, "held 2", YTX_OK);
  start(&belows, below, "held 3", YTX_OK);
  EXPECT_ECHO(parent, "await held 1");
  EXPECT_ECHO(parent, "await held 2");
  EXPECT_ECHO(parent, "await held 3");

  begin = now_ms();
  CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
  join_thread(cancelled.thread);
  CHECK(now_ms() - begin < PROMPT_MS);
  calls_to_come_are_cancelled(derived);
  CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
  calls_to_come_are_cancelled(derived);

  after = derive(derived, 0);
  EXPECT_ECHO(after, "derived from a cancelled one");
  EXPECT_ECHO(parent, "release 2");
  EXPECT_ECHO(below, "release 3");
  join_thread(parents.thread);
  join_thread(belows.thread);

  ytx_client_free(derived);
  CHECK_STATUS(ytx_client_cancel(derived), YTX_E_INVALID_HANDLE);
  EXPECT_ECHO(after, "after the free");
  ytx_client_free(after);
  ytx_client_free(below);
}

static void a_cancelled_parent_leaves_its_children(const char *url)
{
  ytx_client *parent = client_for(url), *derived = derive(parent, 0);
  CHECK_STATUS(ytx_client_cancel(parent), YTX_OK);
  calls_to_come_are_cancelled(parent);
  EXPECT_ECHO(derived, "child of a cancelled parent");
  ytx_client_free(parent);
  EXPECT_ECHO(derived, "child of a freed parent");
  ytx_client_free(derived);
}

/* One cancel ends every call of the handle, also one whose answer has begun. */
static void a_cancel_ends_all_calls(ytx_client *parent)
{
  ytx_client *derived = derive(parent, 0);
  struct job jobs[TOGETHER];
  char confid[50];
  int64_t begin;
  int i;

  for (i = 0; i < TOGETHER; i++) {
    snprintf(confid, sizeof confid, "held together %d", i);
    start(&jobs[i], derived, confid, YTX_E_CANCELLED);
  }
  for (i = 0; i < TOGETHER; i++) {
    snprintf(confid, sizeof confid, "await held together %d", i);
    EXPECT_ECHO(parent, confid);
  }
  begin = now_ms();
  CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
  for (i = 0; i < TOGETHER; i++)
    join_thread(jobs[i].thread);
  CHECK(now_ms() - begin < PROMPT_MS);
  ytx_client_free(derived);
}

/* The server sends half an answer; then it says so, and no more. */
static void a_cancel_ends_a_call_in_its_body(ytx_client *parent)
{
  ytx_client *derived = derive(parent, 0);
  ytx_status status = -9999;
  struct job job;
  char *json;
  int64_t begin;

  job.client = derived;
  job.expected = YTX_E_CANCELLED;
  job.http = 200;
  snprintf(job.confid, sizeof job.confid, "half");
  job.thread = start_thread(run, &job);
  EXPECT_ECHO(parent, "await half sent");
  /* The client needs a moment to take the half in; a call of its own takes longer than that. */
  json = ytx_meeting_state(parent, APPID, "slow", &status);
  EXPECT_ANSWER(json, status, YTX_OK, "{\"statusCode\":\"0\",\"echo\":\"slow\"}");
  begin = now_ms();
  CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
  join_thread(job.thread);
  CHECK(now_ms() - begin < PROMPT_MS);
  ytx_client_free(derived);
}

static void *cancelled_in_its_connect(void *client)
{
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  CHECK_STATUS(status, YTX_E_CANCELLED);
  CHECK_HOLDS(json, "\"sent\":false");
  ytx_string_free(json);
  return NULL;
}

static void a_connect_that_hangs_ends(ytx_client *other, const char *hanging_url)
{
  struct report report = { 1, 0, 0, 1, "within 300 ms" };
  ytx_options options = options_for(hanging_url);
  ytx_client *patient = client_for(hanging_url), *hasty;
  ytx_status status = -9999;
  int64_t begin = now_ms();
  pthread_t thread;
  char *json;

  options.connect_timeout_ms = 300;
  hasty = client_with(&options);
  json = ytx_lock_meeting(hasty, APPID, "never", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_TIMEOUT, report);
  CHECK(now_ms() - begin < 300 + PROMPT_MS);

  thread = start_thread(cancelled_in_its_connect, patient);
  EXPECT_ECHO(other, "slow"); /* nothing tells that it has begun to connect */
  begin = now_ms();
  CHECK_STATUS(ytx_client_cancel(patient), YTX_OK);
  join_thread(thread);
  CHECK(now_ms() - begin < PROMPT_MS);
  ytx_client_free(hasty);
  ytx_client_free(patient);
}

/* A handle freed under its call can no longer be cancelled, so the call goes on to its end. */
static void freed_under_its_call(ytx_client *parent)
{
  ytx_client *derived = derive(parent, 0);
  struct job job;
  start(&job, derived, "held freed", YTX_OK);
  EXPECT_ECHO(parent, "await held freed");
  ytx_client_free(derived);
  CHECK_STATUS(ytx_client_cancel(derived), YTX_E_INVALID_HANDLE);
  EXPECT_ECHO(parent, "release freed");
  join_thread(job.thread);
}

static void times_out(const ytx_client *client, int64_t within_ms)
{
  struct report report = { 1, 1, 0, 1, NULL };
  ytx_status status = -9999;
  int64_t begin = now_ms(), took;
  char *json = ytx_meeting_state(client, APPID, "silence", &status);
  took = now_ms() - begin;
  EXPECT_REPORT(json, status, YTX_E_TIMEOUT, report);
  CHECK(took >= within_ms - 1 && took < within_ms + PROMPT_MS);
}

static void deadlines(ytx_client *parent)
{
  ytx_client *short_one = derive(parent, 200), *same = derive(short_one, 0);
  ytx_client *longer = derive(same, 60000), *longest = derive(same, UINT32_MAX);

  times_out(short_one, 200);
  times_out(same, 200);
  EXPECT_ECHO(longer, "slow");  /* half a second */
  EXPECT_ECHO(longest, "slow");
  EXPECT_ECHO(parent, "slow");
  ytx_client_free(short_one);
  ytx_client_free(longest);
  ytx_client_free(same);
  ytx_client_free(longer);
}

/* One after the other, all on the parent's connection. */
static void connections_are_shared(const char *url)
{
  ytx_client *parent = client_for(url), *derived, *below;
  EXPECT_ECHO(parent, "shared");
  derived = derive(parent, 30000);
  EXPECT_ECHO(derived, "shared");
  below = derive(derived, 0);
  EXPECT_ECHO(below, "shared");
  EXPECT_ECHO(parent, "shared");
  ytx_client_free(parent);
  ytx_client_free(derived);
  EXPECT_ECHO(below, "shared");
  ytx_client_free(below);
}

int main(int argc, char **argv)
{
  ytx_client *parent;
  CHECK(argc == 3);
  parent = client_for(argv[1]);

  a_cancel_touches_one_handle(parent);
  a_cancelled_parent_leaves_its_children(argv[1]);
  a_cancel_ends_all_calls(parent);
  a_cancel_ends_a_call_in_its_body(parent);
  a_connect_that_hangs_ends(parent, argv[2]);
  freed_under_its_call(parent);
  deadlines(parent);
  connections_are_shared(argv[1]);
  EXPECT_ECHO(parent, "at the end");
  ytx_client_free(parent);
  return 0;
}
