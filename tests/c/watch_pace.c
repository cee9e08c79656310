/*
 * When watches poll, which the server writes down. Arguments: the server's URL.
 */
#include "watching.h"

#define EVEN 10

int main(int argc, char **argv)
{
  static const char *const rooms[] = {
    "default;1u",      "late;late",           "failing;503;503;1u", "seconds;503+2;1u",
    "date;503+date;1u", "past;503;503+0;1u", "slowest;503",        "distant;1u",
  };
  static const uint32_t intervals[] = { 0, 500, 200, 200, 200, 200, 70000, 3600000 };
  static const int polls[] = { 1, 6, 3, 1, 1, 2, 0, 0 };
  ytx_options options;
  ytx_client *client, *hasty;
  ytx_queue *queue = new_queue(NULL);
  ytx_ticket silent;
  ytx_event event;
  struct news lost = { "lost", 1, 3, "null", "", "", "", "", "", NULL };
  char confid[50], failure[300];
  size_t i;

  CHECK(argc == 2);
  options = options_for(argv[1]);
  options.max_retries = 5; /* which counts for calls only */
  client = client_with(&options);
  control = client_for(argv[1]);
  for (i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
    watch(client, queue, rooms[i], intervals[i], i);
  for (i = 0; i < EVEN; i++) {
    snprintf(confid, sizeof confid, "even %d;1u", (int)i);
    watch(client, queue, confid, 1000, i);
  }
  /* Each poll has the handle's deadline, and is made once. */
  hasty = ytx_client_with_timeout(client, 1000, NULL);
  {
    ytx_queue *other = new_queue(NULL);
    silent = watch(hasty, other, "silent;silence", 200, 0);
    snprintf(failure, sizeof failure,
             "{\"statusCode\":\"1004\",\"statusMsg\":\"no answer from %s within 1000 ms\",\"error\":"
             "\"YTX_E_TIMEOUT\",\"retryable\":true,\"sent\":true,\"httpStatus\":null,\"attempts\":1}",
             argv[1] + strlen("http://"));
    lost.error = failure;
    CHECK(expect_room(__FILE__, __LINE__, other, "silent;silence", YTX_E_TIMEOUT, &lost) == silent);
    ytx_queue_free(other);
  }
  {
    ytx_queue *other = new_queue(NULL);
    watch(client, other, "once;503", 200, 0);
    event = take(other);
    CHECK_STATUS(event.status, YTX_E_HTTP);
    CHECK_HOLDS(event.json, "\"attempts\":1}}");
    ytx_string_free(event.json);
    ytx_queue_free(other);
  }
  for (i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
    wait_for_poll(rooms[i], polls[i]);
  for (i = 0; i < EVEN; i++) {
    snprintf(confid, sizeof confid, "even %d;1u", (int)i);
    wait_for_poll(confid, 5);
  }
  ytx_queue_free(queue);
  ytx_client_free(hasty);
  ytx_client_free(client);
  ytx_client_free(control);
  return 0;
}
