/* Who is in a room, as an answer to ytx_meeting_state() says. */

#ifndef ROOM_H
#define ROOM_H

#include <jansson.h>
#include <stddef.h>

/* In the platform's words; "?" for what is missing or no string. */
struct member {
  const char *phone, *online, *muted;
};

/* Sorted by phone, so that the platform's order does not matter. The middle of a phone is hidden,
   so two members may have the same. */
struct room {
  struct member *members;
  size_t count;
  json_t *answer; /* which holds the texts */
};

/* Reads an answer. On failure it says why on stderr and returns 0; then nothing is to be freed. */
int room_read(struct room *room, const char *json);

void room_free(struct room *room);

/* Sorts by phone first. 0 when all of the two is the same. */
int member_compare(const struct member *a, const struct member *b);

/* What a word of the platform means, or NULL. */
const char *meaning(const char *word);

#endif
