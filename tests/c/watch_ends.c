/*
 * How watches end, and what does not end them. Arguments: the server's URL.
 */
#include "watching.h"

static const char *url;
static ytx_client *client;

/* Counts of the client's figures; -1 where there is none. */
static int figure(const ytx_client *of, const char *name)
{
  char *json = ytx_client_stats(of, NULL), *at;
  char text[50];
  int value = -1;
  snprintf(text, sizeof text, "\"%s\":", name);
  at = strstr(json, text);
  if (at != NULL)
    value = atoi(at + strlen(text));
  ytx_string_free(json);
  return value;
}

static void wait_for_figure(const ytx_client *of, const char *name, int value)
{
  int64_t start = now_ms();
  while (figure(of, name) != value) {
    CHECK(now_ms() - start < PATIENCE_MS);
    usleep(1000);
  }
}

/* Waiting cures none of these. */
static void *refusals_that_stay(void *unused)
{
  static const ytx_status codes[] = { -1, -2, -3, -4, -101, -102, -200, -201, -202, -203, -204, -205 };
  enum { COUNT = sizeof codes / sizeof codes[0] };
  ytx_queue *queue = new_queue(NULL);
  int ended[COUNT] = { 0 };
  size_t i;
  (void)unused;
  for (i = 0; i < COUNT; i++) {
    char confid[50];
    snprintf(confid, sizeof confid, "ends;%d", (int)codes[i]);
    watch(client, queue, confid, 200, i);
  }
  for (i = 0; i < COUNT; i++) {
    char text[100];
    ytx_event event = take(queue);
    CHECK(event.type == YTX_EVENT_ENDED && event.tag < COUNT && !ended[event.tag]++);
    CHECK_STATUS(event.status, codes[event.tag]);
    /* The platform's own bytes. */
    snprintf(text, sizeof text, "{\"statusCode\" : \"%d\",\"statusMsg\":\"n\\u006f\"}",
             (int)codes[event.tag]);
    CHECK_TEXT(event.json, text);
    ytx_string_free(event.json);
  }
  EXPECT_NOTHING(queue);
  ytx_queue_free(queue);
  return NULL;
}

/* The next poll may do better: it comes. */
static void *failures_that_pass(void *unused)
{
  static const char *const answers[] = {
    "-5", "-99", "-100", "-103", "-105", "-199", "-206", "seven", "list", "500", "404", "503", "silence",
  };
  ytx_queue *queue = new_queue(NULL);
  ytx_client *hasty = ytx_client_with_timeout(client, 500, NULL);
  ytx_options options = options_for(url);
  ytx_client *limited; /* -104 holds all watches of its client */
  size_t i;
  (void)unused;
  for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
    char confid[50];
    snprintf(confid, sizeof confid, "passes;%s", answers[i]);
    watch(hasty, queue, confid, 200, i);
  }
  limited = client_with(&options);
  watch(limited, queue, "passes;-104", 200, 99);
  for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
    char confid[50];
    snprintf(confid, sizeof confid, "passes;%s", answers[i]);
    wait_for_poll(confid, 1);
  }
  wait_for_poll("passes;-104", 1);
  ytx_client_free(hasty);
  ytx_client_free(limited);
  ytx_queue_free(queue);
  return NULL;
}

/* What is not allowed is told by ENDED, as the blocking call tells it. */
static void *arguments(void *unused)
{
  static const struct {
    const char *appid, *confid;
  } table[] = {
    { NULL, "1" }, { "", "1" }, { APPID, NULL }, { APPID, "" }, { APPID, "\xff" }, { "a\n", "1" },
  };
  ytx_queue *queue = new_queue(NULL);
  ytx_status status;
  ytx_ticket ticket;
  size_t i;
  (void)unused;
  for (i = 0; i < sizeof table / sizeof table[0]; i++) {
    char *blocking = ytx_meeting_state(client, table[i].appid, table[i].confid, &status);
    CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
    status = -9999;
    ticket = ytx_watch_meeting(client, queue, table[i].appid, table[i].confid, 0, i, &status);
    CHECK_STATUS(status, YTX_OK);
    CHECK(ticket != 0);
    EXPECT_ENDED(queue, i, YTX_E_INVALID_ARGUMENT, blocking);
    ytx_string_free(blocking);
  }
  for (i = 1; i < 200; i += 198) {
    ytx_event event;
    watch(client, queue, "never;1u", (uint32_t)i, i);
    event = take(queue);
    CHECK(event.type == YTX_EVENT_ENDED && event.tag == i);
    EXPECT_REPORT(event.json, event.status, YTX_E_INVALID_ARGUMENT, not_sent);
  }
  watch(client, queue, "never;1u", 199, 3);
  {
    ytx_event event = take(queue);
    CHECK_HOLDS(event.json, "interval_ms");
    ytx_string_free(event.json);
  }
  ytx_queue_free(queue);
  return NULL;
}

/* A state that waits to be taken is given before the end. */
static void *a_room_comes_before_the_end(void *unused)
{
  ytx_client *own = client_for(url);
  ytx_queue *queue = new_queue(NULL);
  const char *confid = "before;1u;-205";
  (void)unused;
  watch(own, queue, confid, 200, 5);
  wait_for_figure(own, "-205", 1);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  EXPECT_ENDED(queue, 5, YTX_APP_CHECK_FAILED, "{\"statusCode\" : \"-205\",\"statusMsg\":\"n\\u006f\"}");
  EXPECT_NOTHING(queue);
  ytx_queue_free(queue);
  ytx_client_free(own);
  return NULL;
}

static void *by_its_ticket(void *unused)
{
  ytx_queue *queue = new_queue(NULL);
  ytx_ticket resting, polling;
  (void)unused;
  resting = watch(client, queue, "resting;1u", 3600000, 1);
  EXPECT_ROOM(queue, "resting;1u", "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  CHECK_STATUS(ytx_queue_cancel(queue, resting), YTX_OK);
  EXPECT_ENDED(queue, 1, YTX_E_CANCELLED, CANCELLED_BETWEEN_POLLS);
  polling = watch(client, queue, "polling;<1u", 3600000, 2);
  wait_for_poll("polling;<1u", 0);
  CHECK_STATUS(ytx_queue_cancel(queue, polling), YTX_OK);
  EXPECT_ENDED(queue, 2, YTX_E_CANCELLED, CANCELLED_IN_A_POLL);
  CHECK_STATUS(ytx_queue_cancel(queue, polling), YTX_OK);
  CHECK_STATUS(ytx_queue_cancel(queue, polling + (1 << 20)), YTX_E_INVALID_ARGUMENT);
  EXPECT_NOTHING(queue);
  ytx_queue_free(queue);
  return NULL;
}

static void *by_closing(void *unused)
{
  ytx_queue *queue = new_queue(NULL);
  ytx_event event;
  ytx_status status = -9999;
  int i, seen = 0;
  (void)unused;
  for (i = 0; i < 2; i++) {
    const char *confid = i == 0 ? "closed;1u" : "closing;<1u";
    watch(client, queue, confid, 3600000, (uint64_t)i);
    wait_for_poll(confid, 0);
  }
  event = take(queue);
  CHECK(event.type == YTX_EVENT_ROOM && event.tag == 0);
  ytx_string_free(event.json);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  for (i = 0; i < 2; i++) {
    event = take(queue);
    CHECK(event.type == YTX_EVENT_ENDED);
    CHECK_STATUS(event.status, YTX_E_CANCELLED);
    CHECK_TEXT(event.json, event.tag == 0 ? CANCELLED_BETWEEN_POLLS : CANCELLED_IN_A_POLL);
    seen |= 1 << event.tag;
    ytx_string_free(event.json);
  }
  CHECK(seen == 3);
  for (i = 0; i < 2; i++) {
    event = take_within(queue, 0);
    CHECK(event.type == YTX_EVENT_CLOSED && event.json == NULL);
  }
  CHECK(ytx_watch_meeting(client, queue, APPID, "never;1u", 0, 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_CANCELLED);
  ytx_queue_free(queue);
  return NULL;
}

/* The handle's watches alone. */
static void *by_the_client(void *unused)
{
  ytx_client *derived = ytx_client_with_timeout(client, 0, NULL);
  ytx_queue *queue = new_queue(NULL);
  ytx_status status = -9999;
  const char *stays = "stays;1u;<2u";
  (void)unused;
  watch(client, queue, stays, 200, 1);
  EXPECT_ROOM(queue, stays, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  watch(derived, queue, "derived;1u", 3600000, 2);
  EXPECT_ROOM(queue, "derived;1u", "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
  EXPECT_ENDED(queue, 2, YTX_E_CANCELLED, CANCELLED_BETWEEN_POLLS);
  CHECK(ytx_watch_meeting(derived, queue, APPID, "never;1u", 0, 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_CANCELLED);
  go(stays, 1);
  EXPECT_ROOM(queue, stays, "changed", 2, 1, "1", HEARD("0", "2"), HEARD("0", "1"), "", "",
              HEARD("0", "2"), "");
  ytx_client_free(derived);
  ytx_queue_free(queue);
  return NULL;
}

static void *handles_that_are_none(void *unused)
{
  ytx_queue *queue = new_queue(NULL), *freed = new_queue(NULL);
  ytx_client *gone = ytx_client_with_timeout(client, 0, NULL);
  ytx_status status = -9999;
  (void)unused;
  ytx_queue_free(freed);
  ytx_client_free(gone);
  CHECK(ytx_watch_meeting(NULL, queue, APPID, "never;1u", 0, 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
  CHECK(ytx_watch_meeting(client, NULL, APPID, "never;1u", 0, 0, NULL) == 0);
  status = -9999;
  CHECK(ytx_watch_meeting(client, freed, APPID, "never;1u", 0, 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
  status = -9999;
  CHECK(ytx_watch_meeting(gone, queue, APPID, "never;1u", 0, 0, &status) == 0);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
  EXPECT_NOTHING(queue);
  ytx_queue_free(queue);
  return NULL;
}

/* The place of a watch that has ended is taken until its end was. */
static void *places(void *unused)
{
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  ytx_queue *queue;
  ytx_status status = -9999;
  ytx_ticket call;
  ytx_event event;
  (void)unused;
  options.max_watches = 2;
  options.max_pending = 1;
  queue = new_queue(&options);
  watch(client, queue, "place 1;1u", 3600000, 3);
  EXPECT_ROOM(queue, "place 1;1u", "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  /* A watch takes no place of a call, nor a call that of a watch. */
  call = ytx_meeting_state_async(client, queue, APPID, "places;<1u", 1, &status);
  CHECK(call != 0);
  CHECK(ytx_meeting_state_async(client, queue, APPID, "never;1u", 1, &status) == 0);
  CHECK_STATUS(status, YTX_E_BUSY);
  watch(client, queue, "place 2;-205", 3600000, 2);
  CHECK(becomes_readable(queue, PATIENCE_MS)); /* the other has ended */
  status = -9999;
  CHECK(ytx_watch_meeting(client, queue, APPID, "never;1u", 0, 9, &status) == 0);
  CHECK_STATUS(status, YTX_E_BUSY);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_ENDED && event.tag == 2);
  ytx_string_free(event.json);
  watch(client, queue, "place 3;1u", 3600000, 4);
  EXPECT_ROOM(queue, "place 3;1u", "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  ytx_queue_free(queue);
  return NULL;
}

/* However long the server wants to be left alone: this watch waits, the others go on. */
static void *a_very_long_retry_after(void *unused)
{
  ytx_client *own = client_for(url);
  ytx_queue *queue = new_queue(NULL);
  const char *confid = "long;503+99999999999999999999", *other = "beside it;1u;<2u";
  ytx_ticket ticket = watch(own, queue, confid, 200, 1);
  (void)unused;
  wait_for_figure(own, "1007", 1);
  watch(own, queue, other, 200, 2);
  EXPECT_ROOM(queue, other, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(other, 1);
  EXPECT_ROOM(queue, other, "changed", 2, 1, "1", HEARD("0", "2"), HEARD("0", "1"), "", "",
              HEARD("0", "2"), "");
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  EXPECT_ENDED(queue, 1, YTX_E_CANCELLED, CANCELLED_BETWEEN_POLLS);
  CHECK(figure(own, "1007") == 1);
  ytx_queue_free(queue);
  ytx_client_free(own);
  return NULL;
}

/* Wherever a watch is when it is cancelled, its end comes at once, and not with its deadline. */
static void *at_any_moment(void *unused)
{
  ytx_client *own = client_for(url);
  ytx_queue *queue = new_queue(NULL);
  int i, longest = 0;
  (void)unused;
  for (i = 0; i < 400; i++) {
    const char *confid = i % 2 ? "any moment;<1u" : "any other moment;1u";
    ytx_ticket ticket = watch(own, queue, confid, 3600000, (uint64_t)i);
    ytx_event event;
    int64_t start = now_ms();
    usleep((useconds_t)(i * 7 % 400));
    CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
    do {
      event = take(queue);
      ytx_string_free(event.json);
    } while (event.type == YTX_EVENT_ROOM);
    CHECK(event.type == YTX_EVENT_ENDED && event.tag == (uint64_t)i);
    CHECK_STATUS(event.status, YTX_E_CANCELLED);
    if (now_ms() - start > longest)
      longest = (int)(now_ms() - start);
  }
  CHECK(longest < 20000);
  ytx_queue_free(queue);
  ytx_client_free(own);
  return NULL;
}

/* The same while a thread of the library reads an answer, which takes a while, and with that done the
   next poll is an hour away. */
static void *in_a_long_answer(void *unused)
{
  ytx_queue *queue = new_queue(NULL);
  int i;
  (void)unused;
  for (i = 0; i < 16; i++) {
    ytx_ticket ticket = watch(client, queue, "long answer;long", 3600000, (uint64_t)i);
    ytx_event event;
    wait_for_poll("long answer;long", i);
    usleep((useconds_t)(i * 20000)); /* another moment of it each time */
    CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
    do {
      event = take_within(queue, 20000);
      ytx_string_free(event.json);
    } while (event.type == YTX_EVENT_ROOM);
    CHECK(event.type == YTX_EVENT_ENDED && event.tag == (uint64_t)i);
  }
  ytx_queue_free(queue);
  return NULL;
}

int main(int argc, char **argv)
{
  static void *(*const parts[])(void *) = {
    refusals_that_stay, failures_that_pass,      arguments,
    by_its_ticket,      by_closing,              by_the_client,
    places,             handles_that_are_none,   a_room_comes_before_the_end,
    at_any_moment,      a_very_long_retry_after, in_a_long_answer,
  };
  CHECK(argc == 2);
  url = argv[1];
  client = client_for(url);
  control = client_for(url);
  run_together(parts, sizeof parts / sizeof parts[0]);
  ytx_client_free(client);
  ytx_client_free(control);
  return 0;
}
