#include "metrics.h"

#define NTH_SITE_MAGIC_T struct metrics
#include <sofia-sip/http_status.h>
#include <sofia-sip/http_tag.h>
#include <sofia-sip/nth.h>
#include <sofia-sip/nth_tag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leg.h"
#include "prometheus.h"
#include "room.h"

struct metrics {
  struct desk *desk;
  nth_site_t *server;
};

static void write_desk(FILE *out, const struct desk *desk) {
  unsigned long calls = 0, subscriptions = 0;
  const struct leg *leg;
  for (leg = desk->legs; leg != NULL; leg = leg->next) {
    calls += leg->call.up != 0;
    subscriptions += leg->subscription.room != NULL;
  }
  fprintf(out,
          "# HELP desk_calls SIP calls that are up.\n"
          "# TYPE desk_calls gauge\n"
          "desk_calls %lu\n"
          "# HELP desk_subscriptions Subscriptions to conference events.\n"
          "# TYPE desk_subscriptions gauge\n"
          "desk_subscriptions %lu\n",
          calls, subscriptions);
}

static char *figures(const struct desk *desk) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (out == NULL) return NULL;
  ytx_prometheus(out, platform_client(desk->platform), platform_queue(desk->platform));
  write_desk(out, desk);
  if (fclose(out) == 0) return text;
  free(text);
  return NULL;
}

/* What is returned is the status of an answer without a body. */
static int on_request(struct metrics *metrics, nth_site_t *site, nth_request_t *request,
                      const http_t *http, const char *path) {
  char *text;
  (void)site;
  if (strcmp(path, "metrics") != 0) return 404;
  if (http->http_request->rq_method != http_method_get) return 405;
  text = figures(metrics->desk);
  if (text == NULL) return 500;
  nth_request_treply(request, HTTP_200_OK,
                     HTTPTAG_CONTENT_TYPE_STR("text/plain; version=0.0.4"),
                     HTTPTAG_PAYLOAD_STR(text), TAG_END());
  free(text);
  nth_request_destroy(request);
  return 200;
}

struct metrics *metrics_open(struct desk *desk) {
  char url[256];
  struct metrics *metrics = calloc(1, sizeof *metrics);
  snprintf(url, sizeof url, "http://%s", desk->options.metrics);
  if (metrics != NULL) {
    metrics->desk = desk;
    metrics->server =
        nth_site_create(NULL, on_request, metrics, (url_string_t *)url, NTHTAG_ROOT(desk->root),
                        TAG_END());
    if (metrics->server != NULL) return metrics;
  }
  fprintf(stderr, "ytx-desk: can't listen on %s\n", desk->options.metrics);
  free(metrics);
  return NULL;
}

void metrics_close(struct metrics *metrics) {
  if (metrics != NULL) nth_site_destroy(metrics->server);
  free(metrics);
}
