#include "manager.h"

#include "members.h"
#include "platform.h"
#include "watches.h"

/* A session's question. */
struct asked {
  const char *action;
  char *id;
  char *room;
};

static const struct {
  const char *name;
  enum wish wish;
} calls[] = { { "YTXLock", LOCK }, { "YTXUnlock", UNLOCK }, { "YTXState", STATE } };

void append_outcome(struct ast_str **text, ytx_status status) {
  ast_str_append(text, 0, "Status: %d\r\nName: %s\r\n", (int)status, ytx_status_name(status));
  if (status != YTX_OK) ast_str_append(text, 0, "Text: %s\r\n", ytx_status_text(status));
}

static void asked_free(struct asked *asked) {
  ast_free(asked->id);
  ast_free(asked->room);
  ast_free(asked);
}

static void append_state(struct ast_str **text, const char *json) {
  ytx_members *members = ytx_members_read(json, YTX_MEMBERS_ALL, NULL);
  ast_str_append(text, 0, "Online: %zu\r\n", members_online(members));
  members_headers(text, members, "Member");
  ytx_members_free(members);
}

static void on_answer(void *asker, ytx_event *event) {
  struct asked *asked = asker;
  struct ast_str *text = ast_str_create(256);
  if (text != NULL) {
    ast_str_set(&text, 0, "Action: %s\r\nRoom: %s\r\n", asked->action, asked->room);
    if (*asked->id != '\0') ast_str_append(&text, 0, "ActionID: %s\r\n", asked->id);
    append_outcome(&text, event->status);
    if (event->status == YTX_OK && strcmp(asked->action, "YTXState") == 0)
      append_state(&text, event->json);
    manager_event(EVENT_FLAG_CALL, "YTXAnswer", "%s", ast_str_buffer(text));
    ast_free(text);
  }
  asked_free(asked);
}

static void refuse(struct mansession *session, const struct message *message, ytx_status status) {
  astman_send_error_va(session, message, "%s: %s", ytx_status_name(status),
                       ytx_status_text(status));
}

static int on_call(struct mansession *session, const struct message *message) {
  const char *action = astman_get_header(message, "Action");
  const char *room = astman_get_header(message, "Room");
  struct asked *asked = ast_calloc(1, sizeof *asked);
  ytx_status status = YTX_E_INTERNAL;
  size_t i = 0;
  while (strcasecmp(action, calls[i].name) != 0) i++; /* it is one of them */
  if (asked != NULL) {
    asked->action = calls[i].name;
    asked->id = ast_strdup(astman_get_header(message, "ActionID"));
    asked->room = ast_strdup(room);
    if (asked->id != NULL && asked->room != NULL &&
        platform_ask(calls[i].wish, room, on_answer, asked, &status) != 0) {
      astman_send_ack(session, message, "Asked; YTXAnswer follows");
      return 0;
    }
    asked_free(asked);
  }
  refuse(session, message, status);
  return 0;
}

static int on_watch(struct mansession *session, const struct message *message) {
  ytx_status status = watch_begin(astman_get_header(message, "Room"));
  if (status == YTX_OK) astman_send_ack(session, message, "Watched; YTXRoom follows");
  else refuse(session, message, status);
  return 0;
}

static int on_unwatch(struct mansession *session, const struct message *message) {
  if (watch_end(astman_get_header(message, "Room"))) {
    astman_send_ack(session, message, "YTXRoomEnd follows");
  } else {
    astman_send_error(session, message, "The room is not watched");
  }
  return 0;
}

int manager_register(void) {
  int failed = 0;
  size_t i;
  for (i = 0; i < ARRAY_LEN(calls); i++)
    failed |= ast_manager_register2(calls[i].name, EVENT_FLAG_CALL, on_call, AST_MODULE_SELF,
                                    "Asks the platform of YTX",
                                    "Needs a Room. The answer is the event YTXAnswer.");
  failed |= ast_manager_register2("YTXWatch", EVENT_FLAG_CALL, on_watch, AST_MODULE_SELF,
                                  "Watches a room of YTX",
                                  "Needs a Room. What changes comes as the event YTXRoom.");
  failed |= ast_manager_register2("YTXUnwatch", EVENT_FLAG_CALL, on_unwatch, AST_MODULE_SELF,
                                  "Ends the watch of a room of YTX", "Needs a Room.");
  return failed;
}

void manager_unregister(void) {
  size_t i;
  ast_manager_unregister("YTXUnwatch");
  ast_manager_unregister("YTXWatch");
  for (i = 0; i < ARRAY_LEN(calls); i++) ast_manager_unregister(calls[i].name);
}
