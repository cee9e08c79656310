/*
 * A program with two Rust libraries in it, both as archives: each allocates, panics, and stops its
 * own panic. The environment is that of the quickstart.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ytx.h"

bool other_stops_a_panic(int32_t number);

static bool clock_fails;

/* Takes the place of libc's. Rust does not expect a clock to fail, and panics. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
  if (clock_fails) {
    errno = EINVAL;
    return -1;
  }
  return (int)syscall(SYS_clock_gettime, clock, now);
}

static ytx_status lock(const ytx_client *client)
{
  const char *appid = getenv("YTX_APPID"), *confid = getenv("YTX_CONFID");
  ytx_status status;
  char *json = ytx_lock_meeting(client, appid, confid, YTX_LOCK, &status);
  printf("%s\n", json);
  ytx_string_free(json);
  return status;
}

int main(void)
{
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_client *client;
  ytx_status before, in_panic, after;
  bool stopped;

  options.base_url = getenv("YTX_BASE_URL");
  client = ytx_client_new(getenv("YTX_ACCOUNT_SID"), getenv("YTX_AUTH_TOKEN"), &options, NULL);
  before = lock(client);

  clock_fails = true;
  in_panic = lock(client);
  clock_fails = false;

  stopped = other_stops_a_panic(7);
  after = lock(client);
  ytx_client_free(client);
  return !(before == YTX_OK && in_panic == YTX_E_INTERNAL && stopped && after == YTX_OK);
}
