/*
 * A program that loads the library when it needs it, and unloads it again, as switches do with
 * their modules.
 *
 * Arguments: the library; the server's URL; the same by the name "localhost", whose look-up runs
 * on a thread of the library.
 */
#include "check.h"

#include <dlfcn.h>

#define ROUNDS 20

static void *resolve(void *library, const char *name)
{
  void *symbol = dlsym(library, name);
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
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_status status = -9999;
  ytx_client *client;
  char confid[50], expected[100];
  char *json;

  if (library == NULL)
    check_failed(__FILE__, __LINE__, path, dlerror());
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
  CHECK(dlclose(library) == 0);
}

int main(int argc, char **argv)
{
  void *library;
  int round;
  CHECK(argc == 4);
  CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL);

  /* Its threads may run its code at any time, so the code stays from the first load on. */
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    check_failed(__FILE__, __LINE__, argv[1], dlerror());
  CHECK(dlclose(library) == 0);
  library = dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD);
  CHECK(library != NULL);
  CHECK(dlclose(library) == 0);

  for (round = 0; round < ROUNDS; round++)
    use(argv[1], argv[2 + round % 2], round);
  return 0;
}
