#include "dialplan.h"

#include "members.h"
#include "platform.h"

/* How often a thread that waits looks whether its caller has hung up. */
#define LOOK_MS 100

/* A thread of Asterisk's that waits for an answer. */
struct waiting {
  ast_mutex_t lock;
  ast_cond_t answered;
  int done;
  ytx_status status;
  char *json;
};

static void on_answer(void *asker, ytx_event *event) {
  struct waiting *waiting = asker;
  ast_mutex_lock(&waiting->lock);
  waiting->status = event->status;
  waiting->json = event->json;
  event->json = NULL;
  waiting->done = 1;
  ast_cond_signal(&waiting->answered);
  ast_mutex_unlock(&waiting->lock); /* from here on it may be gone */
}

/* A cancelled call is answered too, at once, so this always ends. */
static void wait_for(struct waiting *waiting, struct ast_channel *channel, ytx_ticket ticket) {
  int cancelled = 0;
  ast_mutex_lock(&waiting->lock);
  while (!waiting->done) {
    struct timeval until = ast_tvadd(ast_tvnow(), ast_samp2tv(LOOK_MS, 1000));
    struct timespec at = { until.tv_sec, until.tv_usec * 1000 };
    ast_cond_timedwait(&waiting->answered, &waiting->lock, &at);
    if (waiting->done || cancelled || channel == NULL || !ast_check_hangup(channel)) continue;
    platform_cancel(ticket);
    cancelled = 1;
  }
  ast_mutex_unlock(&waiting->lock);
}

/* Asterisk goes on serving the channel meanwhile. The channel may be NULL: AMI asks without one. */
static ytx_status ask(struct ast_channel *channel, enum wish wish, const char *room, char **json) {
  struct waiting waiting = { .json = NULL };
  ytx_status accepted; /* not the answer's: that may be there before this is written */
  ytx_ticket ticket;
  ast_mutex_init(&waiting.lock);
  ast_cond_init(&waiting.answered, NULL);
  if (channel != NULL) ast_autoservice_start(channel);
  ticket = platform_ask(wish, room, on_answer, &waiting, &accepted);
  if (ticket != 0) wait_for(&waiting, channel, ticket);
  else waiting.status = accepted;
  if (channel != NULL) {
    ast_autoservice_stop(channel);
    pbx_builtin_setvar_helper(channel, "YTXSTATUS", ytx_status_name(waiting.status));
    pbx_builtin_setvar_helper(channel, "YTXTEXT", ytx_status_text(waiting.status));
  }
  ast_cond_destroy(&waiting.answered);
  ast_mutex_destroy(&waiting.lock);
  *json = waiting.json;
  return waiting.status;
}

/* A refusal is no reason to hang up: the dialplan reads YTXSTATUS. */
static int lock_or_unlock(struct ast_channel *channel, enum wish wish, const char *room) {
  char *json;
  ask(channel, wish, room, &json);
  ytx_string_free(json);
  return 0;
}

static int on_lock(struct ast_channel *channel, const char *room) {
  return lock_or_unlock(channel, LOCK, room);
}

static int on_unlock(struct ast_channel *channel, const char *room) {
  return lock_or_unlock(channel, UNLOCK, room);
}

/* Runs on the channel's thread, or on that of an AMI session. */
static int on_state(struct ast_channel *channel, const char *function, char *arguments,
                    struct ast_str **text, ssize_t most) {
  char *what = arguments, *room = strsep(&what, ","), *json;
  ytx_members *members;
  ytx_status status = ask(channel, STATE, S_OR(room, ""), &json);
  members = status == YTX_OK ? ytx_members_read(json, YTX_MEMBERS_ALL, NULL) : NULL;
  ytx_string_free(json);
  ast_str_reset(*text);
  if (members != NULL && !ast_strlen_zero(what) && strcasecmp(what, "members") == 0)
    members_append(text, members, "&");
  else if (members != NULL)
    ast_str_set(text, most, "%zu", members_online(members));
  ytx_members_free(members);
  return 0;
}

static struct ast_custom_function state = {
  .name = "YTX_STATE",
  .synopsis = "Who is in a room of YTX",
  .syntax = "YTX_STATE(room[,members])",
  .desc = "How many are on line, or their phones, with & between them. Empty when the state\n"
          "is not known: YTXSTATUS has the reason then, and YTXTEXT what can be done.",
  .read2 = on_state,
};

static const char outcome[] =
    "Sets YTXSTATUS to YTX_OK, or to the name of what went wrong, and YTXTEXT to what can be done.";

int dialplan_register(void) {
  int failed = ast_custom_function_register(&state);
  failed |= ast_register_application("YTXLock", on_lock, "Locks a room of YTX", outcome);
  failed |= ast_register_application("YTXUnlock", on_unlock, "Unlocks a room of YTX", outcome);
  return failed;
}

void dialplan_unregister(void) {
  ast_unregister_application("YTXUnlock");
  ast_unregister_application("YTXLock");
  ast_custom_function_unregister(&state);
}
