/*
 * The header among macros like those of <windows.h>, and with a library of another version.
 */
#include "check.hpp"

#undef YTX_HPP
#undef DELETE /* on Windows these two are the real ones */
#undef TEXT
#define ytx ytx_among_macros /* the header's own names once more */
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define ERROR 0
#define DELETE 0
#define IN
#define OUT
#define near
#define far
#define small char
#define interface struct
#define TEXT(quote) L##quote
#undef YTX_VERSION
#define YTX_VERSION "0.999.0"
#include "ytx.hpp"
#undef ytx

int main() {
  CHECK(ytx::versions_agree());
  CHECK(!ytx_among_macros::versions_agree());
  const auto client = ytx_among_macros::client::try_new(SID, TOKEN);
  CHECK(client.try_with_timeout(std::chrono::hours(10000)));
}
