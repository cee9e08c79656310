/* Who the C peers call as, and which room; the values mean nothing. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#define SID "ff8080813c37da53013c804f8072007c"
#define TOKEN "0123456789abcdef0123456789abcdef"
#define APPID "ff8080813fc70a7b013fc72312324213"
#define CONFID "002"

#endif
