/*
 * A kernel that is older than some of what the library asks of it, or a container's profile that
 * forbids it. Everything works; what is different is said in the guide.
 *
 * Arguments: "ENOSYS" or "EPERM"; the server's URL, the same by name; one by https; the file of
 * certificates for that.
 */
#include "watching.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define WIPE_ON_FORK 18        /* of madvise, from Linux 4.14 on */
#define BIND_ADDRESS_NO_PORT 24 /* of setsockopt, from Linux 4.2 on */

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define DENY(number) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)(number))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define IF_IS(value, steps_else) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, steps_else)

/* What is younger than Linux 3.10, of which CentOS 7's is. The number is the same everywhere. */
static const unsigned young[] = {
  SYS_getrandom, /* 3.17 */
  SYS_memfd_create, SYS_membarrier, SYS_copy_file_range,
  332, /* statx, 4.11 */
  434, /* pidfd_open, 5.3 */
  436, /* close_range, 5.9 */
  437, /* openat2, 5.6 */
  439, /* faccessat2, 5.8 */
  441, /* epoll_pwait2, 5.11 */
};

static void deny(struct sock_filter *steps, size_t count)
{
  struct sock_fprog program;
  program.len = (unsigned short)count;
  program.filter = steps;
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void deny_call(unsigned number, int error)
{
  struct sock_filter steps[] = { LOAD(nr), IF_IS(number, 1), DENY(error), ALLOW };
  deny(steps, 4);
}

/* One argument's value of a call. */
static void deny_argument(unsigned number, unsigned argument, unsigned value, int error)
{
  struct sock_filter steps[] = {
    LOAD(nr), IF_IS(number, 3), LOAD(args[argument]), IF_IS(value, 1), DENY(error), ALLOW,
  };
  deny(steps, 6);
}

static const char *url, *by_name, *https, *ca_file;

static void locks(const char *at, const char *source, const char *confid)
{
  ytx_options options = options_for(at);
  ytx_status status = -9999;
  ytx_client *client;
  char *json;
  options.ca_file = ca_file;
  options.source_address = source;
  check_case = confid;
  client = client_with(&options);
  json = ytx_lock_meeting(client, APPID, confid, YTX_LOCK, &status);
  CHECK_STATUS(status, YTX_OK);
  ytx_string_free(json);
  ytx_client_free(client);
}

/* Both go on with connections of their own. */
static void forks(void)
{
  ytx_client *client = client_for(url);
  int ended = -1, i;
  pid_t child;
  EXPECT_ECHO(client, "parent");
  child = fork();
  if (child == 0) {
    for (i = 0; i < 3; i++)
      EXPECT_ECHO(client, "child");
    ytx_client_free(client);
    _exit(0);
  }
  for (i = 0; i < 3; i++)
    EXPECT_ECHO(client, "parent");
  CHECK(waitpid(child, &ended, 0) == child && ended == 0);
  EXPECT_ECHO(client, "parent");
  ytx_client_free(client);
}

static void queues(void)
{
  ytx_client *client = client_for(by_name);
  ytx_queue *queue = new_queue(NULL);
  ytx_event event;
  CHECK(ytx_lock_meeting_async(client, queue, APPID, "queued", YTX_LOCK, 1, NULL) != 0);
  event = take(queue);
  CHECK_STATUS(event.status, YTX_OK);
  ytx_string_free(event.json);
  watch(client, queue, "watched;1u", 200, 2);
  event = take(queue);
  CHECK_STATUS(event.status, YTX_OK);
  ytx_string_free(event.json);
  ytx_queue_free(queue);
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  int is_old, error, one = 1;
  size_t i;
  CHECK(argc == 6);
  is_old = strcmp(argv[1], "ENOSYS") == 0;
  error = is_old ? ENOSYS : EPERM;
  url = argv[2];
  by_name = argv[3];
  https = argv[4];
  ca_file = argv[5];
  for (i = 0; i < sizeof young / sizeof young[0]; i++)
    deny_call(young[i], error);
  /* To EPERM the C library has no answer: a profile that says so lets nobody start a thread. Nor
     may rseq fail in a thread that did not in the first one. */
  deny_call(435, ENOSYS); /* clone3, 5.3 */
  deny_argument(SYS_madvise, 2, WIPE_ON_FORK, is_old ? EINVAL : EPERM);
  deny_argument(SYS_setsockopt, 2, BIND_ADDRESS_NO_PORT, is_old ? ENOPROTOOPT : EPERM);
  CHECK(syscall(SYS_getrandom, NULL, 0, 0) == -1 && errno == error);
  CHECK(madvise(NULL, 0, WIPE_ON_FORK) == -1);
  CHECK(setsockopt(0, 0, BIND_ADDRESS_NO_PORT, &one, sizeof one) == -1 && errno != EBADF &&
        errno != ENOTSOCK);

  locks(url, NULL, "plain");
  locks(by_name, NULL, "by name");
  locks(url, "127.0.0.2", "from 127.0.0.2");
  locks(https, NULL, "by https");
  queues();
  forks();
  return 0;
}
