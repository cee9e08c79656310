#include "members.h"

#include <ctype.h>

size_t members_online(const ytx_members *members) {
  size_t i, online = 0;
  for (i = 0; i < ytx_members_count(members); i++) online += ytx_members_online(members, i) == 1;
  return online;
}

void append_clean(struct ast_str **text, const char *untrusted) {
  for (; *untrusted != '\0'; untrusted++) {
    int good = isalnum((unsigned char)*untrusted) || strchr("*#+-_.@:", *untrusted) != NULL;
    ast_str_append(text, 0, "%c", good ? *untrusted : '?');
  }
}

void members_append(struct ast_str **text, const ytx_members *members, const char *between) {
  const char *first = "";
  size_t i;
  for (i = 0; i < ytx_members_count(members); i++) {
    if (ytx_members_online(members, i) != 1) continue;
    ast_str_append(text, 0, "%s", first);
    append_clean(text, ytx_members_phone(members, i));
    first = between;
  }
}

void members_headers(struct ast_str **text, const ytx_members *members, const char *header) {
  size_t i;
  for (i = 0; i < ytx_members_count(members); i++) {
    ast_str_append(text, 0, "%s: ", header);
    append_clean(text, ytx_members_phone(members, i));
    ast_str_append(text, 0, "\r\n");
  }
}
