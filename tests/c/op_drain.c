/*
 * A queue that is to run dry. A confid "await …" is answered once there was a request for the rest
 * of it; the others are repeated. Arguments: the server's URL.
 */
#include "watching.h"

#ifndef _WIN32
#include <sys/wait.h>
#endif

#define CALLS 1000
#define IN_FLIGHT 8

static ytx_client *client;

static void submit(ytx_queue *queue, const char *confid, uint64_t tag)
{
  ytx_status status = -9999;
  ytx_ticket ticket = ytx_lock_meeting_async(client, queue, APPID, confid, YTX_LOCK, tag, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(ticket != 0);
}

/* Nothing new: a call, a request, a watch. */
static void expect_refusals(ytx_queue *queue)
{
  ytx_status status = -9999;
  CHECK(ytx_lock_meeting_async(client, queue, APPID, "never", YTX_LOCK, 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_CANCELLED);
  CHECK(ytx_meeting_state_async(client, queue, APPID, "never", 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_CANCELLED);
  CHECK(ytx_request_async(client, queue, NULL, "call", "never", "{}", 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_CANCELLED);
  CHECK(ytx_watch_meeting(client, queue, APPID, "never", 0, 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_CANCELLED);
}

static void expect_closed(ytx_queue *queue)
{
  int i;
  for (i = 0; i < 3; i++) {
    ytx_event event = take_within(queue, 0);
    CHECK(event.type == YTX_EVENT_CLOSED && event.json == NULL);
    CHECK(event.ticket == 0 && event.tag == 0);
    CHECK_STATUS(event.status, YTX_OK);
    CHECK(becomes_readable(queue, 0));
  }
  expect_refusals(queue);
}

static void expect_done(ytx_queue *queue, uint64_t tag, ytx_status status)
{
  ytx_event event = take(queue);
  CHECK(event.type == YTX_EVENT_DONE);
  CHECK(event.tag == tag);
  CHECK_STATUS(event.status, status);
  ytx_string_free(event.json);
}

/* Eight are on their way and answered only when the queue has been drained; the others wait for
   their turn, some of them behind another lock call of their room, and one waits for its retry. */
static void a_thousand_calls(void)
{
  enum { ORDERED = CALLS, RETRIED = CALLS + 5, WATCHES = CALLS + 6 };
  static char seen[WATCHES];
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  ytx_queue *queue;
  uint64_t next = ORDERED;
  int i, ended = 0;
  char confid[50], text[100];

  options.max_in_flight = IN_FLIGHT;
  queue = new_queue(&options);
  submit(queue, "503 twice", RETRIED);
  EXPECT_ECHO(control, "await 503 twice#0");
  watch(client, queue, "watched;1u", 60000, WATCHES);
  ytx_string_free(take(queue).json); /* from now on it is between two polls */
  watch(client, queue, "watched;<1u", 60000, WATCHES);
  for (i = 0; i < CALLS; i++) {
    ytx_status status = -9999;
    snprintf(confid, sizeof confid, i < IN_FLIGHT ? "await drained" : "call %d", i);
    /* Not one behind the other. */
    CHECK(ytx_meeting_state_async(client, queue, APPID, confid, (uint64_t)i, &status) != 0);
  }
  for (i = ORDERED; i < RETRIED; i++)
    submit(queue, "ordered", (uint64_t)i);

  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  expect_refusals(queue);
  /* The watches end at once. */
  while (ended < 2) {
    ytx_event event = take(queue);
    if (event.type == YTX_EVENT_ENDED) {
      CHECK(event.tag == WATCHES);
      CHECK_STATUS(event.status, YTX_E_CANCELLED);
      ended++;
    } else {
      CHECK(event.type == YTX_EVENT_DONE && event.tag < WATCHES && !seen[event.tag]++);
      CHECK_STATUS(event.status, YTX_OK);
      CHECK(event.tag == RETRIED);
    }
    ytx_string_free(event.json);
  }
  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  EXPECT_ECHO(control, "drained");
  for (i = seen[RETRIED]; i < WATCHES; i++) {
    ytx_event event = take(queue);
    CHECK(event.type == YTX_EVENT_DONE && event.tag < WATCHES && !seen[event.tag]++);
    if (event.tag < IN_FLIGHT)
      snprintf(confid, sizeof confid, "await drained");
    else if (event.tag < ORDERED)
      snprintf(confid, sizeof confid, "call %d", (int)event.tag);
    else if (event.tag < RETRIED) {
      CHECK(event.tag == next++);
      snprintf(confid, sizeof confid, "ordered");
    } else
      snprintf(confid, sizeof confid, "503 twice");
    snprintf(text, sizeof text, "{\"statusCode\":\"0\",\"echo\":\"%s\"}", confid);
    EXPECT_ANSWER(event.json, event.status, YTX_OK, text);
  }
  expect_closed(queue);
  ytx_queue_free(queue);
}

static void *take_it(void *queue)
{
  ytx_event event = take((ytx_queue *)queue);
  CHECK(event.type == YTX_EVENT_CLOSED);
  return NULL;
}

/* A queue that holds nothing is closed at once, and those who wait hear of it. */
static void an_empty_queue(void)
{
  ytx_queue *queue = new_queue(NULL);
  pthread_t threads[2];
  threads[0] = start_thread(take_it, queue);
  threads[1] = start_thread(take_it, queue);
  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  join_thread(threads[0]);
  join_thread(threads[1]);
  expect_closed(queue);
  ytx_queue_free(queue);
}

/* What waits to be taken comes first. */
static void an_event_that_waits(void)
{
  ytx_queue *queue = new_queue(NULL);
  submit(queue, "early", 5);
  CHECK(becomes_readable(queue, PATIENCE_MS));
  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  expect_done(queue, 5, YTX_OK);
  expect_closed(queue);
  ytx_queue_free(queue);
}

static void beside_a_close(void)
{
  ytx_queue *queue = new_queue(NULL);
  ytx_event event = YTX_EVENT_INIT;
  submit(queue, "await nobody", 1);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  expect_done(queue, 1, YTX_E_CANCELLED);
  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  expect_closed(queue);
  ytx_queue_free(queue);

  queue = new_queue(NULL);
  submit(queue, "await nobody", 2);
  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  EXPECT_ECHO(control, "await await nobody#0");
  CHECK(ytx_queue_take(queue, &event, 100) == 0); /* the limit of a restart, and it is over */
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  expect_done(queue, 2, YTX_E_CANCELLED);
  expect_closed(queue);
  ytx_queue_free(queue);
}

static void no_living_queue(void)
{
  ytx_queue *queue = new_queue(NULL);
#ifndef _WIN32
  int ended = -1;
  pid_t child = fork();
  if (child == 0)
    _exit(ytx_queue_drain(queue) != YTX_E_INVALID_HANDLE);
  CHECK(waitpid(child, &ended, 0) == child && ended == 0);
#endif
  CHECK_STATUS(ytx_queue_drain(NULL), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_drain((ytx_queue *)(void *)client), YTX_E_INVALID_HANDLE);
  ytx_queue_free(queue);
  CHECK_STATUS(ytx_queue_drain(queue), YTX_E_INVALID_HANDLE);
}

int main(int argc, char **argv)
{
  ytx_options options;
  CHECK(argc == 2);
  control = client_for(argv[1]);
  options = options_for(argv[1]);
  options.max_retries = 2;
  client = client_with(&options);
  a_thousand_calls();
  an_empty_queue();
  an_event_that_waits();
  beside_a_close();
  no_living_queue();
  ytx_client_free(client);
  ytx_client_free(control);
  return 0;
}
