/* Values of the library's JSON: see answer.h. */

#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "outcome.h"

static const char *skip_space(const char *at) {
  return at + strspn(at, " \t\r\n");
}

/* From the opening quote to behind the closing one. */
static const char *skip_text(const char *at) {
  for (at++; *at != '"' && *at != '\0'; at++)
    if (*at == '\\' && at[1] != '\0') at++;
  return *at == '"' ? at + 1 : at;
}

static const char *skip_value(const char *at) {
  size_t depth = 0;
  do {
    if (*at == '"') {
      at = skip_text(at);
      continue;
    }
    if (*at == '{' || *at == '[') depth++;
    if (*at == '}' || *at == ']') {
      if (depth == 0) return at;
      depth--;
    }
    if (depth == 0 && *at == ',') return at;
    if (*at != '\0') at++;
  } while (*at != '\0');
  return at;
}

/* The last one counts, as for the library. */
const char *answer_member(const char *json, const char *name) {
  const char *at = json != NULL ? skip_space(json) : "", *found = NULL;
  size_t length = strlen(name);
  if (*at != '{') return NULL;
  do {
    const char *key = skip_space(at + 1), *end;
    if (*key != '"') return found;
    end = skip_text(key);
    at = skip_space(end);
    if (*at != ':') return found;
    at = skip_space(at + 1);
    if ((size_t)(end - key) == length + 2 && memcmp(key + 1, name, length) == 0) found = at;
    at = skip_value(at);
  } while (*at == ',');
  return found;
}

/* Four hexadecimal digits; anything beyond a character when they are none. */
static unsigned long read_unit(const char *at) {
  char digits[5] = "";
  strncat(digits, at, 4);
  return strspn(digits, "0123456789abcdefABCDEF") == 4 ? strtoul(digits, NULL, 16) : 0x110000;
}

/* Reads what follows "\u", and the second half of a pair. Returns where it ends. */
static const char *read_escaped(const char *at, char **out) {
  unsigned long code = read_unit(at), low;
  char *to = *out;
  at += code < 0x110000 ? 4 : 0;
  if (code >= 0xd800 && code < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
    low = read_unit(at + 2);
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
  }
  if (code == 0 || (code >= 0xd800 && code < 0xe000) || code >= 0x110000) code = '?';
  if (code < 0x80) {
    *to++ = (char)code;
  } else {
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };
    *to++ = (char)(first[more] | (code >> (6 * more)));
    while (more-- > 0) *to++ = (char)(0x80 | ((code >> (6 * more)) & 0x3f));
  }
  *out = to;
  return at;
}

char *answer_text(const char *value) {
  static const char escapes[] = "bfnrt", meant[] = "\b\f\n\r\t";
  const char *at, *end, *escape;
  char *text, *out;
  if (value == NULL || *value != '"') return NULL;
  end = skip_text(value);
  /* Nothing gets longer: six bytes of "\u..." are three at most. */
  text = out = need(malloc((size_t)(end - value) + 1));
  for (at = value + 1; at < end && *at != '"';) {
    if (*at != '\\' || at[1] == '\0') {
      *out++ = *at++;
    } else if (at[1] == 'u') {
      at = read_escaped(at + 2, &out);
    } else {
      escape = strchr(escapes, at[1]);
      *out++ = escape != NULL ? meant[escape - escapes] : at[1];
      at += 2;
    }
  }
  *out = '\0';
  return text;
}

int answer_is_true(const char *value) {
  return value != NULL && strncmp(value, "true", 4) == 0;
}
