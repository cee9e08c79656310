/*
 * Very many calls through one queue with faults among them, some cancelled, beside watches that come
 * and go and other queues that are freed in the middle: each call ends once, as the server meant it
 * to or as cancelled, each answer is its call's, and afterwards the process is as large as it was
 * before.
 *
 * Arguments: the server's URL, the number of threads, and of calls in all.
 */
#include "check.h"
#include "queue.h"
#include "soaking.h"

#define MOST 64
#define PENDING 512
#define WARM_UP 50000

static ytx_client *client, *hasty;
static ytx_queue *queue;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *times; /* how often each call has ended */
static int calls, next, ended;
static int is_over;

static int take_number(void)
{
  int number;
  pthread_mutex_lock(&counting);
  number = next < calls ? next++ : -1;
  pthread_mutex_unlock(&counting);
  return number;
}

static int all_have_ended(void)
{
  int all;
  pthread_mutex_lock(&counting);
  all = ended == calls;
  pthread_mutex_unlock(&counting);
  return all;
}

/* A stall is slow: one in eight of those that were meant to be, by the call's number. */
static int kind_of(int call)
{
  int kind = (int)((unsigned)call * 2654435761u >> 16) % KINDS;
  return kinds[kind].letter == 's' && call / KINDS % 8 != 0 ? 0 : kind;
}

static void key_of(char *key, size_t size, int call)
{
  snprintf(key, size, "q%d.%c", call, kinds[kind_of(call)].letter);
}

/* Takes an event of a call, if there is one within a while. */
static void take(int timeout_ms)
{
  ytx_event event = YTX_EVENT_INIT;
  int call, taken = ytx_queue_take(queue, &event, timeout_ms);
  char key[60], expected[120];
  CHECK(taken >= 0);
  if (taken == 0)
    return;
  CHECK(event.type == YTX_EVENT_DONE && event.json != NULL && event.tag < (uint64_t)calls);
  call = (int)event.tag;
  key_of(key, sizeof key, call);
  if (event.status != YTX_E_CANCELLED || call % 13 != 0) {
    if (event.status != kinds[kind_of(call)].status)
      dprintf(2, "%s: %s\n", key, event.json);
    CHECK_STATUS(event.status, kinds[kind_of(call)].status);
  }
  if (event.status == YTX_OK) {
    snprintf(expected, sizeof expected, "{\"statusCode\":\"0\",\"echo\":\"%s\"}", key);
    CHECK_TEXT(event.json, expected);
  }
  ytx_string_free(event.json);
  pthread_mutex_lock(&counting);
  CHECK(times[call]++ == 0);
  ended++;
  if (ended == calls) /* whoever waits for one more need not */
    CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  pthread_mutex_unlock(&counting);
}

/* Submits while there are calls left, takes what others have submitted where the queue is full, and
   takes in the end. */
static void *run(void *unused)
{
  int call;
  while ((call = take_number()) != -1) {
    const ytx_client *handle = kinds[kind_of(call)].letter == 's' ? hasty : client;
    ytx_ticket ticket;
    ytx_status status = -9999;
    char key[60];
    key_of(key, sizeof key, call);
    for (;;) {
      ticket = call % 2 ? ytx_lock_meeting_async(handle, queue, APPID, key, 1, (uint64_t)call, &status)
                        : ytx_meeting_state_async(handle, queue, APPID, key, (uint64_t)call, &status);
      if (status != YTX_E_BUSY)
        break;
      take(1000);
    }
    CHECK_STATUS(status, YTX_OK);
    CHECK(ticket != 0);
    if (call % 13 == 0)
      CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
    if (call % 3 == 0)
      take(0);
  }
  while (!all_have_ended())
    take(100);
  return unused;
}

static void *takes_until_freed(void *argument)
{
  ytx_queue *other = argument;
  ytx_event event = YTX_EVENT_INIT;
  while (ytx_queue_take(other, &event, -1) == 1 && event.type != YTX_EVENT_CLOSED)
    ytx_string_free(event.json);
  return NULL;
}

/* Queues that come and go on the same client, with watches and calls under way. */
static void *disturb(void *unused)
{
  int round, over = 0;
  for (round = 0; !over; round++) {
    ytx_queue *other = queue_of(16, 4);
    pthread_t taker = start_thread(takes_until_freed, other);
    int i;
    for (i = 0; i < 8; i++) {
      static const char *const confids[] = { "w.s", "w.g", "w.o", "w.r" };
      ytx_status status = -9999;
      ytx_ticket ticket = i % 2
        ? ytx_watch_meeting(client, other, APPID, confids[i / 2], 200, 0, &status)
        : ytx_meeting_state_async(client, other, APPID, confids[i / 2], 0, &status);
      CHECK_STATUS(status, YTX_OK);
      if (i >= 6)
        CHECK_STATUS(ytx_queue_cancel(other, ticket), YTX_OK);
    }
    EXPECT_ECHO(client, "beside.o");
    if (round % 3 == 1)
      CHECK_STATUS(ytx_queue_close(other), YTX_OK);
    else if (round % 3 == 2)
      CHECK_STATUS(ytx_queue_drain(other), YTX_OK);
    ytx_queue_free(other);
    join_thread(taker);
    pthread_mutex_lock(&counting);
    over = is_over;
    pthread_mutex_unlock(&counting);
  }
  return unused;
}

static void run_all(int threads, int count)
{
  pthread_t running[MOST], disturber;
  int i;
  calls = count;
  next = ended = is_over = 0;
  memset(times, 0, (size_t)count);
  disturber = start_thread(disturb, NULL);
  for (i = 0; i < threads; i++)
    running[i] = start_thread(run, NULL);
  for (i = 0; i < threads; i++)
    join_thread(running[i]);
  pthread_mutex_lock(&counting);
  is_over = 1;
  pthread_mutex_unlock(&counting);
  join_thread(disturber);
  for (i = 0; i < count; i++)
    CHECK(times[i] == 1);
  AWAIT_FIGURE(queue, "pending", 0);
  CHECK(ytx_queue_take(queue, &(ytx_event)YTX_EVENT_INIT, 0) == 0);
}

int main(int argc, char **argv)
{
  int threads, count, descriptors, tasks;
  long before, after;
  int64_t begun;

  CHECK(argc == 4);
  threads = atoi(argv[2]);
  count = atoi(argv[3]);
  CHECK(threads >= 1 && threads <= MOST);
  descriptors = entries("/proc/self/fd");
  tasks = count_tasks();
  times = malloc((size_t)count);
  CHECK(times != NULL);
  memset(times, 1, (size_t)count);
  client = client_for(argv[1]);
  hasty = ytx_client_with_timeout(client, 20, NULL);
  queue = queue_of(PENDING, 0);

  /* The allocator's arenas and the library's pools fill up first, which takes as many calls. */
  run_all(threads, count < WARM_UP ? count : WARM_UP);
  before = resident_kib();
  run_all(threads, count);
  after = resident_kib();
  ytx_queue_free(queue);
  ytx_client_free(hasty);
  ytx_client_free(client);
  free(times);

  /* Threads that have nothing to do end by themselves within 30 s. */
  begun = now_ms();
  while (entries("/proc/self/task") != tasks) {
    CHECK(now_ms() - begun < 2 * PATIENT_MS);
    usleep(10000);
  }
  dprintf(1, "%d calls by %d threads through a queue; resident %ld KiB before, %ld KiB after; "
         "descriptors %d and %d; threads %d and %d after %lld ms\n", count, threads, before, after,
         descriptors, entries("/proc/self/fd"), tasks, entries("/proc/self/task"),
         (long long)(now_ms() - begun));
  CHECK(entries("/proc/self/fd") == descriptors);
  /* Fragmentation comes and goes; of two hundred thousand calls twenty bytes each would be as much. */
  check_growth(before, after, 4096);
  return 0;
}
