/*
 * Figures for operators: what moves each of them. Arguments: the server's URL, and perhaps "child" for
 * what a forked child sees of them.
 */
#include "watching.h"

#ifndef _WIN32
#include <sys/wait.h>
#endif

static const char *url;

/* All of a client's figures but the durations, to the byte. */
#define EXPECT_FIGURES(client, text) expect_figures(__FILE__, __LINE__, client, text)

static void expect_figures(const char *file, int line, const ytx_client *client, const char *text)
{
  ytx_status status = -9999;
  char *json = ytx_client_stats(client, &status), *seconds;
  check_status(file, line, "status", status, YTX_OK);
  seconds = strstr(json, ",\"seconds\":{\"count\":");
  if (seconds == NULL)
    check_failed(file, line, "no seconds in", json);
  *seconds = '\0';
  check_text(file, line, "the figures", json, text);
  ytx_string_free(json);
}

/* The durations: those counts are cumulative, and say what took no longer. */
static void read_seconds(const ytx_client *client, int *count, double *sum, int buckets[14])
{
  static const char *const bounds[] = { "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
                                        "0.25",  "0.5",    "1.0",   "2.5",  "5.0",   "10.0", "\"+Inf\"" };
  char *json = ytx_client_stats(client, NULL), *at = strstr(json, ",\"seconds\":{");
  int i, length = 0;
  CHECK(at != NULL && sscanf(at, ",\"seconds\":{\"count\":%d,\"sum\":%lf,\"buckets\":[%n", count, sum, &length) == 2);
  CHECK(length > 0);
  at += length;
  for (i = 0; i < 14; i++) {
    char text[40];
    snprintf(text, sizeof text, "%s[%s,", i ? "," : "", bounds[i]);
    CHECK(strncmp(at, text, strlen(text)) == 0);
    at += strlen(text);
    buckets[i] = (int)strtol(at, &at, 10);
    CHECK(*at++ == ']');
    CHECK(i == 0 || buckets[i] >= buckets[i - 1]);
  }
  CHECK_TEXT(at, "]}}");
  CHECK(buckets[13] == *count);
  ytx_string_free(json);
}

static void call(const ytx_client *client, const char *confid, ytx_status expected)
{
  ytx_status status = -9999;
  ytx_string_free(ytx_meeting_state(client, APPID, confid, &status));
  check_case = confid;
  CHECK_STATUS(status, expected);
}

static void *held(void *client)
{
  call(client, "held call;<1u", YTX_OK);
  return NULL;
}

#define NOTHING                                                                                 \
  "{\"calls\":0,\"succeeded\":0,\"failed\":{},\"attempts\":0,\"retries\":0,\"resends\":0,"      \
  "\"inFlight\":0,\"connections\":{\"opened\":0,\"idle\":0}"

static void of_a_client(void)
{
  ytx_options options = options_for(url);
  ytx_client *client, *derived, *hasty, *cancelled, *other = client_for(url);
  ytx_queue *queue = new_queue(NULL);
  ytx_ticket ticket;
  ytx_event event;
  pthread_t thread;
  options.max_retries = 1;
  client = client_with(&options);
  EXPECT_FIGURES(client, NOTHING);

  call(client, "good;1u", YTX_OK);
  EXPECT_FIGURES(client, "{\"calls\":1,\"succeeded\":1,\"failed\":{},\"attempts\":1,\"retries\":0,\"resends\":0,"
                         "\"inFlight\":0,\"connections\":{\"opened\":1,\"idle\":1}");
  call(client, "refused;-205", YTX_APP_CHECK_FAILED);
  call(client, "refused;-205", YTX_APP_CHECK_FAILED);
  call(client, "foreign;seven", YTX_E_PLATFORM);
  call(client, "", YTX_E_INVALID_ARGUMENT);
  call(client, "unknown;-999", -999);
  EXPECT_FIGURES(client, "{\"calls\":6,\"succeeded\":1,\"failed\":{\"-999\":1,\"-205\":2,\"1001\":1,\"1009\":1},"
                         "\"attempts\":5,\"retries\":0,\"resends\":0,\"inFlight\":0,"
                         "\"connections\":{\"opened\":1,\"idle\":1}");
  /* The server closes a kept connection when the request comes; after 503 none is kept. */
  EXPECT_ECHO(client, "close once");
  call(client, "resent;1u", YTX_OK);
  EXPECT_FIGURES(client, "{\"calls\":8,\"succeeded\":3,\"failed\":{\"-999\":1,\"-205\":2,\"1001\":1,\"1009\":1},"
                         "\"attempts\":8,\"retries\":0,\"resends\":1,\"inFlight\":0,"
                         "\"connections\":{\"opened\":2,\"idle\":1}");
  call(client, "retried;503;1u", YTX_OK);
  call(client, "in vain;503", YTX_E_HTTP);
  EXPECT_FIGURES(client, "{\"calls\":10,\"succeeded\":4,\"failed\":{\"-999\":1,\"-205\":2,\"1001\":1,\"1007\":1,"
                         "\"1009\":1},\"attempts\":12,\"retries\":2,\"resends\":1,\"inFlight\":0,"
                         "\"connections\":{\"opened\":4,\"idle\":0}");

  /* All handles together; what is on its way now. */
  derived = ytx_client_with_timeout(client, 0, NULL);
  thread = start_thread(held, derived);
  wait_for_poll("held call;<1u", 0);
  EXPECT_FIGURES(client, "{\"calls\":10,\"succeeded\":4,\"failed\":{\"-999\":1,\"-205\":2,\"1001\":1,\"1007\":1,"
                         "\"1009\":1},\"attempts\":13,\"retries\":2,\"resends\":1,\"inFlight\":1,"
                         "\"connections\":{\"opened\":5,\"idle\":0}");
  EXPECT_FIGURES(other, NOTHING);
  go("held call;<1u", 0);
  join_thread(thread);
  hasty = ytx_client_with_timeout(client, 100, NULL);
  call(hasty, "late;silence", YTX_E_TIMEOUT);
  cancelled = ytx_client_with_timeout(client, 0, NULL);
  CHECK_STATUS(ytx_client_cancel(cancelled), YTX_OK);
  call(cancelled, "never;1u", YTX_E_CANCELLED);
  EXPECT_FIGURES(hasty, "{\"calls\":13,\"succeeded\":5,\"failed\":{\"-999\":1,\"-205\":2,\"1001\":1,\"1004\":1,"
                        "\"1007\":1,\"1009\":1,\"1010\":1},\"attempts\":14,\"retries\":2,\"resends\":1,\"inFlight\":0,"
                        "\"connections\":{\"opened\":5,\"idle\":0}");

  /* Queued calls, and the polls of watches, are calls. Between its polls a watch is none. */
  CHECK(ytx_meeting_state_async(derived, queue, APPID, "", 0, NULL) != 0);
  event = take(queue);
  ytx_string_free(event.json);
  CHECK(ytx_meeting_state_async(derived, queue, APPID, "queued;1u", 0, NULL) != 0);
  event = take(queue);
  ytx_string_free(event.json);
  ticket = watch(derived, queue, "watched;1u;<1u", 200, 0);
  event = take(queue);
  ytx_string_free(event.json);
  wait_for_poll("watched;1u;<1u", 1);
  EXPECT_FIGURES(client, "{\"calls\":16,\"succeeded\":7,\"failed\":{\"-999\":1,\"-205\":2,\"1001\":2,\"1004\":1,"
                         "\"1007\":1,\"1009\":1,\"1010\":1},\"attempts\":17,\"retries\":2,\"resends\":1,\"inFlight\":1,"
                         "\"connections\":{\"opened\":6,\"idle\":0}");
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  event = take(queue);
  ytx_string_free(event.json);
  watch(derived, queue, "resting;1u", 3600000, 0);
  event = take(queue);
  ytx_string_free(event.json);
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_ENDED);
  ytx_string_free(event.json);
  EXPECT_FIGURES(client, "{\"calls\":18,\"succeeded\":8,\"failed\":{\"-999\":1,\"-205\":2,\"1001\":2,\"1004\":1,"
                         "\"1007\":1,\"1009\":1,\"1010\":2},\"attempts\":18,\"retries\":2,\"resends\":1,\"inFlight\":0,"
                         "\"connections\":{\"opened\":7,\"idle\":1}");
  ytx_queue_free(queue);
  ytx_client_free(hasty);
  ytx_client_free(cancelled);
  ytx_client_free(derived);
  ytx_client_free(client);
  ytx_client_free(other);
}

#ifndef _WIN32
/* What is on its way in the parent is not in the child; what was counted is. */
static void of_a_child(void)
{
  ytx_client *client = client_for(url);
  ytx_queue *queue = new_queue(NULL);
  pid_t child;
  int ended;
  CHECK(ytx_meeting_state_async(client, queue, APPID, "of the parent;<1u", 0, NULL) != 0);
  wait_for_poll("of the parent;<1u", 0);
  child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(60);
    EXPECT_FIGURES(client, "{\"calls\":0,\"succeeded\":0,\"failed\":{},\"attempts\":1,\"retries\":0,\"resends\":0,"
                           "\"inFlight\":0,\"connections\":{\"opened\":1,\"idle\":0}");
    call(client, "of the child;1u", YTX_OK);
    EXPECT_FIGURES(client, "{\"calls\":1,\"succeeded\":1,\"failed\":{},\"attempts\":2,\"retries\":0,\"resends\":0,"
                           "\"inFlight\":0,\"connections\":{\"opened\":2,\"idle\":1}");
    _exit(0);
  }
  CHECK(waitpid(child, &ended, 0) == child);
  CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
  EXPECT_FIGURES(client, "{\"calls\":0,\"succeeded\":0,\"failed\":{},\"attempts\":1,\"retries\":0,\"resends\":0,"
                         "\"inFlight\":1,\"connections\":{\"opened\":1,\"idle\":0}");
  ytx_queue_free(queue);
  ytx_client_free(client);
}
#endif

static void no_connection(void)
{
  ytx_options options = options_for("http://127.0.0.1:1");
  ytx_client *client = client_with(&options);
  call(client, "1", YTX_E_CONNECT);
  EXPECT_FIGURES(client, "{\"calls\":1,\"succeeded\":0,\"failed\":{\"1003\":1},\"attempts\":1,\"retries\":0,\"resends\":0,"
                         "\"inFlight\":0,\"connections\":{\"opened\":0,\"idle\":0}");
  ytx_client_free(client);
}

/* So many codes without a name are told apart, and the rest are counted. */
static void unknown_codes(void)
{
  ytx_client *client = client_for(url);
  char confid[50], *json;
  int i;
  for (i = 0; i < 35; i++) {
    snprintf(confid, sizeof confid, "code;-%d", 1000 + i);
    call(client, confid, -1000 - i);
  }
  json = ytx_client_stats(client, NULL);
  CHECK_HOLDS(json, "{\"calls\":35,\"succeeded\":0,\"failed\":{\"-1031\":1,\"-1030\":1,");
  CHECK_HOLDS(json, "\"-1000\":1,\"other\":3},");
  ytx_string_free(json);
  ytx_client_free(client);
}

static void durations(void)
{
  ytx_client *client = client_for(url);
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  ytx_queue *queue;
  ytx_event event;
  int count, buckets[14], i;
  double sum;
  read_seconds(client, &count, &sum, buckets);
  CHECK(count == 0 && sum == 0 && buckets[13] == 0);
  call(client, "", YTX_E_INVALID_ARGUMENT); /* takes no time */
  call(client, "late;late", YTX_OK);        /* 0.4 s */
  read_seconds(client, &count, &sum, buckets);
  CHECK(count == 2 && sum > 0.4 && sum < 30);
  CHECK(buckets[7] <= 1 && buckets[12] >= 1);
  /* The second's wait for its turn counts: it takes longer than 0.5 s. */
  options.max_in_flight = 1;
  queue = new_queue(&options);
  for (i = 0; i < 2; i++)
    CHECK(ytx_meeting_state_async(client, queue, APPID, "late;late", 0, NULL) != 0);
  for (i = 0; i < 2; i++) {
    event = take(queue);
    CHECK_STATUS(event.status, YTX_OK);
    ytx_string_free(event.json);
  }
  read_seconds(client, &count, &sum, buckets);
  CHECK(count == 4 && sum > 1.6 && buckets[7] <= 1 && buckets[8] <= 3);
  ytx_queue_free(queue);
  ytx_client_free(client);
}

static void *refused_calls(void *client)
{
  int i;
  for (i = 0; i < 20000; i++)
    call(client, "", YTX_E_INVALID_ARGUMENT);
  return NULL;
}

/* No bucket is ever larger than the next, nor than the whole: read_seconds() looks. */
static void while_calls_end(void)
{
  ytx_client *client = client_for(url);
  pthread_t threads[2];
  int count = 0, buckets[14], i;
  double sum;
  for (i = 0; i < 2; i++)
    threads[i] = start_thread(refused_calls, client);
  while (count < 40000)
    read_seconds(client, &count, &sum, buckets);
  for (i = 0; i < 2; i++)
    join_thread(threads[i]);
  ytx_client_free(client);
}

/* Waits until a queue's figures begin so, for they follow what happens. */
#define EXPECT_QUEUE(queue, text) expect_queue(__FILE__, __LINE__, queue, text)

static void expect_queue(const char *file, int line, const ytx_queue *queue, const char *text)
{
  int64_t start = now_ms();
  for (;;) {
    char *json = ytx_queue_stats(queue, NULL);
    int is_so = strncmp(json, text, strlen(text)) == 0;
    if (!is_so && now_ms() - start > 20000)
      check_text(file, line, "the queue's figures", json, text);
    ytx_string_free(json);
    if (is_so)
      return;
    usleep(1000);
  }
}

static double oldest(const ytx_queue *queue, int *threads)
{
  char *json = ytx_queue_stats(queue, NULL), *at = strstr(json, ",\"threads\":");
  double seconds;
  int length = 0;
  CHECK(at != NULL && sscanf(at, ",\"threads\":%d,\"oldestSeconds\":%lf}%n", threads, &seconds, &length) == 2);
  CHECK(length > 0 && at[length] == '\0');
  ytx_string_free(json);
  return seconds;
}

static void of_a_queue(void)
{
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  ytx_options patient = options_for(url);
  ytx_client *client;
  ytx_queue *queue, *other;
  ytx_status status = -9999;
  ytx_event event;
  double first;
  int threads;
  char *json;

  patient.max_retries = 1;
  client = client_with(&patient);
  options.max_in_flight = 1;
  options.max_pending = 3;
  options.max_watches = 1;
  queue = new_queue(&options);
  other = new_queue(NULL);
  json = ytx_queue_stats(queue, &status);
  CHECK_STATUS(status, YTX_OK);
  /* The first queue of this process: no thread yet. */
  CHECK_TEXT(json, "{\"pending\":0,\"inFlight\":0,\"waiting\":0,\"untaken\":0,\"watches\":0,\"busy\":0,\"threads\":0,"
                   "\"oldestSeconds\":0}");
  ytx_string_free(json);

  CHECK(ytx_meeting_state_async(client, queue, APPID, "first;<1u", 1, NULL) != 0);
  wait_for_poll("first;<1u", 0);
  EXPECT_QUEUE(queue, "{\"pending\":1,\"inFlight\":1,\"waiting\":0,\"untaken\":0,\"watches\":0,\"busy\":0,");
  CHECK(ytx_meeting_state_async(client, queue, APPID, "second;1u", 2, NULL) != 0);
  EXPECT_QUEUE(queue, "{\"pending\":2,\"inFlight\":1,\"waiting\":1,\"untaken\":0,\"watches\":0,\"busy\":0,");
  CHECK(ytx_meeting_state_async(client, queue, APPID, "", 3, NULL) != 0); /* it has ended */
  EXPECT_QUEUE(queue, "{\"pending\":3,\"inFlight\":1,\"waiting\":1,\"untaken\":1,\"watches\":0,\"busy\":0,");
  CHECK(ytx_meeting_state_async(client, queue, APPID, "never;1u", 4, &status) == 0);
  CHECK_STATUS(status, YTX_E_BUSY);
  watch(client, queue, "watched room;1u", 3600000, 5);
  EXPECT_QUEUE(queue, "{\"pending\":3,\"inFlight\":1,\"waiting\":1,\"untaken\":1,\"watches\":1,\"busy\":1,");
  CHECK(ytx_watch_meeting(client, queue, APPID, "never;1u", 0, 6, &status) == 0);
  CHECK_STATUS(status, YTX_E_BUSY);
  EXPECT_QUEUE(queue, "{\"pending\":3,\"inFlight\":1,\"waiting\":1,\"untaken\":1,\"watches\":1,\"busy\":2,");
  first = oldest(queue, &threads);
  CHECK(first > 0 && first < 60 && threads >= 1 && threads < 30);
  usleep(20000);
  CHECK(oldest(queue, &threads) >= first + 0.019);
  /* Another queue has its own; the threads are the process's. */
  CHECK(oldest(other, &threads) == 0 && threads >= 1);
  EXPECT_QUEUE(other, "{\"pending\":0,\"inFlight\":0,\"waiting\":0,\"untaken\":0,\"watches\":0,\"busy\":0,");

  go("first;<1u", 0);
  EXPECT_QUEUE(queue, "{\"pending\":3,\"inFlight\":0,\"waiting\":0,\"untaken\":3,\"watches\":1,\"busy\":2,");
  CHECK(oldest(queue, &threads) == 0);
  for (status = 0; status < 4; status++) {
    event = take(queue);
    ytx_string_free(event.json);
  }
  EXPECT_QUEUE(queue, "{\"pending\":0,\"inFlight\":0,\"waiting\":0,\"untaken\":0,\"watches\":1,\"busy\":2,");
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_ENDED);
  ytx_string_free(event.json);
  EXPECT_QUEUE(queue, "{\"pending\":0,\"inFlight\":0,\"waiting\":0,\"untaken\":0,\"watches\":0,\"busy\":2,");

  /* Behind another lock call of its room, or in the pause before a retry, a call waits. */
  CHECK(ytx_lock_meeting_async(client, other, APPID, "locked;<1u", YTX_LOCK, 0, NULL) != 0);
  CHECK(ytx_lock_meeting_async(client, other, APPID, "locked;<1u", YTX_UNLOCK, 0, NULL) != 0);
  wait_for_poll("locked;<1u", 0);
  EXPECT_QUEUE(other, "{\"pending\":2,\"inFlight\":1,\"waiting\":1,\"untaken\":0,");
  /* A poll is no call. */
  watch(client, other, "polled;<1u", 3600000, 0);
  wait_for_poll("polled;<1u", 0);
  EXPECT_QUEUE(other, "{\"pending\":2,\"inFlight\":1,\"waiting\":1,\"untaken\":0,\"watches\":1,");
  CHECK(ytx_meeting_state_async(client, other, APPID, "pausing;503+50", 0, NULL) != 0);
  wait_for_poll("pausing;503+50", 0);
  EXPECT_QUEUE(other, "{\"pending\":3,\"inFlight\":1,\"waiting\":2,\"untaken\":0,");
  ytx_queue_free(queue);
  ytx_queue_free(other);
  ytx_client_free(client);
}

static void handles_that_are_none(void)
{
  ytx_client *client = client_for(url);
  ytx_queue *queue = new_queue(NULL);
  const void *none[4];
  size_t i;
  ytx_queue_free(queue);
  ytx_client_free(client);
  none[0] = NULL;
  none[1] = client;
  none[2] = queue;
  none[3] = &none;
  for (i = 0; i < 4; i++) {
    ytx_status status = -9999;
    CHECK(ytx_client_stats((const ytx_client *)none[i], &status) == NULL);
    CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
    status = -9999;
    CHECK(ytx_queue_stats((const ytx_queue *)none[i], &status) == NULL);
    CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
    CHECK(ytx_client_stats((const ytx_client *)none[i], NULL) == NULL);
    CHECK(ytx_queue_stats((const ytx_queue *)none[i], NULL) == NULL);
  }
  /* Living ones, taken for the other kind. */
  client = client_for(url);
  queue = new_queue(NULL);
  CHECK(ytx_client_stats((const ytx_client *)(const void *)queue, NULL) == NULL);
  CHECK(ytx_queue_stats((const ytx_queue *)(const void *)client, NULL) == NULL);
  ytx_queue_free(queue);
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  CHECK(argc >= 2);
  url = argv[1];
  control = client_for(url);
#ifndef _WIN32
  if (argc == 3) {
    CHECK(strcmp(argv[2], "child") == 0);
    of_a_child();
    ytx_client_free(control);
    return 0;
  }
#endif
  of_a_queue();
  of_a_client();
  no_connection();
  unknown_codes();
  durations();
  while_calls_end();
  handles_that_are_none();
  ytx_client_free(control);
  return 0;
}
