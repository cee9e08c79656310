#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "A SIP conference desk for rooms of YTX.\n"
    "\n"
    "Usage: ytx-desk --listen HOST:PORT [options]\n"
    "\n"
    "  --listen HOST:PORT   where calls to sip:ROOM@HOST:PORT come in\n"
    "  --metrics HOST:PORT  serve http://HOST:PORT/metrics\n"
    "  --interval MS        how often a watched room is asked for; 5000 unless told\n"
    "  --timeout MS         how long the platform may take for a key; 3000 unless told\n"
    "  --max-pending N      how many keys may wait for the platform; 1000 unless told\n"
    "  --help               this text\n"
    "\n"
    "A caller presses *5 to lock the room, *6 to unlock it, *7 to be told who is there.\n"
    "The account: YTX_ACCOUNT_SID, YTX_AUTH_TOKEN, YTX_APPID, and YTX_BASE_URL for another\n"
    "platform than the real one.\n";

static void refuse(const char *why, const char *word) {
  fprintf(stderr, "ytx-desk: %s: %s\nTry --help.\n", word, why);
  exit(2);
}

static uint32_t number(const char *option, const char *word) {
  char *end;
  unsigned long value;
  errno = 0;
  value = strtoul(word, &end, 10);
  if (errno != 0 || end == word || *end != '\0' || word[0] == '-' || value > INT32_MAX)
    refuse("it takes a number", option);
  return (uint32_t)value;
}

struct options read_options(int count, char **words) {
  struct options options = { NULL, NULL, 0, 3000, 1000 };
  int i;
  for (i = 1; i < count; i++) {
    const char *option = words[i], *value;
    if (strcmp(option, "--help") == 0) {
      fputs(help, stdout);
      exit(0);
    }
    if (i + 1 == count) refuse("unknown, or its value is missing", option);
    value = words[++i];
    if (strcmp(option, "--listen") == 0) options.listen = value;
    else if (strcmp(option, "--metrics") == 0) options.metrics = value;
    else if (strcmp(option, "--interval") == 0) options.interval_ms = number(option, value);
    else if (strcmp(option, "--timeout") == 0) options.timeout_ms = number(option, value);
    else if (strcmp(option, "--max-pending") == 0) options.max_pending = number(option, value);
    else refuse("unknown", option);
  }
  if (options.listen == NULL) refuse("it is missing", "--listen");
  return options;
}
