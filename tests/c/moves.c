/*
 * A name moves from one server, "blue", to another, "green". The servers answer with their names.
 *
 * Arguments: what blue does; its URL by the name.
 */
#include "check.h"

#define CONNECTIONS 16

static void expect_from(const ytx_client *client, const char *confid, const char *at)
{
  char expected[100];
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, confid, YTX_LOCK, &status);
  snprintf(expected, sizeof expected, "{\"statusCode\":\"0\",\"at\":\"%s\"}", at);
  EXPECT_ANSWER(json, status, YTX_OK, expected);
}

static ytx_client *client;

static void *warm(void *number)
{
  char confid[20];
  snprintf(confid, sizeof confid, "warm %d", *(int *)number);
  expect_from(client, confid, "blue");
  return NULL;
}

/* Blue says nothing any more: on sixteen kept connections. */
static void one_timeout_is_enough(const char *url)
{
  pthread_t threads[CONNECTIONS];
  int numbers[CONNECTIONS], i;
  ytx_client *impatient;
  struct report report = { 1, 1, 0, 1, NULL };
  ytx_status status = -9999;
  char *json;

  client = client_for(url);
  for (i = 0; i < CONNECTIONS; i++) {
    numbers[i] = i;
    threads[i] = start_thread(warm, &numbers[i]);
  }
  for (i = 0; i < CONNECTIONS; i++)
    join_thread(threads[i]);
  impatient = ytx_client_with_timeout(client, 1000, NULL);
  json = ytx_lock_meeting(impatient, APPID, "silence", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_TIMEOUT, report);
  for (i = 0; i < 2 * CONNECTIONS; i++)
    expect_from(client, "after it", "green");
  ytx_client_free(impatient);
  ytx_client_free(client);
}

/* Blue goes on as if nothing had happened. The third call moves the name. */
static void followed_in_time(const char *url)
{
  ytx_options options = options_for(url);
  int64_t moved = 0;
  int calls = 0, at_green = 0;

  options.idle_timeout_ms = 250; /* a connection lives for four times as long */
  client = client_with(&options);
  while (!at_green) {
    ytx_status status = -9999;
    char *json = ytx_lock_meeting(client, APPID, "steady", YTX_LOCK, &status);
    CHECK_STATUS(status, YTX_OK);
    at_green = strstr(json, "green") != NULL;
    ytx_string_free(json);
    if (++calls == 3)
      moved = now_ms();
    CHECK(calls <= 3 || now_ms() - moved < 5000); /* one second is meant */
    usleep(5000); /* in steady use, not in haste */
  }
  CHECK(calls > 10); /* blue was not left before its time */
  ytx_client_free(client);
}

/* Blue answers 503. */
static void left_at_once(const char *url)
{
  ytx_options options = options_for(url);
  options.max_retries = 1;
  client = client_with(&options);
  expect_from(client, "first", "blue");
  expect_from(client, "second", "green");
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  CHECK(argc == 3);
  if (strcmp(argv[1], "silent") == 0)
    one_timeout_is_enough(argv[2]);
  else if (strcmp(argv[1], "steady") == 0)
    followed_in_time(argv[2]);
  else if (strcmp(argv[1], "troubled") == 0)
    left_at_once(argv[2]);
  else
    CHECK(!"a known part");
  return 0;
}
