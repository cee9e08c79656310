/* How a call ended: see outcome.h. */

#include "outcome.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

int end_code(ytx_status status, const char *json) {
  int again = ytx_status_is_retryable(status);
  if (status == YTX_OK) return 0;
  if (status == YTX_E_INVALID_ARGUMENT) return END_USAGE;
  if (status == YTX_E_HTTP) { /* it depends on the HTTP status */
    json_t *report = json_loads(json, 0, NULL);
    again = json_is_true(json_object_get(report, "retryable"));
    json_decref(report);
  }
  if (again) return END_LATER;
  return status < 0 || status == YTX_E_PLATFORM ? END_REFUSED : END_UNUSABLE;
}

void print_failure(ytx_status status, const char *json) {
  json_t *answer = json_loads(json, 0, NULL); /* NULL for NULL */
  const json_t *lost = json_object_get(answer, "error"); /* a text in the library's own report */
  const char *words =
      json_string_value(json_object_get(json_is_object(lost) ? lost : answer, "statusMsg"));
  fprintf(stderr, "ytx: %s (%d)", ytx_status_name(status), (int)status);
  if (words != NULL) {
    fprintf(stderr, ": ");
    print_text(stderr, words, SIZE_MAX);
  }
  fprintf(stderr, "\nytx: %s\n", ytx_status_text(status));
  json_decref(answer);
}

void *need(void *memory) {
  if (memory == NULL) {
    fprintf(stderr, "ytx: no memory\n");
    exit(END_UNUSABLE);
  }
  return memory;
}
