/*
 * Clients come and go. A handle is checked: NULL, freed and made-up ones are answered with a
 * status, whatever they are handed to.
 *
 * Arguments: the server's URL.
 */
#include "check.h"

#define MANY 10000
#define WINDOW 16

/* Every function says no to a handle that is not a living client, and nothing is sent. */
static void is_no_client(ytx_client *handle)
{
  ytx_status status = -9999;
  struct report report = not_sent;
  char *json;

  json = ytx_lock_meeting(handle, APPID, "never-1", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_INVALID_HANDLE, report);
  json = ytx_meeting_state(handle, APPID, "never-2", &status);
  EXPECT_REPORT(json, status, YTX_E_INVALID_HANDLE, report);
  json = ytx_request(handle, NULL, "call", "never-3", "{}", &status);
  EXPECT_REPORT(json, status, YTX_E_INVALID_HANDLE, report);
  CHECK(ytx_client_with_timeout(handle, 1000, &status) == NULL);
  CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
  CHECK(ytx_client_with_timeout(handle, 0, NULL) == NULL);
  CHECK_STATUS(ytx_client_cancel(handle), YTX_E_INVALID_HANDLE);
  ytx_client_free(handle);
}

static void the_version_is_the_headers(void)
{
  char version[100];
  snprintf(version, sizeof version, "%d.%d.%d", YTX_VERSION_MAJOR, YTX_VERSION_MINOR,
           YTX_VERSION_PATCH);
  CHECK_TEXT(version, YTX_VERSION);
  CHECK_TEXT(ytx_version(), YTX_VERSION);
}

static void made_up_handles(const char *url)
{
  int on_the_stack = 0;
  ytx_client *client = client_for(url);
  uintptr_t real = (uintptr_t)client;
  uintptr_t made_up;
  unsigned bit;

  CHECK(real >= 65536);
  is_no_client(NULL);
  for (made_up = 1; made_up < 65536; made_up = made_up * 2 + 1)
    is_no_client((ytx_client *)made_up);
  is_no_client((ytx_client *)~(uintptr_t)0);
  is_no_client((ytx_client *)(UINTPTR_MAX / 2));
  is_no_client((ytx_client *)&on_the_stack);
  is_no_client((ytx_client *)url);
  is_no_client((ytx_client *)(real + 1));
  is_no_client((ytx_client *)(real - 1));
  is_no_client((ytx_client *)(0 - real));
  for (bit = 0; bit < 8 * sizeof real; bit++)
    is_no_client((ytx_client *)(real ^ (uintptr_t)1 << bit));

  /* None of this has done the real one any harm. */
  EXPECT_ECHO(client, "after made-up handles");
  ytx_client_free(client);
}

static void a_freed_handle_stays_freed(const char *url)
{
  ytx_client *first = client_for(url);
  ytx_client *derived = ytx_client_with_timeout(first, 30000, NULL);
  ytx_client *second;

  CHECK(derived != NULL && derived != first);
  ytx_client_free(first);
  is_no_client(first);
  EXPECT_ECHO(derived, "derived outlives its parent");

  second = client_for(url);
  CHECK(second != first);
  ytx_client_free(first);
  ytx_client_free(first);
  is_no_client(first);
  EXPECT_ECHO(second, "after a double free");

  ytx_client_free(second);
  ytx_client_free(derived);
  is_no_client(second);
  is_no_client(derived);
}

static void the_status_pointer_may_be_null(const char *url)
{
  ytx_options options = options_for(url);
  ytx_client *client = ytx_client_new(SID, TOKEN, &options, NULL);
  ytx_client *derived;
  char *json;

  CHECK(client != NULL);
  CHECK(ytx_client_new("not/a/sid", TOKEN, NULL, NULL) == NULL);
  CHECK(ytx_client_new(NULL, NULL, NULL, NULL) == NULL);
  derived = ytx_client_with_timeout(client, 30000, NULL);
  CHECK(derived != NULL);

  json = ytx_lock_meeting(derived, APPID, "status left out", YTX_UNLOCK, NULL);
  CHECK_TEXT(json, "{\"statusCode\":\"0\",\"echo\":\"status left out\"}");
  ytx_string_free(json);
  json = ytx_meeting_state(client, APPID, "status left out", NULL);
  CHECK_TEXT(json, "{\"statusCode\":\"0\",\"echo\":\"status left out\"}");
  ytx_string_free(json);
  json = ytx_request(client, NULL, "call", "NoStatus.wx", "{}", NULL);
  CHECK_TEXT(json, "{\"statusCode\":\"0\",\"echo\":\"NoStatus.wx\"}");
  ytx_string_free(json);

  json = ytx_lock_meeting(client, NULL, NULL, 7, NULL);
  CHECK_HOLDS(json, "YTX_E_INVALID_ARGUMENT");
  ytx_string_free(json);
  json = ytx_meeting_state(NULL, APPID, "never-4", NULL);
  CHECK_HOLDS(json, "YTX_E_INVALID_HANDLE");
  ytx_string_free(json);
  json = ytx_request(client, NULL, NULL, NULL, NULL, NULL);
  CHECK_HOLDS(json, "YTX_E_INVALID_ARGUMENT");
  ytx_string_free(json);

  ytx_client_free(derived);
  ytx_client_free(client);
}

static void options_may_be_null(void)
{
  /* This one would call the platform itself, so it calls nobody. */
  ytx_client *client = client_with(NULL);
  ytx_client_free(client);
  is_no_client(client);
}

static void *call_that_is_held(void *client)
{
  EXPECT_ECHO(client, "held");
  return NULL;
}

/* The server holds the answer back until it is told to release it. */
static void freed_while_a_call_is_under_way(const char *url)
{
  ytx_client *client = client_for(url);
  ytx_client *other = client_for(url);
  pthread_t thread = start_thread(call_that_is_held, client);

  EXPECT_ECHO(other, "await held");
  ytx_client_free(client);
  is_no_client(client);
  EXPECT_ECHO(other, "release");
  join_thread(thread);
  ytx_client_free(other);
}

static int by_value(const void *a, const void *b)
{
  uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
  return (x > y) - (x < y);
}

/* Ten thousand clients and a handle derived from each, a few alive at any time. */
static void no_handle_is_issued_twice(void)
{
  static uintptr_t all[2 * MANY];
  ytx_client *alive[WINDOW][2] = { { NULL, NULL } };
  int i;

  for (i = 0; i < MANY; i++) {
    ytx_client **place = alive[i % WINDOW];
    ytx_client_free(place[i % 2]);
    ytx_client_free(place[1 - i % 2]);
    place[0] = client_with(NULL);
    place[1] = ytx_client_with_timeout(place[0], 1, NULL);
    CHECK(place[1] != NULL);
    all[2 * i] = (uintptr_t)place[0];
    all[2 * i + 1] = (uintptr_t)place[1];
  }
  for (i = 0; i < WINDOW; i++) {
    ytx_client_free(alive[i][0]);
    ytx_client_free(alive[i][1]);
  }
  qsort(all, 2 * MANY, sizeof all[0], by_value);
  CHECK(all[0] >= 65536);
  for (i = 1; i < 2 * MANY; i++)
    CHECK(all[i] != all[i - 1]);
}

int main(int argc, char **argv)
{
  const char *url;
  CHECK(argc == 2);
  url = argv[1];

  the_version_is_the_headers();
  ytx_string_free(NULL);
  ytx_client_free(NULL);
  made_up_handles(url);
  a_freed_handle_stays_freed(url);
  the_status_pointer_may_be_null(url);
  options_may_be_null();
  freed_while_a_call_is_under_way(url);
  no_handle_is_issued_twice();
  return 0;
}
