/*
 * A program that loads the library when it needs it, and unloads it again, as switches do with
 * their modules.
 *
 * Arguments: the library; the server's URL; the same by the name "localhost", whose look-up runs
 * on a thread of the library.
 */
#include "check.h"
#include "system.h"

#define ROUNDS 20

static void *resolve(void *library, const char *name)
{
  void *symbol = find_symbol(library, name);
  if (symbol == NULL)
    check_failed(__FILE__, __LINE__, name, "cannot be resolved");
  return symbol;
}

/* C has no cast from an object's pointer to a function's; POSIX has this. */
#define RESOLVE(library, function, name) (*(void **)&function = resolve(library, name))

static void use(const char *path, const char *url, int round)
{
  ytx_client *(*new_client)(const char *, const char *, const ytx_options *, ytx_status *);
  char *(*lock_meeting)(const ytx_client *, const char *, const char *, int32_t, ytx_status *);
  void (*string_free)(char *);
  void (*client_free)(ytx_client *);
  const char *(*version)(void);
  void *library = open_library(path);
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_status status = -9999;
  ytx_client *client;
  char confid[50], expected[100];
  char *json;

  if (library == NULL)
    check_failed(__FILE__, __LINE__, path, "cannot be loaded");
  RESOLVE(library, new_client, "ytx_client_new");
  RESOLVE(library, lock_meeting, "ytx_lock_meeting");
  RESOLVE(library, string_free, "ytx_string_free");
  RESOLVE(library, client_free, "ytx_client_free");
  RESOLVE(library, version, "ytx_version");
  CHECK_TEXT(version(), YTX_VERSION);

  options.base_url = url;
  client = new_client(SID, TOKEN, &options, &status);
  CHECK(status == YTX_OK);
  snprintf(confid, sizeof confid, "round %d", round);
  snprintf(expected, sizeof expected, "{\"statusCode\":\"0\",\"echo\":\"%s\"}", confid);
  json = lock_meeting(client, APPID, confid, YTX_LOCK, &status);
  CHECK_TEXT(json, expected);
  CHECK(status == YTX_OK);
  string_free(json);
  if (round % 4 != 3) /* a client left behind is forgotten, no more */
    client_free(client);
  CHECK(close_library(library));
}

/* Its threads may run its code at any time, so the code stays when nobody holds it any more. */
static int stays_loaded(const char *path)
{
  void *library = find_library(path);
  return library != NULL && close_library(library);
}

int main(int argc, char **argv)
{
  void *library;
  int round;
  CHECK(argc == 4);
  CHECK(find_library(argv[1]) == NULL);

  library = open_library(argv[1]);
  if (library == NULL)
    check_failed(__FILE__, __LINE__, argv[1], "cannot be loaded");
  CHECK(close_library(library));
#ifndef _WIN32 /* there from the first client on */
  CHECK(stays_loaded(argv[1]));
#endif

  for (round = 0; round < ROUNDS; round++) {
    use(argv[1], argv[2 + round % 2], round);
    CHECK(stays_loaded(argv[1]));
  }
  return 0;
}
