/*
 * Texts that no argument may hold.
 */
#ifndef YTX_TEST_BAD_TEXT_H
#define YTX_TEST_BAD_TEXT_H

static const char *const not_utf8[] = {
  "\x80",             /* a continuation byte on its own */
  "\xBF",
  "\xC3",             /* sequences that stop too early */
  "\xE6\x8F",
  "\xF0\x9F\x98",
  "\xC3\xC3\xA9",
  "\xED\xA0\x80",     /* surrogates */
  "\xED\xBF\xBF",
  "\xC0\x80",         /* longer than need be: NUL, U+007F, slash */
  "\xC1\xBF",
  "\xE0\x80\xAF",
  "\xF0\x80\x80\xAF",
  "\xF4\x90\x80\x80", /* beyond U+10FFFF */
  "\xF5\x80\x80\x80",
  "\xFE",
  "\xFF",
  "\xB2\xE2\xCA\xD4", /* GBK */
};
#define NOT_UTF8_COUNT ((int)(sizeof not_utf8 / sizeof not_utf8[0]))

/* The control characters, by number from 0. */
#define CONTROL_COUNT 32

static inline char control(int number)
{
  return (char)(number == 31 ? 0x7F : number + 1);
}

/* A long text; the caller frees it. */
static inline char *repeated(char letter, size_t length)
{
  char *text = malloc(length + 1);
  CHECK(text != NULL);
  memset(text, letter, length);
  text[length] = '\0';
  return text;
}

#define MEGABYTE ((size_t)1 << 20)

#endif
