/* The members of a room as a table. */

#ifndef TABLE_H
#define TABLE_H

#include <stdio.h>

#include "room.h"

/* No cell gets wider than that, whatever the platform sends. */
enum { WIDEST = 40 };

void print_table(FILE *out, const struct room *room);

/* Prints a word of the platform and what it means. Returns how many columns were used; with NULL
   for out nothing is printed. */
size_t print_word(FILE *out, const char *word);

#endif
