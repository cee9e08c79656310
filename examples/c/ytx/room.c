/* Who is in a room: see room.h. */

#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"

static int compare(const void *one, const void *other) {
  const struct member *a = one, *b = other;
  int order = strcmp(a->phone, b->phone);
  if (order == 0) order = strcmp(a->online, b->online);
  if (order == 0) order = strcmp(a->muted, b->muted);
  return order;
}

int room_read(struct room *room, const char *json, int32_t which) {
  size_t i;
  room->list = ytx_members_read(json, which, NULL);
  if (room->list == NULL) {
    fprintf(stderr, "ytx: the answer holds no list of members\n");
    return 0;
  }
  room->count = ytx_members_count(room->list);
  /* One more than needed, since calloc may answer NULL when asked for nothing. */
  room->members = need(calloc(room->count + 1, sizeof *room->members));
  for (i = 0; i < room->count; i++) {
    room->members[i].phone = ytx_members_phone(room->list, i);
    room->members[i].online = ytx_members_statusname(room->list, i);
    room->members[i].muted = ytx_members_ifmutename(room->list, i);
  }
  qsort(room->members, room->count, sizeof *room->members, compare);
  return 1;
}

void room_free(struct room *room) {
  free(room->members);
  ytx_members_free(room->list);
}

int is_online(const struct member *member) {
  return strcmp(member->online, "在线") == 0;
}

const char *meaning(const char *word) {
  if (strcmp(word, "在线") == 0) return "online";
  if (strcmp(word, "不在线") == 0) return "offline";
  if (strcmp(word, "已静音") == 0) return "muted";
  if (strcmp(word, "未静音") == 0) return "not muted";
  return NULL;
}
