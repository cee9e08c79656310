/*
 * Locks a conference room once everyone invited has joined.
 *
 *     cc examples/c/lock_when_complete.c $(pkg-config --cflags --libs ytx) -o lock_when_complete
 *     ./lock_when_complete 13112341314 18912345326
 *
 * It watches the room once a second. The account, the application and the room come from the
 * environment; `cargo run -p ytx-sandbox -- --join 3000` plays a room that fills, and prints what
 * to set.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
static int has_joined(const ytx_members *members, const char *number) {
  size_t i;
  for (i = 0; i < ytx_members_count(members); i++)
    if (ytx_members_online(members, i) == 1 && same_number(number, ytx_members_phone(members, i)))
      return 1;
  return 0;
}

/* Brings joined[] up to date. Returns whether anything in it has changed. */
static int update(const char *news, char *const *invited, int count, char *joined) {
  ytx_members *members = ytx_members_read(news, YTX_MEMBERS_ALL, NULL);
  int changed = 0, i;
  for (i = 0; i < count; i++) {
    char now = (char)has_joined(members, invited[i]);
    changed |= now != joined[i];
    joined[i] = now;
  }
  ytx_members_free(members);
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

static void complain(const char *room, ytx_status status, const char *then) {
  fprintf(stderr, "room %s: %s: %s%s\n", room, ytx_status_name(status), ytx_status_text(status),
          then);
}

/* Watches the room and locks it when nobody is missing. Returns the exit code. */
static int lock_when_complete(const ytx_client *client, ytx_queue *queue, const char *appid,
                              const char *room, char *const *invited, int count, char *joined) {
  ytx_event event = YTX_EVENT_INIT;
  ytx_status status;
  int complete = 0;
  ytx_watch_meeting(client, queue, appid, room, 1000, 0, &status);
  while (status == YTX_OK && !complete && ytx_queue_take(queue, &event, -1) == 1) {
    if (event.type != YTX_EVENT_ROOM) {
      status = event.status; /* it has ended */
    } else if (event.status != YTX_OK) {
      complain(room, event.status, "; trying again"); /* which the watch does */
    } else {
      if (update(event.json, invited, count, joined)) report(room, invited, count, joined);
      complete = memchr(joined, 0, (size_t)count) == NULL;
    }
    ytx_string_free(event.json);
  }
  if (complete) ytx_string_free(ytx_lock_meeting(client, appid, room, YTX_LOCK, &status));
  if (status != YTX_OK)
    complain(room, status, "");
  else
    printf("room %s: locked\n", room);
  return status != YTX_OK;
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
  ytx_queue *queue;
  ytx_status status;
  char *joined;

  if (argc < 2) fprintf(stderr, "usage: lock_when_complete NUMBER...\n");
  if (missing || argc < 2) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, also into a pipe */

  options.base_url = getenv("YTX_BASE_URL");
  options.max_retries = 5; /* for the lock */
  client = ytx_client_new(sid, token, &options, &status);
  queue = client == NULL ? NULL : ytx_queue_new(NULL, &status);
  joined = malloc((size_t)argc);
  if (queue == NULL || joined == NULL) {
    fprintf(stderr, "lock_when_complete: %s\n",
            queue == NULL ? ytx_status_text(status) : "there is no memory");
    return 1;
  }
  memset(joined, -1, (size_t)argc); /* not known yet */
  code = lock_when_complete(client, queue, appid, room, argv + 1, argc - 1, joined);
  free(joined);
  ytx_queue_free(queue);
  ytx_client_free(client);
  return code;
}
