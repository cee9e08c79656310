/* Who is in a room, and what has changed there: see changes.h. */

#include "changes.h"

#include "table.h"
#include "text.h"

enum { ONLINE = 1, MUTED = 2 };

/* What is new of a member is said in the platform's words. */
static void print_line(FILE *out, const char *time, const struct member *member, const char *verb,
                       int new) {
  fprintf(out, "%s  ", time);
  print_text(out, member->phone, WIDEST);
  fputs(verb, out);
  if (new & ONLINE) {
    fprintf(out, "  ");
    print_word(out, member->online);
  }
  if (new & MUTED) {
    fprintf(out, "  ");
    print_word(out, member->muted);
  }
  fprintf(out, "\n");
}

void print_present(FILE *out, const char *time, const struct room *room) {
  size_t i, present = 0;
  for (i = 0; i < room->count; i++) {
    if (!is_online(&room->members[i])) continue;
    print_line(out, time, &room->members[i], "  is here", ONLINE | MUTED);
    present++;
  }
  if (present == 0) fprintf(out, "%s  nobody is here\n", time);
}

void print_changes(FILE *out, const char *time, const char *news) {
  static const struct {
    int32_t which;
    const char *verb;
    int new;
  } lists[] = {
    { YTX_MEMBERS_LEFT, "  left", 0 },
    { YTX_MEMBERS_JOINED, "  came", ONLINE | MUTED },
    { YTX_MEMBERS_MUTED, "", MUTED },
    { YTX_MEMBERS_UNMUTED, "", MUTED },
  };
  size_t i, j;
  for (i = 0; i < sizeof lists / sizeof *lists; i++) {
    struct room some;
    if (!room_read(&some, news, lists[i].which)) continue;
    for (j = 0; j < some.count; j++)
      print_line(out, time, &some.members[j], lists[i].verb, lists[i].new);
    room_free(&some);
  }
}
