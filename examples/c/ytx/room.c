/* Who is in a room: see room.h. */

#include "room.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "text.h"

int member_compare(const struct member *a, const struct member *b) {
  int order = strcmp(a->phone, b->phone);
  if (order == 0) order = strcmp(a->online, b->online);
  if (order == 0) order = strcmp(a->muted, b->muted);
  return order;
}

static int compare(const void *a, const void *b) {
  return member_compare(a, b);
}

static const char *text_of(const json_t *member, const char *field) {
  const char *text = json_string_value(json_object_get(member, field));
  return text != NULL ? text : "?";
}

int room_read(struct room *room, const char *json) {
  json_error_t error;
  json_t *answer = json_loads(json, 0, &error);
  const json_t *list = json_object_get(answer, "statusMsg"), *entry;
  size_t i;
  if (!json_is_array(list)) {
    fprintf(stderr, "ytx: the answer holds no list of members");
    if (answer == NULL) {
      fprintf(stderr, ": ");
      print_text(stderr, error.text, SIZE_MAX); /* it quotes from the answer */
    }
    fprintf(stderr, "\n");
    json_decref(answer);
    return 0;
  }
  room->answer = answer;
  room->count = json_array_size(list);
  /* One more than needed, since calloc may answer NULL when asked for nothing. */
  room->members = need(calloc(room->count + 1, sizeof *room->members));
  json_array_foreach(list, i, entry) {
    room->members[i].phone = text_of(entry, "phone");
    room->members[i].online = text_of(entry, "statusname");
    room->members[i].muted = text_of(entry, "ifmutename");
  }
  qsort(room->members, room->count, sizeof *room->members, compare);
  return 1;
}

void room_free(struct room *room) {
  free(room->members);
  json_decref(room->answer);
}

const char *meaning(const char *word) {
  if (strcmp(word, "在线") == 0) return "online";
  if (strcmp(word, "不在线") == 0) return "offline";
  if (strcmp(word, "已静音") == 0) return "muted";
  if (strcmp(word, "未静音") == 0) return "not muted";
  return NULL;
}
