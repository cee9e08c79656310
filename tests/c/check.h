/*
 * What every test program shares, in C and in C++; included first. A check that fails says where
 * and what, and ends the program. A program that finds nothing wrong prints nothing.
 */
#ifndef YTX_TEST_CHECK_H
#define YTX_TEST_CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* -std=c99 leaves POSIX out otherwise */
#endif

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h> /* now, for it has a SID too */
#endif

#include "ytx.h"

#define SID "account-1"
#define TOKEN "token-1"
#define APPID "app-1"

/* Which case of a table this thread is looking at, for the message. */
static __thread const char *check_case = "";

/* Where that goes; a program that closes its standard error moves it. */
static int check_output = 2;

#ifdef _WIN32
static inline int dprintf(int descriptor, const char *format, ...)
{
  char text[4000];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return write(descriptor, text, (unsigned)strlen(text));
}
#endif

__attribute__((noreturn)) static inline void
check_failed(const char *file, int line, const char *what, const char *detail)
{
  dprintf(check_output, "%s:%d: %s\n%s%s%s\n", file, line, what, detail,
          *check_case ? "\ncase: " : "", check_case);
  _exit(1);
}

#define CHECK(condition) \
  ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, ""))

#define CHECK_STATUS(actual, expected) check_status(__FILE__, __LINE__, #actual, actual, expected)

static inline void check_status(const char *file, int line, const char *what, ytx_status actual,
                                ytx_status expected)
{
  char detail[200];
  if (actual == expected)
    return;
  snprintf(detail, sizeof detail, "is %d %s, not %d %s", (int)actual, ytx_status_name(actual),
           (int)expected, ytx_status_name(expected));
  check_failed(file, line, what, detail);
}

#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, actual, expected)

static inline void check_text(const char *file, int line, const char *what, const char *actual,
                              const char *expected)
{
  if (actual == NULL)
    check_failed(file, line, what, "is NULL");
  else if (strcmp(actual, expected) != 0) {
    dprintf(check_output, "expected: %.2000s\n", expected);
    check_failed(file, line, what, actual);
  }
}

#define CHECK_HOLDS(text, part) check_holds(__FILE__, __LINE__, text, part)

static inline void check_holds(const char *file, int line, const char *text, const char *part)
{
  if (text == NULL || strstr(text, part) == NULL) {
    dprintf(check_output, "looked for: %s\n", part);
    check_failed(file, line, "not in", text == NULL ? "NULL" : text);
  }
}

/* Ends a call: its status, and its string to the byte. The call itself may be the first argument:
   the status is read after it. */
#define EXPECT_ANSWER(string, status, expected_status, text) \
  expect_answer(__FILE__, __LINE__, string, &(status), expected_status, text)

static inline void expect_answer(const char *file, int line, char *string,
                                 const ytx_status *status, ytx_status expected, const char *text)
{
  if (*status != expected && string != NULL)
    dprintf(check_output, "%s\n", string);
  check_status(file, line, "status", *status, expected);
  check_text(file, line, "the answer", string, text);
  ytx_string_free(string);
}

/* What the library's own JSON says, beside the status. */
struct report {
  int retryable;
  int sent;
  int http;          /* 0: null; below that: not looked at */
  int attempts;
  const char *words; /* a part of statusMsg, or NULL */
};

static const struct report not_sent = { 0, 0, 0, 0, NULL };

static inline void check_member(const char *file, int line, const char *json, const char *name,
                                const char *value)
{
  char member[100];
  int length = snprintf(member, sizeof member, "\"%s\":%s", name, value);
  const char *at = json == NULL ? NULL : strstr(json, member);
  if (at == NULL || (at[length] != ',' && at[length] != '}'))
    check_failed(file, line, member, json == NULL ? "NULL" : json);
}

/* Ends a call that the platform did not answer: its status, and what the JSON has to say. */
#define EXPECT_REPORT(string, status, expected_status, report) \
  expect_report(__FILE__, __LINE__, string, &(status), expected_status, report)

static inline void expect_report(const char *file, int line, char *string,
                                 const ytx_status *status, ytx_status expected, struct report report)
{
  char number[20], value[100];
  if (*status != expected && string != NULL)
    dprintf(check_output, "%s\n", string);
  check_status(file, line, "status", *status, expected);
  snprintf(value, sizeof value, "\"%d\"", (int)expected);
  check_member(file, line, string, "statusCode", value);
  snprintf(value, sizeof value, "\"%s\"", ytx_status_name(expected));
  check_member(file, line, string, "error", value);
  check_member(file, line, string, "retryable", report.retryable ? "true" : "false");
  check_member(file, line, string, "sent", report.sent ? "true" : "false");
  snprintf(number, sizeof number, "%d", report.http);
  if (report.http >= 0)
    check_member(file, line, string, "httpStatus", report.http ? number : "null");
  snprintf(number, sizeof number, "%d", report.attempts);
  check_member(file, line, string, "attempts", number);
  check_holds(file, line, string, "\"statusMsg\":\"");
  if (report.words != NULL)
    check_holds(file, line, string, report.words);
  ytx_string_free(string);
}

/* Calls that the server answers by repeating the confid. */
#define EXPECT_ECHO(client, confid) expect_echo(__FILE__, __LINE__, client, confid)

static inline void expect_echo(const char *file, int line, const ytx_client *client,
                               const char *confid)
{
  char text[1200];
  ytx_status status = -9999;
  char *string = ytx_lock_meeting(client, APPID, confid, YTX_LOCK, &status);
  snprintf(text, sizeof text, "{\"statusCode\":\"0\",\"echo\":\"%s\"}", confid);
  expect_answer(file, line, string, &status, YTX_OK, text);
}

/* Options for a server of the test: patient, since the machine may be busy. */
static inline ytx_options options_for(const char *base_url)
{
  ytx_options options = YTX_OPTIONS_INIT;
  options.base_url = base_url;
  options.timeout_ms = 60000;
  options.connect_timeout_ms = 60000;
  return options;
}

static inline ytx_client *client_with(const ytx_options *options)
{
  ytx_status status = -9999;
  ytx_client *client = ytx_client_new(SID, TOKEN, options, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(client != NULL);
  return client;
}

static inline ytx_client *client_for(const char *base_url)
{
  ytx_options options = options_for(base_url);
  return client_with(&options);
}

static inline int64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline pthread_t start_thread(void *(*run)(void *), void *argument)
{
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, run, argument) == 0);
  return thread;
}

static inline void join_thread(pthread_t thread)
{
  CHECK(pthread_join(thread, NULL) == 0);
}

#endif
