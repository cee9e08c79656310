#include "roster.h"

#include <stdio.h>
#include <stdlib.h>

#include "ytx.h"

/* Control characters, of which the phone may think anything, become blanks. */
static void write_text(FILE *out, const char *text) {
  for (; *text != '\0'; text++)
    putc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
}

static void write_members(FILE *out, const ytx_members *members) {
  const char *before = ": ";
  size_t i, online = 0;
  for (i = 0; i < ytx_members_count(members); i++)
    online += ytx_members_online(members, i) == 1;
  fprintf(out, "%lu on line", (unsigned long)online);
  for (i = 0; i < ytx_members_count(members); i++) {
    if (ytx_members_online(members, i) != 1) continue;
    fputs(before, out);
    write_text(out, ytx_members_phone(members, i));
    if (ytx_members_muted(members, i) == 1) fputs(" (muted)", out);
    before = ", ";
  }
}

char *roster_text(const char *json) {
  ytx_members *members = ytx_members_read(json, YTX_MEMBERS_ALL, NULL);
  char *text = NULL;
  size_t size;
  FILE *out = members != NULL ? open_memstream(&text, &size) : NULL;
  if (out != NULL) {
    write_members(out, members);
    if (fclose(out) != 0) {
      free(text);
      text = NULL;
    }
  }
  ytx_members_free(members);
  return text;
}
