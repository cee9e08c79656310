/*
 * Handing calls to a queue: what is refused and in which order, tickets and tags, arguments that
 * are not allowed, deadlines, handles that are freed or cancelled after the submission.
 *
 * Arguments: the server's URL. It holds "held…" back until somebody calls "release…".
 */
#include "check.h"
#include "queue.h"

#define NO_STATUS (-9999)

static ytx_client *client;

/* One submission of each kind; the texts are allowed. */
static ytx_ticket submit(int kind, const ytx_client *handle, ytx_queue *queue, ytx_status *status)
{
  switch (kind) {
  case 0:
    return ytx_lock_meeting_async(handle, queue, APPID, "never", YTX_LOCK, 1, status);
  case 1:
    return ytx_meeting_state_async(handle, queue, APPID, "never", 1, status);
  case 2:
    return ytx_request_async(handle, queue, NULL, "call", "never", "{}", 1, status);
  default:
    return ytx_meeting_state_async(handle, queue, "", NULL, 1, status); /* and one that is not */
  }
}

static void refused(const ytx_client *handle, ytx_queue *queue, ytx_status expected)
{
  int kind;
  for (kind = 0; kind < 4; kind++) {
    ytx_status status = NO_STATUS;
    CHECK(submit(kind, handle, queue, &status) == 0);
    CHECK_STATUS(status, expected);
    CHECK(submit(kind, handle, queue, NULL) == 0);
  }
}

/* Looked at in this order: handle, cancelled, busy. What is refused gives no event. */
static void refusals_and_their_order(const char *url)
{
  ytx_client *cancelled = ytx_client_with_timeout(client, 0, NULL), *freed = client_for(url);
  ytx_queue *gone = queue_of(0, 0), *full = queue_of(1, 0), *closed = queue_of(1, 0);
  ytx_ticket held = LOCK(client, full, "held full", 1), ended;
  struct report on_its_way = { 0, 1, 0, 1, NULL };

  ytx_client_free(freed);
  ytx_queue_free(gone);
  CHECK_STATUS(ytx_client_cancel(cancelled), YTX_OK);
  ended = LOCK(client, closed, "held closed", 1);
  EXPECT_ECHO(client, "await held closed");
  CHECK_STATUS(ytx_queue_close(closed), YTX_OK);

  refused(NULL, full, YTX_E_INVALID_HANDLE);
  refused(freed, full, YTX_E_INVALID_HANDLE);
  refused(freed, closed, YTX_E_INVALID_HANDLE);
  refused((const ytx_client *)full, full, YTX_E_INVALID_HANDLE); /* a queue is no client */
  refused(client, NULL, YTX_E_INVALID_HANDLE);
  refused(client, gone, YTX_E_INVALID_HANDLE);
  refused(client, (ytx_queue *)client, YTX_E_INVALID_HANDLE);
  refused(client, (ytx_queue *)~(uintptr_t)0, YTX_E_INVALID_HANDLE);
  refused(cancelled, gone, YTX_E_INVALID_HANDLE);
  refused(client, closed, YTX_E_CANCELLED); /* full as well */
  refused(cancelled, full, YTX_E_CANCELLED);
  refused(cancelled, closed, YTX_E_CANCELLED);
  refused(client, full, YTX_E_BUSY);
  CHECK(ytx_status_is_retryable(YTX_E_BUSY) == 1);

  EXPECT_DONE_REPORT(closed, ended, 1, YTX_E_CANCELLED, on_its_way);
  EXPECT_CLOSED(closed);
  EXPECT_NOTHING(full);
  EXPECT_ECHO(client, "release full");
  /* Pending until it is taken. */
  CHECK(becomes_readable(full, PATIENT_MS));
  refused(client, full, YTX_E_BUSY);
  EXPECT_DONE_ECHO(full, held, 1, "held full");
  EXPECT_NOTHING(full);
  held = LOCK(client, full, "room again", 2);
  EXPECT_DONE_ECHO(full, held, 2, "room again");
  ytx_client_free(cancelled);
  ytx_queue_free(full);
  ytx_queue_free(closed);
}

static int compare_tickets(const void *a, const void *b)
{
  ytx_ticket left = *(const ytx_ticket *)a, right = *(const ytx_ticket *)b;
  return left < right ? -1 : left > right;
}

/* Of two queues in turns; a third was made and freed before. */
static void tickets_are_never_issued_twice(void)
{
  enum { COUNT = 600 };
  static ytx_ticket tickets[2 * COUNT];
  int i;
  ytx_queue *queues[2];
  for (i = 0; i < 2 * COUNT; i++) {
    ytx_event event;
    if (i % 300 == 0) {
      queues[0] = queue_of(0, 0);
      queues[1] = queue_of(0, 0);
    }
    /* An argument that is not allowed ends at once. */
    tickets[i] = STATE(client, queues[i % 2], "", (uint64_t)i);
    event = TAKE_DONE(queues[i % 2]);
    CHECK(event.ticket == tickets[i] && event.tag == (uint64_t)i);
    ytx_string_free(event.json);
    if (i % 300 == 299) {
      ytx_queue_free(queues[0]);
      ytx_queue_free(queues[1]);
    }
  }
  qsort(tickets, 2 * COUNT, sizeof tickets[0], compare_tickets);
  for (i = 1; i < 2 * COUNT; i++)
    CHECK(tickets[i - 1] != 0 && tickets[i - 1] < tickets[i]);
}

static void tags_come_back(void)
{
  static const uint64_t tags[] = { 0, 1, (uint64_t)1 << 63, UINT64_MAX };
  ytx_queue *queue = queue_of(0, 0);
  int i;
  for (i = 0; i < 4; i++)
    EXPECT_DONE_ECHO(queue, LOCK(client, queue, "tagged", tags[i]), tags[i], "tagged");
  ytx_queue_free(queue);
}

/* The texts may be overwritten as soon as the submission has returned: they were copied. */
static void arguments_are_copied(void)
{
  char appid[20] = APPID, confid[20] = "copied", version[20] = "201612", func[20] = "call";
  char url[20] = "copied.wx", body[40] = "{\"confid\":\"in the body\"}";
  ytx_queue *queue = queue_of(0, 1);
  ytx_ticket first = LOCK(client, queue, "held copy", 0), second, third;
  ytx_status status = NO_STATUS;

  second = ytx_lock_meeting_async(client, queue, appid, confid, YTX_UNLOCK, 1, &status);
  CHECK_STATUS(status, YTX_OK);
  third = ytx_request_async(client, queue, version, func, url, body, 2, &status);
  CHECK_STATUS(status, YTX_OK);
  memset(appid, 'x', 19);
  memset(confid, 'x', 19);
  memset(version, 'x', 19);
  memset(func, 'x', 19);
  memset(url, 'x', 19);
  memset(body, 'x', 39);
  EXPECT_ECHO(client, "release copy");
  EXPECT_DONE_ECHO(queue, first, 0, "held copy");
  EXPECT_DONE_ECHO(queue, second, 1, "copied");
  EXPECT_DONE_ECHO(queue, third, 2, "in the body");
  ytx_queue_free(queue);
}

/* Each is told by the event, in the words of the blocking call. */
static void arguments_that_are_not_allowed(void)
{
  static const char *const bad[] = { NULL, "", "\xff", "a\nb", "a\x7f" };
  ytx_queue *queue = queue_of(0, 0);
  ytx_status status, blocking;
  size_t i;

  for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    const char *text = bad[i];
    int which;
    for (which = 0; which < 9; which++) {
      ytx_ticket ticket = 0;
      char *json = NULL;
      status = blocking = NO_STATUS;
      switch (which) {
      case 0:
        json = ytx_lock_meeting(client, text, "x", 0, &blocking);
        ticket = ytx_lock_meeting_async(client, queue, text, "x", 0, i, &status);
        break;
      case 1:
        json = ytx_lock_meeting(client, APPID, text, 0, &blocking);
        ticket = ytx_lock_meeting_async(client, queue, APPID, text, 0, i, &status);
        break;
      case 2:
        json = ytx_lock_meeting(client, APPID, "x", 2, &blocking);
        ticket = ytx_lock_meeting_async(client, queue, APPID, "x", 2, i, &status);
        break;
      case 3:
        json = ytx_meeting_state(client, text, "x", &blocking);
        ticket = ytx_meeting_state_async(client, queue, text, "x", i, &status);
        break;
      case 4:
        json = ytx_meeting_state(client, APPID, text, &blocking);
        ticket = ytx_meeting_state_async(client, queue, APPID, text, i, &status);
        break;
      case 5:
        json = ytx_request(client, text == NULL ? "12345" : text, "call", "x", "{}", &blocking);
        ticket = ytx_request_async(client, queue, text == NULL ? "12345" : text, "call", "x", "{}",
                                   i, &status);
        break;
      case 6:
        json = ytx_request(client, NULL, text, "x", "{}", &blocking);
        ticket = ytx_request_async(client, queue, NULL, text, "x", "{}", i, &status);
        break;
      case 7:
        json = ytx_request(client, NULL, "call", text, "{}", &blocking);
        ticket = ytx_request_async(client, queue, NULL, "call", text, "{}", i, &status);
        break;
      default:
        json = ytx_request(client, NULL, "call", "x", text, &blocking);
        ticket = ytx_request_async(client, queue, NULL, "call", "x", text, i, &status);
        break;
      }
      CHECK_STATUS(status, YTX_OK);
      CHECK_STATUS(blocking, YTX_E_INVALID_ARGUMENT);
      CHECK(ticket != 0);
      EXPECT_DONE(queue, ticket, i, YTX_E_INVALID_ARGUMENT, json);
      ytx_string_free(json);
    }
  }
  ytx_queue_free(queue);
}

static ytx_client *with_timeout(uint32_t timeout_ms)
{
  ytx_client *handle = ytx_client_with_timeout(client, timeout_ms, NULL);
  CHECK(handle != NULL);
  return handle;
}

/* The deadline is the handle's, from the submission on, the wait for the turn included. */
static void a_deadline_runs_from_the_submission(void)
{
  ytx_queue *queue = queue_of(0, 1);
  ytx_client *one = with_timeout(1000), *other = with_timeout(1600), *brief = with_timeout(400);
  struct report never_sent = { 1, 0, 0, 0, "400 ms" }, silent = { 1, 1, 0, 1, NULL };
  int64_t begun = now_ms();
  ytx_ticket first = STATE(one, queue, "silence", 1), second = STATE(other, queue, "silence", 2);
  ytx_ticket third = STATE(brief, queue, "never", 3);

  /* It did not get its turn, and never went out. */
  EXPECT_DONE_REPORT(queue, third, 3, YTX_E_TIMEOUT, never_sent);
  CHECK(now_ms() - begun >= 399);
  EXPECT_DONE_REPORT(queue, first, 1, YTX_E_TIMEOUT, silent);
  CHECK(now_ms() - begun >= 999);
  /* It got its turn when a second had passed, and no more time for it. */
  EXPECT_DONE_REPORT(queue, second, 2, YTX_E_TIMEOUT, silent);
  CHECK(now_ms() - begun >= 1599 && now_ms() - begun < 2500);
  ytx_client_free(one);
  ytx_client_free(other);
  ytx_client_free(brief);
  ytx_queue_free(queue);
}

/* The same behind a lock call of the same room. */
static void a_deadline_runs_behind_another_lock_call(void)
{
  ytx_queue *queue = queue_of(0, 0);
  ytx_client *brief = with_timeout(300);
  struct report never_sent = { 1, 0, 0, 0, "300 ms" };
  ytx_ticket first = LOCK(client, queue, "held line", 1);
  ytx_ticket second = LOCK(brief, queue, "held line", 2);

  EXPECT_DONE_REPORT(queue, second, 2, YTX_E_TIMEOUT, never_sent);
  EXPECT_ECHO(client, "release line");
  EXPECT_DONE_ECHO(queue, first, 1, "held line");
  ytx_client_free(brief);
  ytx_queue_free(queue);
}

/* It goes on, and from then on only its ticket can end it. */
static void a_freed_handle_leaves_its_calls(const char *url)
{
  ytx_queue *queue = queue_of(0, 1);
  ytx_client *handle = with_timeout(0), *whole = client_for(url);
  ytx_ticket flying = LOCK(handle, queue, "held on its way", 1);
  ytx_ticket waiting = LOCK(handle, queue, "in line", 2), third = LOCK(whole, queue, "alone", 3);
  ytx_ticket fourth = LOCK(handle, queue, "never", 4);

  EXPECT_ECHO(client, "await held on its way");
  ytx_client_free(handle);
  ytx_client_free(whole);
  CHECK_STATUS(ytx_client_cancel(handle), YTX_E_INVALID_HANDLE);
  EXPECT_NOTHING(queue);
  CHECK_STATUS(ytx_queue_cancel(queue, fourth), YTX_OK);
  EXPECT_DONE_REPORT(queue, fourth, 4, YTX_E_CANCELLED, not_sent);
  EXPECT_ECHO(client, "release on its way");
  EXPECT_DONE_ECHO(queue, flying, 1, "held on its way");
  EXPECT_DONE_ECHO(queue, waiting, 2, "in line");
  EXPECT_DONE_ECHO(queue, third, 3, "alone");
  ytx_queue_free(queue);
}

/* Those of that handle alone, on their way or waiting, in every queue. */
static void a_cancelled_handle_ends_its_calls(void)
{
  ytx_queue *queue = queue_of(0, 1), *elsewhere = queue_of(0, 0);
  ytx_client *handle = with_timeout(0), *below = ytx_client_with_timeout(handle, 0, NULL);
  struct report on_its_way = { 0, 1, 0, 1, NULL };
  ytx_ticket flying = LOCK(handle, queue, "held by it", 1), waiting = LOCK(handle, queue, "never", 2);
  ytx_ticket others = LOCK(below, queue, "others", 3);
  ytx_ticket second = LOCK(handle, elsewhere, "held by it too", 4);
  ytx_event event;
  int64_t begun;
  int i;

  EXPECT_ECHO(client, "await held by it");
  EXPECT_ECHO(client, "await held by it too");
  begun = now_ms();
  CHECK_STATUS(ytx_client_cancel(handle), YTX_OK);
  for (i = 0; i < 2; i++) {
    event = TAKE_DONE(queue);
    CHECK(event.ticket == flying || event.ticket == waiting);
    EXPECT_REPORT(event.json, event.status, YTX_E_CANCELLED,
                  event.ticket == flying ? on_its_way : not_sent);
  }
  EXPECT_DONE_REPORT(elsewhere, second, 4, YTX_E_CANCELLED, on_its_way);
  CHECK(now_ms() - begun < 10000);
  EXPECT_DONE_ECHO(queue, others, 3, "others");
  ytx_client_free(handle);
  ytx_client_free(below);
  ytx_queue_free(queue);
  ytx_queue_free(elsewhere);
}

int main(int argc, char **argv)
{
  CHECK(argc == 2);
  client = client_for(argv[1]);
  refusals_and_their_order(argv[1]);
  tickets_are_never_issued_twice();
  tags_come_back();
  arguments_are_copied();
  arguments_that_are_not_allowed();
  a_deadline_runs_from_the_submission();
  a_deadline_runs_behind_another_lock_call();
  a_freed_handle_leaves_its_calls(argv[1]);
  a_cancelled_handle_ends_its_calls();
  ytx_client_free(client);
  return 0;
}
