/*
 * What must not stop a queue: servers that take no connection, names that are not found, answers that
 * drip, a process without descriptors.
 *
 * This program brings its own getaddrinfo, which the library then calls: it never returns.
 *
 * Arguments: which part; the server's URL; for "stuck" also that of a listener that takes no more
 * connections.
 */
#include "check.h"
#ifndef _WIN32
#include "own_addresses.h"
#endif
#include "queue.h"
#include "system.h"

#ifndef _WIN32
#include <sys/resource.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
  (void)node, (void)service, (void)hints, (void)result;
  for (;;)
    pause();
}
#endif

/* Hundreds of calls of one client are stuck; those of another are quick, on new connections too. */
static void others_are_served(const char *url, const char *stuck_url, const char *confid)
{
  enum { STUCK = 300, SERVED = 10 };
  ytx_options options = options_for(stuck_url);
  ytx_client *stuck = client_with(&options), *fresh;
  ytx_queue *queue = queue_of(0, 1000), *other = queue_of(0, 0);
  int threads = count_threads(), i;
  int64_t begun;

  check_case = stuck_url;
  for (i = 0; i < STUCK; i++)
    STATE(stuck, queue, confid, 1);
  begun = now_ms();
  for (i = 0; i < SERVED; i++) {
    ytx_queue *used = i % 2 ? queue : other;
    fresh = client_for(url);
    EXPECT_DONE_ECHO(used, STATE(fresh, used, "quick", 2), 2, "quick");
    EXPECT_DONE_ECHO(used, LOCK(fresh, used, "kept", 3), 3, "kept");
    ytx_client_free(fresh);
  }
  CHECK(now_ms() - begun < PATIENT_MS / 2); /* the stuck ones have a minute */
  CHECK(count_threads() - threads <= 64 + 1); /* one looks names up */
  begun = now_ms();
  CHECK_STATUS(ytx_queue_close(queue), YTX_OK);
  for (i = 0; i < STUCK; i++) {
    ytx_event event = TAKE_DONE(queue);
    CHECK_STATUS(event.status, YTX_E_CANCELLED);
    ytx_string_free(event.json);
  }
  EXPECT_CLOSED(queue);
  CHECK(now_ms() - begun < 10000);
  ytx_client_free(stuck);
  ytx_queue_free(queue);
  ytx_queue_free(other);
  check_case = "";
}

/* Answers that come a byte at a time hold no thread, and end as they would for a blocking call. */
static void drips_hold_nobody(const char *url)
{
  static const char *const kinds[] = { "dripping head", "dripping body", "dripping chunks" };
  static const char *const whole[] = {
    "drip:7b22737461747573436f6465223a2230222c2261223a317d",
    "chunked:7b22737461747573436f6465223a2230222c2261223a317d",
    "http1.0:7b22737461747573436f6465223a2230222c2261223a317d",
  };
#ifdef _WIN32
  /* Each operation on a socket is a request to the one process of Wine's that has them all: what takes
     0.2 us elsewhere takes 90 there, and ninety drips are more than it can do. */
  enum { DRIPS = 12 };
#else
  enum { DRIPS = 90 };
#endif
  ytx_client *client = client_for(url), *brief = ytx_client_with_timeout(client, 2500, NULL);
  ytx_queue *queue = queue_of(0, 0), *other = queue_of(0, 0);
  int threads = count_threads(), most = 0, i, served;
  int64_t begun = now_ms();

  for (i = 0; i < DRIPS; i++)
    STATE(brief, queue, kinds[i % 3], (uint64_t)i);
  for (served = 0; now_ms() - begun < 2000; served++) {
    int now;
    EXPECT_DONE(other, STATE(client, other, whole[served % 3], 1), 1, YTX_OK,
                "{\"statusCode\":\"0\",\"a\":1}");
    now = sample_threads() - threads;
    most = now > most ? now : most;
  }
  CHECK(served > 2);
  if (most > 8)
    dprintf(check_output, "%d threads\n", most);
  CHECK(most <= 8);
  for (i = 0; i < DRIPS; i++) {
    ytx_event event = TAKE_DONE(queue);
    struct report report = { 1, 1, 200, 1, NULL };
    EXPECT_REPORT(event.json, event.status, YTX_E_TIMEOUT, report);
  }
  ytx_queue_free(queue);
  ytx_queue_free(other);
  ytx_client_free(brief);
  ytx_client_free(client);
}

#ifndef _WIN32
/* A call for which there is no descriptor waits for those on their way. */
static void no_descriptor_left(const char *url)
{
  ytx_client *client = client_for(url), *other = client_for(url), *third = client_for(url);
  ytx_client *brief = ytx_client_with_timeout(third, 700, NULL);
  ytx_queue *queue = queue_of(0, 0);
  struct report too_late = { 1, 0, 0, 0, "descriptor" }, none = { 1, 0, 0, 1, strerror(EMFILE) };
  struct report on_its_way = { 0, 1, 0, 1, NULL };
  struct rlimit limit, none_left;
  ytx_ticket held, second, tickets[6];
  char confid[30];
  int64_t begun;
  int i;

  held = STATE(client, queue, "held nofile", 1);
  second = STATE(client, queue, "held nofile too", 2);
  EXPECT_ECHO(other, "await held nofile");
  EXPECT_ECHO(other, "await held nofile too");
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  none_left = limit;
  none_left.rlim_cur = 3; /* not even one that becomes free can be had again */
  CHECK(setrlimit(RLIMIT_NOFILE, &none_left) == 0);

  /* Its deadline runs. */
  begun = now_ms();
  tickets[0] = STATE(brief, queue, "never", 3);
  too_late.attempts = 1; /* it was tried */
  EXPECT_DONE_REPORT(queue, tickets[0], 3, YTX_E_TIMEOUT, too_late);
  CHECK(now_ms() - begun >= 699);

  for (i = 0; i < 6; i++) {
    snprintf(confid, sizeof confid, "starved %d", i);
    tickets[i] = STATE(client, queue, confid, 10 + (uint64_t)i);
  }
  AWAIT_FIGURE(queue, "waiting", 6);
  EXPECT_NOTHING(queue);
  /* The one that ends gives them its connection. */
  EXPECT_ECHO(other, "release nofile");
  EXPECT_DONE_ECHO(queue, held, 1, "held nofile");
  for (i = 0; i < 6; i++) {
    ytx_event event = TAKE_DONE(queue);
    CHECK(event.tag >= 10 && event.tag < 16 && event.ticket == tickets[event.tag - 10]);
    snprintf(confid, sizeof confid, "\"echo\":\"starved %d\"}", (int)event.tag - 10);
    CHECK_STATUS(event.status, YTX_OK);
    CHECK_HOLDS(event.json, confid);
    ytx_string_free(event.json);
  }

  /* When none is on its way any more, it ends as a blocking call does at once. */
  tickets[0] = STATE(third, queue, "never", 4);
  AWAIT_FIGURE(queue, "waiting", 1);
  EXPECT_NOTHING(queue);
  CHECK_STATUS(ytx_queue_cancel(queue, second), YTX_OK);
  EXPECT_DONE_REPORT(queue, second, 2, YTX_E_CANCELLED, on_its_way);
  EXPECT_DONE_REPORT(queue, tickets[0], 4, YTX_E_CONNECT, none);
  tickets[0] = STATE(third, queue, "never", 5);
  EXPECT_DONE_REPORT(queue, tickets[0], 5, YTX_E_CONNECT, none);
  for (i = 0; i < 5; i++)
    STATE(third, queue, "never", 6);
  for (i = 0; i < 5; i++) {
    ytx_event event = TAKE_DONE(queue);
    EXPECT_REPORT(event.json, event.status, YTX_E_CONNECT, none);
  }

  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  EXPECT_DONE_ECHO(queue, STATE(third, queue, "descriptors again", 7), 7, "descriptors again");
  ytx_queue_free(queue);
  ytx_client_free(brief);
  ytx_client_free(client);
  ytx_client_free(other);
  ytx_client_free(third);
}

/* The same for the first call of a process, which needs descriptors for what serves all of them. */
static void none_left_for_the_first_call(const char *url)
{
  ytx_client *client = client_for(url);
  ytx_queue *queue = queue_of(0, 0);
  struct report none = { 1, 0, 0, -1, strerror(EMFILE) };
  struct rlimit limit, none_left;
  ytx_event event;
  ytx_ticket ticket;

  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  none_left = limit;
  none_left.rlim_cur = 3;
  CHECK(setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  ticket = STATE(client, queue, "never", 1);
  event = TAKE_DONE(queue);
  CHECK(event.ticket == ticket);
  none.attempts = strstr(event.json, "\"attempts\":0") ? 0 : 1;
  EXPECT_REPORT(event.json, event.status, YTX_E_CONNECT, none);
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  EXPECT_DONE_ECHO(queue, STATE(client, queue, "descriptors again", 2), 2, "descriptors again");
  ytx_queue_free(queue);
  ytx_client_free(client);
}
#endif

int main(int argc, char **argv)
{
  CHECK(argc >= 3);
  if (strcmp(argv[1], "stuck") == 0 && argc == 4) {
    others_are_served(argv[2], argv[3], "never");
    others_are_served(argv[2], argv[2], "half of much");
#ifndef _WIN32 /* the DLL does not call the program's getaddrinfo */
    others_are_served(argv[2], "http://stuck.test", "never");
#endif
  } else if (strcmp(argv[1], "drips") == 0)
    drips_hold_nobody(argv[2]);
#ifndef _WIN32
  else if (strcmp(argv[1], "nofile") == 0) {
    none_left_for_the_first_call(argv[2]);
    no_descriptor_left(argv[2]);
  }
#endif
  else
    CHECK(!"a known part");
  return 0;
}
