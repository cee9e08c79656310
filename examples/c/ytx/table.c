/* The members of a room as a table: see table.h. */

#include "table.h"

#include "text.h"

size_t print_word(FILE *out, const char *word) {
  size_t used = print_text(out, word, WIDEST);
  if (meaning(word) == NULL) return used;
  if (out != NULL) fprintf(out, " %s", meaning(word));
  return used + 1 + print_text(NULL, meaning(word), WIDEST);
}

/* Fills a cell up, and keeps it apart from the next. */
static void fill(FILE *out, size_t used, size_t columns) {
  fprintf(out, "%*s", (int)(columns - used + 2), "");
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

void print_table(FILE *out, const struct room *room) {
  size_t phone = sizeof "phone" - 1, online = sizeof "status" - 1, i;
  if (room->count == 0) {
    fprintf(out, "Nobody is in the room.\n");
    return;
  }
  for (i = 0; i < room->count; i++) {
    phone = larger(phone, print_text(NULL, room->members[i].phone, WIDEST));
    online = larger(online, print_word(NULL, room->members[i].online));
  }
  fprintf(out, "%-*s  %-*s  mute\n", (int)phone, "phone", (int)online, "status");
  for (i = 0; i < room->count; i++) {
    const struct member *member = &room->members[i];
    fill(out, print_text(out, member->phone, WIDEST), phone);
    fill(out, print_word(out, member->online), online);
    print_word(out, member->muted);
    fprintf(out, "\n");
  }
}
