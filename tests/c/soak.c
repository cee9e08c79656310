/*
 * Very many calls from many threads with faults among them: each call ends as the server meant it
 * to, each answer is its caller's, and afterwards the process is as large as it was before.
 *
 * Arguments: the server's URL, the number of threads, and of calls in all.
 */
#include "check.h"
#include "soaking.h"

#define MOST 64

static ytx_client *client;
static int calls_each;

static void *run(void *argument)
{
  unsigned thread = *(unsigned *)argument, chance = thread * 2654435761u + 1;
  int i;
  for (i = 0; i < calls_each; i++) {
    char key[60], expected[120];
    ytx_status status = -9999;
    ytx_client *handle = client;
    char *json;
    int kind;

    chance = chance * 1664525u + 1013904223u;
    kind = (int)((chance >> 16) % KINDS);
    if (kinds[kind].letter == 's' && i % 8 != 0)
      kind = 0; /* waiting for nothing is slow */
    if (kinds[kind].letter == 's')
      handle = ytx_client_with_timeout(client, 20, NULL);
    snprintf(key, sizeof key, "%u.%d.%c", thread, i, kinds[kind].letter);
    snprintf(expected, sizeof expected, "{\"statusCode\":\"0\",\"echo\":\"%s\"}", key);
    if (i % 2)
      json = ytx_lock_meeting(handle, APPID, key, YTX_LOCK, &status);
    else
      json = ytx_meeting_state(handle, APPID, key, &status);
    if (status != kinds[kind].status)
      dprintf(2, "%s: %s\n", key, json);
    CHECK_STATUS(status, kinds[kind].status);
    if (status == YTX_OK)
      CHECK_TEXT(json, expected);
    ytx_string_free(json);
    if (handle != client)
      ytx_client_free(handle);
  }
  return NULL;
}

static void run_all(int threads, int calls)
{
  pthread_t running[MOST];
  unsigned numbers[MOST];
  int i;
  calls_each = calls / threads;
  for (i = 0; i < threads; i++) {
    numbers[i] = (unsigned)i;
    running[i] = start_thread(run, &numbers[i]);
  }
  for (i = 0; i < threads; i++)
    join_thread(running[i]);
}

int main(int argc, char **argv)
{
  int threads, calls, descriptors, tasks;
  long before, after;

  CHECK(argc == 4);
  threads = atoi(argv[2]);
  calls = atoi(argv[3]);
  CHECK(threads >= 1 && threads <= MOST);
  descriptors = entries("/proc/self/fd");
  tasks = count_tasks();
  client = client_for(argv[1]);

  /* The allocator's arenas and the library's pools fill up first. */
  run_all(threads, calls / 5);
  before = resident_kib();
  run_all(threads, calls);
  after = resident_kib();
  ytx_client_free(client);

  printf("%d calls on %d threads; resident %ld KiB before, %ld KiB after; "
         "descriptors %d and %d; threads %d and %d\n", calls, threads, before, after,
         descriptors, entries("/proc/self/fd"), tasks, entries("/proc/self/task"));
  CHECK(entries("/proc/self/fd") == descriptors);
  CHECK(entries("/proc/self/task") == tasks);
  /* Fragmentation comes and goes; a leak of one answer a call would be ten times this. */
  check_growth(before, after, 2048);
  return 0;
}
