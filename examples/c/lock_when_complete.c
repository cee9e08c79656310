/*
 * Locks a conference room once everyone invited has joined.
 *
 *     cc examples/c/lock_when_complete.c $(pkg-config --cflags --libs ytx jansson) \
 *        -o lock_when_complete
 *     ./lock_when_complete 13112341314 18912345326
 *
 * It asks once a second who is in the room. The account, the application and the room come from
 * the environment; `cargo run -p ytx-sandbox -- --join 3000` plays a room that fills, and prints
 * what to set.
 */

#define _POSIX_C_SOURCE 200809L /* sleep() */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "ytx.h"

/* Whether a number is the one that the platform shows as 131****1314. */
static int same_number(const char *number, const char *shown) {
  size_t i;
  if (strlen(number) != strlen(shown)) return 0;
  for (i = 0; number[i] != '\0'; i++)
    if (shown[i] != '*' && shown[i] != number[i]) return 0;
  return 1;
}

/* Whether a number is on line among the members. */
static int has_joined(const json_t *members, const char *number) {
  size_t i;
  for (i = 0; i < json_array_size(members); i++) {
    const json_t *member = json_array_get(members, i);
    const char *shown = json_string_value(json_object_get(member, "phone"));
    const char *presence = json_string_value(json_object_get(member, "statusname"));
    if (shown != NULL && presence != NULL && same_number(number, shown) &&
        strcmp(presence, "在线") == 0)
      return 1;
  }
  return 0;
}

/* Brings joined[] up to date. Returns whether anything in it has changed. */
static int update(const json_t *members, char *const *invited, int count, char *joined) {
  int changed = 0, i;
  for (i = 0; i < count; i++) {
    char now = (char)has_joined(members, invited[i]);
    changed |= now != joined[i];
    joined[i] = now;
  }
  return changed;
}

/* Says who has joined and who is missing. */
static void report(const char *room, char *const *invited, int count, const char *joined) {
  int present = 0, i;
  const char *before = ", waiting for ";
  for (i = 0; i < count; i++) present += joined[i];
  printf("room %s: %d of %d joined", room, present, count);
  for (i = 0; i < count; i++) {
    if (joined[i]) continue;
    printf("%s%s", before, invited[i]);
    before = ", ";
  }
  printf("\n");
}

/* Says what went wrong, in the words of the call's JSON. Returns whether trying again may help. */
static int complain(const char *room, ytx_status status, const json_t *answer) {
  const char *message = json_string_value(json_object_get(answer, "statusMsg"));
  int retryable = ytx_status_is_retryable(status) ||
                  json_is_true(json_object_get(answer, "retryable"));
  fprintf(stderr, "room %s: %s%s\n", room, message != NULL ? message : ytx_status_text(status),
          retryable ? "; trying again" : "");
  return retryable;
}

/* What a call returned, as jansson's value; NULL when there was no memory. */
static json_t *read_answer(char *json) {
  json_t *answer = json == NULL ? NULL : json_loads(json, 0, NULL);
  ytx_string_free(json);
  return answer;
}

/* Asks once a second and locks the room when nobody is missing. Returns the exit code. */
static int watch(const ytx_client *client, const char *appid, const char *room,
                 char *const *invited, int count, char *joined) {
  for (;; sleep(1)) {
    ytx_status status;
    int complete = 0, go_on;
    json_t *answer = read_answer(ytx_meeting_state(client, appid, room, &status));
    const json_t *members = json_object_get(answer, "statusMsg");
    if (status == YTX_OK && !json_is_array(members)) status = YTX_E_RESPONSE;
    if (status == YTX_OK) {
      if (update(members, invited, count, joined)) report(room, invited, count, joined);
      complete = memchr(joined, 0, (size_t)count) == NULL;
      if (complete) {
        json_decref(answer);
        answer = read_answer(ytx_lock_meeting(client, appid, room, YTX_LOCK, &status));
      }
    }
    go_on = status == YTX_OK || complain(room, status, answer);
    json_decref(answer);
    if (!go_on) return 1;
    if (complete && status == YTX_OK) break;
  }
  printf("room %s: locked\n", room);
  return 0;
}

/* Reads an environment variable, and says so when it is missing. */
static const char *need(const char *name, int *missing) {
  const char *value = getenv(name);
  if (value != NULL && *value != '\0') return value;
  fprintf(stderr, "lock_when_complete: %s is not set\n", name);
  *missing = 1;
  return "";
}

int main(int argc, char **argv) {
  int missing = 0, code;
  const char *sid = need("YTX_ACCOUNT_SID", &missing);
  const char *token = need("YTX_AUTH_TOKEN", &missing);
  const char *appid = need("YTX_APPID", &missing);
  const char *room = need("YTX_CONFID", &missing);
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_client *client;
  ytx_status status;
  char *joined;

  if (argc < 2) fprintf(stderr, "usage: lock_when_complete NUMBER...\n");
  if (missing || argc < 2) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, also into a pipe */

  options.base_url = getenv("YTX_BASE_URL");
  client = ytx_client_new(sid, token, &options, &status);
  joined = malloc((size_t)argc);
  if (client == NULL || joined == NULL) {
    fprintf(stderr, "lock_when_complete: %s\n",
            client == NULL ? ytx_status_text(status) : "there is no memory");
    return 1;
  }
  memset(joined, -1, (size_t)argc); /* not known yet */
  code = watch(client, appid, room, argv + 1, argc - 1, joined);
  free(joined);
  ytx_client_free(client);
  return code;
}
