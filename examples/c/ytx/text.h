/* Text from elsewhere, on a terminal. */

#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Prints a text as one line, and no more of it than fits into so many columns. What the platform
 * sends may hold commands to the terminal, so white space becomes a blank, and every other
 * character that takes no column of its own becomes '?'. The program's locale says what is a
 * character: where it is not UTF-8, only the ASCII in the platform's texts comes out right.
 *
 * Returns how many columns were used. With NULL for out nothing is printed.
 */
size_t print_text(FILE *out, const char *text, size_t most);

#endif
