/*
 * Once it is loaded the library does not look at the environment: the host may change it on
 * another thread at any moment. This program brings its own getenv, which the library then calls.
 *
 * Arguments: a ca_file; the URL of a server that repeats the confid, and the same by https.
 */
#include "check.h"
#include "system.h"

extern char **environ;

static int looks;

char *getenv(const char *name)
{
  size_t length = strlen(name);
  char **entry;
  __sync_fetch_and_add(&looks, 1);
  for (entry = environ; entry != NULL && *entry != NULL; entry++)
    if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
      return *entry + length + 1;
  return NULL;
}

char *secure_getenv(const char *name)
{
  return getenv(name);
}

/* What another library finds under this name is this program's. */
static void check_that_looks_are_seen(const char *name, char *(*ours)(const char *))
{
  char *(*found)(const char *);
  void *symbol = find_symbol(RTLD_DEFAULT, name);
  memcpy(&found, &symbol, sizeof found);
  CHECK(found == ours);
}

static void nothing_is_looked_at(const char *ca_file, const char *url, const char *https)
{
  const struct report no_tls = { 0, 0, 0, 1, NULL };
  const char *const ca_files[] = { NULL, ca_file };
  int i, before = looks;

  for (i = 0; i < 4; i++) { /* each twice: the first client may be special */
    ytx_options options = options_for(url);
    ytx_status status = -9999;
    ytx_client *plain, *tls;
    char *json;
    options.ca_file = ca_files[i % 2];
    plain = client_with(&options);
    options.base_url = https;
    tls = client_with(&options);
    EXPECT_ECHO(plain, "environment");
    json = ytx_lock_meeting(tls, APPID, "never", YTX_LOCK, &status);
    EXPECT_REPORT(json, status, YTX_E_TLS, no_tls);
    ytx_client_free(plain);
    ytx_client_free(tls);
  }
  CHECK(looks == before);
}

static int done;

static void *change_variables(void *unused)
{
  int number = 0;
  while (!__sync_fetch_and_add(&done, 0)) {
    char name[30];
    snprintf(name, sizeof name, "VARIABLE_%d", number++ % 3000);
    if (number / 3000 % 2 == 0)
      CHECK(setenv(name, "value", 1) == 0);
    else
      CHECK(unsetenv(name) == 0);
  }
  return unused;
}

static void it_may_change(const char *ca_file, const char *url)
{
  ytx_options options = options_for(url);
  pthread_t changing = start_thread(change_variables, NULL);
  int i;
  options.ca_file = ca_file;
  for (i = 0; i < 2000; i++) {
    ytx_client *client = client_with(&options);
    if (i % 20 == 0)
      EXPECT_ECHO(client, "changing");
    ytx_client_free(client);
  }
  __sync_fetch_and_add(&done, 1);
  join_thread(changing);
}

int main(int argc, char **argv)
{
  CHECK(argc == 4);
  check_that_looks_are_seen("getenv", getenv);
  check_that_looks_are_seen("secure_getenv", secure_getenv);
  nothing_is_looked_at(argv[1], argv[2], argv[3]);
  it_may_change(argv[1], argv[2]);
  return 0;
}
