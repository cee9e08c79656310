/*
 * A competent client on libcurl: an easy handle a thread, used again for each call, with timeouts;
 * the answer is parsed by jansson and its statusCode looked at.
 *
 * Two other habits by a definition for the compiler: UNPARSED leaves the answer as it comes, and
 * ANEW makes a new handle, hence a new connection, for each call, as the platform's sample does.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"

struct client {
  struct request request;
  CURL *curl;
  char base[128];
  char *answer;
  size_t length, capacity;
};

static size_t take(char *bytes, size_t size, size_t count, void *user_data) {
  struct client *client = user_data;
  size_t more = size * count, length = client->length + more;
  if (length > client->capacity) {
    client->capacity = 2 * length;
    client->answer = realloc(client->answer, client->capacity);
    if (client->answer == NULL) peer_fail("no memory");
  }
  memcpy(client->answer + client->length, bytes, more);
  client->length = length;
  return more;
}

static CURL *new_handle(struct client *client) {
  CURL *curl = curl_easy_init();
  if (curl == NULL) peer_fail("no handle");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 15000L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  const char *ca_file = getenv("PEER_CA_FILE");
  if (ca_file != NULL) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
  return curl;
}

void *peer_open(const char *url) {
  struct client *client = calloc(1, sizeof *client);
  if (client == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) peer_fail("no curl");
  request_open(&client->request);
  snprintf(client->base, sizeof client->base, "%s", url);
#ifndef ANEW
  client->curl = new_handle(client);
#endif
  return client;
}

#ifndef UNPARSED
static void look_at(const struct client *client) {
  json_t *answer = json_loadb(client->answer, client->length, 0, NULL);
  const char *code = json_string_value(json_object_get(answer, "statusCode"));
  if (code == NULL || strcmp(code, "0") != 0) peer_fail("the platform did not accept");
  json_decref(answer);
}
#endif

void peer_call(void *handle, enum work work) {
  struct client *client = handle;
  struct request *request = &client->request;
  char url[256], authorization[128];
  long status = 0;
#ifdef ANEW
  client->curl = new_handle(client);
#endif
  request_sign(request, work);
  snprintf(url, sizeof url, "%s%s", client->base, request->path);
  snprintf(authorization, sizeof authorization, "Authorization: %s", request->authorization);
  struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
  headers = curl_slist_append(headers, "Content-Type: application/json;charset=utf-8");
  headers = curl_slist_append(headers, authorization);
  curl_easy_setopt(client->curl, CURLOPT_URL, url);
  curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE, (long)request->body_length);
  curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, request->body);
  client->length = 0;
  if (curl_easy_perform(client->curl) != CURLE_OK) peer_fail("the call failed");
  curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) peer_fail("an HTTP status other than 200");
#ifndef UNPARSED
  look_at(client);
#endif
  curl_slist_free_all(headers);
#ifdef ANEW
  curl_easy_cleanup(client->curl);
#endif
}

void peer_close(void *handle) {
  struct client *client = handle;
  request_close(&client->request);
#ifndef ANEW
  curl_easy_cleanup(client->curl);
#endif
  free(client->answer);
  free(client);
}
