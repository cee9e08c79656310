/*
 * How calls of a queue are ended early: cancelling, closing, freeing; and by threads that do all of
 * it at the same time.
 *
 * Arguments: the server's URL, which holds "held…" back until somebody calls "release…", closes for
 * "close", refuses "-205:…" and so on; the URL of a listener that takes no more connections.
 */
#include "check.h"
#include "queue.h"
#include "system.h"

static ytx_client *client;
static const struct report on_its_way = { 0, 1, 0, 1, NULL };

static void tickets_are_cancelled(void)
{
  ytx_queue *queue = queue_of(0, 2), *other = queue_of(0, 0);
  ytx_ticket flying = LOCK(client, queue, "held flying", 1), second, waiting, behind, ended;
  int64_t begun;

  EXPECT_ECHO(client, "await held flying");
  begun = now_ms();
  behind = LOCK(client, queue, "held flying", 2);
  second = STATE(client, queue, "held second", 3);
  EXPECT_ECHO(client, "await held second");
  waiting = STATE(client, queue, "never", 4);

  CHECK_STATUS(ytx_queue_cancel(other, flying), YTX_E_INVALID_ARGUMENT);
  CHECK_STATUS(ytx_queue_cancel(queue, 0), YTX_E_INVALID_ARGUMENT);
  CHECK_STATUS(ytx_queue_cancel(queue, waiting + 1), YTX_E_INVALID_ARGUMENT);
  CHECK_STATUS(ytx_queue_cancel(queue, UINT64_MAX), YTX_E_INVALID_ARGUMENT);
  EXPECT_NOTHING(queue);

  CHECK_STATUS(ytx_queue_cancel(queue, behind), YTX_OK);
  EXPECT_DONE_REPORT(queue, behind, 2, YTX_E_CANCELLED, not_sent);
  CHECK_STATUS(ytx_queue_cancel(queue, waiting), YTX_OK);
  EXPECT_DONE_REPORT(queue, waiting, 4, YTX_E_CANCELLED, not_sent);
  CHECK_STATUS(ytx_queue_cancel(queue, flying), YTX_OK);
  CHECK_STATUS(ytx_queue_cancel(queue, flying), YTX_OK);
  EXPECT_DONE_REPORT(queue, flying, 1, YTX_E_CANCELLED, on_its_way);
  CHECK_STATUS(ytx_queue_cancel(queue, flying), YTX_OK); /* it has ended and was taken */
  EXPECT_NOTHING(queue);
  CHECK(now_ms() - begun < 20000); /* at once: the deadline is a minute away */

  /* The answer was there first. */
  EXPECT_ECHO(client, "release second");
  CHECK(becomes_readable(queue, PATIENT_MS));
  CHECK_STATUS(ytx_queue_cancel(queue, second), YTX_OK);
  EXPECT_DONE_ECHO(queue, second, 3, "held second");
  ended = STATE(client, queue, "", 5);
  CHECK_STATUS(ytx_queue_cancel(queue, ended), YTX_OK);
  EXPECT_DONE_STATUS(queue, YTX_E_INVALID_ARGUMENT);
  ytx_queue_free(queue);
  ytx_queue_free(other);
}

/* Where a thread waits for it in the middle: in a connect, in a long answer. */
static void cancelled_where_a_thread_waits(const char *hanging)
{
  ytx_options options = options_for(hanging);
  ytx_client *stuck = client_with(&options);
  ytx_queue *queue = queue_of(0, 0);
  struct report connecting = { 0, 0, 0, 1, NULL }, reading = { 0, 1, 200, 1, NULL };
  ytx_ticket ticket = LOCK(stuck, queue, "never", 1);
  int64_t begun = now_ms();

  AWAIT_FIGURE(queue, "inFlight", 1);
  usleep(50000); /* it may be connecting by now; if not, it is cancelled before, and counts less */
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  {
    ytx_event event = TAKE_DONE(queue);
    connecting.attempts = strstr(event.json, "\"attempts\":0") ? 0 : 1;
    EXPECT_REPORT(event.json, event.status, YTX_E_CANCELLED, connecting);
  }
  ticket = LOCK(client, queue, "half of much", 2);
  EXPECT_ECHO(client, "await half sent");
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  {
    ytx_event event = TAKE_DONE(queue);
    reading.http = strstr(event.json, "\"httpStatus\":null") ? 0 : 200;
    EXPECT_REPORT(event.json, event.status, YTX_E_CANCELLED, reading);
  }
  CHECK(now_ms() - begun < 20000);
  ytx_client_free(stuck);
  ytx_queue_free(queue);
}

/* In the pause before a retry that the server has asked to be long. */
static void cancelled_in_a_pause(const char *url)
{
  ytx_options options = options_for(url);
  ytx_client *patient;
  ytx_queue *queue = queue_of(0, 0);
  struct report pausing = { 0, 1, 503, 1, NULL };
  ytx_ticket ticket;
  int64_t begun = now_ms();

  options.max_retries = 1;
  patient = client_with(&options);
  ticket = LOCK(patient, queue, "503 in half a minute", 1);
  EXPECT_ECHO(client, "await 503 in half a minute");
  AWAIT_FIGURE(queue, "waiting", 1);
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  EXPECT_DONE_REPORT(queue, ticket, 1, YTX_E_CANCELLED, pausing);
  CHECK(now_ms() - begun < 20000);
  ytx_client_free(patient);
  ytx_queue_free(queue);
}

/* A cancel may come at any moment of a call: none is missed. */
static void cancelled_at_any_moment(const char *url)
{
  ytx_queue *queue = queue_of(0, 0);
  int i;
  for (i = 0; i < 1500; i++) {
    ytx_client *fresh = i % 3 ? client_for(url) : ytx_client_with_timeout(client, 0, NULL);
    ytx_ticket ticket = STATE(fresh, queue, "silence", (uint64_t)i);
    struct timespec begun, now;
    ytx_event event;
    int64_t asked;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    do
      clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begun.tv_sec) * 1000000000L + now.tv_nsec - begun.tv_nsec < i * 701 % 700000);
    asked = now_ms();
    if (i % 2)
      CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
    else
      CHECK_STATUS(ytx_client_cancel(fresh), YTX_OK);
    event = TAKE_DONE(queue);
    CHECK(now_ms() - asked < PATIENT_MS / 2);
    CHECK(event.ticket == ticket);
    CHECK_STATUS(event.status, YTX_E_CANCELLED);
    ytx_string_free(event.json);
    ytx_client_free(fresh);
  }
  ytx_queue_free(queue);
}

static void closing(void)
{
  ytx_queue *queue = queue_of(0, 2);
  ytx_ticket tickets[5];
  int64_t begun;
  int i, seen = 0;

  tickets[0] = STATE(client, queue, "ended before", 0);
  AWAIT_FIGURE(queue, "untaken", 1);
  tickets[1] = LOCK(client, queue, "held closing", 1);
  tickets[2] = STATE(client, queue, "held closing two", 2);
  tickets[3] = LOCK(client, queue, "held closing", 3);
  tickets[4] = STATE(client, queue, "never", 4);
  EXPECT_ECHO(client, "await held closing");
  EXPECT_ECHO(client, "await held closing two");

  begun = now_ms();
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  EXPECT_DONE_ECHO(queue, tickets[0], 0, "ended before"); /* its end was there before */
  for (i = 0; i < 4; i++) {
    ytx_event event = TAKE_DONE(queue);
    CHECK(event.tag >= 1 && event.tag <= 4 && event.ticket == tickets[event.tag]);
    CHECK((seen & 1 << event.tag) == 0);
    seen |= 1 << event.tag;
    EXPECT_REPORT(event.json, event.status, YTX_E_CANCELLED, event.tag <= 2 ? on_its_way : not_sent);
  }
  for (i = 0; i < 3; i++)
    EXPECT_CLOSED(queue);
  CHECK(now_ms() - begun < 20000);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  CHECK_STATUS(ytx_queue_cancel(queue, tickets[1]), YTX_OK);
  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  EXPECT_CLOSED(queue); /* an event comes before a wake */
  ytx_queue_free(queue);
  EXPECT_ECHO(client, "after the close");
}

struct taker {
  ytx_queue *queue;
  int expected;
  pthread_t thread;
};

static void *takes_the_end(void *argument)
{
  struct taker *taker = argument;
  ytx_event event = YTX_EVENT_INIT;
  int result = ytx_queue_take(taker->queue, &event, -1);
  CHECK(result == taker->expected);
  CHECK(result == -1 || event.type == YTX_EVENT_CLOSED);
  return NULL;
}

static void start_takers(struct taker *takers, int count, ytx_queue *queue, int expected)
{
  int i;
  for (i = 0; i < count; i++) {
    takers[i].queue = queue;
    takers[i].expected = expected;
    takers[i].thread = start_thread(takes_the_end, &takers[i]);
  }
  usleep(20000); /* some wait by now; those that do not must end all the same */
}

static void join_takers(struct taker *takers, int count)
{
  int i;
  for (i = 0; i < count; i++)
    join_thread(takers[i].thread);
}

/* A close wakes all that wait, and so does a free. */
static void takers_hear_of_the_end(void)
{
  struct taker takers[8];
  ytx_queue *queue = queue_of(0, 0);
  int round;
  start_takers(takers, 8, queue, 1);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  join_takers(takers, 8);
  ytx_queue_free(queue);

  /* Not one sees the queue closed on the way to its end. */
  for (round = 0; round < 30; round++) {
    queue = queue_of(0, 0);
    start_takers(takers, 8, queue, -1);
    ytx_queue_free(queue);
    join_takers(takers, 8);
  }
}

static int in_flight(const ytx_client *of)
{
  char *json = ytx_client_stats(of, NULL), *at = strstr(json, "\"inFlight\":");
  int count = atoi(at + strlen("\"inFlight\":"));
  ytx_string_free(json);
  return count;
}

/* Nothing is waited for, and nothing is heard of what was under way. The client is not touched. */
static void freeing(const char *url, const char *hanging)
{
  ytx_client *other = client_for(url), *stuck = client_for(hanging);
  ytx_queue *queue = queue_of(0, 3);
  struct taker taker;
  intptr_t descriptor = ytx_queue_fd(queue);
  int64_t begun;
  ytx_event event = YTX_EVENT_INIT;
#ifndef _WIN32
  enum { MOST_PIPES = 200 };
  int pipes[MOST_PIPES][2], count, after = 0, i;
#endif

  LOCK(other, queue, "untaken", 1);
  AWAIT_FIGURE(queue, "untaken", 1);
  LOCK(other, queue, "held freed", 2);
  LOCK(other, queue, "held freed", 3);
  STATE(other, queue, "held freed too", 4);
  LOCK(stuck, queue, "never", 5);
  STATE(other, queue, "never", 6);
  EXPECT_ECHO(client, "await held freed");
  EXPECT_ECHO(client, "await held freed too");
  begun = now_ms();
  ytx_queue_free(queue);
  CHECK(now_ms() - begun < 10000);
  CHECK(is_closed(descriptor));
#ifndef _WIN32
  /* Its numbers are others' now, and what ends afterwards touches them no more. */
  for (count = 0; count < MOST_PIPES && after < 5; count++) {
    CHECK(pipe(pipes[count]) == 0);
    after += after > 0 || pipes[count][0] == descriptor || pipes[count][1] == descriptor;
  }
  CHECK(after == 5);
#endif
  CHECK(ytx_queue_take(queue, &event, -1) == -1);
  CHECK(ytx_queue_fd(queue) == -1);
  CHECK_STATUS(ytx_queue_close(queue), YTX_E_INVALID_HANDLE);
  ytx_queue_free(queue);
  EXPECT_ECHO(other, "the client goes on");

  begun = now_ms();
  while (in_flight(other) > 0 || in_flight(stuck) > 0) {
    CHECK(now_ms() - begun < PATIENT_MS);
    usleep(1000);
  }
#ifndef _WIN32
  for (i = 0; i < count; i++) {
    CHECK(fcntl(pipes[i][0], F_SETFL, O_NONBLOCK) == 0);
    CHECK(read(pipes[i][0], &event, 1) == -1 && errno == EAGAIN);
    CHECK(close(pipes[i][0]) == 0 && close(pipes[i][1]) == 0); /* nor were they closed */
  }
#endif

  /* With takers that wait while calls are under way. */
  queue = queue_of(0, 0);
  LOCK(other, queue, "held taker", 1);
  EXPECT_ECHO(client, "await held taker");
  start_takers(&taker, 1, queue, -1);
  ytx_queue_free(queue);
  join_takers(&taker, 1);
  ytx_client_free(other);
  ytx_client_free(stuck);
}

/* Threads that submit, take, cancel, wake, close and free without knowing of each other. */
enum { THREADS = 6 };
static ytx_queue *shared;

static void *does_this_and_that(void *argument)
{
  unsigned chance = *(unsigned *)argument;
  ytx_ticket tickets[32] = { 0 };
  int count = 0, ended = 0;

  while (!ended) {
    ytx_event event = YTX_EVENT_INIT;
    ytx_status status = YTX_OK;
    int taken;
    chance = chance * 1664525u + 1013904223u;
    switch ((chance >> 16) % 8) {
    case 0:
    case 1:
      tickets[count++ % 32] =
          ytx_lock_meeting_async(client, shared, APPID, "contended", 1, chance, &status);
      break;
    case 2:
      tickets[count++ % 32] =
          ytx_meeting_state_async(client, shared, APPID, "silence", chance, &status);
      break;
    case 3:
      status = ytx_queue_cancel(shared, tickets[(chance >> 20) % 32]);
      if (status == YTX_E_INVALID_ARGUMENT)
        status = YTX_OK; /* none was issued yet */
      break;
    case 4:
      status = ytx_queue_wake(shared);
      break;
    case 5:
      if ((chance >> 20) % 64 == 0)
        status = ytx_queue_close(shared);
      break;
    default:
      taken = ytx_queue_take(shared, &event, (int)((chance >> 20) % 3));
      if (taken == 1) {
        CHECK(event.type == YTX_EVENT_CLOSED ? event.json == NULL : event.json != NULL);
        CHECK(event.status == YTX_OK || event.status == YTX_E_CANCELLED ||
              event.status == YTX_E_CONNECT);
        ytx_string_free(event.json);
      }
      status = taken == -1 ? YTX_E_INVALID_HANDLE : YTX_OK;
    }
    ended = status == YTX_E_INVALID_HANDLE;
    CHECK(ended || status == YTX_OK || status == YTX_E_CANCELLED || status == YTX_E_BUSY);
  }
  return NULL;
}

static void everything_at_once(void)
{
  pthread_t threads[THREADS];
  unsigned seeds[THREADS];
  int round, i;
  for (round = 0; round < 60; round++) {
    shared = queue_of(40, 5);
    for (i = 0; i < THREADS; i++) {
      seeds[i] = (unsigned)(round * THREADS + i + 1);
      threads[i] = start_thread(does_this_and_that, &seeds[i]);
    }
    usleep((useconds_t)(round % 10) * 2000); /* so that the free meets every stage */
    ytx_queue_free(shared);
    for (i = 0; i < THREADS; i++)
      join_thread(threads[i]);
  }
  EXPECT_ECHO(client, "after it all");
}

int main(int argc, char **argv)
{
  CHECK(argc == 3);
  client = client_for(argv[1]);
  tickets_are_cancelled();
  cancelled_where_a_thread_waits(argv[2]);
  cancelled_in_a_pause(argv[1]);
  cancelled_at_any_moment(argv[1]);
  closing();
  takers_hear_of_the_end();
  freeing(argv[1], argv[2]);
  everything_at_once();
  ytx_client_free(client);
  return 0;
}
