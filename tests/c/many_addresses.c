/*
 * A name with many addresses: connecting hangs on all but the last. Its turn comes in time, and
 * what is tried at once does not take all descriptors.
 *
 * This program brings its own getaddrinfo, which the library then calls.
 *
 * Arguments: the URL of a server that repeats the confid; how many addresses hang; how many
 * descriptors this process may have.
 */
#include "check.h"
#include "own_addresses.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define AT_ONCE 16

static int dead;

static struct addrinfo *entry(uint32_t address, struct addrinfo *next)
{
  struct addrinfo *info = calloc(1, sizeof *info);
  struct sockaddr_in *in4 = calloc(1, sizeof *in4);
  CHECK(info != NULL && in4 != NULL);
  in4->sin_family = AF_INET;
  in4->sin_addr.s_addr = htonl(address);
  info->ai_family = AF_INET;
  info->ai_socktype = SOCK_STREAM;
  info->ai_addrlen = sizeof *in4;
  info->ai_addr = (struct sockaddr *)in4;
  info->ai_next = next;
  return info;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
  int i;
  (void)service;
  (void)hints;
  CHECK_TEXT(node, "many.test");
  *result = entry(INADDR_LOOPBACK, NULL);
  for (i = 0; i < dead; i++)
    *result = entry(0x0A090001u + (uint32_t)i, *result); /* 10.9.0.1 and so on */
  return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int done;
static int most_sockets;

static int is_done(void)
{
  int is;
  pthread_mutex_lock(&lock);
  is = done;
  pthread_mutex_unlock(&lock);
  return is;
}

/* Counts the sockets of the process again and again. */
static void *count_sockets(void *folder)
{
  while (!is_done()) {
    struct dirent *found;
    int count = 0;
    rewinddir(folder);
    while ((found = readdir(folder)) != NULL) {
      char to[20] = "";
      CHECK(readlinkat(dirfd(folder), found->d_name, to, sizeof to - 1) < (ssize_t)sizeof to);
      count += strncmp(to, "socket:", 7) == 0;
    }
    if (count > most_sockets)
      most_sockets = count;
    usleep(1000);
  }
  return NULL;
}

int main(int argc, char **argv)
{
  struct rlimit limit;
  ytx_options options;
  ytx_client *client;
  pthread_t counting;
  DIR *folder = opendir("/proc/self/fd");
  int given;

  CHECK(argc == 4 && folder != NULL);
  dead = atoi(argv[2]);
  given = atoi(argv[3]);
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = (rlim_t)given;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  options = options_for(argv[1]);
  options.connect_timeout_ms = 2000;
  client = client_with(&options);
  counting = start_thread(count_sockets, folder);
  EXPECT_ECHO(client, "the last one");
  pthread_mutex_lock(&lock);
  done = 1;
  pthread_mutex_unlock(&lock);
  join_thread(counting);
  CHECK(most_sockets <= AT_ONCE);
  CHECK(most_sockets > (given < 20 ? 1 : AT_ONCE / 2)); /* they were seen at all */
  ytx_client_free(client);
  closedir(folder);
  return 0;
}
