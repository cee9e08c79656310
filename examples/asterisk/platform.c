#include "platform.h"

#include "prometheus.h"
#include "settings.h"

struct question {
  answer_f *answer;
  void *asker;
};

static ytx_queue *queue;
static pthread_t thread;

/* Of what a reload replaces. Nothing waits for the network while it is held. */
AST_MUTEX_DEFINE_STATIC(lock);
static struct settings settings;
static ytx_client *client;

/* The library tells its lines on the threads that call it: ours, mostly. */
static void on_log(int32_t level, const char *message, void *nothing) {
  if (level == YTX_LOG_ERROR) ast_log(LOG_ERROR, "%s\n", message);
  else if (level == YTX_LOG_WARN) ast_log(LOG_WARNING, "%s\n", message);
  else if (level == YTX_LOG_INFO) ast_log(LOG_NOTICE, "%s\n", message);
  else ast_debug(1, "%s\n", message);
}

/* Ends with the queue. */
static void *serve(void *nothing) {
  ytx_event event = YTX_EVENT_INIT;
  while (ytx_queue_take(queue, &event, -1) == 1 && event.type != YTX_EVENT_CLOSED) {
    struct question *question = (struct question *)(uintptr_t)event.tag;
    question->answer(question->asker, &event);
    if (event.type != YTX_EVENT_ROOM) ast_free(question);
    ytx_string_free(event.json);
  }
  return NULL;
}

/* A client for what ytx.conf says; what is wrong with it goes into the log. */
static ytx_client *client_of(const struct settings *read) {
  ytx_options options = YTX_OPTIONS_INIT;
  options.base_url = read->base_url;
  options.ca_file = read->ca_file;
  options.proxy = read->proxy;
  options.source_address = read->source_address;
  options.timeout_ms = read->timeout_ms;
  options.log = on_log;
  return ytx_client_new(read->account_sid, read->auth_token, &options, NULL);
}

int platform_reload(void) {
  struct settings read, old_settings;
  ytx_client *made, *old;
  if (!settings_read(&read)) return 0;
  made = client_of(&read);
  if (made == NULL) {
    settings_free(&read);
    return 0;
  }
  ast_mutex_lock(&lock);
  old = client;
  old_settings = settings;
  client = made;
  settings = read;
  ast_mutex_unlock(&lock);
  ytx_client_free(old); /* its calls under way finish */
  settings_free(&old_settings);
  return 1;
}

int platform_start(void) {
  ytx_queue_options limits = YTX_QUEUE_OPTIONS_INIT;
  if (!platform_reload()) return 0;
  queue = ytx_queue_new(&limits, NULL);
  if (queue != NULL && ast_pthread_create_background(&thread, NULL, serve, NULL) == 0) return 1;
  ast_log(LOG_ERROR, "There is no queue or no thread for it.\n");
  ytx_queue_free(queue);
  ytx_client_free(client);
  client = NULL;
  settings_free(&settings);
  return 0;
}

void platform_stop(void) {
  ytx_queue_close(queue);
  pthread_join(thread, NULL);
  ytx_queue_free(queue);
  ytx_client_free(client);
  client = NULL;
  settings_free(&settings);
}

static ytx_ticket submit(enum wish wish, const char *room, uint64_t tag, ytx_status *status) {
  switch (wish) {
    case LOCK:
      return ytx_lock_meeting_async(client, queue, settings.appid, room, YTX_LOCK, tag, status);
    case UNLOCK:
      return ytx_lock_meeting_async(client, queue, settings.appid, room, YTX_UNLOCK, tag, status);
    case STATE:
      return ytx_meeting_state_async(client, queue, settings.appid, room, tag, status);
    case WATCH:
      return ytx_watch_meeting(client, queue, settings.appid, room, settings.interval_ms, tag,
                               status);
  }
  return 0;
}

ytx_ticket platform_ask(enum wish wish, const char *room, answer_f *answer, void *asker,
                        ytx_status *status) {
  struct question *question = ast_malloc(sizeof *question);
  ytx_ticket ticket;
  *status = YTX_E_INTERNAL;
  if (question == NULL) return 0;
  question->answer = answer;
  question->asker = asker;
  ast_mutex_lock(&lock);
  ticket = submit(wish, room, (uint64_t)(uintptr_t)question, status);
  ast_mutex_unlock(&lock);
  if (ticket == 0) ast_free(question);
  return ticket;
}

void platform_cancel(ytx_ticket ticket) {
  ytx_queue_cancel(queue, ticket);
}

void platform_watched(void (*each)(const char *room)) {
  size_t i, count;
  char **rooms;
  ast_mutex_lock(&lock);
  count = settings.watched;
  rooms = count > 0 ? ast_calloc(count, sizeof *rooms) : NULL;
  for (i = 0; rooms != NULL && i < count; i++) rooms[i] = ast_strdup(settings.rooms[i]);
  ast_mutex_unlock(&lock);
  for (i = 0; rooms != NULL && i < count; i++) {
    if (rooms[i] != NULL) each(rooms[i]);
    ast_free(rooms[i]);
  }
  ast_free(rooms);
}

void platform_figures(FILE *out) {
  ast_mutex_lock(&lock);
  ytx_prometheus(out, client, queue);
  ast_mutex_unlock(&lock);
}
