/*
 * Threads and descriptors of queues: how many, with what signals, and when they go.
 *
 * Arguments: which part; the server's URL; the URL of one that never answers.
 */
#include "check.h"
#include "queue.h"
#include "system.h"

#ifndef _WIN32
#include <dirent.h>
#include <sys/resource.h>

static int count_descriptors(void)
{
  DIR *folder = opendir("/proc/self/fd");
  int count = -1; /* the folder itself */
  struct dirent *entry;
  CHECK(folder != NULL);
  while ((entry = readdir(folder)) != NULL)
    count += entry->d_name[0] != '.';
  closedir(folder);
  return count;
}

/* The library's threads take no signals: not one of those that can be blocked. */
static void signals_are_blocked(void)
{
  DIR *tasks = opendir("/proc/self/task");
  struct dirent *entry;
  int seen = 0, signal;
  CHECK(tasks != NULL);
  while ((entry = readdir(tasks)) != NULL) {
    char path[300], line[200];
    unsigned long long blocked = 0;
    int is_ours = 0;
    FILE *file;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
    if (entry->d_name[0] == '.' || (file = fopen(path, "r")) == NULL)
      continue; /* it may have ended */
    while (fgets(line, sizeof line, file) != NULL) {
      is_ours |= strncmp(line, "Name:\tytx-", 10) == 0;
      sscanf(line, "SigBlk: %llx", &blocked);
    }
    fclose(file);
    if (!is_ours || blocked == 0)
      continue; /* of ours, one that has just begun inherits all from its maker: see below */
    seen++;
    for (signal = 1; signal <= 64; signal++)
      if (signal != 9 && signal != 19 && signal != 32 && signal != 33)
        CHECK(blocked >> (signal - 1) & 1);
  }
  closedir(tasks);
  CHECK(seen > 0);
}

static void no_limit(rlim_t needed)
{
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  CHECK(limit.rlim_cur >= needed && setrlimit(RLIMIT_NOFILE, &limit) == 0);
}
#else
#endif

/* Until it has ended by itself. */
static void await_threads(int expected, int limit_ms)
{
  int64_t begun = now_ms();
  while (count_threads() > expected) {
    CHECK(now_ms() - begun < limit_ms);
    usleep(20000);
  }
}

static int most_threads;

static int watch_threads(void)
{
  int now = sample_threads();
  if (now > most_threads)
    most_threads = now;
  return now;
}

/* A thousand requests on their way to a server that says nothing. */
static void a_thousand_in_flight(const char *url, const char *silent)
{
  enum { COUNT = 1000 };
  ytx_client *client, *other;
  ytx_queue *queue;
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  int threads = count_threads(), i;
#ifndef _WIN32 /* what counts handles there counts none under Wine */
  int at_first = count_descriptors(), descriptors;
  int64_t begun;

  no_limit(2 * COUNT);
#endif
  client = client_for(silent);
  other = client_for(url);
  CHECK(count_threads() == threads);
  options.max_in_flight = COUNT + 1;
  queue = queue_with(&options);
  CHECK(count_threads() == threads); /* none by making a queue */
  EXPECT_ECHO(other, "nor by a blocking call");
  CHECK(count_threads() == threads);
#ifndef _WIN32
  descriptors = count_descriptors();
#endif

  for (i = 0; i < COUNT; i++) {
    STATE(client, queue, "silence", (uint64_t)i);
    watch_threads();
  }
#ifndef _WIN32
  begun = now_ms();
  while (count_descriptors() < descriptors + COUNT) {
    watch_threads();
    CHECK(now_ms() - begun < PATIENT_MS);
    usleep(1000);
  }
  /* A socket each, and a few for all of them. */
  CHECK(count_descriptors() <= descriptors + COUNT + 8);
#endif
  AWAIT_FIGURE(queue, "inFlight", COUNT);
  watch_threads();
  /* Others are served meanwhile, on the same queue. */
  EXPECT_DONE_ECHO(queue, STATE(other, queue, "served", 7), 7, "served");
#ifndef _WIN32
  signals_are_blocked();
#endif
  watch_threads();
  if (most_threads - threads > 8)
    dprintf(check_output, "%d threads more\n", most_threads - threads);
  CHECK(most_threads - threads <= 8);

  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  for (i = 0; i < COUNT; i++) {
    ytx_event event = TAKE_DONE(queue);
    CHECK_STATUS(event.status, YTX_E_CANCELLED);
    ytx_string_free(event.json);
  }
  EXPECT_CLOSED(queue);
  ytx_queue_free(queue);
  ytx_client_free(client);
  ytx_client_free(other);
#ifndef _WIN32
  begun = now_ms();
  while (count_descriptors() > descriptors + 6) { /* those of the threads, as long as there are some */
    CHECK(now_ms() - begun < PATIENT_MS);
    usleep(1000);
  }
#endif
  await_threads(threads, 30000);
#ifndef _WIN32
  /* The last of them go with the last thread. */
  begun = now_ms();
  while (count_descriptors() != at_first) {
    CHECK(now_ms() - begun < 10000);
    usleep(10000);
  }
#endif
}

/* All of them in a handshake that the server does not answer: no more than 64 threads, and who gets
   none ends in time all the same. */
static void stuck_in_handshakes(const char *url, const char *silent)
{
  enum { CLIENTS = 20, EACH = 10 };
  char https[200];
  ytx_client *clients[CLIENTS], *other = client_for(url);
  ytx_queue *queue = queue_of(0, 1000);
  ytx_options options;
  int threads, i;
  int64_t begun;

  snprintf(https, sizeof https, "https%s", strchr(silent, ':'));
  options = options_for(https);
  options.timeout_ms = 6000;
  for (i = 0; i < CLIENTS; i++)
    clients[i] = client_with(&options);
  threads = most_threads = count_threads();
  EXPECT_DONE_ECHO(queue, STATE(other, queue, "kept", 1), 1, "kept");
  begun = now_ms();
  for (i = 0; i < CLIENTS * EACH; i++)
    STATE(clients[i % CLIENTS], queue, "stuck", 1000 + (uint64_t)i);
  while (watch_threads() - threads < 64)
    CHECK(now_ms() - begun < 5500);
  EXPECT_DONE_ECHO(queue, STATE(other, queue, "on the kept connection", 2), 2, "on the kept connection");
  for (i = 0; i < CLIENTS * EACH; i++) {
    ytx_event event = TAKE_DONE(queue);
    watch_threads();
    CHECK_STATUS(event.status, YTX_E_TIMEOUT);
    CHECK_HOLDS(event.json, "\"sent\":false");
    ytx_string_free(event.json);
  }
  CHECK(now_ms() - begun < 12000);
  CHECK(most_threads - threads <= 64);
  ytx_queue_free(queue);
  for (i = 0; i < CLIENTS; i++)
    ytx_client_free(clients[i]);

  /* They go, although there is always some work for one or two of them. */
  queue = queue_of(0, 0);
  begun = now_ms();
  for (i = 0; now_ms() - begun < 26000 && count_threads() - threads > 8; i++) {
    /* Each makes a connection of its own. */
    ytx_client *fresh = client_for(url);
    EXPECT_DONE_ECHO(queue, STATE(fresh, queue, "fresh", 3), 3, "fresh");
    ytx_client_free(fresh);
    usleep(50000);
  }
  CHECK(count_threads() - threads <= 8);
  ytx_queue_free(queue);
  ytx_client_free(other);
}

/* In a daemon, which has no standard streams, nothing of the library's becomes one. */
static void nothing_becomes_a_standard_stream(const char *url)
{
  ytx_client *client = client_for(url);
  ytx_queue *queue;
  char before[MOST_DESCRIPTORS];
  int i;

  close_standard_streams();
  for (i = 0; i < MOST_DESCRIPTORS; i++)
    before[i] = look_at_descriptor(i) != CLOSED;
  queue = queue_of(0, 0);
  LOCK(client, queue, "held daemon", 1);
  for (i = 0; i < 3; i++)
    EXPECT_DONE_ECHO(queue, STATE(client, queue, "daemon", 2), 2, "daemon");
  for (i = 0; i < MOST_DESCRIPTORS; i++)
    if (!before[i] && look_at_descriptor(i) != CLOSED)
      CHECK(i > 2 && look_at_descriptor(i) == KEPT);
  ytx_queue_free(queue);
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  CHECK(argc == 4);
  if (strcmp(argv[1], "thousand") == 0)
    a_thousand_in_flight(argv[2], argv[3]);
  else if (strcmp(argv[1], "stuck") == 0)
    stuck_in_handshakes(argv[2], argv[3]);
  else if (strcmp(argv[1], "daemon") == 0)
    nothing_becomes_a_standard_stream(argv[2]);
  else if (strcmp(argv[1], "exit") == 0) {
    /* A program that ends with calls under way, nothing freed. */
    ytx_client *client = client_for(argv[2]), *silent = client_for(argv[3]);
    ytx_queue *queue = queue_of(0, 0);
    int i;
    for (i = 0; i < 20; i++)
      STATE(i % 2 ? client : silent, queue, "slow", 1);
    return 0;
  } else
    CHECK(!"a known part");
  return 0;
}
