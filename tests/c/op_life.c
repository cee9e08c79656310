/*
 * A whole life: clients by http and https, calls, a queue, a watch, a fork. What lies between two
 * looks for "/marker" is the library's doing, but for what this program does itself.
 *
 * Arguments: the server's URL by name; one by https; the file of certificates for that.
 */
#include "watching.h"

#include <sys/wait.h>

static void hear(int32_t level, const char *message, void *unused)
{
  (void)level;
  (void)message;
  (void)unused;
}

static void lock(ytx_queue *queue, const ytx_client *client)
{
  ytx_event event;
  ytx_status status = -9999;
  char *json = ytx_lock_meeting(client, APPID, "blocking", YTX_LOCK, &status);
  CHECK_STATUS(status, YTX_OK);
  ytx_string_free(json);
  CHECK(ytx_lock_meeting_async(client, queue, APPID, "queued", YTX_LOCK, 1, NULL) != 0);
  event = take(queue);
  CHECK_STATUS(event.status, YTX_OK);
  ytx_string_free(event.json);
}

int main(int argc, char **argv)
{
  ytx_options options;
  ytx_client *plain, *secure;
  ytx_queue *queue;
  ytx_event event;
  pid_t child;
  int ended = -1;
  CHECK(argc == 4);
  options = options_for(argv[1]);
  options.log = hear;
  options.log_level = YTX_LOG_DEBUG;
  options.max_retries = 2;
  CHECK(access("/marker", F_OK) == -1);

  plain = client_with(&options);
  options.base_url = argv[2];
  options.ca_file = argv[3];
  options.source_address = "127.0.0.2";
  secure = client_with(&options);
  queue = new_queue(NULL);
  lock(queue, plain);
  lock(queue, secure);
  ytx_string_free(ytx_lock_meeting(plain, APPID, "503 twice", YTX_LOCK, NULL));
  watch(plain, queue, "watched;1u", 200, 2);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_ROOM);
  ytx_string_free(event.json);
  ytx_string_free(ytx_client_stats(plain, NULL));
  ytx_string_free(ytx_queue_stats(queue, NULL));
  child = fork();
  if (child == 0) {
    ytx_string_free(ytx_lock_meeting(plain, APPID, "child", YTX_LOCK, NULL));
    _exit(0);
  }
  CHECK(waitpid(child, &ended, 0) == child && ended == 0);
  CHECK_STATUS(ytx_queue_drain(queue), YTX_OK);
  while (ytx_queue_take(queue, &event, PATIENCE_MS) == 1 && event.type != YTX_EVENT_CLOSED)
    ytx_string_free(event.json);
  ytx_queue_free(queue);
  ytx_client_free(secure);
  ytx_client_free(plain);
  CHECK(access("/marker", F_OK) == -1);
  return 0;
}
