/* Text from elsewhere, on a terminal: see text.h. */

#define _XOPEN_SOURCE 700 /* wcwidth */

#include "text.h"

#include <string.h>
#include <wchar.h>
#include <wctype.h>

size_t print_text(FILE *out, const char *text, size_t most) {
  mbstate_t state;
  size_t used = 0, left = strlen(text);
  memset(&state, 0, sizeof state);
  while (left > 0) {
    wchar_t character = L'\0';
    const char *shown = text;
    size_t length = mbrtowc(&character, text, left, &state), bytes = length;
    int width = wcwidth(character);
    if (length > left) { /* an error: no character of this locale */
      memset(&state, 0, sizeof state);
      length = 1;
      width = -1;
    }
    if (iswspace((wint_t)character) || width < 1) {
      shown = iswspace((wint_t)character) ? " " : "?";
      bytes = 1;
      width = 1;
    }
    if ((size_t)width > most - used) break;
    if (out != NULL) fwrite(shown, 1, bytes, out);
    used += (size_t)width;
    text += length;
    left -= length;
  }
  return used;
}
