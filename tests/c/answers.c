/*
 * What each answer of a server comes to: its status, and its string, which is the answer byte for
 * byte where the platform spoke.
 *
 * The server answers what it is told to: the confid holds the manner, such as the HTTP status,
 * and the body in hexadecimal.
 *
 * Arguments: the server's URL.
 */
#include "check.h"

/* The most a confid has room for. */
#define LARGEST 500

static const char *ask_for(const char *manner, const char *body, size_t size)
{
  static char told[1025];
  int length = snprintf(told, sizeof told, "%s:", manner);
  size_t i;
  CHECK(size <= LARGEST);
  for (i = 0; i < size; i++)
    snprintf(told + length + 2 * i, 3, "%02x", (unsigned char)body[i]);
  return told;
}

/* The three calls, one like the other. */
enum { LOCK, STATE, REQUEST, CALLS };

static char *call(int which, const ytx_client *client, const char *told, ytx_status *status)
{
  char body[1100];
  *status = -9999;
  if (which == LOCK)
    return ytx_lock_meeting(client, APPID, told, YTX_LOCK, status);
  if (which == STATE)
    return ytx_meeting_state(client, APPID, told, status);
  snprintf(body, sizeof body, "{\"confid\":\"%s\"}", told);
  return ytx_request(client, NULL, "call", "Answer.wx", body, status);
}

struct answer {
  int http;
  const char *body;
  size_t size;
  ytx_status meeting; /* what it is for the two meeting calls */
  ytx_status request; /* and for ytx_request */
};

#define BOTH(http, body, status) { http, body, sizeof body - 1, status, status }
#define EITHER(http, body, meeting, request) { http, body, sizeof body - 1, meeting, request }

static const struct answer answers[] = {
  /* Success. */
  BOTH(200, "{\"statusCode\":\"0\",\"statusMsg\":\"\xE6\x8F\x90\xE4\xBA\xA4\"}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"0\",\"statusMsg\":[{\"meid\":\"120\"}]}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"0\"}", YTX_OK),
  BOTH(200, "{\"statusCode\":0}", YTX_OK),
  BOTH(200, "{\"statusCode\":-0}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"-0\"}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"000\"}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"\\u0030\"}", YTX_OK),
  BOTH(200, "{\"status\\u0043ode\":\"0\"}", YTX_OK),
  BOTH(200, "\r\n\t {\"statusCode\" : \"0\" , \"a\":[ 1.50, 2E+3 ]}\r\n", YTX_OK),
  BOTH(200, "{\"statusCode\":\"0\",\"statusMsg\":\"a\\u0000b\"}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"0\",\"statusMsg\":\"\\ud83d\\ude00 \xF0\x9F\x98\x80\"}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"0\",\"a\":1,\"a\":1}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"0\",\"a\":{\"statusCode\":\"-1\"}}", YTX_OK),
  BOTH(200, "{\"statusCode\":\"0\",\"a\":123456789012345678901234567890}", YTX_OK),

  /* Refusals: any number below zero that fits, known or not, whatever HTTP says. */
  BOTH(200, "{\"statusCode\":\"-205\",\"statusMsg\":\"x\",\"requestId\":\"\"}", -205),
  BOTH(200, "{\"statusCode\":-205}", -205),
  BOTH(200, "{\"statusCode\":\"-0205\"}", -205),
  BOTH(200, "{\"statusCode\":\"-999\"}", -999),
  BOTH(200, "{\"statusCode\":\"-2147483648\"}", INT32_MIN),
  BOTH(200, "{\"statusCode\":-2147483648}", INT32_MIN),
  BOTH(500, "{\"statusCode\":\"-100\"}", YTX_PLATFORM_FAULT),
  BOTH(401, "{\"statusCode\":\"-202\"}", YTX_BAD_AUTHORIZATION),
  BOTH(503, "{\"statusCode\":-104}", YTX_TOO_MANY_REQUESTS),
  BOTH(302, "{\"statusCode\":\"-3\"}", YTX_UNKNOWN_ACTION),

  /* Codes of neither kind. */
  BOTH(200, "{\"statusCode\":\"1\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":1}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"1004\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"000000001\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"-2147483649\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":-2147483649}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"4294967296\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":18446744073709551616}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"99999999999999999999999999\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":-99999999999999999999999999}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"OK\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\" 0\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"0 \"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"+0\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"-\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"--1\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"0.0\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"0x0\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"0\\u0000\"}", YTX_E_PLATFORM),
  BOTH(200, "{\"statusCode\":\"\xEF\xBC\x90\"}", YTX_E_PLATFORM), /* a full-width zero */

  /* A statusCode that says nothing. */
  BOTH(200, "{\"statusCode\":null}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":true}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":false}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":1.5}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":0.0}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":0e0}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":-2E0}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":1E400}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":[]}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":[\"0\"]}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":{}}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\",\"statusCode\":\"0\"}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\",\"a\":1,\"statusCode\":\"-1\"}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\",\"\\u0073tatusCode\":\"-1\"}", YTX_E_RESPONSE),
  BOTH(200, "{\"status\\u0043ode\":\"0\",\"statusCod\\u0065\":\"0\"}", YTX_E_RESPONSE),

  /* None at all: a success for ytx_request only. */
  EITHER(200, "{}", YTX_E_RESPONSE, YTX_OK),
  EITHER(200, "{\"balance\":\"12.50\"}", YTX_E_RESPONSE, YTX_OK),
  EITHER(200, "{\"statuscode\":\"-1\"}", YTX_E_RESPONSE, YTX_OK),
  EITHER(200, "{\"statusCode \":\"-1\"}", YTX_E_RESPONSE, YTX_OK),
  EITHER(200, "{\"a\":{\"statusCode\":\"-1\"}}", YTX_E_RESPONSE, YTX_OK),
  BOTH(500, "{}", YTX_E_HTTP),
  BOTH(201, "{\"balance\":\"12.50\"}", YTX_E_HTTP),

  /* Not an object, not JSON, not UTF-8. */
  BOTH(200, "", YTX_E_RESPONSE),
  BOTH(200, " ", YTX_E_RESPONSE),
  BOTH(200, "[]", YTX_E_RESPONSE),
  BOTH(200, "[{\"statusCode\":\"0\"}]", YTX_E_RESPONSE),
  BOTH(200, "\"0\"", YTX_E_RESPONSE),
  BOTH(200, "0", YTX_E_RESPONSE),
  BOTH(200, "null", YTX_E_RESPONSE),
  BOTH(200, "<html>statusCode 0</html>", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\"", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\"}}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\"}{}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\",}", YTX_E_RESPONSE),
  BOTH(200, "{'statusCode':'0'}", YTX_E_RESPONSE),
  BOTH(200, "{statusCode:0}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":00}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":+0}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\",\"a\":\"\n\"}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\",\"a\":\"\0\"}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\"}\0", YTX_E_RESPONSE),
  BOTH(200, "\0{\"statusCode\":\"0\"}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\",\"a\":\"\xB2\xE2\xCA\xD4\"}", YTX_E_RESPONSE), /* GBK */
  BOTH(200, "{\"statusCode\":\"0\",\"a\":\"\xED\xA0\x80\"}", YTX_E_RESPONSE),
  BOTH(200, "{\"statusCode\":\"0\",\"a\":\"\xC0\x80\"}", YTX_E_RESPONSE),
  BOTH(200, "\x1F\x8B\x08\x00\x00\x00\x00\x00", YTX_E_RESPONSE), /* gzip that nobody asked for */

  /* HTTP says no, and the platform does not. */
  BOTH(201, "{\"statusCode\":\"0\"}", YTX_E_HTTP),
  BOTH(204, "", YTX_E_HTTP),
  BOTH(206, "{\"statusCode\":\"0\"}", YTX_E_HTTP),
  BOTH(301, "", YTX_E_HTTP),
  BOTH(302, "<html>", YTX_E_HTTP),
  BOTH(304, "", YTX_E_HTTP),
  BOTH(307, "{\"statusCode\":\"0\"}", YTX_E_HTTP),
  BOTH(400, "{\"statusCode\":\"0\"}", YTX_E_HTTP),
  BOTH(401, "", YTX_E_HTTP),
  BOTH(404, "<html>no such page</html>", YTX_E_HTTP),
  BOTH(407, "", YTX_E_HTTP), /* no proxy here that could have said so */
  BOTH(429, "", YTX_E_HTTP),
  BOTH(500, "", YTX_E_HTTP),
  BOTH(500, "{\"statusCode\":\"0\"}", YTX_E_HTTP),
  BOTH(500, "{\"statusCode\":0}", YTX_E_HTTP),
  BOTH(500, "{\"statusCode\":\"7\"}", YTX_E_HTTP),
  BOTH(500, "{\"statusCode\":null}", YTX_E_HTTP),
  BOTH(500, "{\"statusCode\":\"-1\",\"statusCode\":\"-1\"}", YTX_E_HTTP),
  BOTH(500, "\xB2\xE2", YTX_E_HTTP),
  BOTH(502, "<html>bad gateway</html>", YTX_E_HTTP),
  BOTH(503, "{\"statusCode\":\"0\"}", YTX_E_HTTP),
  BOTH(504, "", YTX_E_HTTP),
  BOTH(599, "", YTX_E_HTTP),
};

static int is_platforms(ytx_status status)
{
  return status <= 0 || status == YTX_E_PLATFORM;
}

/* Makes the three calls and compares. */
static void each_call(const ytx_client *client, const struct answer *answer)
{
  char manner[20], label[LARGEST + 20];
  int which;

  snprintf(manner, sizeof manner, "%d", answer->http);
  snprintf(label, sizeof label, "HTTP %d %s", answer->http, answer->body);
  check_case = label;
  for (which = 0; which < CALLS; which++) {
    ytx_status expected = which == REQUEST ? answer->request : answer->meeting;
    ytx_status status;
    char *json = call(which, client, ask_for(manner, answer->body, answer->size), &status);
    if (is_platforms(expected))
      EXPECT_ANSWER(json, status, expected, answer->body);
    else {
      struct report report = { 0, 1, 0, 1, "127.0.0.1" };
      report.http = answer->http;
      report.retryable =
          expected == YTX_E_HTTP && answer->http >= 502 && answer->http <= 504;
      EXPECT_REPORT(json, status, expected, report);
    }
  }
  check_case = "";
}

static void the_whole_status_table(const ytx_client *client)
{
  static const int codes[] = {
    0, -1, -2, -3, -4, -100, -101, -102, -104, -200, -201, -202, -203, -204, -205,
  };
  size_t i;
  for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    struct answer answer = { 200, NULL, 0, codes[i], codes[i] };
    char body[100];
    answer.body = body;
    answer.size = (size_t)snprintf(body, sizeof body,
                                   "{\"statusCode\":\"%d\",\"statusMsg\":\"words\"}", codes[i]);
    each_call(client, &answer);
    answer.size = (size_t)snprintf(body, sizeof body, "{\"statusCode\":%d}", codes[i]);
    each_call(client, &answer);
  }
}

static void a_byte_order_mark_is_taken_off(const ytx_client *client)
{
  static const char body[] = "\xEF\xBB\xBF {\"statusCode\":\"0\"}\n";
  static const char twice[] = "\xEF\xBB\xBF\xEF\xBB\xBF{\"statusCode\":\"0\"}";
  struct report report = { 0, 1, 200, 1, NULL };
  int which;
  for (which = 0; which < CALLS; which++) {
    ytx_status status;
    char *json = call(which, client, ask_for("200", body, sizeof body - 1), &status);
    EXPECT_ANSWER(json, status, YTX_OK, " {\"statusCode\":\"0\"}\n");
    json = call(which, client, ask_for("200", twice, sizeof twice - 1), &status);
    EXPECT_REPORT(json, status, YTX_E_RESPONSE, report);
  }
}

/* max_response_bytes itself is accepted, one more is not, with a length or in chunks. */
static void answers_have_a_limit(const char *url)
{
  static const char *const manners[] = { "200", "chunked", "http1.0" };
  static const char start[] = "{\"statusCode\":\"0\",\"a\":\"";
  enum { LIMIT = 200 };
  ytx_options options = options_for(url);
  struct report report = { 0, 1, 200, 1, NULL };
  ytx_client *client;
  size_t i;

  options.max_response_bytes = LIMIT;
  client = client_with(&options);
  for (i = 0; i < sizeof manners / sizeof manners[0]; i++) {
    char body[LIMIT + 2];
    ytx_status status;
    char *json;

    check_case = manners[i];
    memset(body, 'x', sizeof body);
    memcpy(body, start, sizeof start - 1);
    memcpy(body + LIMIT - 2, "\"}", 3);
    json = call(LOCK, client, ask_for(manners[i], body, LIMIT), &status);
    EXPECT_ANSWER(json, status, YTX_OK, body);

    memcpy(body + LIMIT - 2, "x\"}", 4);
    json = call(LOCK, client, ask_for(manners[i], body, LIMIT + 1), &status);
    EXPECT_REPORT(json, status, YTX_E_RESPONSE, report);

    memcpy(body + LIMIT - 2, "\"}", 3);
    json = call(LOCK, client, ask_for(manners[i], body, LIMIT), &status);
    EXPECT_ANSWER(json, status, YTX_OK, body);
  }
  check_case = "";
  ytx_client_free(client);
}

/* However HTTP carries an answer, it is the same answer. */
static void ways_to_say_it(const ytx_client *client)
{
  static const char *const manners[] = {
    "chunked", "drip", "http1.0", "close", "continue", "lower case",
  };
  static const char body[] = "{\"statusCode\":\"0\",\"statusMsg\":\"\xE6\x8F\x90\xE4\xBA\xA4\"}";
  size_t i;
  int which;
  for (i = 0; i < sizeof manners / sizeof manners[0]; i++)
    for (which = 0; which < CALLS; which++) {
      ytx_status status;
      char *json;
      check_case = manners[i];
      json = call(which, client, ask_for(manners[i], body, sizeof body - 1), &status);
      EXPECT_ANSWER(json, status, YTX_OK, body);
    }
  check_case = "";
}

int main(int argc, char **argv)
{
  ytx_client *client;
  size_t i;
  CHECK(argc == 2);
  client = client_for(argv[1]);

  for (i = 0; i < sizeof answers / sizeof answers[0]; i++)
    each_call(client, &answers[i]);
  the_whole_status_table(client);
  a_byte_order_mark_is_taken_off(client);
  answers_have_a_limit(argv[1]);
  ways_to_say_it(client);
  ytx_client_free(client);
  return 0;
}
