/*
 * The figures of a client and a queue as Prometheus reads them. Copy this file; it needs no library
 * but libytx: it knows the order in which ytx_client_stats() and ytx_queue_stats() write.
 *
 * Answer GET /metrics with what it writes, as "text/plain; version=0.0.4": see examples/sofia-sip.
 */
#ifndef YTX_PROMETHEUS_H
#define YTX_PROMETHEUS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ytx.h"

static void ytx_prometheus_help(FILE *out, const char *metric, const char *type, const char *help) {
  fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric, help, metric, type);
}

/* Writes the number after the key as it stands there, and the end of the line. */
static void ytx_prometheus_number(FILE *out, const char *json, const char *key) {
  const char *value = strstr(json, key);
  value = value != NULL ? value + strlen(key) : "0";
  fprintf(out, " %.*s\n", (int)strspn(value, "0123456789.eE+-"), value);
}

/* "succeeded":6,"failed":{"-205":1,"1004":2} */
static void ytx_prometheus_calls(FILE *out, const char *json) {
  const char *at = strstr(json, "\"failed\":{");
  ytx_prometheus_help(out, "ytx_calls_total", "counter", "Calls that have ended, by status.");
  fputs("ytx_calls_total{status=\"0\",name=\"YTX_OK\"}", out);
  ytx_prometheus_number(out, json, "\"succeeded\":");
  for (at = at != NULL ? at + 10 : "}"; *at == '"' || *at == ','; at += strcspn(at, ",}")) {
    int length;
    at += *at == ',' ? 2 : 1;
    length = (int)strcspn(at, "\"");
    fprintf(out, "ytx_calls_total{status=\"%.*s\",name=\"%s\"}", length, at,
            ytx_status_name((ytx_status)strtol(at, NULL, 10)));
    ytx_prometheus_number(out, at, "\":");
  }
}

/* "seconds":{"count":9,"sum":0.41,"buckets":[[0.001,2],["+Inf",9]]} */
static void ytx_prometheus_durations(FILE *out, const char *json) {
  const char *at = strstr(json, "\"buckets\":[");
  ytx_prometheus_help(out, "ytx_call_seconds", "histogram",
                      "How long calls took, from the submission on.");
  for (at = at != NULL ? at + 10 : ""; (*at == '[' || *at == ',') && at[1] == '[';
       at += strcspn(at, "]") + 1) {
    at += strspn(at, ",[\"");
    fprintf(out, "ytx_call_seconds_bucket{le=\"%.*s\"}", (int)strcspn(at, "\","), at);
    ytx_prometheus_number(out, at, ",");
  }
  fputs("ytx_call_seconds_sum", out);
  ytx_prometheus_number(out, json, "\"sum\":");
  fputs("ytx_call_seconds_count", out);
  ytx_prometheus_number(out, json, "\"count\":");
}

/* What is one number in the JSON. */
struct ytx_prometheus_row {
  const char *key, *metric, *type, *help;
};

static const struct ytx_prometheus_row ytx_prometheus_of_client[] = {
  { "\"inFlight\":", "ytx_requests_in_flight", "gauge", "Calls under way." },
  { "\"attempts\":", "ytx_attempts_total", "counter", "Connections used or tried." },
  { "\"retries\":", "ytx_retries_total", "counter", "Attempts of max_retries." },
  { "\"resends\":", "ytx_resends_total", "counter", "Resends after a stale connection." },
  { "\"opened\":", "ytx_connections_opened_total", "counter", "Connections made." },
  { "\"idle\":", "ytx_connections_idle", "gauge", "Connections kept for reuse." },
  { NULL, NULL, NULL, NULL }
};

static const struct ytx_prometheus_row ytx_prometheus_of_queue[] = {
  { "\"waiting\":", "ytx_queue_waiting", "gauge", "Calls that wait for their turn or a retry." },
  { "\"untaken\":", "ytx_queue_untaken", "gauge", "Events that nobody has taken yet." },
  { "\"watches\":", "ytx_queue_watches", "gauge", "Rooms watched." },
  { "\"busy\":", "ytx_queue_busy_total", "counter", "Submissions refused by a full queue." },
  { "\"threads\":", "ytx_queue_threads", "gauge", "Threads of all queues of the process." },
  { "\"oldestSeconds\":", "ytx_queue_oldest_seconds", "gauge", "Age of the oldest open call." },
  { NULL, NULL, NULL, NULL }
};

static void ytx_prometheus_rows(FILE *out, const char *json, const struct ytx_prometheus_row *row) {
  for (; row->key != NULL; row++) {
    ytx_prometheus_help(out, row->metric, row->type, row->help);
    fputs(row->metric, out);
    ytx_prometheus_number(out, json, row->key);
  }
}

/* Writes all of it. The queue may be NULL: then there is none of it. Returns 0 when there is no such
   client or queue. */
static int ytx_prometheus(FILE *out, const ytx_client *client, const ytx_queue *queue) {
  char *calls = ytx_client_stats(client, NULL);
  char *waiting = queue != NULL ? ytx_queue_stats(queue, NULL) : NULL;
  int all = calls != NULL && (queue == NULL || waiting != NULL);
  if (calls != NULL) {
    ytx_prometheus_calls(out, calls);
    ytx_prometheus_durations(out, calls);
    ytx_prometheus_rows(out, calls, ytx_prometheus_of_client);
  }
  if (waiting != NULL) ytx_prometheus_rows(out, waiting, ytx_prometheus_of_queue);
  ytx_string_free(calls);
  ytx_string_free(waiting);
  return all;
}

#endif
