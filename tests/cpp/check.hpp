/*
 * What the C++ programs share, beside the checks of the C programs; included first.
 */
#ifndef YTX_TEST_CHECK_HPP
#define YTX_TEST_CHECK_HPP

#include "../c/check.h"

#include "ytx.hpp"

#define CHECK_VIEW(actual, expected) CHECK_TEXT(std::string(actual).c_str(), expected)

/* Options for a server of the test: patient, since the machine may be busy. */
inline ytx::options patient(const char *base_url) {
  ytx::options settings;
  settings.base_url = base_url;
  settings.timeout = std::chrono::minutes(1);
  settings.connect_timeout = std::chrono::minutes(1);
  return settings;
}

/* What the server answers: see behaviour.rs. */
inline std::string echo(const std::string &key) {
  return R"({"statusCode":"0","echo":")" + key + "\"}";
}

/* The server sends this body when it is asked for this confid. */
inline std::string told(const std::string &http_status, const std::string &body) {
  constexpr char digits[] = "0123456789abcdef";
  std::string confid = http_status + ":";
  for (const char character : body) {
    const auto byte = static_cast<unsigned char>(character);
    confid += {digits[byte / 16], digits[byte % 16]};
  }
  return confid;
}

/* A failure's two faces, an answer and an exception, say the same. */
template <typename Failure>
void check_failure(const Failure &failure, ytx_status status, bool retryable) {
  CHECK_STATUS(failure.status(), status);
  CHECK(failure.retryable() == retryable);
}

#ifdef __cpp_exceptions
/* A copy of what a call throws; the original is gone when this returns. */
template <typename Call>
ytx::error thrown_by(Call &&call) {
  try {
    call();
  } catch (const ytx::error &failure) {
    return failure;
  }
  check_failed(__FILE__, __LINE__, "nothing was thrown", "");
  std::abort();
}
#endif

#endif
