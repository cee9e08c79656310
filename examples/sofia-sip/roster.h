/* Who is in a room, as a text for a caller. */

#ifndef DESK_ROSTER_H
#define DESK_ROSTER_H

/* "2 on line: 131****1314, 189****5326 (muted)", for free(). NULL when the JSON of the platform
   holds no members, or there is no memory. */
char *roster_text(const char *json);

#endif
