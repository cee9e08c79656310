#define SU_WAKEUP_ARG_T struct platform
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>

struct platform {
  su_root_t *root;
  ytx_client *client;
  ytx_queue *queue;
  const char *appid;
  uint32_t interval_ms;
  int wait; /* the number of our su_wait_t, 0 when there is none */
  closed_f *closed;
  void *user;
};

struct question {
  answer_f *answer; /* NULL: the asker has gone */
  void *asker;
  ytx_ticket ticket;
};

static void stop_waiting(struct platform *platform) {
  if (platform->wait != 0) su_root_deregister(platform->root, platform->wait);
  platform->wait = 0;
}

static void deliver(const ytx_event *event) {
  struct question *question = (struct question *)(uintptr_t)event->tag;
  if (question->answer != NULL) question->answer(question->asker, event);
  if (event->type != YTX_EVENT_ROOM) free(question);
}

static int on_readable(su_root_magic_t *nothing, su_wait_t *wait, struct platform *platform) {
  ytx_event event = YTX_EVENT_INIT;
  (void)nothing;
  (void)wait;
  while (ytx_queue_take(platform->queue, &event, 0) == 1) {
    if (event.type == YTX_EVENT_CLOSED) {
      stop_waiting(platform);
      platform->closed(platform->user);
      break;
    }
    deliver(&event);
    ytx_string_free(event.json);
  }
  return 0;
}

static void on_log(int32_t level, const char *message, void *nothing) {
  (void)level;
  (void)nothing;
  fprintf(stderr, "ytx: %s\n", message);
}

static int wait_for_events(struct platform *platform) {
  su_wait_t wait = SU_WAIT_INIT;
  if (su_wait_create(&wait, (su_socket_t)ytx_queue_fd(platform->queue), SU_WAIT_IN) != 0) return 0;
  platform->wait =
      su_root_register(platform->root, &wait, on_readable, platform, su_pri_normal);
  if (platform->wait <= 0) platform->wait = 0;
  return platform->wait;
}

struct platform *platform_open(su_root_t *root, const struct options *wanted) {
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_queue_options limits = YTX_QUEUE_OPTIONS_INIT;
  struct platform *platform = calloc(1, sizeof *platform);
  if (platform == NULL) return NULL;
  platform->root = root;
  platform->appid = getenv("YTX_APPID");
  platform->interval_ms = wanted->interval_ms;
  options.base_url = getenv("YTX_BASE_URL");
  options.timeout_ms = wanted->timeout_ms;
  options.log = on_log;
  limits.max_pending = wanted->max_pending;
  platform->client =
      ytx_client_new(getenv("YTX_ACCOUNT_SID"), getenv("YTX_AUTH_TOKEN"), &options, NULL);
  platform->queue = ytx_queue_new(&limits, NULL);
  if (platform->client == NULL || platform->queue == NULL || !wait_for_events(platform)) {
    platform_free(platform);
    return NULL;
  }
  return platform;
}

static ytx_ticket submit(struct platform *platform, enum wish wish, const char *room,
                         uint64_t tag, ytx_status *status) {
  const ytx_client *client = platform->client;
  ytx_queue *queue = platform->queue;
  const char *appid = platform->appid;
  switch (wish) {
    case LOCK:
      return ytx_lock_meeting_async(client, queue, appid, room, YTX_LOCK, tag, status);
    case UNLOCK:
      return ytx_lock_meeting_async(client, queue, appid, room, YTX_UNLOCK, tag, status);
    case MEMBERS:
      return ytx_meeting_state_async(client, queue, appid, room, tag, status);
    case WATCH:
      return ytx_watch_meeting(client, queue, appid, room, platform->interval_ms, tag, status);
  }
  return 0;
}

struct question *platform_ask(struct platform *platform, enum wish wish, const char *room,
                              answer_f *answer, void *asker, ytx_status *status) {
  struct question *question = malloc(sizeof *question);
  *status = YTX_E_INTERNAL;
  if (question == NULL) return NULL;
  question->answer = answer;
  question->asker = asker;
  question->ticket = submit(platform, wish, room, (uint64_t)(uintptr_t)question, status);
  if (question->ticket != 0) return question;
  free(question);
  return NULL;
}

/* Its event still comes, and frees it. */
void platform_drop(struct platform *platform, struct question *question) {
  if (question == NULL) return;
  question->answer = NULL;
  ytx_queue_cancel(platform->queue, question->ticket);
}

void platform_close(struct platform *platform, closed_f *closed, void *user) {
  platform->closed = closed;
  platform->user = user;
  ytx_queue_close(platform->queue);
}

void platform_free(struct platform *platform) {
  stop_waiting(platform); /* first this: nobody may watch the descriptor when it goes */
  ytx_queue_free(platform->queue);
  ytx_client_free(platform->client);
  free(platform);
}

const ytx_client *platform_client(const struct platform *platform) {
  return platform->client;
}

const ytx_queue *platform_queue(const struct platform *platform) {
  return platform->queue;
}
