/*
 * Many threads on one client, and many calls on one thread. The server repeats the confid, so an
 * answer that reaches the wrong caller is seen; it also counts the connections.
 *
 * Arguments: the server's URL, the number of threads, of rounds that all threads begin together,
 * and of calls that each thread makes afterwards on its own.
 */
#include "check.h"

#define MOST 64

static ytx_client *client;
static pthread_barrier_t together;
static int rounds, calls;

/* The three calls in turns. */
static void call(int thread, const char *phase, int number)
{
  char key[100], expected[200], body[200];
  ytx_status status = -9999;
  char *json;

  snprintf(key, sizeof key, "%s.%d.%d", phase, thread, number);
  snprintf(expected, sizeof expected, "{\"statusCode\":\"0\",\"echo\":\"%s\"}", key);
  if (number % 3 == 0)
    json = ytx_lock_meeting(client, APPID, key, number % 2, &status);
  else if (number % 3 == 1)
    json = ytx_meeting_state(client, APPID, key, &status);
  else {
    snprintf(body, sizeof body, "{\"confid\":\"%s\"}", key);
    json = ytx_request(client, NULL, "call", "Thread.wx", body, &status);
  }
  EXPECT_ANSWER(json, status, YTX_OK, expected);
}

static void *run(void *argument)
{
  int thread = *(int *)argument;
  int i;
  for (i = 0; i < rounds; i++) {
    int waited = pthread_barrier_wait(&together);
    CHECK(waited == 0 || waited == PTHREAD_BARRIER_SERIAL_THREAD);
    call(thread, "round", i);
  }
  for (i = 0; i < calls; i++)
    call(thread, "call", i);
  return NULL;
}

int main(int argc, char **argv)
{
  pthread_t threads[MOST];
  int numbers[MOST];
  int i, count;

  CHECK(argc == 5);
  client = client_for(argv[1]);
  count = atoi(argv[2]);
  rounds = atoi(argv[3]);
  calls = atoi(argv[4]);
  CHECK(count >= 1 && count <= MOST);
  CHECK(pthread_barrier_init(&together, NULL, (unsigned)count) == 0);
  for (i = 0; i < count; i++) {
    numbers[i] = i;
    threads[i] = start_thread(run, &numbers[i]);
  }
  for (i = 0; i < count; i++)
    join_thread(threads[i]);
  pthread_barrier_destroy(&together);
  ytx_client_free(client);
  return 0;
}
