/*
 * A competent host on libcurl's multi interface: curl_multi_socket_action() with epoll, whose
 * timeout is libcurl's timer; an easy handle a slot, used again for each call; connections kept;
 * with timeouts; the answer is parsed by jansson and its statusCode looked at.
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"
#include "request.h"

enum { EVENTS = 256 };

struct call {
  CURL *curl;
  char authorization[128], body[160];
  struct curl_slist header; /* the Authorization; the others come after it and never change */
  char *answer;
  size_t length, capacity;
};

static CURLM *multi;
static int epoll;
static int64_t due = -1; /* libcurl's timer, in ms; -1: none */
static char base[128];
static struct request request;
static struct curl_slist *headers;
static struct call *calls;
static size_t slots;

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int set_timer(CURLM *handle, long timeout_ms, void *user_data) {
  (void)handle, (void)user_data;
  due = timeout_ms < 0 ? -1 : timeout_ms == 0 ? 0 : now_ms() + timeout_ms;
  return 0;
}

static int watch(CURL *curl, curl_socket_t fd, int what, void *user_data, void *known) {
  struct epoll_event event = { .data.fd = fd };
  (void)curl, (void)user_data;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
    return 0;
  }
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  if (epoll_ctl(epoll, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0)
    peer_fail("epoll_ctl");
  if (known == NULL) curl_multi_assign(multi, fd, calls /* anything but NULL */);
  return 0;
}

static size_t take(char *bytes, size_t size, size_t count, void *user_data) {
  struct call *call = user_data;
  size_t more = size * count, length = call->length + more;
  if (length > call->capacity) {
    call->capacity = 2 * length;
    call->answer = realloc(call->answer, call->capacity);
    if (call->answer == NULL) peer_fail("no memory");
  }
  memcpy(call->answer + call->length, bytes, more);
  call->length = length;
  return more;
}

void loop_open(const char *url, size_t count) {
  slots = count;
  calls = calloc(slots, sizeof *calls);
  if (calls == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) peer_fail("no curl");
  request_open(&request);
  snprintf(base, sizeof base, "%s", url);
  headers = curl_slist_append(NULL, "Accept: application/json");
  headers = curl_slist_append(headers, "Content-Type: application/json;charset=utf-8");
  epoll = epoll_create1(EPOLL_CLOEXEC);
  multi = curl_multi_init();
  if (headers == NULL || epoll < 0 || multi == NULL) peer_fail("no multi handle");
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)slots);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

void loop_prepare(size_t slot) {
  struct call *call = &calls[slot];
  if (call->curl != NULL) return;
  CURL *curl = call->curl = curl_easy_init();
  if (curl == NULL) peer_fail("no handle");
  call->header = (struct curl_slist){ call->authorization, headers };
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 15000L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, call);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, &call->header);
}

void loop_submit(size_t slot) {
  struct call *call = &calls[slot];
  char url[256];
  request_sign(&request, STATE);
  stpcpy(stpcpy(url, base), request.path);
  stpcpy(stpcpy(call->authorization, "Authorization: "), request.authorization);
  memcpy(call->body, request.body, request.body_length);
  call->length = 0;
  curl_easy_setopt(call->curl, CURLOPT_URL, url);
  curl_easy_setopt(call->curl, CURLOPT_POSTFIELDSIZE, (long)request.body_length);
  curl_easy_setopt(call->curl, CURLOPT_POSTFIELDS, call->body);
  if (curl_multi_add_handle(multi, call->curl) != CURLM_OK) peer_fail("curl_multi_add_handle");
}

static void look_at(const struct call *call) {
  json_t *answer = json_loadb(call->answer, call->length, 0, NULL);
  const char *code = json_string_value(json_object_get(answer, "statusCode"));
  if (code == NULL || strcmp(code, "0") != 0) peer_fail("the platform did not accept");
  json_decref(answer);
}

static size_t take_ended(size_t *ended) {
  CURLMsg *message;
  size_t count = 0;
  int left;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    struct call *call;
    long status = 0;
    if (message->msg != CURLMSG_DONE || message->data.result != CURLE_OK)
      peer_fail("the call failed");
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
    curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) peer_fail("an HTTP status other than 200");
    curl_multi_remove_handle(multi, call->curl);
    look_at(call);
    ended[count++] = (size_t)(call - calls);
  }
  return count;
}

/* Lets libcurl do what its timer is for, if it is due; what is left until it is, -1 for no timer. */
static int64_t run_timer(void) {
  int running;
  if (due == 0 || (due > 0 && due <= now_ms())) {
    due = -1;
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
  }
  if (due <= 0) return due;
  int64_t left = due - now_ms();
  return left < 0 ? 0 : left;
}

void loop_send(void) { run_timer(); }

size_t loop_turn(int timeout_ms, size_t *ended) {
  struct epoll_event events[EVENTS];
  int running;
  int64_t left = run_timer();
  size_t already = take_ended(ended); /* answers that were there as soon as the request was sent */
  if (already > 0) timeout_ms = 0;
  if (left >= 0 && left < timeout_ms) timeout_ms = (int)left;
  int count = epoll_wait(epoll, events, EVENTS, timeout_ms);
  for (int i = 0; i < count; i++) {
    int what = 0;
    if (events[i].events & (EPOLLIN | EPOLLHUP)) what |= CURL_CSELECT_IN;
    if (events[i].events & EPOLLOUT) what |= CURL_CSELECT_OUT;
    if (events[i].events & EPOLLERR) what |= CURL_CSELECT_ERR;
    curl_multi_socket_action(multi, events[i].data.fd, what, &running);
  }
  return already + take_ended(ended + already);
}

void loop_close(void) {
  for (size_t slot = 0; slot < slots; slot++) {
    if (calls[slot].curl == NULL) continue;
    curl_multi_remove_handle(multi, calls[slot].curl);
    curl_easy_cleanup(calls[slot].curl);
    free(calls[slot].answer);
  }
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  close(epoll);
  request_close(&request);
  free(calls);
}
