/*
 * The order of calls, turns, and that each call ends exactly once however many threads are at it.
 *
 * Arguments: the server's URL. It holds "held…" back until somebody calls "release…", and tells the
 * order in which calls came by itself.
 */
#include "check.h"
#include "queue.h"

static ytx_client *client;

/* The test looks at the server's list of what came for "in order …". */
static void lock_calls_of_a_room_keep_their_order(const char *url)
{
  enum { COUNT = 20 };
  ytx_queue *queue = queue_of(0, 0);
  /* Nor does it matter which client: it is one account. Even calls lock, odd ones unlock. */
  ytx_client *handles[] = { client, ytx_client_with_timeout(client, 50000, NULL), client_for(url) };
  ytx_ticket tickets[COUNT];
  int i;
  for (i = 0; i < COUNT; i++)
    tickets[i] = lock_async(__FILE__, __LINE__, handles[i % 3], queue, "in order",
                            i % 2 ? YTX_UNLOCK : YTX_LOCK, (uint64_t)i);
  for (i = 0; i < COUNT; i++)
    EXPECT_DONE_ECHO(queue, tickets[i], (uint64_t)i, "in order");
  ytx_client_free(handles[1]);
  ytx_client_free(handles[2]);
  ytx_queue_free(queue);
}

/* None of these waits for the first, which the server holds back. */
static void nothing_else_is_ordered(const char *url)
{
  ytx_options options = options_for(url);
  ytx_queue *queue = queue_of(0, 0), *other = queue_of(0, 0);
  ytx_client *account = ytx_client_new("account-2", TOKEN, &options, NULL), *elsewhere;
  ytx_ticket first = LOCK(client, queue, "held room", 1), second;
  char prefixed[200];
  ytx_status status;
  int i;

  snprintf(prefixed, sizeof prefixed, "%s/prefix", url);
  options.base_url = prefixed;
  elsewhere = client_with(&options);
  EXPECT_ECHO(client, "await held room");
  EXPECT_DONE_ECHO(queue, LOCK(client, queue, "another room", 2), 2, "another room");
  second = STATE(client, queue, "held room", 3); /* not a lock; it is held as well */
  AWAIT_FIGURE(queue, "inFlight", 2);
  /* Each is sent although a lock of "held room" is under way: the server counts them. */
  LOCK(client, other, "held room", 4);
  LOCK(account, queue, "held room", 5);
  LOCK(elsewhere, queue, "held room", 6);
  ytx_lock_meeting_async(client, queue, "app-2", "held room", 1, 7, &status);
  CHECK_STATUS(status, YTX_OK);
  ytx_request_async(client, queue, NULL, "call", "Other.wx", "{\"confid\":\"held room\"}", 8, &status);
  CHECK_STATUS(status, YTX_OK);
  AWAIT_FIGURE(queue, "inFlight", 6);
  AWAIT_FIGURE(other, "inFlight", 1);
  CHECK(figure_of(queue, "waiting") == 0);
  /* This one waits, and is not in flight. */
  LOCK(client, queue, "held room", 9);
  CHECK(figure_of(queue, "inFlight") == 6 && figure_of(queue, "waiting") == 1);
  CHECK_STATUS(ytx_queue_cancel(queue, second), YTX_OK);
  EXPECT_DONE_STATUS(queue, YTX_E_CANCELLED);
  EXPECT_NOTHING(queue);
  CHECK_STATUS(ytx_queue_cancel(queue, first), YTX_OK);
  EXPECT_DONE_REPORT(queue, first, 1, YTX_E_CANCELLED, ((struct report){ 0, 1, 0, 1, NULL }));
  AWAIT_FIGURE(queue, "inFlight", 5);
  CHECK(figure_of(queue, "waiting") == 0);
  EXPECT_ECHO(client, "release room");
  for (i = 0; i < 5; i++) {
    ytx_event event = TAKE_DONE(queue);
    CHECK_STATUS(event.status, YTX_OK);
    ytx_string_free(event.json);
  }
  ytx_queue_free(queue);
  ytx_queue_free(other);
  ytx_client_free(account);
  ytx_client_free(elsewhere);
}

/* So many requests on their way and no more; who came first is next. */
static void turns_come_in_order(void)
{
  ytx_queue *queue = queue_of(0, 2);
  char confid[40];
  int i;
  LOCK(client, queue, "held turn one", 0);
  LOCK(client, queue, "held turn two", 1);
  for (i = 2; i < 12; i++) {
    snprintf(confid, sizeof confid, "turn %d", i);
    STATE(client, queue, confid, (uint64_t)i);
  }
  EXPECT_ECHO(client, "await held turn one");
  EXPECT_ECHO(client, "await held turn two");
  CHECK(figure_of(queue, "inFlight") == 2 && figure_of(queue, "waiting") == 10);
  EXPECT_NOTHING(queue);
  EXPECT_ECHO(client, "release turn one");
  for (i = 0; i < 12; i++) {
    ytx_event event;
    if (i == 11)
      EXPECT_ECHO(client, "release turn two");
    event = TAKE_DONE(queue);
    CHECK_STATUS(event.status, YTX_OK);
    CHECK(event.tag == (i == 0 ? 0 : i == 11 ? 1 : (uint64_t)i + 1));
    ytx_string_free(event.json);
  }
  ytx_queue_free(queue);
}

/* Neither a call that pauses before a retry nor a lock call behind another takes a turn. */
static void who_waits_takes_no_turn(const char *url)
{
  ytx_options options = options_for(url);
  ytx_queue *queue = queue_of(0, 1);
  ytx_client *patient;
  ytx_ticket pausing;

  options.max_retries = 1;
  patient = client_with(&options);
  pausing = LOCK(patient, queue, "503 in half a minute", 1);
  LOCK(client, queue, "503 in half a minute", 2); /* behind it */
  EXPECT_ECHO(client, "await 503 in half a minute");
  AWAIT_FIGURE(queue, "waiting", 2);
  EXPECT_DONE_ECHO(queue, LOCK(client, queue, "meanwhile", 3), 3, "meanwhile");
  CHECK_STATUS(ytx_queue_cancel(queue, pausing), YTX_OK);
  EXPECT_DONE_REPORT(queue, pausing, 1, YTX_E_CANCELLED, ((struct report){ 0, 1, 503, 1, NULL }));
  ytx_client_free(patient);
  ytx_queue_free(queue);
}

/* Exactly once, whatever happens at the same time. */
enum { SUBMITTERS = 4, EACH = 400, ALL = SUBMITTERS * EACH, TAKERS = 3 };
static ytx_queue *busy_queue;
static ytx_client *brief;
static ytx_ticket issued[ALL], taken[ALL];
static int times[ALL], was_cancelled[ALL];
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static const char *const kinds[] = { "echo", "echo", "-205 always", "500 always", "silence", "close",
                                     "text always", "reset" };
static const ytx_status statuses[] = { YTX_OK, YTX_OK, -205, YTX_E_HTTP, YTX_E_TIMEOUT, YTX_E_IO,
                                       YTX_E_RESPONSE, YTX_E_IO };
#define KINDS ((int)(sizeof kinds / sizeof kinds[0]))

static void *submits(void *argument)
{
  int first = *(int *)argument * EACH, i;
  for (i = first; i < first + EACH; i++) {
    int kind = i % KINDS, cancels = i % 11 == 5;
    const char *confid = i % 13 ? kinds[kind] : "";
    char room[40];
    ytx_status status = -9999;
    if (kind < 2 && *confid != 0) {
      snprintf(room, sizeof room, "echo %d", i % 50);
      confid = room;
    }
    do {
      /* Only what is not answered has little time: the others may wait long for their turn. */
      issued[i] = kind == 4 || i % 2
        ? ytx_meeting_state_async(kind == 4 ? brief : client, busy_queue, APPID, confid,
                                  (uint64_t)i, &status)
        : ytx_lock_meeting_async(client, busy_queue, APPID, confid, YTX_LOCK, (uint64_t)i, &status);
      if (status == YTX_E_BUSY)
        usleep(200);
    } while (status == YTX_E_BUSY);
    CHECK_STATUS(status, YTX_OK);
    if (cancels) {
      was_cancelled[i] = 1;
      CHECK_STATUS(ytx_queue_cancel(busy_queue, issued[i]), YTX_OK);
    }
  }
  return NULL;
}

static void *takes(void *unused)
{
  for (;;) {
    ytx_event event = YTX_EVENT_INIT;
    int result = ytx_queue_take(busy_queue, &event, PATIENT_MS), tag = (int)event.tag;
    CHECK(result == 1);
    if (event.type == YTX_EVENT_CLOSED)
      return unused;
    CHECK(event.type == YTX_EVENT_DONE && event.tag < ALL && event.json != NULL);
    pthread_mutex_lock(&counting);
    times[tag]++;
    taken[tag] = event.ticket;
    pthread_mutex_unlock(&counting);
    if (event.status != YTX_E_CANCELLED) {
      ytx_status expected = tag % 13 ? statuses[tag % KINDS] : YTX_E_INVALID_ARGUMENT;
      if (event.status != expected)
        dprintf(check_output, "%d: %s\n", tag, event.json);
      CHECK_STATUS(event.status, expected);
      if (event.status == YTX_OK) {
        char echo[60];
        snprintf(echo, sizeof echo, "\"echo\":\"echo %d\"}", tag % 50);
        CHECK_HOLDS(event.json, echo);
      }
    } else
      CHECK_HOLDS(event.json, "YTX_E_CANCELLED");
    ytx_string_free(event.json);
  }
}

static void *disturbs(void *unused)
{
  int i;
  for (i = 0; i < 2000; i++) {
    ytx_status status = ytx_queue_cancel(busy_queue, (ytx_ticket)i);
    CHECK(status == YTX_OK || status == YTX_E_INVALID_ARGUMENT);
    if (i % 50 == 0)
      usleep(1000);
  }
  return unused;
}

static void each_call_ends_once(void)
{
  pthread_t submitters[SUBMITTERS], takers[TAKERS], disturber;
  int numbers[SUBMITTERS], i, done = 0;

  busy_queue = queue_of(300, 60);
  brief = ytx_client_with_timeout(client, 1000, NULL);
  for (i = 0; i < TAKERS; i++)
    takers[i] = start_thread(takes, NULL);
  for (i = 0; i < SUBMITTERS; i++) {
    numbers[i] = i;
    submitters[i] = start_thread(submits, &numbers[i]);
  }
  /* Tickets of other queues, and of none, do nothing here; some of these are this queue's. */
  disturber = start_thread(disturbs, NULL);
  for (i = 0; i < SUBMITTERS; i++)
    join_thread(submitters[i]);
  join_thread(disturber);
  while (done < ALL) {
    pthread_mutex_lock(&counting);
    for (done = 0, i = 0; i < ALL; i++)
      done += times[i] > 0;
    pthread_mutex_unlock(&counting);
    usleep(2000);
  }
  CHECK(figure_of(busy_queue, "pending") == 0);
  CHECK_STATUS(ytx_queue_close(busy_queue), YTX_OK);
  for (i = 0; i < TAKERS; i++)
    join_thread(takers[i]);
  for (i = 0; i < ALL; i++)
    CHECK(times[i] == 1 && taken[i] == issued[i] && issued[i] != 0);
  ytx_queue_free(busy_queue);
  ytx_client_free(brief);
}

int main(int argc, char **argv)
{
  CHECK(argc == 2);
  client = client_for(argv[1]);
  lock_calls_of_a_room_keep_their_order(argv[1]);
  nothing_else_is_ordered(argv[1]);
  turns_come_in_order();
  who_waits_takes_no_turn(argv[1]);
  each_call_ends_once();
  ytx_client_free(client);
  return 0;
}
