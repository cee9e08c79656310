/*
 * There are no random numbers to be had: no /dev, and a system that denies getrandom. What needs
 * none works all the same; TLS, which does, says so.
 *
 * Arguments: the errno of getrandom; the root of this process from then on, with nothing but
 * ca.pem and etc/hosts in it; the server's URL, the same by name, and by https.
 */
#include "check.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static const char *url, *by_name, *https;

static void deny_random_numbers(int number, const char *root)
{
  struct sock_filter steps[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { 4, NULL };
  char byte;

  CHECK(chroot(root) == 0 && chdir("/") == 0);
  program.filter = steps;
  steps[2].k |= (unsigned)number;
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
  CHECK(syscall(SYS_getrandom, &byte, 1, 0) == -1 && errno == number);
  CHECK(open("/dev/urandom", O_RDONLY) == -1 && open("/dev/random", O_RDONLY) == -1);
}

static void *plain_works_and_tls_says_why_not(void *confid)
{
  const struct report no_tls = { 0, 0, 0, 1, "TLS with 127.0.0.1:" };
  static const char *const ca_files[] = { NULL, "/ca.pem" };
  ytx_options options = options_for(url);
  ytx_client *client;
  int i;

  options.max_retries = 2;
  client = client_with(&options);
  EXPECT_ECHO(client, confid);
  ytx_client_free(client);
  options.base_url = by_name;
  client = client_with(&options);
  EXPECT_ECHO(client, "by name");
  ytx_client_free(client);
  options.base_url = https;
  for (i = 0; i < 2; i++) {
    ytx_status status = -9999;
    char *json;
    options.ca_file = ca_files[i];
    client = client_with(&options);
    json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
    EXPECT_REPORT(json, status, YTX_E_TLS, no_tls);
    ytx_client_free(client);
  }
  return NULL;
}

int main(int argc, char **argv)
{
  CHECK(argc == 6);
  url = argv[3];
  by_name = argv[4];
  https = argv[5];
  deny_random_numbers(atoi(argv[1]), argv[2]);
  plain_works_and_tls_says_why_not("503 twice");
  /* What random numbers a thread has drawn once it keeps. */
  join_thread(start_thread(plain_works_and_tls_says_why_not, "504 twice"));
  return 0;
}
