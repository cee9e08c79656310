/*
 * An event loop that never waits for the platform: a few threads make the calls, and an eventfd
 * tells the loop that there are answers. docs/en/event-loop.md explains it part by part.
 *
 * The loop stands for a switch's. Its events are lines on standard input, from a terminal or a
 * pipe:
 *
 *     1 lock 002     the caller on leg 1 wants room 002 locked
 *     1 unlock 002
 *     1 hangup       leg 1 has gone: its calls are cancelled
 *     quit           all calls are cancelled; at the end of the input they may finish
 *
 * For Linux. At the root of the repository, with the variables that `cargo run -p ytx-sandbox`
 * prints:
 *
 *     cargo rustc --release --features capi --crate-type cdylib
 *     cc -std=c99 -pthread examples/c/event_loop.c -Iinclude -Ltarget/release -lytx \
 *        -Wl,-rpath,"$PWD/target/release" -o target/event_loop
 *     target/event_loop
 */

#define _POSIX_C_SOURCE 200809L /* -std=c99 leaves POSIX out otherwise */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "ytx.h"

#define WORKERS 4        /* calls under way at the same time */
#define MOST 20          /* requests at the same time, those that wait included */
#define DEADLINE_MS 3000 /* from the event to the answer, the wait for a worker included */

/* What one caller wants. The loop owns it; a worker has it from submit() to next_answer(). */
struct request {
  int leg; /* 0: this place is free */
  char room[64];
  int32_t lackstate;
  int64_t deadline;
  int cancelled;
  ytx_client *handle; /* while its call is under way */
  ytx_status status;
  char *json;
  struct request *next; /* in one of the pool's lists */
};

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- The pool ------------------------------------------------------------------------------ */

struct list {
  struct request *first, *last;
};

struct pool {
  ytx_client *client;
  const char *appid;
  pthread_t threads[WORKERS];
  pthread_mutex_t lock; /* for everything below, and never held during a call */
  pthread_cond_t work;
  struct list waiting; /* for a worker */
  struct list answers; /* for the loop */
  int stopping;
  int answered; /* an eventfd: readable when there may be answers */
};

static void push(struct list *list, struct request *request) {
  request->next = NULL;
  if (list->first == NULL)
    list->first = request;
  else
    list->last->next = request;
  list->last = request;
}

static struct request *pop(struct list *list) {
  struct request *request = list->first;
  if (request != NULL) list->first = request->next;
  return request;
}

/* Gives the request a handle of its own for the time it has left, unless it is too late. */
static void begin(const struct pool *pool, struct request *request) {
  int64_t left = request->deadline - now_ms();
  if (request->cancelled)
    request->status = YTX_E_CANCELLED;
  else if (left <= 0)
    request->status = YTX_E_TIMEOUT;
  else
    request->handle = ytx_client_with_timeout(pool->client, (uint32_t)left, &request->status);
}

static void *work(void *argument) {
  struct pool *pool = argument;
  struct request *request;

  pthread_mutex_lock(&pool->lock);
  for (;;) {
    while (pool->waiting.first == NULL && !pool->stopping)
      pthread_cond_wait(&pool->work, &pool->lock);
    request = pop(&pool->waiting);
    if (request == NULL) break;
    begin(pool, request);
    if (request->handle != NULL) {
      pthread_mutex_unlock(&pool->lock);
      request->json = ytx_lock_meeting(request->handle, pool->appid, request->room,
                                       request->lackstate, &request->status);
      pthread_mutex_lock(&pool->lock);
      ytx_client_free(request->handle);
      request->handle = NULL;
    }
    push(&pool->answers, request);
    eventfd_write(pool->answered, 1);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

static void submit(struct pool *pool, struct request *request) {
  pthread_mutex_lock(&pool->lock);
  push(&pool->waiting, request);
  pthread_cond_signal(&pool->work);
  pthread_mutex_unlock(&pool->lock);
}

/* Ends a request's call at once; its answer still comes, as YTX_E_CANCELLED. */
static void cancel(struct pool *pool, struct request *request) {
  pthread_mutex_lock(&pool->lock);
  request->cancelled = 1;
  if (request->handle != NULL) ytx_client_cancel(request->handle);
  pthread_mutex_unlock(&pool->lock);
}

static struct request *next_answer(struct pool *pool) {
  struct request *request;
  pthread_mutex_lock(&pool->lock);
  request = pop(&pool->answers);
  pthread_mutex_unlock(&pool->lock);
  return request;
}

static int start(struct pool *pool) {
  int i;
  pool->answered = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (pool->answered < 0) return errno;
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->work, NULL);
  for (i = 0; i < WORKERS; i++) {
    int error = pthread_create(&pool->threads[i], NULL, work, pool);
    if (error != 0) return error; /* the program ends */
  }
  return 0;
}

/* Ends the workers. There must be no request left. */
static void stop(struct pool *pool) {
  int i;
  pthread_mutex_lock(&pool->lock);
  pool->stopping = 1;
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->lock);
  for (i = 0; i < WORKERS; i++) pthread_join(pool->threads[i], NULL);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->lock);
  close(pool->answered);
}

/* --- The switch: all of this runs on its one thread ------------------------------------------ */

static struct pool pool;
static struct request requests[MOST];

static int requests_left(void) {
  int i, count = 0;
  for (i = 0; i < MOST; i++) count += requests[i].leg != 0;
  return count;
}

static void on_lock(int leg, const char *room, int32_t lackstate) {
  struct request *request = NULL;
  int i, busy = 0;
  for (i = 0; i < MOST; i++) {
    if (requests[i].leg == 0)
      request = &requests[i];
    else if (strcmp(requests[i].room, room) == 0)
      busy = 1; /* two changes of one room could arrive in either order */
  }
  if (busy || request == NULL) {
    printf("%d %s: busy\n", leg, room); /* now, and not when it is too late anyway */
    return;
  }
  memset(request, 0, sizeof *request);
  request->leg = leg;
  snprintf(request->room, sizeof request->room, "%s", room);
  request->lackstate = lackstate;
  request->deadline = now_ms() + DEADLINE_MS;
  submit(&pool, request);
}

/* Leg 0 stands for all legs. */
static void on_hangup(int leg) {
  int i;
  for (i = 0; i < MOST; i++)
    if (requests[i].leg != 0 && (leg == 0 || requests[i].leg == leg)) cancel(&pool, &requests[i]);
}

static void on_answers(void) {
  eventfd_t count;
  struct request *request;
  eventfd_read(pool.answered, &count); /* first this, so that no answer goes unnoticed */
  while ((request = next_answer(&pool)) != NULL) {
    printf("%d %s: %s\n", request->leg, request->room, ytx_status_name(request->status));
    ytx_string_free(request->json); /* NULL when no call was made */
    request->leg = 0;
  }
}

/* Returns 0 when no more lines are wanted. */
static int on_line(const char *line) {
  int leg, count;
  char word[16], room[64];
  if (strcmp(line, "quit") == 0) {
    on_hangup(0);
    return 0;
  }
  count = sscanf(line, "%d %15s %63s", &leg, word, room);
  if (count == 2 && leg > 0 && strcmp(word, "hangup") == 0)
    on_hangup(leg);
  else if (count == 3 && leg > 0 && strcmp(word, "lock") == 0)
    on_lock(leg, room, YTX_LOCK);
  else if (count == 3 && leg > 0 && strcmp(word, "unlock") == 0)
    on_lock(leg, room, YTX_UNLOCK);
  else
    printf("what is \"%s\"?\n", line);
  return 1;
}

/* Takes what there is to read, one read() an event. Returns 0 when no more will come. */
static int on_input(void) {
  static char text[256];
  static size_t used;
  char *end;
  ssize_t count = read(STDIN_FILENO, text + used, sizeof text - used);
  if (count <= 0) return 0;
  used += (size_t)count;
  while ((end = memchr(text, '\n', used)) != NULL) {
    *end++ = '\0';
    if (!on_line(text)) return 0;
    used -= (size_t)(end - text);
    memmove(text, end, used);
  }
  return used < sizeof text; /* a line that long is none of ours */
}

static int watch(int loop, int descriptor) {
  struct epoll_event event = { .events = EPOLLIN, .data.fd = descriptor };
  return epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event);
}

static int run_loop(void) {
  int reading = 1, loop = epoll_create1(EPOLL_CLOEXEC);
  if (loop < 0 || watch(loop, STDIN_FILENO) != 0 || watch(loop, pool.answered) != 0) {
    perror("event_loop");
    return 1;
  }
  while (reading || requests_left() > 0) {
    struct epoll_event event;
    if (epoll_wait(loop, &event, 1, -1) != 1) continue; /* a signal */
    if (event.data.fd == pool.answered)
      on_answers();
    else if (!on_input()) {
      reading = 0;
      epoll_ctl(loop, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    }
    fflush(stdout);
  }
  close(loop);
  return 0;
}

int main(void) {
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_status status;
  int error, failed;

  options.base_url = getenv("YTX_BASE_URL");
  pool.appid = getenv("YTX_APPID");
  pool.client =
      ytx_client_new(getenv("YTX_ACCOUNT_SID"), getenv("YTX_AUTH_TOKEN"), &options, &status);
  if (pool.client == NULL) {
    fprintf(stderr, "event_loop: %s\n", ytx_status_text(status));
    return 1;
  }
  error = start(&pool);
  if (error != 0) {
    fprintf(stderr, "event_loop: %s\n", strerror(error));
    return 1;
  }
  failed = run_loop(); /* until the last answer has come */
  stop(&pool);
  ytx_client_free(pool.client);
  return failed;
}
