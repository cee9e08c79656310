/*
 * Forks while four threads look names up. Each child looks one up as well, and neither waits for a
 * lock that nobody opens any more, nor shares a resolver's socket with its parent.
 *
 * Arguments: the domain of the names, where nobody listens on port 1, so that each call is a
 * look-up; how many children; how many of them at once.
 */
#include "check.h"

#include <sys/wait.h>

#define THREADS 4
#define MOST 1000
#define LONGEST_FORK_MS 1000 /* twenty are meant; the machine may be busy */

/* The last is for the children. Each has a name of its own, since equal look-ups are shared. */
static ytx_client *clients[THREADS + 1];

static void make_clients(const char *domain)
{
  int i;
  for (i = 0; i <= THREADS; i++) {
    char url[100];
    ytx_options options;
    snprintf(url, sizeof url, "http://host%d.%s:1", i, domain);
    options = options_for(url);
    options.timeout_ms = 10000; /* a third of the resolver's own patience */
    clients[i] = client_with(&options);
  }
}

static int done_was_told(int tell)
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static int done;
  int told;
  pthread_mutex_lock(&lock);
  told = done |= tell;
  pthread_mutex_unlock(&lock);
  return told;
}

static void call(const ytx_client *client)
{
  ytx_status status = -9999;
  char *json = ytx_meeting_state(client, APPID, "never", &status);
  if (status != YTX_E_CONNECT)
    dprintf(check_output, "%s\n", json);
  CHECK_STATUS(status, YTX_E_CONNECT);
  CHECK_HOLDS(json, "refused");
  ytx_string_free(json);
}

static void *calls(void *client)
{
  while (!done_was_told(0))
    call(client);
  return NULL;
}

static void wait_for(pid_t child)
{
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
  static pid_t children[MOST];
  pthread_t threads[THREADS];
  int i, count, at_once;

  CHECK(argc == 4);
  count = atoi(argv[2]);
  at_once = atoi(argv[3]);
  CHECK(count <= MOST && at_once > 0);
  make_clients(argv[1]);
  for (i = 0; i < THREADS; i++)
    threads[i] = start_thread(calls, clients[i]);
  for (i = 0; i < count; i++) {
    int64_t begun;
    if (i >= at_once)
      wait_for(children[i - at_once]);
    else
      usleep(20000); /* so that they meet look-ups at every stage */
    begun = now_ms();
    children[i] = fork();
    if (children[i] == 0) {
      alarm(60);
      check_case = "a child";
      call(clients[THREADS]);
      call(clients[THREADS]);
      _exit(0);
    }
    CHECK(children[i] > 0 && now_ms() - begun < LONGEST_FORK_MS);
  }
  for (i = count > at_once ? count - at_once : 0; i < count; i++)
    wait_for(children[i]);
  done_was_told(1);
  for (i = 0; i < THREADS; i++)
    join_thread(threads[i]);
  for (i = 0; i <= THREADS; i++)
    ytx_client_free(clients[i]);
  return 0;
}
