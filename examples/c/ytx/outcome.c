/* How a call ended: see outcome.h. */

#include "outcome.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "text.h"

int end_code(ytx_status status, const char *json) {
  int again = ytx_status_is_retryable(status);
  if (status == YTX_OK) return 0;
  if (status == YTX_E_INVALID_ARGUMENT) return END_USAGE;
  if (status == YTX_E_HTTP) /* it depends on the HTTP status */
    again = answer_is_true(answer_member(json, "retryable"));
  if (again) return END_LATER;
  return status < 0 || status == YTX_E_PLATFORM ? END_REFUSED : END_UNUSABLE;
}

static char *words_of(const char *json) {
  const char *lost = answer_member(json, "error"); /* a text in the library's own report */
  return answer_text(answer_member(lost != NULL && *lost == '{' ? lost : json, "statusMsg"));
}

void print_outcome(FILE *out, ytx_status status, const char *json) {
  char *words = words_of(json);
  fprintf(out, "%s (%d)", ytx_status_name(status), (int)status);
  if (words != NULL) {
    fprintf(out, ": ");
    print_text(out, words, SIZE_MAX);
  }
  fprintf(out, "\n");
  free(words);
}

void print_failure(ytx_status status, const char *json) {
  fprintf(stderr, "ytx: ");
  print_outcome(stderr, status, json);
  fprintf(stderr, "ytx: %s\n", ytx_status_text(status));
}

void *need(void *memory) {
  if (memory == NULL) {
    fprintf(stderr, "ytx: no memory\n");
    exit(END_UNUSABLE);
  }
  return memory;
}
