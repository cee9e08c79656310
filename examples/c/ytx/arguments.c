/* What the user asks for: see arguments.h. */

#define _XOPEN_SOURCE 700

#include "arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"

static const char help[] =
    "Locks and unlocks a YTX conference room, shows who is in it, and finds out why that fails.\n"
    "\n"
    "  ytx [OPTION]... lock ROOM      nobody else can join\n"
    "  ytx [OPTION]... unlock ROOM    members can join\n"
    "  ytx [OPTION]... state ROOM     shows the members as a table\n"
    "  ytx [OPTION]... watch ROOM     shows who comes, leaves, is muted; Ctrl-C ends it\n"
    "  ytx [OPTION]... doctor [ROOM]  tries the way to the platform step by step, and says what to do\n"
    "\n"
    "  --account FILE  the account is in this file, which only its owner may read\n"
    "  --app APPID     the application, in place of YTX_APPID\n"
    "  --url URL       where the platform is, in place of YTX_BASE_URL\n"
    "  --ca-file FILE  certificates to trust, in place of YTX_CA_FILE\n"
    "  --source-address IP\n"
    "                  the address of this machine to call from\n"
    "  --timeout S     how long a call may take; 15 seconds unless told\n"
    "  --json          lock, unlock, state: the answer as it came\n"
    "  --interval S    watch: how often to ask; every 5 seconds unless told\n"
    "  --help          this text\n"
    "  --version       the versions of the library and of its header\n"
    "\n"
    "The account comes from the environment, or from lines like NAME=VALUE in a file:\n"
    "\n"
    "  YTX_ACCOUNT_SID, YTX_AUTH_TOKEN    what the platform's console shows\n"
    "  YTX_APPID                          an application with the conference feature\n"
    "  YTX_BASE_URL                       " YTX_PRODUCTION_URL " unless set\n"
    "  YTX_CA_FILE                        for a gateway with a certificate of your own\n"
    "  YTX_PROXY                          http://[user:password@]host:port\n"
    "  YTX_ACCOUNT_FILE                   the file, as --account\n"
    "\n"
    "It ends with\n"
    "\n"
    "  0    when all went well\n"
    "  1    when the platform refused\n"
    "  2    when the command, or a value in it, was wrong; nothing was sent\n"
    "  3    when there was no answer, or the platform is busy: trying again may help\n"
    "  4    when there was no usable answer, and trying again does not help\n"
    "  10 and above by doctor: a code for each step that may fail; see the manual, ytx(1)\n"
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

/* All that is missing is told at once. */
static void see_complete(const struct account *account) {
  static const char *const what[] = { "the account's SID", "the account's auth token",
                                      "an application's ID; --app gives it too" };
  size_t i, missing = 0;
  for (i = ACCOUNT_SID; i <= APPID; i++) {
    if (account->values[i] != NULL) continue;
    fprintf(stderr, "ytx: %s is not set: %s\n", setting_names[i], what[i]);
    missing++;
  }
  if (missing == 0) return;
  if (account->file != NULL)
    fprintf(stderr, "ytx: set it in %s, or in the environment\n", account->file);
  else
    fprintf(stderr, "ytx: set it in the environment, or in a file that --account names\n");
  exit(END_USAGE);
}

/* What the command line says goes before all else; an empty value is refused by the library. */
static void override(struct account *account, enum setting setting, const char *value) {
  if (value == NULL) return;
  account->values[setting] = value;
  account->from[setting] = "the command line";
}

static enum action read_action(const char *word) {
  if (strcmp(word, "lock") == 0) return LOCK;
  if (strcmp(word, "unlock") == 0) return UNLOCK;
  if (strcmp(word, "state") == 0) return STATE;
  if (strcmp(word, "watch") == 0) return WATCH;
  if (strcmp(word, "doctor") != 0)
    wrong_usage("the actions are lock, unlock, state, watch and doctor");
  return DOCTOR;
}

struct arguments read_arguments(int count, char **words) {
  enum { ACCOUNT = 1, APP, URL, CA, SOURCE, TIMEOUT, JSON, INTERVAL, HELP, VERSION };
  static const struct option options[] = {
    { "account", required_argument, NULL, ACCOUNT },
    { "app", required_argument, NULL, APP },
    { "url", required_argument, NULL, URL },
    { "ca-file", required_argument, NULL, CA },
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
  const char *file = getenv("YTX_ACCOUNT_FILE"), *app = NULL, *url = NULL, *ca_file = NULL;
  int option, paced = 0;
  memset(&arguments, 0, sizeof arguments);
  arguments.options = defaults;
  arguments.interval = 5;
  while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
    switch (option) {
      case ACCOUNT: file = optarg; break;
      case APP: app = optarg; break;
      case URL: url = optarg; break;
      case CA: ca_file = optarg; break;
      case SOURCE: arguments.options.source_address = optarg; break;
      case TIMEOUT: arguments.options.timeout_ms = read_seconds("timeout", optarg) * 1000; break;
      case JSON: arguments.json = 1; break;
      case INTERVAL: arguments.interval = read_seconds("interval", optarg), paced = 1; break;
      case HELP: fputs(help, stdout); exit(0);
      case VERSION: printf("ytx.h %s\nlibytx %s\n", YTX_VERSION, ytx_version()); exit(0);
      default: fprintf(stderr, "Try 'ytx --help'.\n"); exit(END_USAGE);
    }
  }
  if (count == optind) wrong_usage("it takes an action and a room");
  arguments.action = read_action(words[optind]);
  if (count - optind != 2 && (arguments.action != DOCTOR || count - optind != 1))
    wrong_usage("it takes an action and a room");
  arguments.room = words[optind + 1]; /* NULL at the end of them */
  if (arguments.json && (arguments.action == WATCH || arguments.action == DOCTOR))
    wrong_usage("--json is not for watch and doctor");
  if (arguments.action != WATCH && paced) wrong_usage("--interval is for watch only");
  account_read(&arguments.account, file != NULL && *file != '\0' ? file : NULL);
  override(&arguments.account, APPID, app);
  override(&arguments.account, BASE_URL, url);
  override(&arguments.account, CA_FILE, ca_file);
  see_complete(&arguments.account);
  arguments.app = arguments.account.values[APPID];
  arguments.options.base_url = arguments.account.values[BASE_URL];
  arguments.options.ca_file = arguments.account.values[CA_FILE];
  arguments.options.proxy = arguments.account.values[PROXY];
  return arguments;
}
