#include "conference_info.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_xml(FILE *out, const char *text) {
  for (; *text != '\0'; text++) {
    switch (*text) {
      case '&':
        fputs("&amp;", out);
        break;
      case '<':
        fputs("&lt;", out);
        break;
      case '"':
        fputs("&quot;", out);
        break;
      case '>':
        fputs("&gt;", out);
        break;
      default: /* XML has no way to write control characters */
        putc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
  }
}

/* The middle of a phone is hidden, so several members may show the same one: they are counted. The
   count ends every entity, so that no two are ever the same. */
static void write_user_entity(FILE *out, const ytx_members *members, size_t index,
                              const char *host) {
  const char *phone = ytx_members_phone(members, index), *c;
  size_t i, count = 1;
  for (i = 0; i < index; i++) count += strcmp(ytx_members_phone(members, i), phone) == 0;
  fputs("sip:", out);
  for (c = phone; *c != '\0'; c++) {
    if (isalnum((unsigned char)*c) || strchr("-_.!~*'()", *c) != NULL) putc(*c, out);
    else fprintf(out, "%%%02X", (unsigned char)*c);
  }
  fprintf(out, "-%lu", (unsigned long)count);
  write_xml(out, host);
}

/* NULL: the platform uses a word that is not known. */
static const char *status_of(const ytx_members *members, size_t index) {
  switch (ytx_members_online(members, index)) {
    case 1:
      return ytx_members_muted(members, index) == 1 ? "muted-via-focus" : "connected";
    case 0:
      return "disconnected";
    default:
      return NULL;
  }
}

static void write_user(FILE *out, const ytx_members *members, size_t index, const char *host) {
  const char *status = status_of(members, index);
  fputs("  <user entity=\"", out);
  write_user_entity(out, members, index, host);
  fputs("\">\n   <display-text>", out);
  write_xml(out, ytx_members_phone(members, index));
  fputs("</display-text>\n   <endpoint entity=\"", out);
  write_user_entity(out, members, index, host);
  fputs("\">", out);
  if (status != NULL) fprintf(out, "<status>%s</status>", status);
  fputs("</endpoint>\n  </user>\n", out);
}

static void write_state(FILE *out, const struct room *room, const char *host) {
  size_t i, online = 0, count = ytx_members_count(room->members);
  for (i = 0; i < count; i++) online += ytx_members_online(room->members, i) == 1;
  if (room->lost != YTX_OK) {
    fputs(" <conference-description><free-text>Not up to date: ", out);
    write_xml(out, ytx_status_name(room->lost));
    fputs(". ", out);
    write_xml(out, ytx_status_text(room->lost));
    fputs("</free-text></conference-description>\n", out);
  }
  fprintf(out, " <conference-state><user-count>%lu</user-count></conference-state>\n",
          (unsigned long)online);
  fputs(" <users>\n", out);
  for (i = 0; i < count; i++) write_user(out, room->members, i, host);
  fputs(" </users>\n", out);
}

char *conference_info(const char *entity, unsigned version, const struct room *room) {
  char *document = NULL;
  size_t size;
  FILE *out = room->members != NULL ? open_memstream(&document, &size) : NULL;
  if (out == NULL) return NULL;
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" entity=\"",
        out);
  write_xml(out, entity);
  fprintf(out, "\" state=\"full\" version=\"%u\">\n", version);
  write_state(out, room, strrchr(entity, '@'));
  fputs("</conference-info>\n", out);
  if (fclose(out) == 0) return document;
  free(document);
  return NULL;
}
