// See log.h.

#include "log.h"

static __thread lines kept;

void ytx_go_keep_line(int32_t level, const char *message, void *unused) {
  size_t length = strlen(message) + 1;
  char *text = realloc(kept.text, kept.length + 1 + length);
  (void)unused;
  if (text == NULL) return;
  text[kept.length] = (char)level;
  memcpy(text + kept.length + 1, message, length);
  kept.text = text;
  kept.length += 1 + length;
}

lines ytx_go_take_lines(void) {
  lines taken = kept;
  kept = (lines){0};
  return taken;
}
