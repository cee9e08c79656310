/*
 * The header in two files of one program: see other_file.cpp. The other file may be compiled
 * without exceptions, while this one's log callback throws.
 *
 * Arguments: the server's URL.
 */
#include "check.hpp"

bool locks_in_the_other_file(const char *url);

int main(int argc, char **argv) {
  CHECK(argc == 2);
  int thrown = 0;
  ytx::options settings = patient(argv[1]);
  settings.log_level = YTX_LOG_DEBUG;
  settings.log = [&](std::int32_t, std::string_view) {
    thrown++;
    throw std::runtime_error("from the log");
  };
  CHECK(ytx::client(SID, TOKEN, settings).lock_meeting(APPID, "this file").ok());
  CHECK(thrown > 0);
  CHECK(locks_in_the_other_file(argv[1]));
}
