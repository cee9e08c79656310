#include "watches.h"

#include "manager.h"
#include "members.h"
#include "platform.h"

struct watch {
  AST_LIST_ENTRY(watch) entry;
  char *room;
  ytx_ticket ticket; /* of now */
  int open;          /* how many tickets have not come to their end: more than one after a renewal */
};

/* Its lock is held while a watch is submitted, so that an event finds the ticket. */
static AST_LIST_HEAD_STATIC(watches, watch);

static void watch_free(struct watch *watch) {
  ast_free(watch->room);
  ast_free(watch);
}

static void append_list(struct ast_str **text, const char *json, int32_t which,
                        const char *header) {
  ytx_members *members = ytx_members_read(json, which, NULL);
  members_headers(text, members, header);
  ytx_members_free(members);
}

/* {"event":"changed", as the library begins it. */
static void append_change(struct ast_str **text, const char *json) {
  char change[16] = "";
  ytx_members *members = ytx_members_read(json, YTX_MEMBERS_ALL, NULL);
  sscanf(json, "{\"event\":\"%15[a-z]", change);
  ast_str_append(text, 0, "Change: %s\r\n", change);
  if (strcmp(change, "lost") != 0)
    ast_str_append(text, 0, "Online: %zu\r\n", members_online(members));
  ytx_members_free(members);
  append_list(text, json, YTX_MEMBERS_JOINED, "Joined");
  append_list(text, json, YTX_MEMBERS_LEFT, "Left");
  append_list(text, json, YTX_MEMBERS_MUTED, "Muted");
  append_list(text, json, YTX_MEMBERS_UNMUTED, "Unmuted");
}

static void tell(const struct watch *watch, const ytx_event *event) {
  int goes_on = event->type == YTX_EVENT_ROOM;
  struct ast_str *text = ast_str_create(256);
  if (text == NULL) return;
  ast_str_set(&text, 0, "Room: %s\r\n", watch->room);
  append_outcome(&text, event->status);
  if (goes_on && event->json != NULL) append_change(&text, event->json);
  manager_event(EVENT_FLAG_CALL, goes_on ? "YTXRoom" : "YTXRoomEnd", "%s", ast_str_buffer(text));
  ast_free(text);
}

/* Only here, on the module's thread, is a watch freed that had a ticket. */
static void on_news(void *asker, ytx_event *event) {
  struct watch *watch = asker;
  int is_end = event->type != YTX_EVENT_ROOM, is_of_now, open;
  AST_LIST_LOCK(&watches);
  is_of_now = watch->ticket == event->ticket;
  if (is_of_now && is_end) AST_LIST_REMOVE(&watches, watch, entry);
  open = watch->open -= is_end;
  AST_LIST_UNLOCK(&watches);
  if (is_of_now) tell(watch, event);
  if (open == 0) watch_free(watch);
}

static struct watch *find(const char *room) {
  struct watch *watch;
  AST_LIST_TRAVERSE(&watches, watch, entry) {
    if (strcmp(watch->room, room) == 0) break;
  }
  return watch;
}

/* With the lock. */
static ytx_status begin(const char *room) {
  ytx_status status = YTX_E_INTERNAL;
  struct watch *watch = ast_calloc(1, sizeof *watch);
  if (watch == NULL) return status;
  watch->room = ast_strdup(room);
  if (watch->room != NULL)
    watch->ticket = platform_ask(WATCH, room, on_news, watch, &status);
  if (watch->ticket == 0) {
    watch_free(watch);
    return status;
  }
  watch->open = 1;
  AST_LIST_INSERT_TAIL(&watches, watch, entry);
  return YTX_OK;
}

ytx_status watch_begin(const char *room) {
  ytx_status status;
  AST_LIST_LOCK(&watches);
  status = find(room) != NULL ? YTX_OK : begin(room);
  AST_LIST_UNLOCK(&watches);
  if (status != YTX_OK)
    ast_log(LOG_WARNING, "A room is not watched: %s. %s\n", ytx_status_name(status),
            ytx_status_text(status));
  return status;
}

int watch_end(const char *room) {
  struct watch *watch;
  AST_LIST_LOCK(&watches);
  watch = find(room);
  if (watch != NULL) platform_cancel(watch->ticket);
  AST_LIST_UNLOCK(&watches);
  return watch != NULL;
}

/* The watch stays in the list under another ticket, so that the end of the old one, which still
   comes, is not its own. Where no new one is to be had, that end is told. */
void watches_renew(void) {
  struct watch *watch;
  AST_LIST_LOCK(&watches);
  AST_LIST_TRAVERSE(&watches, watch, entry) {
    ytx_status status;
    ytx_ticket old = watch->ticket;
    ytx_ticket renewed = platform_ask(WATCH, watch->room, on_news, watch, &status);
    if (renewed != 0) {
      watch->ticket = renewed;
      watch->open++;
    }
    platform_cancel(old);
  }
  AST_LIST_UNLOCK(&watches);
}

void watches_show(int fd) {
  struct watch *watch;
  AST_LIST_LOCK(&watches);
  AST_LIST_TRAVERSE(&watches, watch, entry) ast_cli(fd, "%s\n", watch->room);
  AST_LIST_UNLOCK(&watches);
}
