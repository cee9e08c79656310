/* Members as text for Asterisk. The platform's words are not to be trusted: a line end in them would
   begin a header of AMI. */

#ifndef YTX_MEMBERS_H
#define YTX_MEMBERS_H

#include "module.h"

size_t members_online(const ytx_members *members);

/* The phones of those on line, with this between them. */
void members_append(struct ast_str **text, const ytx_members *members, const char *between);

/* A header of AMI for each, whoever it is. */
void members_headers(struct ast_str **text, const ytx_members *members, const char *header);

/* The text with everything but letters, digits and what phone numbers have replaced by '?'. */
void append_clean(struct ast_str **text, const char *untrusted);

#endif
