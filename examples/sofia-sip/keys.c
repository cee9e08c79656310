#include "keys.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PATIENCE 3000000000u

static const char name[] = "signal";

/* "Signal=5", with blanks around the "=" where a phone likes them. */
static char key_of_line(const char *line, const char *end) {
  char key;
  if ((size_t)(end - line) < sizeof name || strncasecmp(line, name, sizeof name - 1) != 0) return 0;
  line += sizeof name - 1;
  while (line < end && *line == ' ') line++;
  if (line == end || *line++ != '=') return 0;
  while (line < end && *line == ' ') line++;
  if (line == end) return 0;
  key = *line++;
  while (line < end && isspace((unsigned char)*line)) line++;
  return line == end && key != '\0' && strchr("0123456789*#ABCDabcd", key) != NULL ? key : 0;
}

char key_read(const char *body, size_t length) {
  const char *end = body + length, *line;
  for (line = body; line < end;) {
    const char *feed = memchr(line, '\n', (size_t)(end - line));
    const char *stop = feed != NULL ? feed : end;
    char key = key_of_line(line, stop);
    if (key != 0) return key;
    line = feed != NULL ? feed + 1 : end;
  }
  return 0;
}

char keys_press(struct keys *keys, char key, uint64_t now) {
  int in_time = keys->starred && now - keys->since <= PATIENCE;
  keys->starred = key == '*';
  keys->since = now;
  return in_time && isdigit((unsigned char)key) ? key : 0;
}
