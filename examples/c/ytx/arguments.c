/* What the user asks for: see arguments.h. */

#define _XOPEN_SOURCE 700

#include "arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"

static const char help[] =
    "Locks and unlocks a YTX conference room, and shows who is in it.\n"
    "\n"
    "  ytx [OPTION]... lock ROOM      nobody else can join\n"
    "  ytx [OPTION]... unlock ROOM    members can join\n"
    "  ytx [OPTION]... state ROOM     shows the members as a table\n"
    "  ytx [OPTION]... watch ROOM     shows who comes, leaves, is muted; Ctrl-C ends it\n"
    "\n"
    "  --app APPID     the application, in place of YTX_APPID\n"
    "  --url URL       where the platform is, in place of YTX_BASE_URL\n"
    "  --source-address IP\n"
    "                  the address of this machine to call from\n"
    "  --timeout S     how long a call may take; 15 seconds unless told\n"
    "  --json          lock, unlock, state: the answer as it came\n"
    "  --interval S    watch: how often to ask; every 5 seconds unless told\n"
    "  --help          this text\n"
    "  --version       the versions of the library and of its header\n"
    "\n"
    "The account comes from the environment:\n"
    "\n"
    "  YTX_ACCOUNT_SID, YTX_AUTH_TOKEN    what the platform's console shows\n"
    "  YTX_APPID                          an application with the conference feature\n"
    "  YTX_BASE_URL                       " YTX_PRODUCTION_URL " unless set\n"
    "\n"
    "It ends with\n"
    "\n"
    "  0    when all went well\n"
    "  1    when the platform refused\n"
    "  2    when the command, or a value in it, was wrong; nothing was sent\n"
    "  3    when there was no answer, or the platform is busy: trying again may help\n"
    "  4    when there was no usable answer, and trying again does not help\n"
    "  130  at Ctrl-C (as a shell sees the end by a signal)\n";

static void wrong_usage(const char *what) {
  fprintf(stderr, "ytx: %s\nTry 'ytx --help'.\n", what);
  exit(END_USAGE);
}

static unsigned read_seconds(const char *option, const char *text) {
  char *end;
  unsigned long seconds = strtoul(text, &end, 10);
  if (strspn(text, "0123456789") == 0 || *end != '\0' || seconds < 1 || seconds > 3600) {
    fprintf(stderr, "ytx: --%s takes whole seconds from 1 to 3600\n", option);
    exit(END_USAGE);
  }
  return (unsigned)seconds;
}

/* What is empty counts as not set. */
static const char *from_environment(const char *name) {
  const char *value = getenv(name);
  return value != NULL && *value != '\0' ? value : NULL;
}

static enum action read_action(const char *word) {
  if (strcmp(word, "lock") == 0) return LOCK;
  if (strcmp(word, "unlock") == 0) return UNLOCK;
  if (strcmp(word, "state") == 0) return STATE;
  if (strcmp(word, "watch") != 0) wrong_usage("the actions are lock, unlock, state and watch");
  return WATCH;
}

struct arguments read_arguments(int count, char **words) {
  enum { APP = 1, URL, SOURCE, TIMEOUT, JSON, INTERVAL, HELP, VERSION };
  static const struct option options[] = {
    { "app", required_argument, NULL, APP },
    { "url", required_argument, NULL, URL },
    { "source-address", required_argument, NULL, SOURCE },
    { "timeout", required_argument, NULL, TIMEOUT },
    { "json", no_argument, NULL, JSON },
    { "interval", required_argument, NULL, INTERVAL },
    { "help", no_argument, NULL, HELP },
    { "version", no_argument, NULL, VERSION },
    { NULL, 0, NULL, 0 },
  };
  const ytx_options defaults = YTX_OPTIONS_INIT;
  struct arguments arguments;
  int option, paced = 0;
  memset(&arguments, 0, sizeof arguments);
  arguments.options = defaults;
  arguments.options.base_url = from_environment("YTX_BASE_URL");
  arguments.sid = from_environment("YTX_ACCOUNT_SID");
  arguments.token = from_environment("YTX_AUTH_TOKEN");
  arguments.app = from_environment("YTX_APPID");
  arguments.interval = 5;
  while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
    switch (option) {
      case APP: arguments.app = optarg; break;
      case URL: arguments.options.base_url = optarg; break;
      case SOURCE: arguments.options.source_address = optarg; break;
      case TIMEOUT: arguments.options.timeout_ms = read_seconds("timeout", optarg) * 1000; break;
      case JSON: arguments.json = 1; break;
      case INTERVAL: arguments.interval = read_seconds("interval", optarg), paced = 1; break;
      case HELP: fputs(help, stdout); exit(0);
      case VERSION: printf("ytx.h %s\nlibytx %s\n", YTX_VERSION, ytx_version()); exit(0);
      default: fprintf(stderr, "Try 'ytx --help'.\n"); exit(END_USAGE);
    }
  }
  if (count - optind != 2) wrong_usage("it takes an action and a room");
  arguments.action = read_action(words[optind]);
  arguments.room = words[optind + 1];
  if (arguments.action == WATCH && arguments.json) wrong_usage("--json is not for watch");
  if (arguments.action != WATCH && paced) wrong_usage("--interval is for watch only");
  if (arguments.sid == NULL) wrong_usage("set YTX_ACCOUNT_SID to the account's SID");
  if (arguments.token == NULL) wrong_usage("set YTX_AUTH_TOKEN to the account's auth token");
  if (arguments.app == NULL) wrong_usage("set YTX_APPID, or give --app");
  return arguments;
}
