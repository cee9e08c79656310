#include "room.h"

#include <stdlib.h>
#include <string.h>

#include "leg.h"

static void room_free(struct room *room) {
  struct room **at = &room->desk->rooms;
  while (*at != NULL && *at != room) at = &(*at)->next;
  if (*at != NULL) *at = room->next;
  platform_drop(room->desk->platform, room->watch);
  ytx_members_free(room->members);
  free(room->number);
  free(room);
}

/* A room that is lost keeps its members: what was known is better than nothing. */
static void take_news(struct room *room, const ytx_event *event) {
  struct leg *leg;
  room->lost = event->status;
  if (event->status == YTX_OK) {
    ytx_members_free(room->members);
    room->members = ytx_members_read(event->json, YTX_MEMBERS_ALL, NULL);
  }
  for (leg = room->subscribers; leg != NULL; leg = leg->subscription.next)
    subscription_notify(leg);
}

static void on_news(void *asker, const ytx_event *event) {
  struct room *room = asker;
  if (event->type == YTX_EVENT_ROOM) {
    take_news(room, event);
    return;
  }
  room->watch = NULL; /* this was its last word */
  room->lost = event->status;
  while (room->subscribers->subscription.next != NULL)
    subscription_end(room->subscribers, event->status);
  subscription_end(room->subscribers, event->status); /* and with the last one goes the room */
}

static struct room *room_new(struct desk *desk, const char *number, ytx_status *status) {
  struct room *room = calloc(1, sizeof *room);
  *status = YTX_E_INTERNAL;
  if (room == NULL) return NULL;
  room->desk = desk;
  room->number = malloc(strlen(number) + 1);
  if (room->number != NULL) {
    strcpy(room->number, number);
    room->watch = platform_ask(desk->platform, WATCH, number, on_news, room, status);
  }
  if (room->watch == NULL) {
    room_free(room);
    return NULL;
  }
  room->next = desk->rooms;
  desk->rooms = room;
  return room;
}

struct room *room_join(struct leg *leg, ytx_status *status) {
  struct room *room = leg->desk->rooms;
  while (room != NULL && strcmp(room->number, leg->room) != 0) room = room->next;
  if (room == NULL) room = room_new(leg->desk, leg->room, status);
  if (room == NULL) return NULL;
  *status = YTX_OK;
  leg->subscription.next = room->subscribers;
  room->subscribers = leg;
  return room;
}

void room_leave(struct leg *leg) {
  struct room *room = leg->subscription.room;
  struct leg **at = &room->subscribers;
  while (*at != leg) at = &(*at)->subscription.next;
  *at = leg->subscription.next;
  if (room->subscribers == NULL) room_free(room);
}
