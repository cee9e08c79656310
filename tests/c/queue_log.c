/*
 * The log of queued calls: told inside ytx_queue_take, on its thread, before the event is returned;
 * as many lines as the blocking call tells; with no lock held.
 *
 * Arguments: the server's URL, and that of an address where nobody listens, or "fork".
 */
#include "check.h"
#include "queue.h"

#include <ctype.h>
#ifndef _WIN32
#include <sys/wait.h>
#endif

#define MOST 40

struct heard {
  pthread_t thread;
  int32_t level;
  char text[600];
};

static struct heard lines[MOST];
static volatile int count, in_take;
static ytx_client *client;

static void hear(int32_t level, const char *message, void *user_data)
{
  CHECK(user_data == &count && count < MOST);
  lines[count].thread = pthread_self();
  lines[count].level = level;
  snprintf(lines[count].text, sizeof lines[0].text, "%s", message);
  count++;
}

static ytx_options loud(const char *url)
{
  ytx_options options = options_for(url);
  options.log = hear;
  options.log_user_data = (void *)&count;
  options.log_level = YTX_LOG_DEBUG;
  return options;
}

/* Without the ticket, and each number as one N. */
static void without_numbers(char *line)
{
  char *from = line, *to = line;
  while (*from != 0)
    if (from[0] == ' ' && from[1] == '#') {
      from += 2;
      while (isdigit((unsigned char)*from))
        from++;
    } else if (isdigit((unsigned char)*from)) {
      while (isdigit((unsigned char)*from))
        from++;
      *to++ = 'N';
    } else
      *to++ = *from++;
  *to = 0;
}

static void *takes(void *argument)
{
  ytx_event *event = argument;
  in_take = 1;
  CHECK(ytx_queue_take((ytx_queue *)event->json, event, PATIENT_MS) == 1);
  in_take = 0;
  return NULL;
}

/* The lines of the blocking call, in its order, on the thread that takes. */
static void as_the_blocking_call(const ytx_client *handle, const char *confid)
{
  struct heard blocking[MOST];
  ytx_queue *queue = queue_of(0, 0);
  ytx_event event = YTX_EVENT_INIT;
  ytx_status status = -9999;
  pthread_t taker;
  char *json;
  int expected, i;

  check_case = confid;
  /* Either finds a kept connection, where one is to be had. */
  ytx_string_free(ytx_lock_meeting(handle, APPID, "warm", YTX_LOCK, NULL));
  count = 0;
  json = ytx_lock_meeting(handle, APPID, confid, YTX_LOCK, &status);
  expected = count;
  CHECK(expected > 0 || *confid == 0);
  memcpy(blocking, lines, sizeof blocking);
  ytx_string_free(ytx_lock_meeting(handle, APPID, "warm", YTX_LOCK, NULL));
  count = 0;
  LOCK(handle, queue, confid, 1);
  CHECK(becomes_readable(queue, PATIENT_MS));
  CHECK(count == 0); /* not a line before it is taken, though it has ended */
  event.json = (char *)queue;
  taker = start_thread(takes, &event);
  join_thread(taker);
  CHECK(count == expected);
  CHECK_STATUS(event.status, status);
  for (i = 0; i < count; i++) {
    CHECK(pthread_equal(lines[i].thread, taker));
    CHECK(lines[i].level == blocking[i].level);
    without_numbers(lines[i].text);
    without_numbers(blocking[i].text);
    CHECK_TEXT(lines[i].text, blocking[i].text);
  }
  ytx_string_free(json);
  ytx_string_free(event.json);
  ytx_queue_free(queue);
  check_case = "";
}

static void lines_of_all_kinds(const char *url, const char *refusing)
{
  ytx_options options = loud(url);
  ytx_client *patient, *handle, *unreachable, *quiet;

  client = client_with(&options);
  as_the_blocking_call(client, "accepted");
  as_the_blocking_call(client, "-205 always");
  as_the_blocking_call(client, "500 always");
  as_the_blocking_call(client, "text always");
  as_the_blocking_call(client, "");
  as_the_blocking_call(client, "close always"); /* on a kept connection it is sent again */
  handle = ytx_client_with_timeout(client, 300, NULL);
  as_the_blocking_call(handle, "silence");
  CHECK_STATUS(ytx_client_cancel(handle), YTX_OK);
  options.max_retries = 2;
  patient = client_with(&options);
  as_the_blocking_call(patient, "503 always");
  as_the_blocking_call(patient, "-104 always");
  options.max_retries = 0;
  options.log_level = YTX_LOG_ERROR;
  quiet = client_with(&options);
  count = 0;
  {
    ytx_queue *queue = queue_of(0, 0);
    LOCK(quiet, queue, "500 always", 1);
    EXPECT_DONE_STATUS(queue, YTX_E_HTTP);
    CHECK(count == 0);
    ytx_queue_free(queue);
  }
  options = loud(refusing);
  unreachable = client_with(&options);
  as_the_blocking_call(unreachable, "never");
  ytx_client_free(handle);
  ytx_client_free(patient);
  ytx_client_free(quiet);
  ytx_client_free(unreachable);
}

/* What was not taken is not told. */
static void a_freed_queue_says_nothing(void)
{
  ytx_queue *queue = queue_of(0, 0);
  LOCK(client, queue, "500 always", 1);
  LOCK(client, queue, "held silent", 2);
  CHECK(becomes_readable(queue, PATIENT_MS));
  count = 0;
  ytx_queue_free(queue);
  CHECK(count == 0);
}

/* A callback that calls everything there is, and at last frees the queue. */
static ytx_queue *queue_of_callback;
static ytx_client *client_of_callback;
static int frees, called;
#ifndef _WIN32
static int forks;
#endif

static void call_everything(int32_t level, const char *message, void *user_data)
{
  ytx_event event = YTX_EVENT_INIT;
  ytx_queue *queue = queue_of_callback;
  ytx_status status = -9999;

  (void)level, (void)message, (void)user_data;
  if (queue == NULL || called++ > 3)
    return; /* made by the calls below */
#ifndef _WIN32
  if (forks) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      forks = 2;
      queue_of_callback = NULL;
      return; /* inside a take of the child's, of a queue that is not */
    }
    CHECK(waitpid(child, (int *)&status, 0) == child && status == 0);
    called = 9;
    return;
  }
#endif
  CHECK(ytx_queue_take(queue, &event, 0) == 0);
  CHECK_STATUS(ytx_queue_wake(queue), YTX_OK);
  CHECK(ytx_queue_take(queue, &event, -1) == 0);
  CHECK(ytx_queue_fd(queue) >= 0);
  ytx_string_free(ytx_queue_stats(queue, NULL));
  ytx_string_free(ytx_lock_meeting(client_of_callback, APPID, "from the log", 1, NULL));
  CHECK(ytx_lock_meeting_async(client_of_callback, queue, APPID, "from the log", 1, 77, &status) != 0);
  CHECK_STATUS(status, YTX_OK);
  CHECK(ytx_queue_take(queue, &event, PATIENT_MS) == 1);
  CHECK(event.tag == 77);
  ytx_string_free(event.json);
  ytx_queue_free(ytx_queue_new(NULL, NULL));
  if (frees) {
    ytx_queue_free(queue);
    CHECK(ytx_queue_take(queue, &event, -1) == -1);
  }
}

static void a_callback_may_do_anything(const char *url)
{
  ytx_options options = loud(url);
  ytx_event event = YTX_EVENT_INIT;
  options.log = call_everything;
  options.log_level = YTX_LOG_WARN;
  client_of_callback = client_with(&options);

  queue_of_callback = queue_of(0, 0);
  LOCK(client_of_callback, queue_of_callback, "500 always", 1);
  CHECK(ytx_queue_take(queue_of_callback, &event, PATIENT_MS) == 1);
  CHECK(called > 0 && event.tag == 1);
  ytx_string_free(event.json);
  ytx_queue_free(queue_of_callback);

  /* A take whose callback has freed the queue returns -1, and nothing was written. */
  frees = 1, called = 0;
  queue_of_callback = queue_of(0, 0);
  LOCK(client_of_callback, queue_of_callback, "500 always", 1);
  memset(&event, 0x5a, sizeof event);
  event.struct_size = sizeof event;
  CHECK(ytx_queue_take(queue_of_callback, &event, PATIENT_MS) == -1);
  CHECK(called > 0 && event.tag == 0x5a5a5a5a5a5a5a5a);

  queue_of_callback = NULL;
  ytx_client_free(client_of_callback);
}

#ifndef _WIN32
/* The take of the child of a callback that forks returns -1; its parent has the event. */
static void a_callback_that_forks(const char *url)
{
  ytx_options options = loud(url);
  ytx_event event = YTX_EVENT_INIT;
  options.log = call_everything;
  options.log_level = YTX_LOG_WARN;
  client_of_callback = client_with(&options);
  forks = 1;
  queue_of_callback = queue_of(0, 0);
  LOCK(client_of_callback, queue_of_callback, "500 always", 3);
  {
    int result = ytx_queue_take(queue_of_callback, &event, PATIENT_MS);
    if (forks == 2)
      _exit(result == -1 ? 0 : 1);
    CHECK(result == 1 && event.tag == 3 && event.status == YTX_E_HTTP);
    ytx_string_free(event.json);
  }
  ytx_queue_free(queue_of_callback);
  queue_of_callback = NULL;
  ytx_client_free(client_of_callback);
}
#endif

int main(int argc, char **argv)
{
  CHECK(argc == 3);
#ifndef _WIN32
  if (strcmp(argv[2], "fork") == 0) {
    a_callback_that_forks(argv[1]);
    return 0;
  }
#endif
  lines_of_all_kinds(argv[1], argv[2]);
  a_freed_queue_says_nothing();
  ytx_client_free(client);
  a_callback_may_do_anything(argv[1]);
  return 0;
}
