/*
 * A host with KILOBYTES of thread-local storage, which glibc takes from the stack of each thread,
 * calls by name.
 *
 * Argument: the URL of a server that repeats the confid.
 */
#include "check.h"

static __thread volatile char storage[KILOBYTES * 1024 + 1];

int main(int argc, char **argv)
{
  ytx_client *client;
  CHECK(argc == 2);
  storage[sizeof storage - 1] = 1;
  client = client_for(argv[1]);
  EXPECT_ECHO(client, "by name");
  ytx_client_free(client);
  return 0;
}
