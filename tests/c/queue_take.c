/*
 * Taking from a queue: what take returns, events of other sizes, waking, the descriptor.
 *
 * Arguments: the server's URL. It holds "held…" back until somebody calls "release…".
 */
#include "check.h"
#include "queue.h"
#include "system.h"

#ifndef _WIN32
#include <sys/epoll.h>
#include <sys/resource.h>
#endif

static ytx_client *client;

static int take_now(ytx_queue *queue)
{
  ytx_event event = YTX_EVENT_INIT;
  return ytx_queue_take(queue, &event, 0);
}

static void options_have_their_rules(void)
{
  struct {
    ytx_queue_options known;
    char later[4096];
  } larger;
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  size_t wrong[] = { 0, 1, sizeof options - 1, 4097, SIZE_MAX }, i;
  ytx_status status = -9999;

  CHECK(options.struct_size == sizeof options && options.max_pending == 0);
  ytx_queue_free(queue_with(&options));
  ytx_queue_free(queue_with(NULL));
  CHECK(ytx_queue_new(NULL, NULL) != NULL); /* it ends with the program */
  options.max_pending = options.max_in_flight = options.max_watches = UINT32_MAX;
  ytx_queue_free(queue_with(&options));
  for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    options.struct_size = wrong[i];
    status = -9999;
    CHECK(ytx_queue_new(&options, &status) == NULL);
    CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
    CHECK(ytx_queue_new(&options, NULL) == NULL);
  }
  options.struct_size = sizeof options;
  options.reserved = 1;
  CHECK(ytx_queue_new(&options, &status) == NULL);
  CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);

  memset(&larger, 0, sizeof larger);
  larger.known.struct_size = 4096;
  ytx_queue_free(queue_with(&larger.known));
  larger.later[4096 - sizeof options - 1] = 1; /* the last byte that counts */
  CHECK(ytx_queue_new(&larger.known, &status) == NULL);
  CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
  larger.later[4096 - sizeof options - 1] = 0;
  larger.later[4096 - sizeof options] = 1; /* the first that does not */
  ytx_queue_free(queue_with(&larger.known));
}

#ifndef _WIN32 /* it has no such limit to set */
static void no_descriptor_makes_no_queue(void)
{
  struct rlimit limit, none_left;
  ytx_status status = -9999;
  int lowest = dup(2), i;

  CHECK(lowest >= 0 && close(lowest) == 0);
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  for (i = 0; i < 2; i++) { /* with one descriptor there is no pipe either */
    none_left = limit;
    none_left.rlim_cur = (rlim_t)(lowest + i);
    CHECK(setrlimit(RLIMIT_NOFILE, &none_left) == 0);
    CHECK(ytx_queue_new(NULL, &status) == NULL);
    CHECK_STATUS(status, YTX_E_INTERNAL);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(look_at_descriptor(lowest) == CLOSED); /* what was opened is closed again */
  }
}
#endif

static void what_take_returns(void)
{
  ytx_queue *queue = queue_of(0, 0);
  ytx_event event = YTX_EVENT_INIT;
  ytx_ticket ticket;
  int64_t begun = now_ms();

  CHECK(sizeof event == 2 * sizeof(void *) + 24);
  CHECK(event.struct_size == sizeof event && event.json == NULL && event.ticket == 0 &&
        event.tag == 0 && event.type == 0 && event.status == 0);
  CHECK(ytx_queue_take(queue, &event, 0) == 0);
  CHECK(now_ms() - begun < 10000);
  begun = now_ms();
  CHECK(ytx_queue_take(queue, &event, 200) == 0);
  CHECK(now_ms() - begun >= 199);
  /* Nothing was written. */
  CHECK(event.struct_size == sizeof event && event.json == NULL && event.type == 0);

  ticket = LOCK(client, queue, "taken", 5);
  CHECK(ytx_queue_take(queue, &event, -1) == 1);
  CHECK(event.ticket == ticket && event.tag == 5 && event.type == YTX_EVENT_DONE);
  CHECK(event.struct_size == sizeof event);
  EXPECT_ANSWER(event.json, event.status, YTX_OK, "{\"statusCode\":\"0\",\"echo\":\"taken\"}");
  LOCK(client, queue, "taken", 6);
  CHECK(ytx_queue_take(queue, &event, INT32_MIN) == 1); /* the same variable again */
  ytx_string_free(event.json);
  LOCK(client, queue, "taken", 7);
  CHECK(ytx_queue_take(queue, &event, INT32_MAX) == 1);
  ytx_string_free(event.json);
  CHECK(ytx_queue_take(queue, &event, 0) == 0);
  ytx_queue_free(queue);
}

static void what_take_refuses(void)
{
  ytx_queue *queue = queue_of(0, 0), *gone = queue_of(0, 0);
  size_t wrong[] = { 0, 1, sizeof(ytx_event) - 1, 4097, SIZE_MAX }, i;
  ytx_event event = YTX_EVENT_INIT;
  ytx_ticket ticket = LOCK(client, queue, "waits", 1);
  struct {
    ytx_event known;
    unsigned char later[4096];
  } larger;

  ytx_queue_free(gone);
  CHECK(becomes_readable(queue, PATIENT_MS));
  CHECK(ytx_queue_take(NULL, &event, -1) == -1);
  CHECK(ytx_queue_take(gone, &event, -1) == -1);
  CHECK(ytx_queue_take((ytx_queue *)client, &event, -1) == -1);
  CHECK(ytx_queue_take((ytx_queue *)~(uintptr_t)0, &event, -1) == -1);
  CHECK(ytx_queue_take(queue, NULL, -1) == -1);
  for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    memset(&event, 0x5a, sizeof event);
    event.struct_size = wrong[i];
    CHECK(ytx_queue_take(queue, &event, -1) == -1);
    CHECK(event.struct_size == wrong[i] && event.tag == 0x5a5a5a5a5a5a5a5a);
  }
  CHECK(becomes_readable(queue, 0)); /* none of that took it */

  /* What lies behind a larger one's fields is neither read nor written. */
  memset(&larger, 0xa5, sizeof larger);
  larger.known.struct_size = 4096;
  CHECK(ytx_queue_take(queue, &larger.known, -1) == 1);
  CHECK(larger.known.struct_size == 4096 && larger.known.ticket == ticket);
  for (i = 0; i < sizeof larger.later; i++)
    CHECK(larger.later[i] == 0xa5);
  ytx_string_free(larger.known.json);

  /* Nor behind one that ends where memory does. */
  {
    ytx_event *last = (ytx_event *)(void *)(edge_of_memory() - sizeof event);
    last->struct_size = sizeof event;
    LOCK(client, queue, "at the edge", 1);
    CHECK(ytx_queue_take(queue, last, PATIENT_MS) == 1);
    ytx_string_free(last->json);
  }

  CHECK_STATUS(ytx_queue_wake(NULL), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_wake(gone), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_cancel(NULL, 1), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_cancel(gone, ticket), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_close(NULL), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_close(gone), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_close((ytx_queue *)client), YTX_E_INVALID_HANDLE);
  CHECK(ytx_queue_fd(NULL) == -1 && ytx_queue_fd(gone) == -1);
  CHECK_STATUS(ytx_client_cancel((ytx_client *)queue), YTX_E_INVALID_HANDLE);
  ytx_queue_free(gone);
  ytx_queue_free(NULL);
  ytx_queue_free((ytx_queue *)client);
  EXPECT_ECHO(client, "the client lives");
  ytx_queue_free(queue);
  ytx_queue_free(queue);
}

struct taker {
  ytx_queue *queue;
  int result;
  pthread_t thread;
};

static void *takes_without_end(void *argument)
{
  struct taker *taker = argument;
  ytx_event event = YTX_EVENT_INIT;
  taker->result = ytx_queue_take(taker->queue, &event, -1);
  return NULL;
}

/* A wake lets one take return 0: the one that waits, or the next that would. */
static void wakes(void)
{
  ytx_queue *queue = queue_of(0, 0);
  ytx_event event = YTX_EVENT_INIT;
  struct taker takers[3];
  ytx_ticket ticket;
  int64_t begun = now_ms();
  int i;

  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK); /* counts as one */
  CHECK(!becomes_readable(queue, 0));
  CHECK(take_now(queue) == 0); /* it would not wait, so it is not this one */
  CHECK(ytx_queue_take(queue, &event, -1) == 0);
  CHECK(ytx_queue_take(queue, &event, 300) == 0);
  CHECK(now_ms() - begun >= 299); /* nothing was left of the second */

  /* An event comes first, and the wake is kept for who would wait. */
  ticket = LOCK(client, queue, "first", 1);
  CHECK(becomes_readable(queue, PATIENT_MS));
  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  EXPECT_DONE_ECHO(queue, ticket, 1, "first");
  CHECK(ytx_queue_take(queue, &event, -1) == 0);

  /* Each wake lets one go; whether it waits already does not matter. */
  for (i = 0; i < 3; i++) {
    takers[i].queue = queue;
    takers[i].thread = start_thread(takes_without_end, &takers[i]);
  }
  for (i = 0; i < 3; i++) {
    int gone = 0, j;
    CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
    while (!gone)
      for (j = 0; j < 3 && !gone; j++)
        if (takers[j].queue != NULL && pthread_tryjoin_np(takers[j].thread, NULL) == 0) {
          CHECK(takers[j].result == 0);
          takers[j].queue = NULL;
          gone = 1;
        } else
          usleep(1000);
  }

  /* One that waits before the wake comes, beside another that takes an event. */
  takers[0].queue = queue;
  takers[0].thread = start_thread(takes_without_end, &takers[0]);
  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  join_thread(takers[0].thread);
  CHECK(takers[0].result == 0);
  ytx_queue_free(queue);
}

/* Level-triggered: readable for as long as there is something to take. */
static void the_descriptor_is_readable_while_there_is_an_event(void)
{
  ytx_queue *queue = queue_of(0, 0);
  intptr_t descriptor = ytx_queue_fd(queue);
  ytx_event event;
  int i;

  CHECK(descriptor > 2 && look_at_descriptor(NUMBER_OF(descriptor)) == KEPT); /* close-on-exec */
  CHECK(!becomes_readable(queue, 0));
  LOCK(client, queue, "held level", 0);
  for (i = 1; i < 4; i++)
    LOCK(client, queue, "level", (uint64_t)i);
  AWAIT_FIGURE(queue, "untaken", 3);
  for (i = 1; i < 4; i++) {
    CHECK(becomes_readable(queue, 0) && becomes_readable(queue, 0));
    event = TAKE_DONE(queue);
    ytx_string_free(event.json);
    CHECK(ytx_queue_fd(queue) == descriptor);
  }
  CHECK(take_now(queue) == 0);
  CHECK(!becomes_readable(queue, 0));
  EXPECT_ECHO(client, "release level");
  CHECK(becomes_readable(queue, PATIENT_MS));
  event = TAKE_DONE(queue);
  ytx_string_free(event.json);
  CHECK(take_now(queue) == 0 && !becomes_readable(queue, 0));
  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  CHECK(!becomes_readable(queue, 0)); /* a wake is no event */
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  for (i = 0; i < 3; i++) {
    CHECK(becomes_readable(queue, 0)); /* CLOSED is one, again and again */
    EXPECT_CLOSED(queue);
  }
  CHECK(ytx_queue_fd(queue) == descriptor);
  ytx_queue_free(queue);
  CHECK(ytx_queue_fd(queue) == -1);
  CHECK(is_closed(descriptor));
}

/* Until then nobody rings it; from then on it says what there is. */
static void the_descriptor_may_be_asked_for_late(void)
{
  ytx_queue *queue = queue_of(0, 0);
  ytx_event event;
  int i;

  for (i = 0; i < 2; i++) {
    LOCK(client, queue, "late", 0);
    AWAIT_FIGURE(queue, "untaken", 1);
    CHECK(becomes_readable(queue, 0)); /* it asks for the descriptor */
    event = TAKE_DONE(queue);
    ytx_string_free(event.json);
    CHECK(take_now(queue) == 0 && !becomes_readable(queue, 0));
  }
  ytx_queue_free(queue);

  queue = queue_of(0, 0);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  CHECK(becomes_readable(queue, 0));
  ytx_queue_free(queue);
}

#ifndef _WIN32 /* it has no edges */
static int edge(int epoll, int timeout_ms)
{
  struct epoll_event events[2];
  int count = epoll_wait(epoll, events, 2, timeout_ms);
  CHECK(count >= 0 && count <= 1);
  return count;
}

/* Once a take has returned 0 the next event makes a new edge. */
static void a_new_edge_after_a_take_that_found_nothing(void)
{
  ytx_queue *queue = queue_of(0, 0);
  struct epoll_event watched;
  int epoll = epoll_create1(EPOLL_CLOEXEC), i;

  memset(&watched, 0, sizeof watched);
  watched.events = EPOLLIN | EPOLLET;
  CHECK(epoll >= 0);
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, (int)ytx_queue_fd(queue), &watched) == 0);
  CHECK(edge(epoll, 0) == 0);
  for (i = 0; i < 50; i++) {
    int taken = 0;
    LOCK(client, queue, "edge", 1);
    if (i % 2)
      STATE(client, queue, "edge too", 2);
    while (taken < 1 + i % 2) {
      ytx_event event = YTX_EVENT_INIT;
      CHECK(edge(epoll, PATIENT_MS) == 1);
      while (ytx_queue_take(queue, &event, 0) == 1) {
        ytx_string_free(event.json);
        taken++;
      }
    }
  }
  /* One whose last edge was taken care of without an event left behind. */
  edge(epoll, 0);
  CHECK(take_now(queue) == 0);
  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  CHECK(edge(epoll, 100) == 0);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  CHECK(edge(epoll, PATIENT_MS) == 1);
  EXPECT_CLOSED(queue);
  CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, (int)ytx_queue_fd(queue), NULL) == 0);
  close(epoll);
  ytx_queue_free(queue);
}

/* The same where the close ends a call, whose event comes between. */
static void the_edge_of_a_close_with_calls_under_way(void)
{
  ytx_queue *queue = queue_of(0, 0);
  struct epoll_event watched;
  int epoll = epoll_create1(EPOLL_CLOEXEC), done = 0, closed = 0;

  memset(&watched, 0, sizeof watched);
  watched.events = EPOLLIN | EPOLLET;
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, (int)ytx_queue_fd(queue), &watched) == 0);
  LOCK(client, queue, "held close", 1);
  EXPECT_ECHO(client, "await held close");
  CHECK(edge(epoll, 0) == 0 && take_now(queue) == 0);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  while (!closed) {
    ytx_event event = YTX_EVENT_INIT;
    CHECK(edge(epoll, PATIENT_MS) == 1);
    while (!closed && ytx_queue_take(queue, &event, 0) == 1) {
      done += event.type == YTX_EVENT_DONE;
      closed = event.type == YTX_EVENT_CLOSED;
      ytx_string_free(event.json);
    }
  }
  CHECK(done == 1);
  close(epoll);
  ytx_queue_free(queue);
}
#endif

/* Events come as calls end, and any call that has ended can be taken at once. */
static void events_come_as_calls_end(void)
{
  ytx_queue *queue = queue_of(0, 0);
  ytx_ticket slow = STATE(client, queue, "held slow", 1), quick;
  EXPECT_ECHO(client, "await held slow");
  quick = STATE(client, queue, "quick", 2);
  EXPECT_DONE_ECHO(queue, quick, 2, "quick");
  EXPECT_ECHO(client, "release slow");
  EXPECT_DONE_ECHO(queue, slow, 1, "held slow");
  ytx_queue_free(queue);
}

int main(int argc, char **argv)
{
  CHECK(argc == 2);
  client = client_for(argv[1]);
  options_have_their_rules();
#ifndef _WIN32
  no_descriptor_makes_no_queue();
#endif
  what_take_returns();
  what_take_refuses();
  wakes();
  the_descriptor_is_readable_while_there_is_an_event();
  the_descriptor_may_be_asked_for_late();
#ifndef _WIN32
  a_new_edge_after_a_take_that_found_nothing();
  the_edge_of_a_close_with_calls_under_way();
#endif
  events_come_as_calls_end();
  ytx_client_free(client);
  return 0;
}
