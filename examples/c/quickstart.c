/*
 * Locks a conference room, shows who is in it, unlocks it; then shows what a refusal and a local
 * error look like.
 *
 * `cargo run --example quickstart` runs this against the local sandbox. By hand, at the root of
 * the repository:
 *
 *     cargo rustc --release --features capi --crate-type cdylib
 *     cc -std=c99 examples/c/quickstart.c -Iinclude -Ltarget/release -lytx \
 *        -Wl,-rpath,"$PWD/target/release" -o target/quickstart
 *     target/quickstart
 *
 * It says which environment variables it needs; `cargo run -p ytx-sandbox` prints a set of them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ytx.h"

/* --- A small reader of JSON, enough for the members of a room --------------------------------
 *
 * Its limits: it trusts the library that the text is JSON (what isn't makes it stop early, never
 * read beyond the end), cuts strings off at the size of the buffer, and shows control characters
 * and characters beyond U+FFFF written as escapes as '?'. In a program of your own use
 * jansson, as members.c does.
 */

static const char *skip_space(const char *p) {
  return p + strspn(p, " \t\r\n");
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Writes one character as UTF-8 and returns how many bytes that took. */
static size_t put_utf8(unsigned code, char out[3]) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xC0 | (code >> 6));
    out[1] = (char)(0x80 | (code & 0x3F));
    return 2;
  }
  out[0] = (char)(0xE0 | (code >> 12));
  out[1] = (char)(0x80 | ((code >> 6) & 0x3F));
  out[2] = (char)(0x80 | (code & 0x3F));
  return 3;
}

/* Reads what follows a backslash into *code. Returns what comes after it, or NULL. */
static const char *read_escape(const char *p, unsigned *code) {
  int i;
  if (*p != 'u') {
    *code = *p == '"' || *p == '\\' || *p == '/' ? (unsigned char)*p : '?';
    return *p == '\0' ? NULL : p + 1;
  }
  *code = 0;
  for (i = 1; i <= 4; i++) {
    int digit = hex_digit(p[i]); /* the end of the text is no digit either */
    if (digit < 0) return NULL;
    *code = *code * 16 + (unsigned)digit;
  }
  if (*code < 0x20 || *code == 0x7F || (*code >= 0x80 && *code < 0xA0) ||
      (*code >= 0xD800 && *code < 0xE000))
    *code = '?';
  return p + 5;
}

/* How many bytes the character at p has, going by its first one. */
static size_t utf8_length(const char *p) {
  unsigned char first = (unsigned char)*p;
  size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  size_t i;
  for (i = 1; i < length; i++)
    if (((unsigned char)p[i] & 0xC0) != 0x80) return i;
  return length;
}

/*
 * Reads the string at p, which is its opening quote, into out; out may be NULL with size 0.
 * Returns what comes after the closing quote, or NULL.
 */
static const char *read_string(const char *p, char *out, size_t size) {
  size_t used = 0;
  int full = 0;
  if (*p != '"') return NULL;
  p++;
  while (*p != '"') {
    char escaped[3];
    const char *from = p;
    size_t length;
    if (*p == '\0') return NULL;
    if (*p == '\\') {
      unsigned code;
      p = read_escape(p + 1, &code);
      if (p == NULL) return NULL;
      from = escaped;
      length = put_utf8(code, escaped);
    } else {
      length = utf8_length(p);
      p += length;
    }
    full = full || used + length >= size;
    if (!full) {
      memcpy(out + used, from, length);
      used += length;
    }
  }
  if (size > 0) out[used] = '\0';
  return p + 1;
}

/* Steps over one value of any kind. Returns what comes after it, or NULL. */
static const char *skip_value(const char *p) {
  size_t depth = 0;
  do {
    p = skip_space(p);
    if (*p == '"') {
      p = read_string(p, NULL, 0);
      if (p == NULL) return NULL;
    } else if (*p == '{' || *p == '[') {
      depth++;
      p++;
    } else if (*p == '\0' || depth == 0) {
      size_t length = strcspn(p, ",:{}[]\" \t\r\n"); /* a number, true, false or null */
      return length > 0 ? p + length : NULL;
    } else {
      if (*p == '}' || *p == ']') depth--;
      p++;
    }
  } while (depth > 0);
  return p;
}

/* Finds the value of a key in the object at p; NULL when it isn't there. */
static const char *find(const char *p, const char *key) {
  char name[32];
  p = skip_space(p);
  if (*p != '{') return NULL;
  p = skip_space(p + 1);
  while (*p == '"') {
    p = read_string(p, name, sizeof name);
    if (p == NULL) return NULL;
    p = skip_space(p);
    if (*p != ':') return NULL;
    p = skip_space(p + 1);
    if (strcmp(name, key) == 0) return p;
    p = skip_value(p);
    if (p == NULL) return NULL;
    p = skip_space(p);
    if (*p == ',') p = skip_space(p + 1);
  }
  return NULL;
}

/* Reads a field that is a string; anything else becomes "". */
static void read_field(const char *object, const char *key, char *out, size_t size) {
  const char *value = find(object, key);
  if (value == NULL || read_string(value, out, size) == NULL) out[0] = '\0';
}

/* --- A table that lines up ---------------------------------------------------------------- */

/* How many columns a terminal gives a text: Chinese characters take two. */
static int display_width(const char *p) {
  int width = 0;
  while (*p != '\0') {
    size_t length = utf8_length(p);
    int wide = length == 4;
    if (length == 3) {
      int code = (p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F);
      wide = (code >= 0x2E80 && code <= 0xA4CF) || (code >= 0xAC00 && code <= 0xD7A3) ||
             (code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFF00 && code <= 0xFF60);
    }
    width += wide ? 2 : 1;
    p += length;
  }
  return width;
}

/* Prints a text and fills the columns it leaves. */
static void print_cell(const char *text, int columns) {
  int fill = columns - display_width(text);
  printf("%s%*s", text, fill > 0 ? fill : 0, "");
}

/* Prints one of the platform's words with what it means before it. */
static void print_word(const char *word, const char *yes, const char *no, int columns) {
  const char *meaning = strcmp(word, yes) == 0 ? "yes" : strcmp(word, no) == 0 ? "no" : "?";
  printf(" %-3s ", meaning);
  print_cell(word, columns);
}

/* Prints the members in an answer to ytx_meeting_state(). Returns 1 when it holds no list. */
static int print_members(const char *json) {
  const char *p = find(json, "statusMsg");
  int count = 0;
  if (p == NULL || *p != '[') {
    printf("   The answer holds no list of members.\n");
    return 1;
  }
  printf("   %-15s %-13s %s\n", "phone", "online", "muted");
  p = skip_space(p + 1);
  while (*p == '{') {
    char phone[64], online[64], muted[64];
    read_field(p, "phone", phone, sizeof phone);
    read_field(p, "statusname", online, sizeof online);
    read_field(p, "ifmutename", muted, sizeof muted);
    printf("   ");
    print_cell(phone, 15);
    print_word(online, "在线", "不在线", 8);
    print_word(muted, "已静音", "未静音", 0);
    printf("\n");
    count++;
    p = skip_value(p);
    if (p == NULL) break;
    p = skip_space(p);
    if (*p == ',') p = skip_space(p + 1);
  }
  printf("   %d in the room\n", count);
  return 0;
}

/* --- The calls ---------------------------------------------------------------------------- */

/* Prints how a call ended. */
static void report(ytx_status status, const char *json) {
  printf("   %s (%d): %s\n", ytx_status_name(status), (int)status, ytx_status_text(status));
  printf("   %s\n", json != NULL ? json : "(no memory for the answer)");
}

static int set_lock(const ytx_client *client, const char *appid, const char *confid,
                    int32_t lackstate) {
  ytx_status status;
  char *json = ytx_lock_meeting(client, appid, confid, lackstate, &status);
  report(status, json);
  ytx_string_free(json);
  return status != YTX_OK;
}

static int show_members(const ytx_client *client, const char *appid, const char *confid) {
  ytx_status status;
  int failed = 1;
  char *json = ytx_meeting_state(client, appid, confid, &status);
  if (status == YTX_OK && json != NULL)
    failed = print_members(json);
  else
    report(status, json);
  ytx_string_free(json);
  return failed;
}

/* The platform says no: the status is its own code, and the text says what can be done. */
static int show_refusal(const ytx_client *client, const char *confid) {
  ytx_status status;
  char *json = ytx_meeting_state(client, "an-appid-of-nobody", confid, &status);
  report(status, json);
  ytx_string_free(json);
  return status != YTX_APP_CHECK_FAILED;
}

/* Nobody listens on port 1: the status is the library's own, and "sent" in the JSON is false. */
static int show_local_error(const char *sid, const char *token, const char *appid,
                            const char *confid) {
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_client *client;
  ytx_status status;
  char *json;
  options.base_url = "http://127.0.0.1:1";
  client = ytx_client_new(sid, token, &options, &status);
  json = ytx_meeting_state(client, appid, confid, &status);
  report(status, json);
  printf("   Worth trying again? %s.\n", ytx_status_is_retryable(status) ? "Yes, later" : "No");
  ytx_string_free(json);
  ytx_client_free(client);
  return status != YTX_E_CONNECT;
}

/* Reads an environment variable, and says so when it is missing. */
static const char *need(const char *name, const char *what, int *missing) {
  const char *value = getenv(name);
  if (value != NULL && *value != '\0') return value;
  fprintf(stderr, "quickstart: set %s to %s.\n", name, what);
  *missing = 1;
  return "";
}

int main(void) {
  int missing = 0, failed = 0;
  const char *url = need("YTX_BASE_URL", "the platform, such as " YTX_SANDBOX_URL, &missing);
  const char *sid = need("YTX_ACCOUNT_SID", "the account's SID", &missing);
  const char *token = need("YTX_AUTH_TOKEN", "the account's auth token", &missing);
  const char *appid = need("YTX_APPID", "an application with the conference feature", &missing);
  const char *confid = need("YTX_CONFID", "a room, which is locked for a moment", &missing);
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_client *client;
  ytx_status status;

  if (missing) {
    fprintf(stderr, "`cargo run -p ytx-sandbox` starts a local platform and prints them all.\n");
    return 2;
  }

  options.base_url = url;
  options.timeout_ms = 10000;
  client = ytx_client_new(sid, token, &options, &status);
  if (client == NULL) {
    fprintf(stderr, "quickstart: %s\n", ytx_status_text(status));
    return 1;
  }

  printf("libytx %s\n\n1. Lock room %s\n", ytx_version(), confid);
  if (set_lock(client, appid, confid, YTX_LOCK) == 0) {
    printf("\n2. Who is in room %s\n", confid);
    failed |= show_members(client, appid, confid);
    printf("\n3. Unlock room %s\n", confid);
    failed |= set_lock(client, appid, confid, YTX_UNLOCK);
    printf("\n4. A refusal: an appid that isn't ours\n");
    failed |= show_refusal(client, confid);
    printf("\n5. A local error: a port nobody listens on\n");
    failed |= show_local_error(sid, token, appid, confid);
  } else {
    failed = 1;
  }
  ytx_client_free(client);
  printf("\n%s\n", failed ? "Not everything went as it should." : "All as it should be.");
  return failed;
}
