/*
 * What the programs about watches share. The server reads what it has to answer in the confid:
 * "name;1u;<1u 2m;503" is a room of one member, then one of two, which is not told before go(), and
 * then a failure, again and again. See tests/support/rooms.rs.
 */
#ifndef YTX_TEST_WATCHING_H
#define YTX_TEST_WATCHING_H

#include "check.h"
#include "readable.h"

#define PATIENCE_MS 60000

/* For what the programs themselves ask of the server. */
static ytx_client *control;

/* Lets the server answer poll number `poll` of the room, counted from 0. */
static inline void go(const char *confid, int poll)
{
  char text[500];
  snprintf(text, sizeof text, "go %d %s", poll, confid);
  EXPECT_ECHO(control, text);
}

/* Waits until that poll has arrived: what came of the one before is known to the queue. */
static inline void wait_for_poll(const char *confid, int poll)
{
  char text[500];
  snprintf(text, sizeof text, "await %s#%d", confid, poll);
  EXPECT_ECHO(control, text);
}

static inline ytx_queue *new_queue(const ytx_queue_options *options)
{
  ytx_status status = -9999;
  ytx_queue *queue = ytx_queue_new(options, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(queue != NULL);
  return queue;
}

static inline ytx_ticket watch(const ytx_client *client, ytx_queue *queue, const char *confid,
                               uint32_t interval_ms, uint64_t tag)
{
  ytx_status status = -9999;
  ytx_ticket ticket = ytx_watch_meeting(client, queue, APPID, confid, interval_ms, tag, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(ticket != 0);
  return ticket;
}

static inline ytx_event take_within(ytx_queue *queue, int timeout_ms)
{
  ytx_event event = YTX_EVENT_INIT;
  CHECK(ytx_queue_take(queue, &event, timeout_ms) == 1);
  return event;
}

static inline ytx_event take(ytx_queue *queue)
{
  return take_within(queue, PATIENCE_MS);
}

static inline void expect_nothing(const char *file, int line, ytx_queue *queue)
{
  ytx_event event = YTX_EVENT_INIT;
  if (ytx_queue_take(queue, &event, 0) != 0)
    check_failed(file, line, "there is something to take", event.json);
  if (becomes_readable(queue, 0))
    check_failed(file, line, "there is nothing to take", "but the descriptor is readable");
}

#define EXPECT_NOTHING(queue) expect_nothing(__FILE__, __LINE__, queue)

/* A member as the server writes it: its place in the list, its number, and how it is. */
#define MEMBER(place, phone, presence, mute)                                                    \
  "{\"meid\":\"" place "\",\"phone\":\"" phone "\",\"statusname\":\"" presence                  \
  "\",\"ifmutename\":\"" mute "\"}"
#define HEARD(place, phone) MEMBER(place, phone, "在线", "未静音")
#define MUTED(place, phone) MEMBER(place, phone, "在线", "已静音")
#define AWAY(place, phone) MEMBER(place, phone, "不在线", "已静音")

/* What a ROOM has to say; the lists are the rows as they stand in the JSON, "" for none. */
struct news {
  const char *event;
  int version, polls;
  const char *online; /* a number or null */
  const char *joined, *left, *muted, *unmuted, *members;
  const char *error; /* "" for none */
};

#define EXPECT_ROOM(queue, confid, ...)                                 \
  do {                                                                  \
    struct news expected_news = { __VA_ARGS__ };                        \
    expect_room(__FILE__, __LINE__, queue, confid, 0, &expected_news);  \
  } while (0)

static inline ytx_ticket expect_room(const char *file, int line, ytx_queue *queue,
                                     const char *confid, ytx_status status,
                                     const struct news *news)
{
  char text[4000];
  ytx_event event = YTX_EVENT_INIT;
  check_case = confid;
  if (ytx_queue_take(queue, &event, PATIENCE_MS) != 1)
    check_failed(file, line, "no event came", news->event);
  snprintf(text, sizeof text,
           "{\"event\":\"%s\",\"confid\":\"%s\",\"version\":%d,\"polls\":%d,\"online\":%s,"
           "\"joined\":[%s],\"left\":[%s],\"muted\":[%s],\"unmuted\":[%s],\"members\":[%s]%s%s}",
           news->event, confid, news->version, news->polls, news->online, news->joined, news->left,
           news->muted, news->unmuted, news->members, *news->error ? ",\"error\":" : "",
           news->error);
  check_text(file, line, "the event", event.json, text);
  check_status(file, line, "status", event.status, status);
  if (event.type != YTX_EVENT_ROOM || event.ticket == 0)
    check_failed(file, line, "it is no ROOM of a watch", event.json);
  ytx_string_free(event.json);
  return event.ticket;
}

#define EXPECT_ENDED(queue, tag, status, text) \
  expect_ended(__FILE__, __LINE__, take(queue), tag, status, text)

static inline void expect_ended(const char *file, int line, ytx_event event, uint64_t tag,
                                ytx_status status, const char *text)
{
  if (event.type != YTX_EVENT_ENDED)
    check_failed(file, line, "it is no ENDED", event.json == NULL ? "NULL" : event.json);
  check_status(file, line, "status", event.status, status);
  check_text(file, line, "the JSON", event.json, text);
  if (event.tag != tag)
    check_failed(file, line, "another watch has ended", event.json);
  ytx_string_free(event.json);
}

#define CANCELLED_BETWEEN_POLLS                                                              \
  "{\"statusCode\":\"1010\",\"statusMsg\":\"the call was cancelled\",\"error\":"             \
  "\"YTX_E_CANCELLED\",\"retryable\":false,\"sent\":false,\"httpStatus\":null,\"attempts\":0}"
#define CANCELLED_IN_A_POLL                                                                  \
  "{\"statusCode\":\"1010\",\"statusMsg\":\"the call was cancelled\",\"error\":"             \
  "\"YTX_E_CANCELLED\",\"retryable\":false,\"sent\":true,\"httpStatus\":null,\"attempts\":1}"

/* Runs the parts of a program at the same time, each on a thread of its own. */
static inline void run_together(void *(*const parts[])(void *), size_t count)
{
  pthread_t threads[40];
  size_t i;
  CHECK(count <= sizeof threads / sizeof threads[0]);
  for (i = 0; i < count; i++)
    threads[i] = start_thread(parts[i], NULL);
  for (i = 0; i < count; i++)
    join_thread(threads[i]);
}

#endif
