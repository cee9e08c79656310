/*
 * Names and addresses: the deadline and a cancel hold while a name is looked up; every address of
 * a name is tried; few threads look names up.
 *
 * This program brings its own getaddrinfo, which the library then calls: names ending in .test are
 * answered as the tests want it.
 *
 * Arguments: the port of a server on 127.0.0.1 that repeats the confid; on 127.0.0.2 a connect to
 * it hangs.
 */
#include "check.h"
#include "own_addresses.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define CALLERS 12

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int released, stuck, moves;

static struct addrinfo *numeric(const char *address, const char *service, struct addrinfo *next)
{
  struct addrinfo *info = calloc(1, sizeof *info);
  CHECK(info != NULL);
  info->ai_socktype = SOCK_STREAM;
  info->ai_next = next;
  if (strchr(address, ':') != NULL) {
    struct sockaddr_in6 *in6 = calloc(1, sizeof *in6);
    CHECK(in6 != NULL && inet_pton(AF_INET6, address, &in6->sin6_addr) == 1);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons((uint16_t)atoi(service == NULL ? "0" : service));
    info->ai_family = AF_INET6;
    info->ai_addrlen = sizeof *in6;
    info->ai_addr = (struct sockaddr *)in6;
  } else {
    struct sockaddr_in *in4 = calloc(1, sizeof *in4);
    CHECK(in4 != NULL && inet_pton(AF_INET, address, &in4->sin_addr) == 1);
    in4->sin_family = AF_INET;
    in4->sin_port = htons((uint16_t)atoi(service == NULL ? "0" : service));
    info->ai_family = AF_INET;
    info->ai_addrlen = sizeof *in4;
    info->ai_addr = (struct sockaddr *)in4;
  }
  return info;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
  (void)hints;
  if (strcmp(node, "stuck.test") == 0) {
    pthread_mutex_lock(&lock);
    stuck++;
    pthread_cond_broadcast(&changed);
    while (!released)
      pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    *result = numeric("127.0.0.1", service, NULL);
  } else if (strncmp(node, "stuck", 5) == 0)
    return getaddrinfo("stuck.test", service, hints, result);
  else if (strcmp(node, "two.test") == 0)
    *result = numeric("::1", service, numeric("127.0.0.1", service, NULL));
  else if (strcmp(node, "many.test") == 0) {
    /* Nobody listens on the first twenty. */
    int i;
    *result = numeric("127.0.0.1", service, NULL);
    for (i = 0; i < 20; i++)
      *result = numeric("127.0.0.9", service, *result);
  } else if (strcmp(node, "hole.test") == 0)
    *result = numeric("127.0.0.2", service, numeric("127.0.0.1", service, NULL));
  else if (strcmp(node, "moves.test") == 0)
    *result = numeric(moves++ == 0 ? "127.0.0.9" : "127.0.0.1", service, NULL);
  else
    return EAI_NONAME;
  return 0;
}

static ytx_client *client_of(const char *host, int port, uint32_t connect_timeout_ms)
{
  char url[100];
  ytx_options options;
  snprintf(url, sizeof url, "http://%s:%d", host, port);
  options = options_for(url);
  options.connect_timeout_ms = connect_timeout_ms;
  return client_with(&options);
}

static void expect_status(const ytx_client *client, ytx_status expected, const char *words)
{
  struct report report = { 0, 0, 0, 1, NULL };
  ytx_status status = -9999;
  char *json = ytx_meeting_state(client, APPID, "never", &status);
  report.retryable = ytx_status_is_retryable(expected);
  report.words = words;
  EXPECT_REPORT(json, status, expected, report);
}

static void every_address_is_tried(int port)
{
  ytx_client *two = client_of("two.test", port, 60000);
  ytx_client *many = client_of("many.test", port, 60000);
  ytx_client *hole = client_of("hole.test", port, 60000);
  EXPECT_ECHO(two, "two");
  EXPECT_ECHO(many, "many");
  EXPECT_ECHO(hole, "hole"); /* long before the first address has timed out */
  ytx_client_free(two);
  ytx_client_free(many);
  ytx_client_free(hole);
}

static void a_name_is_looked_up_again_after_a_failure(int port)
{
  ytx_client *client = client_of("moves.test", port, 60000);
  expect_status(client, YTX_E_CONNECT, "refused");
  EXPECT_ECHO(client, "moved");
  CHECK(moves == 2);
  ytx_client_free(client);
}

static void names_that_are_none(int port)
{
  ytx_client *client = client_of("nowhere.test", port, 60000);
  expect_status(client, YTX_E_CONNECT, "nowhere.test");
  ytx_client_free(client);
}

struct job {
  ytx_client *client;
  ytx_status expected;
};

static void *call(void *argument)
{
  struct job *job = argument;
  ytx_status status = -9999;
  char *json;
  if (job->expected != YTX_E_CANCELLED) {
    expect_status(job->client, job->expected, NULL);
    return NULL;
  }
  /* Nothing tells whether the cancel comes before the attempt or in it; nothing was sent. */
  json = ytx_meeting_state(job->client, APPID, "never", &status);
  CHECK_STATUS(status, YTX_E_CANCELLED);
  CHECK_HOLDS(json, "\"sent\":false");
  ytx_string_free(json);
  return NULL;
}

static void wait_until_stuck(int count)
{
  pthread_mutex_lock(&lock);
  while (stuck < count)
    pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

static int look_up_threads(void)
{
  DIR *tasks = opendir("/proc/self/task");
  struct dirent *entry;
  int count = 0;
  CHECK(tasks != NULL);
  while ((entry = readdir(tasks)) != NULL) {
    char path[300], name[20] = "";
    FILE *file;
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
    file = fopen(path, "r");
    if (file == NULL)
      continue;
    CHECK(fgets(name, sizeof name, file) != NULL);
    count += strncmp(name, "ytx-lookup", 10) == 0;
    fclose(file);
  }
  closedir(tasks);
  return count;
}

/* More names are stuck than there are threads to look them up; all calls end on time. */
static void a_look_up_that_hangs_holds_nobody(int port)
{
  ytx_client *clients[CALLERS];
  struct job jobs[CALLERS];
  pthread_t threads[CALLERS];
  int64_t begun = now_ms();
  int i;

  for (i = 0; i < CALLERS; i++) {
    char host[20];
    snprintf(host, sizeof host, "stuck%d.test", i);
    clients[i] = client_of(host, port, i % 2 ? 300 : 60000);
    /* Every other one is cancelled instead. */
    jobs[i].client = clients[i];
    jobs[i].expected = i % 2 ? YTX_E_TIMEOUT : YTX_E_CANCELLED;
    threads[i] = start_thread(call, &jobs[i]);
  }
  wait_until_stuck(4);
  for (i = 0; i < CALLERS; i += 2)
    CHECK_STATUS(ytx_client_cancel(clients[i]), YTX_OK);
  for (i = 0; i < CALLERS; i++)
    join_thread(threads[i]);
  CHECK(now_ms() - begun < 10000);
  CHECK(look_up_threads() <= 4);
  /* A number needs no look-up, so it gets through. */
  {
    ytx_client *number = client_of("127.0.0.1", port, 60000);
    EXPECT_ECHO(number, "number");
    ytx_client_free(number);
  }
  for (i = 0; i < CALLERS; i++)
    ytx_client_free(clients[i]);
  pthread_mutex_lock(&lock);
  released = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

int main(int argc, char **argv)
{
  int port;
  CHECK(argc == 2);
  port = atoi(argv[1]);
  every_address_is_tried(port);
  a_name_is_looked_up_again_after_a_failure(port);
  names_that_are_none(port);
  a_look_up_that_hangs_holds_nobody(port);
  return 0;
}
