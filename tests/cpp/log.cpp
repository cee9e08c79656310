/*
 * The log callback: where it runs, how long it is kept, and that what it throws goes no further.
 *
 * Arguments: the server's URL.
 */
#include "check.hpp"

#include <thread>

static ytx::options loud(const char *url) {
  ytx::options settings = patient(url);
  settings.log_level = YTX_LOG_DEBUG;
  return settings;
}

/* A client and all derived from it share the callback; the last one lets go of it. */
static void it_lives_as_long_as_its_clients(const char *url) {
  const auto lines = std::make_shared<int>(0);
  ytx::options settings = loud(url);
  settings.log = [lines](std::int32_t, std::string_view) { ++*lines; };
  ytx::client client(SID, TOKEN, settings);
  settings = ytx::options();
  CHECK(lines.use_count() == 2);

  ytx::client derived = client.with_timeout(std::chrono::minutes(1));
  client = ytx::client();
  CHECK(lines.use_count() == 2);
  const int before = *lines;
  derived.lock_meeting(APPID, "logged");
  CHECK(*lines > before);

  ytx::client moved_to = std::move(derived);
  moved_to = ytx::client();
  CHECK(lines.use_count() == 1);
}

static void a_client_that_is_not_made_does_not_keep_it() {
  const auto lines = std::make_shared<int>(0);
  ytx::options settings = loud("ftp://host");
  settings.log = [lines](std::int32_t, std::string_view) { ++*lines; };
  CHECK(!ytx::client::try_new(SID, TOKEN, settings));
  thrown_by([&] { ytx::client(SID, TOKEN, settings); });
  CHECK(*lines == 2);
  CHECK(lines.use_count() == 2);
}

/* Every line throws, when a client is made, refused, derived from and used. */
static void what_it_throws_goes_no_further(const char *url) {
  int thrown = 0;
  ytx::options settings = loud(url);
  settings.log = [&](std::int32_t, std::string_view) {
    thrown++;
    throw std::runtime_error("from the log");
  };
  const ytx::client client(SID, TOKEN, settings);
  CHECK(client.lock_meeting(APPID, "thrown").ok());
  CHECK_STATUS(client.try_lock_meeting(APPID, "close").status(), YTX_E_IO);
  const int before = thrown;
  CHECK(before >= 3);
  settings.base_url = "ftp://host";
  CHECK_HOLDS(thrown_by([&] { ytx::client(SID, TOKEN, settings); }).what(), "base_url");
  CHECK(thrown == before + 1);
}

static void it_runs_on_the_calling_thread_and_may_call(const char *url) {
  ytx::client client;
  std::thread::id calling;
  int lines = 0;
  bool in_the_log = false;
  ytx::options settings = loud(url);
  settings.log = [&](std::int32_t level, std::string_view line) {
    CHECK(std::this_thread::get_id() == calling);
    CHECK(level >= YTX_LOG_ERROR && level <= YTX_LOG_DEBUG);
    CHECK(!line.empty());
    lines++;
    if (in_the_log || !client) return;
    in_the_log = true;
    CHECK(client.lock_meeting(APPID, "from the log").ok());
    in_the_log = false;
  };
  calling = std::this_thread::get_id();
  client = ytx::client(SID, TOKEN, settings);
  std::thread([&] {
    calling = std::this_thread::get_id();
    const int before = lines;
    CHECK(client.lock_meeting(APPID, "elsewhere").ok());
    CHECK(lines >= before + 2);
  }).join();
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  it_lives_as_long_as_its_clients(argv[1]);
  a_client_that_is_not_made_does_not_keep_it();
  what_it_throws_goes_no_further(argv[1]);
  it_runs_on_the_calling_thread_and_may_call(argv[1]);
}
