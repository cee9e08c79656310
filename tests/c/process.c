/*
 * What the library does to the process it lives in, and what the process may do to it: signals,
 * fork, a limit of descriptors.
 *
 * Arguments: which part; the server's URL; for "untold", "closefrom" and "nofile" also the URL
 * by the name "localhost".
 */
#include "check.h"
#include "system.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

/* The server hangs up on every connection; what is written to it then would raise SIGPIPE. */
static void no_signal_is_raised_or_touched(const char *url)
{
  struct sigaction before[SIGRTMAX + 1], after;
  sigset_t mask_before, mask_after;
  char *body = malloc(1 << 20);
  ytx_client *client = client_for(url);
  int i;

  CHECK(body != NULL && signal(SIGPIPE, SIG_DFL) != SIG_ERR);
  memset(body, ' ', 1 << 20);
  body[0] = '{';
  memcpy(body + (1 << 20) - 2, "}", 2);
  for (i = 1; i <= SIGRTMAX; i++)
    if (sigaction(i, NULL, &before[i]) != 0)
      before[i].sa_handler = SIG_ERR; /* the C library's own */
  CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask_before) == 0);

  for (i = 0; i < 20; i++) {
    ytx_status status = -9999;
    char *json = ytx_request(client, NULL, "call", "Pipe.wx", body, &status);
    if (status != YTX_E_IO)
      fprintf(stderr, "%s\n", json);
    CHECK_STATUS(status, YTX_E_IO);
    ytx_string_free(json);
  }

  for (i = 1; i <= SIGRTMAX; i++)
    if (before[i].sa_handler != SIG_ERR) {
      CHECK(sigaction(i, NULL, &after) == 0);
      CHECK(after.sa_handler == before[i].sa_handler && after.sa_flags == before[i].sa_flags);
    }
  CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask_after) == 0);
  for (i = 1; i <= SIGRTMAX; i++)
    CHECK(sigismember(&mask_before, i) == sigismember(&mask_after, i));
  ytx_client_free(client);
  free(body);
}

static volatile sig_atomic_t interruptions;

static void interrupt(int signal)
{
  (void)signal;
  interruptions++;
}

/* A timer that interrupts every wait again and again, as the profilers of some hosts do. */
static void interrupted_calls_go_on(const char *url)
{
  struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
  struct sigaction action;
  ytx_client *client = client_for(url), *timed;
  struct report report = { 1, 1, 0, 1, NULL };
  ytx_options options = options_for(url);
  ytx_status status = -9999;
  int64_t start, took;
  char *json;
  int i;

  memset(&action, 0, sizeof action);
  action.sa_handler = interrupt; /* without SA_RESTART */
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  for (i = 0; i < 3; i++) {
    EXPECT_ECHO(client, "slow");
    EXPECT_ECHO(client, "close after it");
  }
  options.timeout_ms = 300;
  timed = client_with(&options);
  start = now_ms();
  json = ytx_lock_meeting(timed, APPID, "silence", YTX_LOCK, &status);
  took = now_ms() - start;
  EXPECT_REPORT(json, status, YTX_E_TIMEOUT, report);
  CHECK(took >= 299 && took < 2300);
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  CHECK(interruptions > 10);
  ytx_client_free(timed);
  ytx_client_free(client);
}

static void *held_call(void *client)
{
  EXPECT_ECHO(client, "held");
  return NULL;
}

static void calls_of(const char *who, const ytx_client *client)
{
  char confid[50];
  int i;
  for (i = 0; i < 20; i++) {
    snprintf(confid, sizeof confid, "%s %d", who, i);
    EXPECT_ECHO(client, confid);
  }
}

static void waits_for(pid_t child)
{
  int status;
  CHECK(child > 0);
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* With a kept connection, and another thread in a call, which the child does not have. */
static void fork_with_a_warm_client(const char *url)
{
  ytx_client *client = client_for(url);
  pthread_t thread;
  pid_t child;

  EXPECT_ECHO(client, "warm");
  thread = start_thread(held_call, client);
  EXPECT_ECHO(client, "await held");
  child = fork();
  if (child == 0) {
    ytx_client *derived;
    pid_t grandchild;
    alarm(120); /* whatever happens, it does not outlast the test */
    calls_of("child", client);
    grandchild = fork();
    if (grandchild == 0) {
      alarm(120);
      calls_of("grandchild", client);
      ytx_client_free(client);
      _exit(0);
    }
    calls_of("child again", client);
    waits_for(grandchild);
    derived = ytx_client_with_timeout(client, 60000, NULL);
    calls_of("child derived", derived);
    ytx_client_free(derived);
    ytx_client_free(client);
    _exit(0);
  }
  calls_of("parent", client);
  waits_for(child);
  EXPECT_ECHO(client, "release");
  join_thread(thread);
  calls_of("parent again", client);
  ytx_client_free(client);
}

static pid_t clone_alone(void)
{
  return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* Processes made so that no handler of pthread_atfork runs. */
static void children_that_were_not_told(const char *url, const char *by_name)
{
  static const char *const ways[] = { "clone", "_Fork" };
  pid_t (*make[])(void) = { clone_alone, fork };
  void *found = find_symbol(RTLD_DEFAULT, "_Fork");
  ytx_client *client = client_for(url), *named = client_for(by_name);
  int i;

  if (found != NULL) /* glibc has it since 2.34; before that fork() stands in for it */
    memcpy(&make[1], &found, sizeof found);
  calls_of("parent", client);
  EXPECT_ECHO(named, "name of the parent");
  for (i = 0; i < 2; i++) {
    pid_t child = make[i]();
    if (child == 0) {
      alarm(120);
      calls_of(ways[i], client);
      EXPECT_ECHO(named, "name of a child");
      ytx_client_free(client);
      ytx_client_free(named);
      _exit(0);
    }
    calls_of("parent beside it", client);
    waits_for(child);
    calls_of("parent after it", client);
    EXPECT_ECHO(named, "name of the parent");
  }
  ytx_client_free(client);
  ytx_client_free(named);
}

#define MOST_OTHERS 64

/* What a daemon opens in the place of what it has closed. */
static struct other {
  int number;
  struct stat about;
} others[MOST_OTHERS];
static int others_count;

static int keep(int number)
{
  struct other *other = &others[others_count++];
  CHECK(number >= 0 && others_count < MOST_OTHERS);
  other->number = number;
  CHECK(fstat(number, &other->about) == 0);
  return number;
}

static void open_file(void)
{
  FILE *file = tmpfile();
  CHECK(file != NULL);
  keep(fileno(file));
}

static int listening(void)
{
  struct sockaddr_in address;
  int listener = keep(socket(AF_INET, SOCK_STREAM, 0));
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
  CHECK(listen(listener, 5) == 0);
  return listener;
}

static void open_listener(void)
{
  listening();
}

static void open_connection(void)
{
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  int listener = listening(), socket_of_ours = keep(socket(AF_INET, SOCK_STREAM, 0));
  CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
  CHECK(connect(socket_of_ours, (struct sockaddr *)&address, size) == 0);
  keep(accept(listener, NULL, NULL));
}

/* Still the same thing, to which nothing was written, and nothing came. */
static void expect_untouched(const struct other *other)
{
  struct pollfd poller = { 0, POLLIN | POLLRDHUP, 0 };
  struct stat now;
  poller.fd = other->number;
  CHECK(fstat(other->number, &now) == 0);
  CHECK(now.st_dev == other->about.st_dev && now.st_ino == other->about.st_ino);
  CHECK(now.st_size == other->about.st_size);
  if (S_ISSOCK(now.st_mode))
    CHECK(poll(&poller, 1, 0) == 0);
}

/* Each number that the library has had is somebody else's after it. */
static void closefrom_in_a_child(const char *url, const char *by_name)
{
  static const char *const kinds[] = { "file", "listener", "connection" };
  void (*const open_one[])(void) = { open_file, open_listener, open_connection };
  ytx_client *client = client_for(url), *named = client_for(by_name);
  ytx_client *unused = client_for(url);
  int i, number, highest = 0;

  /* A call that waits for long makes what a cancel wakes it by. */
  EXPECT_ECHO(client, "slow");
  EXPECT_ECHO(named, "parent by name");
  EXPECT_ECHO(unused, "slow");
  for (i = 0; i < 3; i++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(120);
      check_case = kinds[i];
      for (number = FIRST_DESCRIPTOR; number < MOST_DESCRIPTORS; number++) {
        if (look_at_descriptor(number) == KEPT) /* as the library's are */
          highest = number;
        close(number);
      }
      CHECK(highest >= FIRST_DESCRIPTOR + 6); /* three connections, two pipes and more */
      do
        open_one[i]();
      while (others[others_count - 1].number < highest);
      calls_of("child", client);
      EXPECT_ECHO(named, "child by name");
      EXPECT_ECHO(client, "slow");
      ytx_client_free(client);
      ytx_client_free(named);
      ytx_client_free(unused);
      for (number = 0; number < others_count; number++)
        expect_untouched(&others[number]);
      _exit(0);
    }
    waits_for(child);
    calls_of("parent", client);
  }
  ytx_client_free(client);
  ytx_client_free(named);
  ytx_client_free(unused);
}

static void no_descriptor_left(const char *url, const char *by_name)
{
  struct report report = { 1, 0, 0, 1, NULL };
  struct rlimit limit, none_left;
  ytx_client *client = client_for(url), *named = client_for(by_name), *warm = client_for(url);
  ytx_status status = -9999;
  int lowest = dup(2);
  char *json;

  EXPECT_ECHO(warm, "warm");
  CHECK(lowest >= 0 && close(lowest) == 0);
  lowest = dup(2); /* again: the warm client has taken some */
  CHECK(lowest >= 0 && close(lowest) == 0);
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  none_left = limit;
  none_left.rlim_cur = (rlim_t)lowest;
  CHECK(setrlimit(RLIMIT_NOFILE, &none_left) == 0);

  report.words = strerror(EMFILE);
  json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
  json = ytx_request(client, NULL, "call", "never", "{}", &status);
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
  report.words = NULL;
  json = ytx_lock_meeting(named, APPID, "never", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
  EXPECT_ECHO(warm, "on the kept connection");

  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  EXPECT_ECHO(client, "descriptors again");
  EXPECT_ECHO(named, "descriptors again");
  ytx_client_free(client);
  ytx_client_free(named);
  ytx_client_free(warm);
}

int main(int argc, char **argv)
{
  CHECK(argc >= 3);
  if (strcmp(argv[1], "signals") == 0)
    no_signal_is_raised_or_touched(argv[2]);
  else if (strcmp(argv[1], "interrupted") == 0)
    interrupted_calls_go_on(argv[2]);
  else if (strcmp(argv[1], "fork") == 0)
    fork_with_a_warm_client(argv[2]);
  else if (strcmp(argv[1], "untold") == 0 && argc == 4)
    children_that_were_not_told(argv[2], argv[3]);
  else if (strcmp(argv[1], "closefrom") == 0 && argc == 4)
    closefrom_in_a_child(argv[2], argv[3]);
  else if (strcmp(argv[1], "nofile") == 0 && argc == 4)
    no_descriptor_left(argv[2], argv[3]);
  else
    CHECK(!"a known part");
  return 0;
}
