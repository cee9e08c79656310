/*
 * examples/sofia-sip with calls that wait, in place of its platform.c: what a switch of one thread
 * is like without a queue. Only locks, for the figures of tests/desk.rs.
 */
#include "platform.h"

#include <stdlib.h>

struct platform {
  ytx_client *client;
};

struct platform *platform_open(su_root_t *root, const struct options *wanted)
{
  ytx_options options = YTX_OPTIONS_INIT;
  struct platform *platform = calloc(1, sizeof *platform);
  (void)root;
  options.base_url = getenv("YTX_BASE_URL");
  options.timeout_ms = wanted->timeout_ms;
  if (platform != NULL)
    platform->client =
        ytx_client_new(getenv("YTX_ACCOUNT_SID"), getenv("YTX_AUTH_TOKEN"), &options, NULL);
  return platform;
}

/* The outcome is told as the status of a question that was never accepted. */
struct question *platform_ask(struct platform *platform, enum wish wish, const char *room,
                              answer_f *answer, void *asker, ytx_status *status)
{
  (void)answer;
  (void)asker;
  ytx_string_free(ytx_lock_meeting(platform->client, getenv("YTX_APPID"), room,
                                   wish == LOCK ? YTX_LOCK : YTX_UNLOCK, status));
  return NULL;
}

void platform_drop(struct platform *platform, struct question *question)
{
  (void)platform;
  (void)question;
}

void platform_close(struct platform *platform, closed_f *closed, void *user)
{
  (void)platform;
  closed(user);
}

void platform_free(struct platform *platform)
{
  ytx_client_free(platform->client);
  free(platform);
}

const ytx_client *platform_client(const struct platform *platform)
{
  return platform->client;
}

const ytx_queue *platform_queue(const struct platform *platform)
{
  (void)platform;
  return NULL;
}
