/*
 * What the library says about each status, and about numbers that are none.
 */
#include "check.h"

struct entry {
  ytx_status status;
  const char *name;
  int retryable;
};

static const struct entry table[] = {
  { 0, "YTX_OK", 0 },
  { -1, "YTX_INVALID_NUMBER", 0 },
  { -2, "YTX_MISSING_PARAMETER", 0 },
  { -3, "YTX_UNKNOWN_ACTION", 0 },
  { -4, "YTX_BAD_JSON", 0 },
  { -100, "YTX_PLATFORM_FAULT", 0 },
  { -101, "YTX_BAD_PARAMETER", 0 },
  { -102, "YTX_NUMBER_NOT_ALLOWED", 0 },
  { -104, "YTX_TOO_MANY_REQUESTS", 1 },
  { -200, "YTX_NO_SUCH_ACCOUNT", 0 },
  { -201, "YTX_ACCOUNT_DISABLED", 0 },
  { -202, "YTX_BAD_AUTHORIZATION", 0 },
  { -203, "YTX_BAD_SIGN", 0 },
  { -204, "YTX_BALANCE_TOO_LOW", 0 },
  { -205, "YTX_APP_CHECK_FAILED", 0 },
  { 1001, "YTX_E_INVALID_ARGUMENT", 0 },
  { 1002, "YTX_E_INVALID_HANDLE", 0 },
  { 1003, "YTX_E_CONNECT", 1 },
  { 1004, "YTX_E_TIMEOUT", 1 },
  { 1005, "YTX_E_TLS", 0 },
  { 1006, "YTX_E_IO", 1 },
  { 1007, "YTX_E_HTTP", 0 }, /* the JSON decides */
  { 1008, "YTX_E_RESPONSE", 0 },
  { 1009, "YTX_E_PLATFORM", 0 },
  { 1010, "YTX_E_CANCELLED", 0 },
  { 1011, "YTX_E_BUSY", 1 },
  { 1099, "YTX_E_INTERNAL", 0 },
};
#define ENTRIES (sizeof table / sizeof table[0])

/* The constants have the numbers of the contract. */
static const ytx_status constants[ENTRIES] = {
  YTX_OK, YTX_INVALID_NUMBER, YTX_MISSING_PARAMETER, YTX_UNKNOWN_ACTION, YTX_BAD_JSON,
  YTX_PLATFORM_FAULT, YTX_BAD_PARAMETER, YTX_NUMBER_NOT_ALLOWED, YTX_TOO_MANY_REQUESTS,
  YTX_NO_SUCH_ACCOUNT, YTX_ACCOUNT_DISABLED, YTX_BAD_AUTHORIZATION, YTX_BAD_SIGN,
  YTX_BALANCE_TOO_LOW, YTX_APP_CHECK_FAILED, YTX_E_INVALID_ARGUMENT, YTX_E_INVALID_HANDLE,
  YTX_E_CONNECT, YTX_E_TIMEOUT, YTX_E_TLS, YTX_E_IO, YTX_E_HTTP, YTX_E_RESPONSE, YTX_E_PLATFORM,
  YTX_E_CANCELLED, YTX_E_BUSY, YTX_E_INTERNAL,
};

static const ytx_status unknown[] = {
  -5, -99, -103, -105, -206, -1001, -1004, 1, 200, 1000, 1012, 1098, 1100, INT32_MIN, INT32_MAX,
};

/* One sentence: no line break, and a full stop at its end. */
static void is_a_sentence(const char *text)
{
  size_t length;
  CHECK(text != NULL);
  length = strlen(text);
  CHECK(length > 10);
  CHECK(text[length - 1] == '.');
  CHECK(strchr(text, '\n') == NULL);
}

int main(void)
{
  size_t i, j;

  for (i = 0; i < ENTRIES; i++) {
    const struct entry *entry = &table[i];
    check_case = entry->name;
    CHECK(constants[i] == entry->status);
    CHECK_TEXT(ytx_status_name(entry->status), entry->name);
    CHECK(ytx_status_is_retryable(entry->status) == entry->retryable);
    is_a_sentence(ytx_status_text(entry->status));
    for (j = 0; j < i; j++)
      CHECK(strcmp(ytx_status_text(entry->status), ytx_status_text(table[j].status)) != 0);
  }
  for (i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
    char number[20];
    snprintf(number, sizeof number, "%d", (int)unknown[i]);
    check_case = number;
    CHECK_TEXT(ytx_status_name(unknown[i]), "YTX_UNKNOWN");
    CHECK(ytx_status_is_retryable(unknown[i]) == 0);
    is_a_sentence(ytx_status_text(unknown[i]));
  }
  CHECK(YTX_UNLOCK == 0 && YTX_LOCK == 1);
  CHECK(YTX_LOG_ERROR == 1 && YTX_LOG_WARN == 2 && YTX_LOG_INFO == 3 && YTX_LOG_DEBUG == 4);
  CHECK_TEXT(YTX_PRODUCTION_URL, "http://api.ytx.net");
  CHECK_TEXT(YTX_SANDBOX_URL, "http://sandbox.ytx.net");
  return 0;
}
