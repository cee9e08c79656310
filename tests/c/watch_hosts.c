/*
 * Watches and the program around them: threads, handles, forks, logs, and calls on the same queue.
 * Arguments: the part, and the server's URL.
 */
#include "watching.h"

#include "system.h"

#ifndef _WIN32
#include <sys/wait.h>
#endif

static const char *url;
static ytx_client *client;

/* Hundreds of watches that wait for answers hold no thread each. */
static void threads(void)
{
  enum { COUNT = 300 };
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  ytx_queue *queue;
  char confid[50], *stats;
  int i, before = count_threads();
  int64_t start;
  options.max_in_flight = COUNT;
  queue = new_queue(&options);
  for (i = 0; i < COUNT; i++) {
    snprintf(confid, sizeof confid, "many %d;<1u", i);
    watch(client, queue, confid, 200, (uint64_t)i);
  }
  for (i = 0; i < COUNT; i++) {
    snprintf(confid, sizeof confid, "many %d;<1u", i);
    wait_for_poll(confid, 0);
  }
  /* More may have been started where a busy machine made connects look stuck; those end again. */
  for (start = now_ms(); count_threads() - before > 8; usleep(10000))
    CHECK(now_ms() - start < 40000);
  stats = ytx_queue_stats(queue, NULL);
  CHECK_HOLDS(stats, "{\"pending\":0,\"inFlight\":0,\"waiting\":0,\"untaken\":0,\"watches\":300,\"busy\":0,");
  ytx_string_free(stats);
  for (i = 0; i < COUNT; i++) {
    snprintf(confid, sizeof confid, "many %d;<1u", i);
    go(confid, 0);
  }
  for (i = 0; i < COUNT; i++) {
    ytx_event event = take(queue);
    CHECK(event.type == YTX_EVENT_ROOM);
    CHECK_HOLDS(event.json, "\"version\":1,\"polls\":1,\"online\":1,");
    ytx_string_free(event.json);
  }
  ytx_queue_free(queue);
}

/* A watch goes on when its handle, and the client, are freed; its ticket ends it. */
static void freed(void)
{
  const char *confid = "freed;1u;<2u";
  ytx_client *gone = client_for(url);
  ytx_client *derived = ytx_client_with_timeout(gone, 30000, NULL);
  ytx_queue *queue = new_queue(NULL);
  ytx_ticket ticket = watch(derived, queue, confid, 200, 3);
  ytx_client_free(derived);
  ytx_client_free(gone);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(confid, 1);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "1", HEARD("0", "2"), HEARD("0", "1"), "", "",
              HEARD("0", "2"), "");
  wait_for_poll(confid, 2);
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  EXPECT_ENDED(queue, 3, YTX_E_CANCELLED, CANCELLED_IN_A_POLL);
  ytx_queue_free(queue);
}

#ifndef _WIN32
/* The queue is the parent's; the child may have its own. */
static void forked(void)
{
  const char *confid = "parent;1u;<2u", *childs = "child;3u;<3u 4m";
  ytx_queue *queue = new_queue(NULL);
  ytx_status status = -9999;
  ytx_event event = YTX_EVENT_INIT;
  ytx_ticket ticket = watch(client, queue, confid, 200, 1);
  pid_t child;
  int ended;
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  wait_for_poll(confid, 1);
  child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    ytx_queue *own;
    alarm(60);
    CHECK(ytx_queue_take(queue, &event, 0) == -1);
    CHECK(ytx_watch_meeting(client, queue, APPID, "never;1u", 0, 0, &status) == 0);
    CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
    CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_E_INVALID_HANDLE);
    CHECK(ytx_queue_stats(queue, &status) == NULL);
    own = new_queue(NULL);
    watch(client, own, childs, 200, 9);
    EXPECT_ROOM(own, childs, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "3"), "");
    ytx_queue_free(queue);
    go(childs, 1);
    EXPECT_ROOM(own, childs, "changed", 2, 1, "2", MUTED("1", "4"), "", "", "",
                HEARD("0", "3") "," MUTED("1", "4"), "");
    ytx_queue_free(own);
    _exit(0);
  }
  CHECK(waitpid(child, &ended, 0) == child);
  CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
  go(confid, 1);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "1", HEARD("0", "2"), HEARD("0", "1"), "", "",
              HEARD("0", "2"), "");
  ytx_queue_free(queue);
}
#endif

/* What the log was told, by whom. */
static struct {
  int lines, others;
  char last[300];
  pthread_t thread;
  ytx_queue *queue;
} heard;

static void hear(int32_t level, const char *message, void *user_data)
{
  char *stats = ytx_queue_stats(heard.queue, NULL); /* it may call what it likes */
  CHECK(stats != NULL && user_data == &heard);
  ytx_string_free(stats);
  if (strncmp(message, "meetingState", strlen("meetingState")) != 0) {
    heard.others++;
    return;
  }
  CHECK(pthread_equal(pthread_self(), heard.thread));
  CHECK(level == YTX_LOG_DEBUG || level == YTX_LOG_WARN);
  CHECK(strchr(message, '{') == NULL);
  heard.lines++;
  snprintf(heard.last, sizeof heard.last, "%d %s", (int)level, message);
}

/* The lines of all polls, told when the next event is taken, before it is returned. */
static void logged(void)
{
  const char *confid = "logged;1u;<1u;1u;503;<2u";
  ytx_options options = options_for(url);
  ytx_client *own;
  ytx_queue *queue = new_queue(NULL);
  ytx_event event = YTX_EVENT_INIT;
  ytx_ticket ticket;
  heard.queue = queue;
  options.log = hear;
  options.log_user_data = &heard;
  options.log_level = YTX_LOG_DEBUG;
  own = client_with(&options);
  heard.thread = pthread_self();
  ticket = watch(own, queue, confid, 200, 0);
  CHECK(becomes_readable(queue, PATIENCE_MS));
  CHECK(heard.lines == 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  CHECK(heard.lines == 1);
  go(confid, 1);
  wait_for_poll(confid, 4);
  CHECK(ytx_queue_take(queue, &event, 0) == 0);
  CHECK(heard.lines == 1);
  go(confid, 4);
  CHECK(becomes_readable(queue, PATIENCE_MS));
  CHECK(heard.lines == 1);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "1", HEARD("0", "2"), HEARD("0", "1"), "", "",
              HEARD("0", "2"), "");
  CHECK(heard.lines == 5);
  CHECK_HOLDS(heard.last, "accepted");
  /* A poll that is cancelled tells its line with the end. */
  wait_for_poll(confid, 5);
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  EXPECT_ENDED(queue, 0, YTX_E_CANCELLED, CANCELLED_IN_A_POLL);
  CHECK(heard.lines == 6);
  CHECK_HOLDS(heard.last, "YTX_E_CANCELLED");
  ytx_queue_free(queue);
  ytx_client_free(own);
}

/* Polls wait for their turn as calls do, and with their deadlines running. */
static void beside_calls(void)
{
  enum { CALLS = 256 };
  const char *confid = "beside;1u", *hurried = "hurried;1u;<1u";
  ytx_queue *queue = new_queue(NULL), *narrow;
  ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
  ytx_client *hasty = ytx_client_with_timeout(client, 250, NULL);
  ytx_status status = -9999;
  ytx_event event;
  char text[50], *stats;
  int i, rooms = 0;
  for (i = 0; i < CALLS; i++) {
    snprintf(text, sizeof text, "call %d;<1u", i);
    CHECK(ytx_meeting_state_async(client, queue, APPID, text, 1, &status) != 0);
  }
  for (i = 0; i < CALLS; i++) {
    snprintf(text, sizeof text, "call %d;<1u", i);
    wait_for_poll(text, 0);
  }
  watch(client, queue, confid, 3600000, 2);
  stats = ytx_queue_stats(queue, NULL);
  CHECK_HOLDS(stats, "{\"pending\":256,\"inFlight\":256,\"waiting\":0,\"untaken\":0,\"watches\":1,");
  ytx_string_free(stats);
  EXPECT_NOTHING(queue);
  for (i = 0; i < CALLS; i++) {
    snprintf(text, sizeof text, "go 0 call %d;<1u", i);
    EXPECT_ECHO(control, text);
  }
  for (i = 0; i <= CALLS; i++) {
    event = take(queue);
    rooms += event.type == YTX_EVENT_ROOM && event.tag == 2;
    ytx_string_free(event.json);
  }
  CHECK(rooms == 1);
  EXPECT_NOTHING(queue);
  ytx_queue_free(queue);

  /* One whose turn never comes fails in time, from the moment it was due. */
  options.max_in_flight = 1;
  narrow = new_queue(&options);
  CHECK(ytx_meeting_state_async(client, narrow, APPID, "narrow;<1u", 1, &status) != 0);
  wait_for_poll("narrow;<1u", 0);
  watch(hasty, narrow, hurried, 200, 3);
  event = take(narrow);
  CHECK(event.type == YTX_EVENT_ROOM && event.tag == 3);
  CHECK_STATUS(event.status, YTX_E_TIMEOUT);
  CHECK_HOLDS(event.json, "{\"event\":\"lost\",");
  CHECK_HOLDS(event.json, " within 250 ms");
  CHECK_HOLDS(event.json, "\"sent\":false,\"httpStatus\":null,\"attempts\":0}}");
  ytx_string_free(event.json);
  go("narrow;<1u", 0);
  event = take(narrow);
  CHECK(event.type == YTX_EVENT_DONE);
  ytx_string_free(event.json);
  EXPECT_ROOM(narrow, hurried, "snapshot", 2, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  ytx_queue_free(narrow);
  ytx_client_free(hasty);
}

/* Taking while polls change what there is to take: no change is lost or told twice. */
static void raced(void)
{
  ytx_queue *queue = new_queue(NULL);
  int i, counts[20] = { 0 };
  char confid[50];
  for (i = 0; i < 20; i++) {
    snprintf(confid, sizeof confid, "raced %d;turns", i);
    watch(client, queue, confid, 200, (uint64_t)i);
  }
  for (i = 0; i < 140; i++) {
    ytx_event event = take(queue);
    char text[100];
    int version = ++counts[event.tag];
    CHECK(event.type == YTX_EVENT_ROOM);
    snprintf(text, sizeof text, "\"version\":%d,\"polls\":", version);
    CHECK_HOLDS(event.json, text);
    /* The two members take turns. */
    if (version > 1) {
      const char *joined = strstr(event.json, "\"joined\":[{"), *left = strstr(event.json, "\"left\":[{");
      CHECK(joined != NULL && left != NULL);
    }
    ytx_string_free(event.json);
  }
  ytx_queue_free(queue);
}

int main(int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run)(void);
  } parts[] = {
    { "threads", threads }, { "freed", freed }, { "logged", logged }, { "beside", beside_calls },
    { "raced", raced },
#ifndef _WIN32
    { "forked", forked },
#endif
  };
  size_t i;
  CHECK(argc == 3);
  url = argv[2];
  client = client_for(url);
  control = client_for(url);
  for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (strcmp(parts[i].name, argv[1]) == 0)
      parts[i].run();
  ytx_client_free(client);
  ytx_client_free(control);
  return 0;
}
