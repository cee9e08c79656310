/*
 * Where connections are made from. The server repeats the confid, which says where it has to come
 * from: see tests/operation.rs.
 *
 * Arguments: the server's URL; that of one whose connects hang.
 */
#include "check.h" /* and not watching.h, for Windows */

static const char *url;

static ytx_queue *new_queue(void)
{
  ytx_status status = -9999;
  ytx_queue *queue = ytx_queue_new(NULL, &status);
  CHECK_STATUS(status, YTX_OK);
  return queue;
}

static ytx_event take(ytx_queue *queue)
{
  ytx_event event = YTX_EVENT_INIT;
  CHECK(ytx_queue_take(queue, &event, 60000) == 1);
  return event;
}

static ytx_client *client_from(const char *source)
{
  ytx_options options = options_for(url);
  options.source_address = source;
  return client_with(&options);
}

/* Several clients take turns: the connections that they keep are their own. */
static void each_client_has_its_own(void)
{
  static const struct {
    const char *source, *confid;
  } cases[] = {
    { "127.0.0.2", "from 127.0.0.2" },        { "127.0.0.3", "from 127.0.0.3" },
    { "::ffff:127.0.0.4", "from 127.0.0.4" }, { NULL, "from 127.0.0.1" },
    { "0.0.0.0", "from 127.0.0.1" },
  };
  enum { COUNT = sizeof cases / sizeof cases[0] };
  ytx_client *clients[COUNT], *derived;
  int round, i;

  for (i = 0; i < COUNT; i++)
    clients[i] = client_from(cases[i].source);
  for (round = 0; round < 3; round++) {
    for (i = 0; i < COUNT; i++) {
      check_case = cases[i].confid;
      EXPECT_ECHO(clients[i], cases[i].confid);
      derived = ytx_client_with_timeout(clients[i], 50000, NULL);
      EXPECT_ECHO(derived, cases[i].confid);
      ytx_client_free(derived);
    }
  }
  for (i = 0; i < COUNT; i++)
    ytx_client_free(clients[i]);
}

static void on_the_queue(void)
{
  ytx_client *client = client_from("127.0.0.5");
  ytx_queue *queue = new_queue();
  ytx_event event;
  int i;

  for (i = 0; i < 20; i++) {
    ytx_status status = -9999;
    ytx_ticket ticket = ytx_meeting_state_async(client, queue, APPID, "from 127.0.0.5", 1, &status);
    CHECK_STATUS(status, YTX_OK);
    CHECK(ticket != 0);
  }
  for (i = 0; i < 20; i++) {
    event = take(queue);
    CHECK_STATUS(event.status, YTX_OK);
    ytx_string_free(event.json);
  }
  CHECK(ytx_watch_meeting(client, queue, APPID, "from 127.0.0.5;1u", 200, 2, NULL) != 0);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_ROOM);
  CHECK_STATUS(event.status, YTX_OK);
  ytx_string_free(event.json);
  ytx_queue_free(queue);
  ytx_client_free(client);
}

/* For http the proxy is asked for the request, for https for a tunnel. */
static void through_a_proxy(void)
{
  ytx_options options = options_for("http://platform.invalid");
  struct report report = { 1, 0, 403, 1, "403" };
  ytx_status status = -9999;
  ytx_client *client;
  char *json;

  options.proxy = url;
  options.source_address = "127.0.0.6";
  client = client_with(&options);
  EXPECT_ECHO(client, "from 127.0.0.6");
  ytx_client_free(client);

  options.base_url = "https://platform.invalid";
  options.source_address = "127.0.0.7";
  client = client_with(&options);
  json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
  ytx_client_free(client);
}

/* Addresses that no connection can be made from. */
static void from_nowhere(void)
{
  static const struct {
    const char *source, *words;
  } cases[] = {
    { "192.0.2.1", " from 192.0.2.1: " },
    { "::1", " from ::1: the host has no IPv6 address" },
    { "::", " from ::: the host has no IPv6 address" },
    { "2001:db8::1", " from 2001:db8::1: the host has no IPv6 address" },
  };
  ytx_queue *queue = new_queue();
  size_t i;

  for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct report report = { 1, 0, 0, 1, NULL };
    ytx_client *client = client_from(cases[i].source);
    ytx_status status = -9999;
    ytx_event event;
    char *json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
    check_case = cases[i].source;
    report.words = cases[i].words;
    EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
    CHECK(ytx_lock_meeting_async(client, queue, APPID, "never", YTX_LOCK, 1, NULL) != 0);
    event = take(queue);
    EXPECT_REPORT(event.json, event.status, YTX_E_CONNECT, report);
    ytx_client_free(client);
  }
  ytx_queue_free(queue);
}

/* The other rules of connecting are as without it. */
static void deadlines(const char *hanging)
{
  ytx_options options = options_for(hanging);
  struct report report = { 1, 0, 0, 1, "no connection to" };
  ytx_status status = -9999;
  ytx_client *client;
  char *json;

  options.source_address = "127.0.0.2";
  options.connect_timeout_ms = 200;
  client = client_with(&options);
  json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  EXPECT_REPORT(json, status, YTX_E_TIMEOUT, report);
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  CHECK(argc == 3);
  url = argv[1];
  each_client_has_its_own();
  on_the_queue();
  through_a_proxy();
  from_nowhere();
  deadlines(argv[2]);
  return 0;
}
