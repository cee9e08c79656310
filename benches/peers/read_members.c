/*
 * Reads the members of an answer, by ytx_members_read() and by jansson in turns:
 *
 *     read_members FILE ROUNDS READS
 *
 * Prints the nanoseconds that a read takes by the one and by the other, a round each line. A read is
 * what a program does that wants to know who is there: all members, each with its number, its room and
 * both of its words, and the release of it all.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "ytx.h"

static char json[1 << 16];

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "read_members: %s\n", what);
  exit(1);
}

/* How many are on line, of those that have all they should have. */
static size_t by_ytx(void) {
  ytx_status status;
  ytx_members *members = ytx_members_read(json, YTX_MEMBERS_ALL, &status);
  size_t count = ytx_members_count(members), online = 0;
  if (members == NULL) fail(ytx_status_name(status));
  for (size_t i = 0; i < count; i++)
    online += *ytx_members_phone(members, i) && *ytx_members_meid(members, i) &&
              ytx_members_muted(members, i) >= 0 && ytx_members_online(members, i) == 1;
  ytx_members_free(members);
  return online;
}

static const char *text(const json_t *member, const char *name) {
  const char *text = json_string_value(json_object_get(member, name));
  if (text == NULL) fail("a member without its texts");
  return text;
}

static size_t by_jansson(void) {
  json_t *answer = json_loads(json, 0, NULL), *members = json_object_get(answer, "statusMsg");
  const char *code = json_string_value(json_object_get(answer, "statusCode"));
  size_t count = json_array_size(members), online = 0;
  if (code == NULL || strcmp(code, "0") != 0 || !json_is_array(members)) fail("no list");
  for (size_t i = 0; i < count; i++) {
    const json_t *member = json_array_get(members, i);
    const char *mute = text(member, "ifmutename");
    int muted = strcmp(mute, "已静音") == 0 ? 1 : strcmp(mute, "未静音") == 0 ? 0 : -1;
    online += *text(member, "phone") && *text(member, "meid") && muted >= 0 &&
              strcmp(text(member, "statusname"), "在线") == 0;
  }
  json_decref(answer);
  return online;
}

static int64_t a_read(size_t (*read)(void), int reads) {
  size_t online = read();
  int64_t before = clock_now(CLOCK_MONOTONIC);
  for (int i = 0; i < reads; i++)
    if (read() != online) fail("another number of members");
  return (clock_now(CLOCK_MONOTONIC) - before) / reads;
}

int main(int argc, char **argv) {
  FILE *file = argc == 4 ? fopen(argv[1], "r") : NULL;
  if (file == NULL) fail("usage: read_members FILE ROUNDS READS");
  if (fread(json, 1, sizeof json - 1, file) == 0) fail("an empty file");
  fclose(file);
  if (by_ytx() != by_jansson() || by_ytx() == 0) fail("they do not agree");
  for (int round = 0; round < atoi(argv[2]); round++)
    printf("%lld %lld\n", (long long)a_read(by_ytx, atoi(argv[3])),
           (long long)a_read(by_jansson, atoi(argv[3])));
  return 0;
}
