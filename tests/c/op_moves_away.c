/*
 * Source addresses on a machine of the test's own, and one that goes away. The servers answer with
 * their families. Arguments: URLs by names: of both families, of IPv4 alone, of two addresses at the
 * first of which nobody listens; the address that goes, and that of a server that it can reach.
 */
#include "watching.h"

static ytx_client *client_from(const char *url, const char *source)
{
  ytx_options options = options_for(url);
  options.source_address = source;
  return client_with(&options);
}

static void expect_family(const char *url, const char *source, const char *family)
{
  char expected[100];
  ytx_client *client = client_from(url, source);
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, source, YTX_LOCK, &status);
  check_case = source;
  snprintf(expected, sizeof expected, "{\"statusCode\":\"0\",\"at\":\"%s\"}", family);
  EXPECT_ANSWER(json, status, YTX_OK, expected);
  ytx_client_free(client);
}

static void expect_failure(const ytx_client *client, const char *words)
{
  struct report report = { 1, 0, 0, 1, NULL };
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "never", YTX_LOCK, &status);
  report.words = words;
  EXPECT_REPORT(json, status, YTX_E_CONNECT, report);
}

static void change_address(const char *how, const char *address)
{
  char command[100];
  snprintf(command, sizeof command, "ip addr %s %s/32 dev lo", how, address);
  CHECK(system(command) == 0);
}

static void lock_on(ytx_queue *queue, const ytx_client *client, ytx_status expected)
{
  ytx_event event;
  CHECK(ytx_lock_meeting_async(client, queue, APPID, "queued", YTX_LOCK, 1, NULL) != 0);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_DONE);
  CHECK_STATUS(event.status, expected);
  ytx_string_free(event.json);
}

static void an_address_that_comes_and_goes(const char *source, const char *url)
{
  char words[100];
  ytx_client *client = client_from(url, source), *hurried;
  ytx_queue *queue = new_queue(NULL);
  ytx_status status = -9999;
  char *json;

  snprintf(words, sizeof words, " from %s: Cannot assign requested address", source);
  expect_failure(client, words); /* not there yet */
  lock_on(queue, client, YTX_E_CONNECT);
  change_address("add", source);
  expect_family(url, source, "IPv4");
  json = ytx_lock_meeting(client, APPID, "kept", YTX_LOCK, &status);
  CHECK_STATUS(status, YTX_OK);
  ytx_string_free(json);
  lock_on(queue, client, YTX_OK);

  change_address("del", source);
  /* On the kept connection: one timeout, and no more. */
  hurried = ytx_client_with_timeout(client, 1000, NULL);
  json = ytx_lock_meeting(hurried, APPID, "kept", YTX_LOCK, &status);
  CHECK(status == YTX_E_TIMEOUT || status == YTX_E_CONNECT);
  ytx_string_free(json);
  expect_failure(client, words);
  lock_on(queue, client, YTX_E_CONNECT);

  change_address("add", source);
  json = ytx_lock_meeting(client, APPID, "back", YTX_LOCK, &status);
  CHECK_STATUS(status, YTX_OK);
  ytx_string_free(json);
  lock_on(queue, client, YTX_OK);
  ytx_queue_free(queue);
  ytx_client_free(hurried);
  ytx_client_free(client);
}

int main(int argc, char **argv)
{
  ytx_client *client;
  CHECK(argc == 6);
  /* What is not of the source's family is passed over, whichever comes first. */
  expect_family(argv[1], "127.0.0.2", "IPv4");
  expect_family(argv[1], "0.0.0.0", "IPv4");
  expect_family(argv[1], "::ffff:127.0.0.3", "IPv4");
  expect_family(argv[1], "::1", "IPv6");
  expect_family(argv[1], "::", "IPv6");
  client = client_from(argv[2], "::");
  expect_failure(client, " from ::: the host has no IPv6 address");
  ytx_client_free(client);
  /* All addresses are tried. */
  expect_family(argv[3], "127.0.0.2", "IPv4");
  an_address_that_comes_and_goes(argv[4], argv[5]);
  return 0;
}
