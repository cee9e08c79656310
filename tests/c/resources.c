/*
 * What the library takes of the process it lives in, and that it gives it back.
 *
 * Arguments: which part; the server's URL; for "stack" also the URL by the name "localhost" and
 * the https URL of a server that speaks plain HTTP.
 */
#include "check.h"
#include "system.h"

static char **stack_arguments;

static void *everything_on_a_small_stack(void *unused)
{
  char **urls = stack_arguments;
  static char deep[200001];
  ytx_status status = -9999;
  ytx_client *client = client_for(urls[0]), *by_name = client_for(urls[1]);
  ytx_client *tls = client_for(urls[2]), *refused = client_for("http://127.0.0.1:1");
  ytx_client *derived = ytx_client_with_timeout(client, 30000, NULL);
  char *json;

  EXPECT_ECHO(client, "small stack");
  EXPECT_ECHO(derived, "small stack, derived");
  EXPECT_ECHO(by_name, "small stack, by name");
  memset(deep, '[', sizeof deep - 1);
  memset(deep + 100000, ']', 100000);
  memcpy(deep, "{\"a\":", 5);
  memcpy(deep + sizeof deep - 6, "}    ", 5);
  json = ytx_request(client, NULL, "call", "Mirror.wx", deep, &status);
  EXPECT_ANSWER(json, status, YTX_OK, deep);
  json = ytx_lock_meeting(tls, APPID, "never", YTX_LOCK, &status);
  CHECK_STATUS(status, YTX_E_TLS);
  ytx_string_free(json);
  json = ytx_lock_meeting(refused, APPID, "never", YTX_LOCK, &status);
  CHECK_STATUS(status, YTX_E_CONNECT);
  ytx_string_free(json);
  ytx_client_free(client);
  ytx_client_free(by_name);
  ytx_client_free(tls);
  ytx_client_free(refused);
  ytx_client_free(derived);
  return unused;
}

static void a_small_stack_is_enough(char **urls)
{
  pthread_attr_t attributes;
  pthread_t thread;
  stack_arguments = urls;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, 256 * 1024) == 0);
  CHECK(pthread_create(&thread, &attributes, everything_on_a_small_stack, NULL) == 0);
  pthread_attr_destroy(&attributes);
  join_thread(thread);
}

static char held[50] = "held";

static void *held_call(void *client)
{
  EXPECT_ECHO(client, held);
  return NULL;
}

static void look_at_descriptors(int states[MOST_DESCRIPTORS])
{
  int number;
  for (number = 0; number < MOST_DESCRIPTORS; number++)
    states[number] = look_at_descriptor(number);
}

/* What is open now and was not before is the library's. Returns how many those are. */
static int new_descriptors(const int before[MOST_DESCRIPTORS])
{
  int now[MOST_DESCRIPTORS];
  int number, count = 0;
  look_at_descriptors(now);
  for (number = 0; number < MOST_DESCRIPTORS; number++) {
    CHECK(before[number] == CLOSED || now[number] == before[number]);
    if (before[number] == CLOSED && now[number] != CLOSED) {
      count++;
      CHECK(number >= FIRST_DESCRIPTOR);
      CHECK(now[number] != INHERITED);
    }
  }
  return count;
}

/* A daemon has closed its standard streams, and may yet write to them by mistake. */
static void descriptors_and_threads(const char *url)
{
  int before[MOST_DESCRIPTORS];
  char await[60], release[60];
  ytx_client *client, *derived;
  pthread_t thread;
  int round;

  close_standard_streams();
  look_at_descriptors(before);
  CHECK(count_threads() == 1);
  for (round = 0; round < 3; round++) {
    snprintf(held, sizeof held, "held %d", round);
    snprintf(await, sizeof await, "await %s", held);
    snprintf(release, sizeof release, "release %d", round);
    client = client_for(url);
    EXPECT_ECHO(client, "kept");
    CHECK(new_descriptors(before) > 0); /* the kept connection at least */
    CHECK(count_threads() == 1);

    derived = ytx_client_with_timeout(client, 0, NULL);
    EXPECT_ECHO(derived, "kept");
    thread = start_thread(held_call, derived);
    EXPECT_ECHO(client, await);
    CHECK(new_descriptors(before) > 0);
    CHECK(count_threads() == 2); /* the second one is ours */
    EXPECT_ECHO(client, release);
    join_thread(thread);
    CHECK_STATUS(ytx_client_cancel(derived), YTX_OK);
    ytx_client_free(derived);

    ytx_client_free(client);
    CHECK(new_descriptors(before) == 0);
    CHECK(count_threads() == 1);
  }
}

/* All idle connections are closed by the free, also those that threads of the past have made. */
static void *one_call(void *client)
{
  EXPECT_ECHO(client, "of many");
  return NULL;
}

static void calls_on_many_threads(ytx_client *client)
{
  enum { COUNT = 16 };
  pthread_t threads[COUNT];
  int i;
  for (i = 0; i < COUNT; i++)
    threads[i] = start_thread(one_call, client);
  for (i = 0; i < COUNT; i++)
    join_thread(threads[i]);
}

static void nothing_is_left_behind(const char *url)
{
  int before[MOST_DESCRIPTORS];
  ytx_client *client;

#ifdef _WIN32
  /* The system keeps handles of its own from the first thread, and a thread's first call, on. */
  client = client_for(url);
  calls_on_many_threads(client);
  EXPECT_ECHO(client, "first");
  ytx_client_free(client);
#endif
  look_at_descriptors(before);
  client = client_for(url);
  calls_on_many_threads(client);
  CHECK(new_descriptors(before) > 0);
  CHECK(count_threads() == 1);
  ytx_client_free(client);
  CHECK(new_descriptors(before) == 0);
}

/* main returns while threads are in calls, and while others go on beginning them. */
static void *calls_for_ever(void *client)
{
  for (;;)
    EXPECT_ECHO(client, "for ever");
  return NULL;
}

static void the_program_ends_in_a_call(const char *url)
{
  ytx_client *client = client_for(url);
  int i;
  for (i = 0; i < 4; i++)
    start_thread(calls_for_ever, client);
  start_thread(held_call, client);
  EXPECT_ECHO(client, "await held");
  EXPECT_ECHO(client, "await for ever");
}

int main(int argc, char **argv)
{
  CHECK(argc >= 3);
  if (strcmp(argv[1], "stack") == 0 && argc == 5)
    a_small_stack_is_enough(argv + 2);
  else if (strcmp(argv[1], "descriptors") == 0) {
    nothing_is_left_behind(argv[2]);
    descriptors_and_threads(argv[2]);
  } else if (strcmp(argv[1], "exit") == 0)
    the_program_ends_in_a_call(argv[2]);
  else
    CHECK(!"a known part");
  return 0;
}
