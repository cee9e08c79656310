/* Who is in a room. */

#ifndef ROOM_H
#define ROOM_H

#include <stddef.h>

#include "ytx.h"

/* In the platform's words. */
struct member {
  const char *phone, *online, *muted;
};

/* Sorted by phone, so that the platform's order does not matter. The middle of a phone is hidden,
   so two members may have the same. */
struct room {
  struct member *members;
  size_t count;
  ytx_members *list; /* which holds the texts */
};

/* Reads one of YTX_MEMBERS_*. On failure it says why on stderr and returns 0; then nothing is to be
   freed. */
int room_read(struct room *room, const char *json, int32_t which);

void room_free(struct room *room);

int is_online(const struct member *member);

/* What a word of the platform means, or NULL. */
const char *meaning(const char *word);

#endif
