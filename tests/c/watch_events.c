/*
 * What a watch tells: each kind of news to the byte, what is summed up and what is withdrawn while
 * nobody takes it, and members that cannot be told apart.
 *
 * Arguments: the server's URL.
 */
#include "watching.h"

static ytx_client *client;

/* Every kind of news, one after the other. */
static void *kinds(void *unused)
{
  const char *confid = "kinds;1u;<1u 2m;<1m 2m 3M;<2m;<2u;<503;503;503;<2u 4u";
  ytx_queue *queue = new_queue(NULL);
  ytx_status status = -9999;
  /* What the blocking call says of the same failure. */
  char *failure = ytx_meeting_state(client, APPID, "blocking;503", &status);
  struct news lost = { "lost", 6, 3, "null", "", "", "", "", "", failure };
  (void)unused;
  CHECK_STATUS(status, YTX_E_HTTP);
  CHECK_HOLDS(failure, "\"error\":\"YTX_E_HTTP\",\"retryable\":true,\"sent\":true,"
                       "\"httpStatus\":503,\"attempts\":1}");
  watch(client, queue, confid, 200, 7);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(confid, 1);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "2", MUTED("1", "2"), "", "", "",
              HEARD("0", "1") "," MUTED("1", "2"), "");
  go(confid, 2);
  EXPECT_ROOM(queue, confid, "changed", 3, 1, "2", "", "", MUTED("0", "1"), "",
              MUTED("0", "1") "," MUTED("1", "2") "," AWAY("2", "3"), "");
  go(confid, 3);
  /* Who has left is shown as it was last told. */
  EXPECT_ROOM(queue, confid, "changed", 4, 1, "1", "", MUTED("0", "1"), "", "", MUTED("0", "2"), "");
  go(confid, 4);
  EXPECT_ROOM(queue, confid, "changed", 5, 1, "1", "", "", "", HEARD("0", "2"), HEARD("0", "2"), "");
  go(confid, 5);
  expect_room(__FILE__, __LINE__, queue, confid, YTX_E_HTTP, &lost);
  go(confid, 8);
  EXPECT_ROOM(queue, confid, "restored", 7, 1, "2", HEARD("1", "4"), "", "", "",
              HEARD("0", "2") "," HEARD("1", "4"), "");
  ytx_string_free(failure);
  ytx_queue_free(queue);
  return NULL;
}

static void *lost_before_anything_was_told(void *unused)
{
  const char *confid = "dead;503;503;503;<1u 2m";
  ytx_queue *queue = new_queue(NULL);
  ytx_event event;
  (void)unused;
  watch(client, queue, confid, 200, 0);
  event = take(queue);
  CHECK_STATUS(event.status, YTX_E_HTTP);
  CHECK_HOLDS(event.json, "{\"event\":\"lost\",\"confid\":\"dead;503;503;503;<1u 2m\",\"version\":1,"
                          "\"polls\":3,\"online\":null,\"joined\":[],");
  ytx_string_free(event.json);
  go(confid, 3);
  EXPECT_ROOM(queue, confid, "snapshot", 2, 1, "2", "", "", "", "",
              HEARD("0", "1") "," MUTED("1", "2"), "");
  ytx_queue_free(queue);
  return NULL;
}

/* Where a loss was not told, what comes after it is a change, or nothing. */
static void *back_before_the_loss_was_told(void *unused)
{
  const char *changed = "back;1u;<503;503;503;2u;<2u", *same = "same;1u;<503;503;503;1u;<1u";
  ytx_queue *queue = new_queue(NULL), *other = new_queue(NULL);
  (void)unused;
  watch(client, queue, changed, 200, 0);
  watch(client, other, same, 200, 0);
  EXPECT_ROOM(queue, changed, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  EXPECT_ROOM(other, same, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(changed, 1);
  go(same, 1);
  CHECK(becomes_readable(other, PATIENCE_MS)); /* lost */
  wait_for_poll(changed, 5);
  EXPECT_ROOM(queue, changed, "changed", 2, 1, "1", HEARD("0", "2"), HEARD("0", "1"), "", "",
              HEARD("0", "2"), "");
  wait_for_poll(same, 5);
  EXPECT_NOTHING(other);
  ytx_queue_free(queue);
  ytx_queue_free(other);
  return NULL;
}

static void *a_loss_takes_the_place_of_a_change(void *unused)
{
  const char *confid = "place;1u;<2u;503;503;503;<2u";
  ytx_queue *queue = new_queue(NULL);
  ytx_event event;
  (void)unused;
  watch(client, queue, confid, 200, 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(confid, 1);
  wait_for_poll(confid, 5);
  event = take(queue);
  CHECK_STATUS(event.status, YTX_E_HTTP);
  CHECK_HOLDS(event.json, "\"event\":\"lost\"");
  CHECK_HOLDS(event.json, "\"version\":2,\"polls\":4,\"online\":null,");
  ytx_string_free(event.json);
  EXPECT_NOTHING(queue);
  go(confid, 5);
  EXPECT_ROOM(queue, confid, "restored", 3, 1, "1", HEARD("0", "2"), HEARD("0", "1"), "", "",
              HEARD("0", "2"), "");
  ytx_queue_free(queue);
  return NULL;
}

static void *two_failures_are_no_news(void *unused)
{
  const char *confid = "two;1u;<503;503;1u;<2u";
  ytx_queue *queue = new_queue(NULL);
  (void)unused;
  watch(client, queue, confid, 200, 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(confid, 1);
  wait_for_poll(confid, 4);
  EXPECT_NOTHING(queue);
  go(confid, 4);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "1", HEARD("0", "2"), HEARD("0", "1"), "", "",
              HEARD("0", "2"), "");
  ytx_queue_free(queue);
  return NULL;
}

/* An answer that the platform accepted but that lists no members fails like any other. */
static void *an_answer_without_a_list_is_a_failure(void *unused)
{
  const char *confid = "listless;1u;<list;list;list;<list";
  ytx_queue *queue = new_queue(NULL);
  struct news lost = { "lost", 2, 3, "null", "", "", "", "", "",
                       "{\"statusCode\":\"1008\",\"statusMsg\":\"the answer's statusMsg is not a list "
                       "of members\",\"error\":\"YTX_E_RESPONSE\",\"retryable\":false,\"sent\":true,"
                       "\"httpStatus\":200,\"attempts\":1}" };
  (void)unused;
  watch(client, queue, confid, 200, 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(confid, 1);
  expect_room(__FILE__, __LINE__, queue, confid, YTX_E_RESPONSE, &lost);
  ytx_queue_free(queue);
  return NULL;
}

/* A refusal that passes is a failure too, and is told in the platform's own bytes. */
static void *a_refusal_is_told_byte_for_byte(void *unused)
{
  const char *confid = "refused;-100";
  ytx_queue *queue = new_queue(NULL);
  struct news lost = { "lost", 1, 3, "null", "", "", "", "", "",
                       "{\"statusCode\" : \"-100\",\"statusMsg\":\"n\\u006f\"}" };
  (void)unused;
  watch(client, queue, confid, 200, 0);
  expect_room(__FILE__, __LINE__, queue, confid, YTX_PLATFORM_FAULT, &lost);
  ytx_queue_free(queue);
  return NULL;
}

/* While nobody takes, one event sums up several polls. */
static void *what_is_not_taken_is_summed_up(void *unused)
{
  const char *confid = "sum;1u;<2u;1u 2u;2u 3m;<2u 3m", *first = "first;1u;2u;<2u";
  ytx_queue *queue = new_queue(NULL);
  (void)unused;
  watch(client, queue, first, 200, 0);
  wait_for_poll(first, 2);
  EXPECT_ROOM(queue, first, "snapshot", 1, 2, "1", "", "", "", "", HEARD("0", "2"), "");
  EXPECT_NOTHING(queue);
  watch(client, queue, confid, 200, 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(confid, 1);
  wait_for_poll(confid, 4);
  EXPECT_ROOM(queue, confid, "changed", 2, 3, "2", HEARD("0", "2") "," MUTED("1", "3"),
              HEARD("0", "1"), "", "", HEARD("0", "2") "," MUTED("1", "3"), "");
  EXPECT_NOTHING(queue);
  ytx_queue_free(queue);
  return NULL;
}

/* Where nothing is left to tell the event goes away, and its number with it. */
static void *what_is_undone_is_withdrawn(void *unused)
{
  const char *confid = "undone;1u;<2u;<1u;<3u";
  ytx_queue *queue = new_queue(NULL);
  (void)unused;
  watch(client, queue, confid, 200, 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  EXPECT_NOTHING(queue);
  go(confid, 1);
  CHECK(becomes_readable(queue, PATIENCE_MS));
  wait_for_poll(confid, 2);
  CHECK(becomes_readable(queue, 0));
  go(confid, 2);
  wait_for_poll(confid, 3);
  EXPECT_NOTHING(queue);
  go(confid, 3);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "1", HEARD("0", "3"), HEARD("0", "1"), "", "",
              HEARD("0", "3"), "");
  ytx_queue_free(queue);
  return NULL;
}

/* Members whose masked numbers are alike are counted. */
static void *alike_numbers_are_counted(void *unused)
{
  const char *confid = "alike;5u 5u 6m;<6m 5u;<5u 5m 5u;<5m 5u 5m;<5m 5u";
  ytx_queue *queue = new_queue(NULL);
  (void)unused;
  watch(client, queue, confid, 200, 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "3", "", "", "", "",
              HEARD("0", "5") "," HEARD("1", "5") "," MUTED("2", "6"), "");
  go(confid, 1);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "2", "", HEARD("1", "5"), "", "",
              MUTED("0", "6") "," HEARD("1", "5"), "");
  go(confid, 2);
  EXPECT_ROOM(queue, confid, "changed", 3, 1, "3", MUTED("1", "5") "," HEARD("2", "5"),
              MUTED("0", "6"), "", "", HEARD("0", "5") "," MUTED("1", "5") "," HEARD("2", "5"), "");
  go(confid, 3);
  /* Who is muted now cannot be said; that one more is, can. */
  EXPECT_ROOM(queue, confid, "changed", 4, 1, "3", "", "", MUTED("2", "5"), "",
              MUTED("0", "5") "," HEARD("1", "5") "," MUTED("2", "5"), "");
  go(confid, 4);
  /* A muted one has left: the least that can have happened. */
  EXPECT_ROOM(queue, confid, "changed", 5, 1, "2", "", MUTED("2", "5"), "", "",
              MUTED("0", "5") "," HEARD("1", "5"), "");
  ytx_queue_free(queue);
  return NULL;
}

/* A presence that is not known counts as not on line; a mute word that is not, as nothing. */
static void *words_that_are_not_known(void *unused)
{
  const char *confid = "words;1u;<1p;<1x;<1m;<2u";
  ytx_queue *queue = new_queue(NULL);
  (void)unused;
  watch(client, queue, confid, 200, 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  go(confid, 1);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "0", "", HEARD("0", "1"), "", "",
              MEMBER("0", "1", "呼叫中", "未静音"), "");
  go(confid, 2);
  EXPECT_ROOM(queue, confid, "changed", 3, 1, "1", MEMBER("0", "1", "在线", "?"), "", "", "",
              MEMBER("0", "1", "在线", "?"), "");
  go(confid, 3);
  wait_for_poll(confid, 4);
  EXPECT_NOTHING(queue);
  go(confid, 4);
  /* As it was when it was last taken. */
  EXPECT_ROOM(queue, confid, "changed", 4, 1, "1", HEARD("0", "2"), MEMBER("0", "1", "在线", "?"), "",
              "", HEARD("0", "2"), "");
  ytx_queue_free(queue);
  return NULL;
}

/* These are the server's bytes. */
#define ODD                                                                                  \
  "{ \"ifmutename\" : \"\\u672a静音\",\t\"x\":[1, {\"phone\":null}],\"phone\":\"1\\u0033\\/1\",\r\n"  \
  "\"statusname\":\"在线\", \"meid\":\"\\ud83d\\ude00\" }"
#define PLAIN "{\"meid\":\"\",\"phone\":\"7\",\"statusname\":\"在线\",\"ifmutename\":\"已静音\"}"

static void *rows_come_byte_for_byte(void *unused)
{
  /* The same numbers in the second, written otherwise and in another order. */
  const char *confid = "odd;odd 1;<odd 2;<odd 3;<odd 1";
  ytx_queue *queue = new_queue(NULL);
  (void)unused;
  watch(client, queue, confid, 200, 0);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "2", "", "", "", "", ODD "," PLAIN, "");
  go(confid, 1);
  wait_for_poll(confid, 2);
  EXPECT_NOTHING(queue);
  go(confid, 2);
  EXPECT_ROOM(queue, confid, "changed", 2, 1, "1", "", ODD, "", "", PLAIN, "");
  go(confid, 3);
  EXPECT_ROOM(queue, confid, "changed", 3, 1, "2", ODD, "", "", "", ODD "," PLAIN, "");
  ytx_queue_free(queue);
  return NULL;
}

/* Each watch of a room tells its own story. */
static void *two_watches_of_one_room(void *unused)
{
  const char *confid = "pair;1u;<2u;3u;<3u 4u;<5u";
  ytx_queue *queue = new_queue(NULL);
  ytx_event event;
  ytx_ticket one, other;
  (void)unused;
  one = watch(client, queue, confid, 200, 1);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "1"), "");
  wait_for_poll(confid, 1); /* of the first */
  other = watch(client, queue, confid, 300, 2);
  CHECK(one != other);
  EXPECT_ROOM(queue, confid, "snapshot", 1, 1, "1", "", "", "", "", HEARD("0", "3"), "");
  wait_for_poll(confid, 3); /* of the second */
  go(confid, 3);
  event = take(queue);
  CHECK(event.tag == 2 && event.ticket == other);
  CHECK_HOLDS(event.json, "\"version\":2,\"polls\":1,\"online\":2,\"joined\":[" HEARD("1", "4") "]");
  ytx_string_free(event.json);
  go(confid, 1);
  event = take(queue);
  CHECK(event.tag == 1 && event.ticket == one);
  CHECK_HOLDS(event.json, "\"left\":[" HEARD("0", "1") "]");
  ytx_string_free(event.json);
  wait_for_poll(confid, 5); /* both poll again */
  CHECK_STATUS(ytx_queue_cancel(queue, one), YTX_OK);
  EXPECT_ENDED(queue, 1, YTX_E_CANCELLED, CANCELLED_IN_A_POLL);
  ytx_queue_free(queue);
  return NULL;
}

int main(int argc, char **argv)
{
  static void *(*const parts[])(void *) = {
    kinds,
    lost_before_anything_was_told,
    back_before_the_loss_was_told,
    a_loss_takes_the_place_of_a_change,
    two_failures_are_no_news,
    an_answer_without_a_list_is_a_failure,
    a_refusal_is_told_byte_for_byte,
    what_is_not_taken_is_summed_up,
    what_is_undone_is_withdrawn,
    alike_numbers_are_counted,
    words_that_are_not_known,
    rows_come_byte_for_byte,
    two_watches_of_one_room,
  };
  CHECK(argc == 2);
  client = client_for(argv[1]);
  control = client_for(argv[1]);
  run_together(parts, sizeof parts / sizeof parts[0]);
  ytx_client_free(client);
  ytx_client_free(control);
  return 0;
}
