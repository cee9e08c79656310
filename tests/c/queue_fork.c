/*
 * Queues and forks: a queue belongs to the process that made it, and nothing that a child does
 * touches the parent's.
 *
 * Arguments: the server's URL. It holds "held…" back until somebody calls "release…".
 */
#include "check.h"
#include "queue.h"
#include "system.h"

#include <sys/syscall.h>
#include <sys/wait.h>

static ytx_client *client;

static void waits_for(pid_t child)
{
  int status;
  CHECK(child > 0);
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static pid_t clone_alone(void)
{
  return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* The numbers of what an epoll of this process watches, as the system tells them. */
static int count_watched(void)
{
  char path[60], line[200];
  int number, count = 0, sets = 0;
  ssize_t length;
  for (number = 3; number < MOST_DESCRIPTORS; number++) {
    FILE *file;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", number);
    if ((file = fopen(path, "r")) == NULL)
      continue;
    while (fgets(line, sizeof line, file) != NULL)
      count += strncmp(line, "tfd:", 4) == 0;
    fclose(file);
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    length = readlink(path, line, sizeof line - 1);
    line[length > 0 ? length : 0] = 0;
    sets += strstr(line, "eventpoll") != NULL;
  }
  CHECK(sets == 1);
  return count;
}

/* Every function treats it as freed, whatever the parent's threads held when it was made. */
static void is_freed_here(ytx_queue *queue, ytx_ticket ticket)
{
  ytx_event event = YTX_EVENT_INIT;
  ytx_status status = -9999;
  CHECK(ytx_queue_take(queue, &event, -1) == -1);
  CHECK(ytx_queue_fd(queue) == -1);
  CHECK_STATUS(ytx_queue_wake(queue), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(ytx_queue_close(queue), YTX_E_INVALID_HANDLE);
  CHECK(ytx_queue_stats(queue, &status) == NULL);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
  CHECK(ytx_lock_meeting_async(client, queue, APPID, "never", 1, 1, &status) == 0);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
  CHECK(ytx_meeting_state_async(client, queue, APPID, "never", 1, &status) == 0);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
  CHECK(ytx_request_async(client, queue, NULL, "call", "never", "{}", 1, &status) == 0);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
}

static void uses_a_queue_of_its_own(const char *who)
{
  ytx_queue *own = queue_of(0, 0);
  ytx_client *derived = ytx_client_with_timeout(client, 0, NULL);
  char confid[50];
  int i;
  for (i = 0; i < 5; i++) {
    ytx_ticket ticket;
    snprintf(confid, sizeof confid, "%s %d", who, i);
    ticket = LOCK(i % 2 ? client : derived, own, confid, (uint64_t)i);
    CHECK(becomes_readable(own, PATIENT_MS));
    EXPECT_DONE_ECHO(own, ticket, (uint64_t)i, confid);
  }
  /* With a call under way as well, which goes with the process. */
  snprintf(confid, sizeof confid, "held by %s", who);
  LOCK(client, own, confid, 9);
  CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
  EXPECT_ECHO(client, who);
  ytx_queue_free(own);
  ytx_client_free(derived);
}

static void a_child_leaves_its_parents_alone(pid_t (*make)(void), const char *who)
{
  ytx_queue *queue = queue_of(0, 0);
  intptr_t descriptor = ytx_queue_fd(queue);
  char held[50], untaken[50], release[50];
  ytx_ticket first, flying, after;
  int i, watched;
  pid_t child;

  check_case = who;
  snprintf(untaken, sizeof untaken, "untaken %s", who);
  snprintf(held, sizeof held, "held parent %s", who);
  snprintf(release, sizeof release, "release parent %s", who);
  first = LOCK(client, queue, untaken, 1);
  CHECK(becomes_readable(queue, PATIENT_MS));
  watched = count_watched();
  flying = LOCK(client, queue, held, 2);
  for (i = 0; i < 20; i++)
    STATE(client, queue, held, 10 + (uint64_t)i);
  AWAIT_FIGURE(queue, "inFlight", 21);

  child = make();
  if (child == 0) {
    alarm(120); /* whatever happens, it does not outlast the test */
    is_freed_here(queue, flying);
    CHECK(look_at_descriptor((int)descriptor) == KEPT);
    uses_a_queue_of_its_own(who);
    ytx_queue_free(queue); /* closes the child's copy of the descriptor, */
    CHECK(is_closed(descriptor));
    ytx_queue_free(queue);
    is_freed_here(queue, flying);
    /* and what is opened now is the child's own, which nothing closes any more. */
    CHECK(dup2(2, (int)descriptor) == (int)descriptor);
    ytx_client_free(client);
    CHECK(look_at_descriptor((int)descriptor) == INHERITED);
    _exit(0);
  }
  /* The parent goes on beside it, and after it. */
  CHECK(becomes_readable(queue, 0));
  EXPECT_DONE_ECHO(queue, first, 1, untaken);
  after = STATE(client, queue, who, 3);
  EXPECT_DONE_ECHO(queue, after, 3, who);
  waits_for(child);
  EXPECT_NOTHING(queue);
  CHECK(!becomes_readable(queue, 0));
  EXPECT_ECHO(client, release);
  for (i = 0; i < 21; i++) {
    ytx_event event = TAKE_DONE(queue);
    CHECK_STATUS(event.status, YTX_OK);
    CHECK(event.ticket != flying || event.tag == 2);
    ytx_string_free(event.json);
  }
  EXPECT_NOTHING(queue);
  CHECK(count_watched() == watched); /* none is left of the calls that are no more */
  ytx_queue_free(queue);
  check_case = "";
}

/* The child holds the parent's sockets open. What the parent closes is not watched any more. */
static void sockets_that_a_child_holds_are_forgotten(void)
{
  ytx_queue *queue = queue_of(0, 0);
  ytx_event event;
  int pipes[2], i, watched;
  pid_t child;

  EXPECT_DONE_ECHO(queue, STATE(client, queue, "before", 1), 1, "before");
  watched = count_watched();
  for (i = 0; i < 30; i++)
    STATE(client, queue, "held for a child", (uint64_t)i);
  AWAIT_FIGURE(queue, "inFlight", 30);
  CHECK(pipe(pipes) == 0);
  child = fork();
  if (child == 0) {
    char byte;
    alarm(120);
    close(pipes[1]);
    CHECK(read(pipes[0], &byte, 1) == 0); /* until the parent has done */
    _exit(0);
  }
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  for (i = 0; i < 30; i++) {
    event = TAKE_DONE(queue);
    CHECK_STATUS(event.status, YTX_E_CANCELLED);
    ytx_string_free(event.json);
  }
  EXPECT_ECHO(client, "release for a child"); /* the server now writes to the child's sockets */
  ytx_queue_free(queue);
  queue = queue_of(0, 0);
  for (i = 0; i < 50; i++)
    EXPECT_DONE_ECHO(queue, STATE(client, queue, "afterwards", 2), 2, "afterwards");
  CHECK(count_watched() == watched);
  close(pipes[1]);
  close(pipes[0]);
  waits_for(child);
  ytx_queue_free(queue);
}

/* Whose threads hold whatever lock when the child is made: it does not wait for them. */
static ytx_queue *busy;
static volatile int is_over;

static void *keeps_busy(void *unused)
{
  while (!is_over) {
    ytx_event event = YTX_EVENT_INIT;
    if (ytx_meeting_state_async(client, busy, APPID, "busy", 1, NULL) == 0)
      usleep(100);
    if (ytx_queue_take(busy, &event, 0) == 1)
      ytx_string_free(event.json);
  }
  return unused;
}

static void forks_beside_busy_threads(void)
{
  pthread_t threads[3];
  int i;
  busy = queue_of(50, 10);
  for (i = 0; i < 3; i++)
    threads[i] = start_thread(keeps_busy, NULL);
  for (i = 0; i < 30; i++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(60);
      is_freed_here(busy, 1);
      uses_a_queue_of_its_own("busy child");
      ytx_queue_free(busy);
      _exit(0);
    }
    waits_for(child);
  }
  is_over = 1;
  for (i = 0; i < 3; i++)
    join_thread(threads[i]);
  ytx_queue_free(busy);
}

int main(int argc, char **argv)
{
  void *found;
  pid_t (*make)(void);

  CHECK(argc == 2);
  client = client_for(argv[1]);
  a_child_leaves_its_parents_alone(fork, "fork");
  a_child_leaves_its_parents_alone(clone_alone, "clone");
  found = find_symbol(RTLD_DEFAULT, "_Fork"); /* glibc has it since 2.34 */
  if (found != NULL) {
    memcpy(&make, &found, sizeof found);
    a_child_leaves_its_parents_alone(make, "_Fork");
  }
  sockets_that_a_child_holds_are_forgotten();
  forks_beside_busy_threads();
  ytx_client_free(client);
  return 0;
}
