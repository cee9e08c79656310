/*
 * What the programs of the queue share; check.h comes first. Each waits for events, for at most a
 * minute.
 */
#ifndef YTX_TEST_QUEUE_H
#define YTX_TEST_QUEUE_H

#include "readable.h"

#define PATIENT_MS 60000

static inline ytx_queue *queue_with(const ytx_queue_options *options)
{
  ytx_status status = -9999;
  ytx_queue *queue = ytx_queue_new(options, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(queue != NULL);
  return queue;
}

/* One that takes on so much; 0: the default. */
static inline ytx_queue *queue_of(uint32_t max_pending, uint32_t max_in_flight)
{
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  options.max_pending = max_pending;
  options.max_in_flight = max_in_flight;
  return queue_with(&options);
}

/* Submissions that are accepted. */
#define LOCK(client, queue, confid, tag) \
  lock_async(__FILE__, __LINE__, client, queue, confid, YTX_LOCK, tag)
#define STATE(client, queue, confid, tag) state_async(__FILE__, __LINE__, client, queue, confid, tag)

static inline ytx_ticket lock_async(const char *file, int line, const ytx_client *client,
                                    ytx_queue *queue, const char *confid, int32_t lackstate,
                                    uint64_t tag)
{
  ytx_status status = -9999;
  ytx_ticket ticket = ytx_lock_meeting_async(client, queue, APPID, confid, lackstate, tag, &status);
  check_status(file, line, confid, status, YTX_OK);
  if (ticket == 0)
    check_failed(file, line, "ticket != 0", confid);
  return ticket;
}

static inline ytx_ticket state_async(const char *file, int line, const ytx_client *client,
                                     ytx_queue *queue, const char *confid, uint64_t tag)
{
  ytx_status status = -9999;
  ytx_ticket ticket = ytx_meeting_state_async(client, queue, APPID, confid, tag, &status);
  check_status(file, line, confid, status, YTX_OK);
  if (ticket == 0)
    check_failed(file, line, "ticket != 0", confid);
  return ticket;
}

/* The next event, which is the end of a call. */
#define TAKE_DONE(queue) take_done(__FILE__, __LINE__, queue)

static inline ytx_event take_done(const char *file, int line, ytx_queue *queue)
{
  ytx_event event = YTX_EVENT_INIT;
  if (ytx_queue_take(queue, &event, PATIENT_MS) != 1)
    check_failed(file, line, "there is an event", "");
  if (event.type != YTX_EVENT_DONE || event.ticket == 0)
    check_failed(file, line, "it is the end of a call", event.json == NULL ? "" : event.json);
  return event;
}

/* The next event is the end of a call, with this status. */
#define EXPECT_DONE_STATUS(queue, status) expect_done_status(__FILE__, __LINE__, queue, status)

static inline void expect_done_status(const char *file, int line, ytx_queue *queue,
                                      ytx_status status)
{
  ytx_event event = take_done(file, line, queue);
  if (event.status != status)
    dprintf(check_output, "%s\n", event.json);
  check_status(file, line, "status", event.status, status);
  ytx_string_free(event.json);
}

/* The next event: of this call, whose answer is this text. */
#define EXPECT_DONE(queue, ticket, tag, status, text) \
  expect_done(__FILE__, __LINE__, queue, ticket, tag, status, text)

static inline void expect_done(const char *file, int line, ytx_queue *queue, ytx_ticket ticket,
                               uint64_t tag, ytx_status status, const char *text)
{
  ytx_event event = take_done(file, line, queue);
  if (event.ticket != ticket || event.tag != tag)
    check_failed(file, line, "it is this call's", event.json);
  expect_answer(file, line, event.json, &event.status, status, text);
}

/* The same, with the server's repetition of the confid. */
#define EXPECT_DONE_ECHO(queue, ticket, tag, confid) \
  expect_done_echo(__FILE__, __LINE__, queue, ticket, tag, confid)

static inline void expect_done_echo(const char *file, int line, ytx_queue *queue, ytx_ticket ticket,
                                    uint64_t tag, const char *confid)
{
  char text[1200];
  snprintf(text, sizeof text, "{\"statusCode\":\"0\",\"echo\":\"%s\"}", confid);
  expect_done(file, line, queue, ticket, tag, YTX_OK, text);
}

/* The same, with a report of the library's. */
#define EXPECT_DONE_REPORT(queue, ticket, tag, status, report) \
  expect_done_report(__FILE__, __LINE__, queue, ticket, tag, status, report)

static inline void expect_done_report(const char *file, int line, ytx_queue *queue,
                                      ytx_ticket ticket, uint64_t tag, ytx_status status,
                                      struct report report)
{
  ytx_event event = take_done(file, line, queue);
  if (event.ticket != ticket || event.tag != tag)
    check_failed(file, line, "it is this call's", event.json);
  expect_report(file, line, event.json, &event.status, status, report);
}

#define EXPECT_NOTHING(queue) expect_nothing(__FILE__, __LINE__, queue)

static inline void expect_nothing(const char *file, int line, ytx_queue *queue)
{
  ytx_event event = YTX_EVENT_INIT;
  if (ytx_queue_take(queue, &event, 0) != 0)
    check_failed(file, line, "there is no event", event.json == NULL ? "" : event.json);
}

#define EXPECT_CLOSED(queue) expect_closed(__FILE__, __LINE__, queue)

static inline void expect_closed(const char *file, int line, ytx_queue *queue)
{
  ytx_event event = YTX_EVENT_INIT;
  int64_t begun = now_ms();
  event.json = (char *)&event; /* they are all set */
  event.ticket = event.tag = 7;
  event.status = -9999;
  if (ytx_queue_take(queue, &event, PATIENT_MS) != 1 || now_ms() - begun > PATIENT_MS / 2)
    check_failed(file, line, "there is an event at once", "");
  if (event.type != YTX_EVENT_CLOSED || event.json != NULL || event.ticket != 0 || event.tag != 0 ||
      event.status != YTX_OK || event.struct_size != sizeof event)
    check_failed(file, line, "the queue is closed", "");
}

/* A number of the queue's figures. */
static inline long figure_of(const ytx_queue *queue, const char *name)
{
  ytx_status status = -9999;
  char member[50], *json = ytx_queue_stats(queue, &status), *at;
  long number;
  CHECK_STATUS(status, YTX_OK);
  snprintf(member, sizeof member, "\"%s\":", name);
  at = strstr(json, member);
  CHECK(at != NULL);
  number = strtol(at + strlen(member), NULL, 10);
  ytx_string_free(json);
  return number;
}

/* Waits until a figure is this. There is no event for it. */
#define AWAIT_FIGURE(queue, name, number) await_figure(__FILE__, __LINE__, queue, name, number)

static inline void await_figure(const char *file, int line, const ytx_queue *queue,
                                const char *name, long number)
{
  int64_t begun = now_ms();
  while (figure_of(queue, name) != number) {
    if (now_ms() - begun > PATIENT_MS)
      check_failed(file, line, name, "is another number");
    usleep(2000);
  }
}

#endif
