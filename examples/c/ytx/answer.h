/* The few values of the library's JSON that this command shows. No JSON library is needed for them: the
   library has checked the answer of the platform, and written the rest itself. */

#ifndef ANSWER_H
#define ANSWER_H

/* Where the value of a member of an object begins; NULL when there is none, or it is no object. NULL
   for json counts as no object. */
const char *answer_member(const char *json, const char *name);

/* The text that a value is, to be freed; NULL when it is none. What is no character, and a NUL, become
   '?'. */
char *answer_text(const char *value);

int answer_is_true(const char *value);

#endif
