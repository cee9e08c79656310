/*
 * A pause of an account is not forgotten when its watch has ended, and the threads of the queues
 * after it. Arguments: the server's URL; the room that is refused, and the one that is not.
 */
#include "watching.h"

static ytx_queue *queue;

static int has_no_threads(void)
{
  char *json = ytx_queue_stats(queue, NULL);
  int has_none = strstr(json, "\"threads\":0,") != NULL;
  ytx_string_free(json);
  return has_none;
}

static int was_refused(const ytx_client *client)
{
  char *json = ytx_client_stats(client, NULL);
  int was = strstr(json, "\"-104\":1") != NULL;
  ytx_string_free(json);
  return was;
}

#define WAIT_UNTIL(condition)                                  \
  do {                                                         \
    int64_t start = now_ms();                                  \
    while (!(condition)) {                                     \
      CHECK(now_ms() - start < PATIENCE_MS);                   \
      usleep(10000);                                           \
    }                                                          \
  } while (0)

int main(int argc, char **argv)
{
  ytx_client *client;
  ytx_event event;
  ytx_ticket ticket;
  CHECK(argc == 4);
  client = client_for(argv[1]);
  queue = new_queue(NULL);
  ticket = watch(client, queue, argv[2], 200, 1);
  WAIT_UNTIL(was_refused(client));
  CHECK_STATUS(ytx_queue_cancel(queue, ticket), YTX_OK);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_ENDED);
  ytx_string_free(event.json);
  WAIT_UNTIL(has_no_threads());
  watch(client, queue, argv[3], 200, 2);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_ROOM);
  ytx_string_free(event.json);
  ytx_queue_free(queue);
  ytx_client_free(client);
  return 0;
}
