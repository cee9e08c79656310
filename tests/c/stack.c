/*
 * How much of the stack each call of the library takes: a thread runs it on memory of ours that was
 * filled before, and what differs afterwards was used.
 *
 * Arguments: a server's URL; the same by the name "localhost"; the https URL of one that speaks plain
 * HTTP; that of one with a certificate, and the file of its authority. Prints "name: bytes", a line
 * for each call.
 */
#include "check.h"
#include "system.h"

#define SIZE (1024 * 1024)
#define FILL 0xa5

static char **urls;
static ytx_queue *queue;

static void finish(const ytx_client *client, ytx_status expected)
{
  ytx_status status = -9999;
  ytx_string_free(ytx_lock_meeting(client, APPID, "002", YTX_LOCK, &status));
  CHECK_STATUS(status, expected);
}

static void *nothing(void *client)
{
  return client;
}

static void *over_http(void *client)
{
  finish(client, YTX_OK);
  return NULL;
}

static void *refused_connection(void *client)
{
  finish(client, YTX_E_CONNECT);
  return NULL;
}

static void *failing_tls(void *client)
{
  finish(client, YTX_E_TLS);
  return NULL;
}

static void *state(void *client)
{
  ytx_string_free(ytx_meeting_state(client, APPID, "002", NULL));
  return NULL;
}

static void *request(void *client)
{
  ytx_string_free(ytx_request(client, NULL, "call", "Mirror.wx", "{\"a\":[1,{\"b\":null}]}", NULL));
  return NULL;
}

static ytx_client *client_that_trusts(const char *file)
{
  ytx_options options = YTX_OPTIONS_INIT;
  ytx_client *client;
  options.base_url = urls[3];
  options.ca_file = file;
  client = ytx_client_new("account-1", "token-1", &options, NULL);
  CHECK(client != NULL);
  return client;
}

static void *over_https(void *nobody)
{
  ytx_client *client = client_that_trusts(urls[4]);
  finish(client, YTX_OK);
  ytx_client_free(client);
  return nobody;
}

static void *submit_and_take(void *client)
{
  ytx_event event = YTX_EVENT_INIT;
  CHECK(ytx_lock_meeting_async(client, queue, APPID, "002", YTX_LOCK, 1, NULL) != 0);
  CHECK(ytx_queue_take(queue, &event, 60000) == 1);
  ytx_string_free(event.json);
  return NULL;
}

static void *figures(void *client)
{
  ytx_string_free(ytx_client_stats(client, NULL));
  ytx_string_free(ytx_queue_stats(queue, NULL));
  return NULL;
}

static void *members(void *client)
{
  ytx_status status = -9999;
  ytx_members_free(ytx_members_read(
      "{\"statusCode\":\"0\",\"statusMsg\":[{\"meid\":\"002\",\"phone\":\"1\",\"statusname\":"
      "\"\",\"ifmutename\":\"\"}]}",
      YTX_MEMBERS_ALL, &status));
  CHECK_STATUS(status, YTX_OK);
  return client;
}

static unsigned long used_by(void *(*body)(void *), ytx_client *client)
{
  unsigned char *stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  size_t untouched = 0;
  pthread_attr_t attributes;
  pthread_t thread;
  CHECK(stack != MAP_FAILED);
  memset(stack, FILL, SIZE);
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstack(&attributes, stack, SIZE) == 0);
  CHECK(pthread_create(&thread, &attributes, body, client) == 0);
  pthread_attr_destroy(&attributes);
  join_thread(thread);
  while (untouched < SIZE && stack[untouched] == FILL) untouched++;
  munmap(stack, SIZE);
  return SIZE - (unsigned long)untouched;
}

int main(int argc, char **argv)
{
  struct {
    const char *name;
    void *(*body)(void *);
    const char *url;
  } calls[] = {
    { "lock over HTTP", over_http, argv[1] },
    { "lock by name", over_http, argv[2] },
    { "lock, refused connection", refused_connection, "http://127.0.0.1:1" },
    { "lock over HTTPS, with a new client", over_https, argv[1] },
    { "lock, no TLS there", failing_tls, argv[3] },
    { "lock, certificate not trusted", failing_tls, argv[4] },
    { "state", state, argv[1] },
    { "request", request, argv[1] },
    { "submit and take", submit_and_take, argv[1] },
    { "figures", figures, argv[1] },
    { "members", members, argv[1] },
  };
  size_t i;
  unsigned long before;
  CHECK(argc == 6);
  urls = argv + 1;
  queue = ytx_queue_new(NULL, NULL);
  before = used_by(nothing, NULL); /* what a thread takes that does nothing */
  for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    ytx_client *client = client_for(calls[i].url);
    printf("%s: %lu\n", calls[i].name, used_by(calls[i].body, client) - before);
    ytx_client_free(client);
  }
  ytx_queue_free(queue);
  return 0;
}
