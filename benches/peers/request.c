/* Signing as a careful program does it with OpenSSL; see request.h. */
#define _GNU_SOURCE
#include "request.h"

#include <openssl/evp.h>
#include <string.h>
#include <time.h>

#include "account.h"

static const time_t chinas_zone = 8 * 3600;

void request_open(struct request *request) {
  request->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
  request->digest = EVP_MD_CTX_new();
  if (request->md5 == NULL || request->digest == NULL) peer_fail("no MD5");
}

static void put_hex(char *out, const unsigned char *bytes, unsigned count) {
  static const char digits[] = "0123456789ABCDEF";
  for (unsigned i = 0; i < count; i++) {
    *out++ = digits[bytes[i] >> 4];
    *out++ = digits[bytes[i] & 15];
  }
  *out = '\0';
}

void request_sign(struct request *request, enum work work) {
  char timestamp[16], text[128];
  unsigned char md5[EVP_MAX_MD_SIZE];
  unsigned md5_length;
  struct tm local;
  time_t now = time(NULL) + chinas_zone;
  strftime(timestamp, sizeof timestamp, "%Y%m%d%H%M%S", gmtime_r(&now, &local));

  char *end = stpcpy(stpcpy(text, SID TOKEN), timestamp);
  if (!EVP_DigestInit_ex(request->digest, request->md5, NULL) ||
      !EVP_DigestUpdate(request->digest, text, (size_t)(end - text)) ||
      !EVP_DigestFinal_ex(request->digest, md5, &md5_length))
    peer_fail("MD5 failed");
  end = stpcpy(request->path, "/201612/sid/" SID "/call/TeleMeeting.wx?Sign=");
  put_hex(end, md5, md5_length);

  end = stpcpy(stpcpy(text, SID "|"), timestamp);
  EVP_EncodeBlock((unsigned char *)request->authorization, (unsigned char *)text,
                  (int)(end - text));

  end = stpcpy(request->body, "{\"action\":\"");
  end = stpcpy(end, work == LOCK ? "lockMeeting" : "meetingState");
  end = stpcpy(end, "\",\"appid\":\"" APPID "\",\"confid\":\"" CONFID);
  end = stpcpy(end, work == LOCK ? "\",\"lackstate\":\"1\"}" : "\"}");
  request->body_length = (size_t)(end - request->body);
}

void request_close(struct request *request) {
  EVP_MD_CTX_free(request->digest);
  EVP_MD_free(request->md5);
}
