/* What has changed in a room: see changes.h. */

#include "changes.h"

#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "table.h"
#include "text.h"

/* Lists the members of a room that are not just so in the other room, too. Both are sorted. */
static size_t list_others(const struct room *room, const struct room *other,
                          const struct member **list) {
  size_t count = 0, i, j = 0;
  for (i = 0; i < room->count; i++) {
    const struct member *member = &room->members[i];
    while (j < other->count && member_compare(&other->members[j], member) < 0) j++;
    if (j < other->count && member_compare(&other->members[j], member) == 0)
      j++; /* each stands for one */
    else
      list[count++] = member;
  }
  return count;
}

/* Prints what is known of a member; with an old state of it only what is new. */
static void print_line(FILE *out, const char *time, const char *verb, const struct member *old,
                       const struct member *new) {
  fprintf(out, "%s  ", time);
  print_text(out, new->phone, WIDEST);
  fprintf(out, "%s", verb);
  if (old == NULL || strcmp(old->online, new->online) != 0) {
    fprintf(out, "  ");
    print_word(out, new->online);
  }
  if (old == NULL || strcmp(old->muted, new->muted) != 0) {
    fprintf(out, "  ");
    print_word(out, new->muted);
  }
  fprintf(out, "\n");
}

void print_changes(FILE *out, const char *time, const struct room *before,
                   const struct room *after) {
  static const struct room nobody;
  const struct room *first = before != NULL ? before : &nobody;
  const struct member **old = need(malloc((first->count + 1) * sizeof *old));
  const struct member **new = need(malloc((after->count + 1) * sizeof *new));
  size_t olds = list_others(first, after, old), news = list_others(after, first, new);
  size_t i = 0, j = 0;
  if (before == NULL && after->count == 0) fprintf(out, "%s  nobody is here\n", time);
  while (i < olds || j < news) {
    int order = i == olds ? 1 : j == news ? -1 : strcmp(old[i]->phone, new[j]->phone);
    if (order < 0) {
      print_line(out, time, "  left", old[i], old[i]);
      i++;
    } else if (order > 0) {
      print_line(out, time, before != NULL ? "  came" : "  is here", NULL, new[j]);
      j++;
    } else { /* one phone in both, so it has changed */
      print_line(out, time, "", old[i], new[j]);
      i++;
      j++;
    }
  }
  free(old);
  free(new);
}
