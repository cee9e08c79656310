/*
 * The other half of two_files.cpp.
 */
#include "check.hpp"

bool locks_in_the_other_file(const char *url);

bool locks_in_the_other_file(const char *url) {
  int lines = 0;
  ytx::options settings = patient(url);
  settings.log_level = YTX_LOG_DEBUG;
  settings.log = [&](std::int32_t, std::string_view) { lines++; };
  const auto client = ytx::client::try_new(SID, TOKEN, settings);
  return client.try_lock_meeting(APPID, "other file").ok() && lines > 0;
}
