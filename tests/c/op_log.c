/*
 * What log lines call the call that they are about. Arguments: the server's URL.
 */
#include "watching.h"

#define APPID_OF_ALL "app-that-is-not-told"
#define TAG 987654321987u

static ytx_client *client;
static ytx_queue *queue;
static char line[4000];
static int lines;

static void hear(int32_t level, const char *message, void *unused)
{
  (void)unused;
  CHECK(level >= YTX_LOG_ERROR && level <= YTX_LOG_DEBUG);
  CHECK(strstr(message, APPID_OF_ALL) == NULL);
  CHECK(strstr(message, "987654321987") == NULL);
  snprintf(line, sizeof line, "%s", message);
  lines++;
}

/* The last line begins so; there was one more since. */
#define EXPECT_LINE(start) expect_line(__LINE__, start)

static void expect_line(int at, const char *start)
{
  if (lines != 1 || strncmp(line, start, strlen(start)) != 0) {
    dprintf(check_output, "expected: %s\n", start);
    check_failed(__FILE__, at, "another line, or more than one", line);
  }
  lines = 0;
}

static void expect_line_of_ticket(int at, const char *label, ytx_ticket ticket, const char *rest)
{
  char start[500];
  CHECK(ticket != 0);
  snprintf(start, sizeof start, "%s #%llu: %s", label, (unsigned long long)ticket, rest);
  expect_line(at, start);
}

static ytx_status end_one(void)
{
  ytx_event event = take(queue);
  CHECK(event.tag == TAG);
  ytx_string_free(event.json);
  return event.status;
}

static void calls(void)
{
  static const struct {
    const char *confid, *label;
  } rooms[] = {
    { "002", "002" },
    /* 64 bytes, and one more. */
    { "1234567890123456789012345678901234567890123456789012345678901234",
      "1234567890123456789012345678901234567890123456789012345678901234" },
    { "12345678901234567890123456789012345678901234567890123456789012345",
      "1234567890123456789012345678901234567890123456789012345678901234…" },
    /* Characters of three bytes: the 22nd would end behind the 64th byte. */
    { "云云云云云云云云云云云云云云云云云云云云云云", "云云云云云云云云云云云云云云云云云云云云云…" },
  };
  char label[200];
  ytx_ticket ticket;
  size_t i;

  for (i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
    check_case = rooms[i].confid;
    snprintf(label, sizeof label, "lockMeeting %s: accepted in ", rooms[i].label);
    ytx_string_free(ytx_lock_meeting(client, APPID_OF_ALL, rooms[i].confid, YTX_LOCK, NULL));
    EXPECT_LINE(label);
    snprintf(label, sizeof label, "meetingState %s: accepted in ", rooms[i].label);
    ytx_string_free(ytx_meeting_state(client, APPID_OF_ALL, rooms[i].confid, NULL));
    EXPECT_LINE(label);

    snprintf(label, sizeof label, "lockMeeting %s", rooms[i].label);
    ticket = ytx_lock_meeting_async(client, queue, APPID_OF_ALL, rooms[i].confid, YTX_LOCK, TAG, NULL);
    end_one();
    expect_line_of_ticket(__LINE__, label, ticket, "accepted in ");
    snprintf(label, sizeof label, "meetingState %s", rooms[i].label);
    ticket = ytx_meeting_state_async(client, queue, APPID_OF_ALL, rooms[i].confid, TAG, NULL);
    end_one();
    expect_line_of_ticket(__LINE__, label, ticket, "accepted in ");
  }
}

static void requests(void)
{
  ytx_ticket ticket;
  ytx_string_free(ytx_request(client, NULL, "call", "NoticeCall.wx", "{}", NULL));
  EXPECT_LINE("NoticeCall.wx: accepted in ");
  /* A confid in its body is the program's business. */
  ticket = ytx_request_async(client, queue, NULL, "call", "NoticeCall.wx", "{\"confid\":\"7\"}", TAG, NULL);
  end_one();
  expect_line_of_ticket(__LINE__, "NoticeCall.wx", ticket, "accepted in ");
}

/* Every line is called so, not only the last one of a call. */
static void more_lines_than_one(void)
{
  char start[200];
  ytx_ticket ticket =
      ytx_lock_meeting_async(client, queue, APPID_OF_ALL, "503 once, a second", YTX_LOCK, TAG, NULL);
  CHECK_STATUS(end_one(), YTX_OK);
  CHECK(lines == 2);
  snprintf(start, sizeof start, "lockMeeting 503 once, a second #%llu: accepted", (unsigned long long)ticket);
  CHECK(strncmp(line, start, strlen(start)) == 0);
  lines = 0;
  ticket = ytx_meeting_state_async(client, queue, APPID_OF_ALL, "-205 always", TAG, NULL);
  CHECK_STATUS(end_one(), YTX_APP_CHECK_FAILED);
  expect_line_of_ticket(__LINE__, "meetingState -205 always", ticket,
                        "YTX_APP_CHECK_FAILED -205 after ");
}

/* Two watches of one room each have their line of each poll. */
static void watches(void)
{
  ytx_ticket tickets[2];
  int i;
  for (i = 0; i < 2; i++) {
    tickets[i] = ytx_watch_meeting(client, queue, APPID_OF_ALL, "watched;1u", 60000, TAG, NULL);
    end_one(); /* its first news */
    expect_line_of_ticket(__LINE__, "meetingState watched;1u", tickets[i], "accepted in ");
  }
  for (i = 0; i < 2; i++) {
    CHECK_STATUS(ytx_queue_cancel(queue, tickets[i]), YTX_OK);
    CHECK_STATUS(end_one(), YTX_E_CANCELLED);
  }
  lines = 0;
}

int main(int argc, char **argv)
{
  ytx_options options;
  CHECK(argc == 2);
  options = options_for(argv[1]);
  options.log_level = YTX_LOG_DEBUG;
  options.log = hear;
  options.max_retries = 1;
  client = client_with(&options);
  lines = 0;
  queue = new_queue(NULL);
  calls();
  requests();
  more_lines_than_one();
  watches();
  ytx_queue_free(queue);
  ytx_client_free(client);
  return 0;
}
