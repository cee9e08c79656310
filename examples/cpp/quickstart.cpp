/*
 * Locks a conference room, shows who is in it, unlocks it; then shows a refusal, as an exception
 * and as a value. By hand, at the root of the repository:
 *
 *     cargo rustc --release --features capi --crate-type cdylib
 *     c++ -std=c++17 examples/cpp/quickstart.cpp -Iinclude -Ltarget/release -lytx \
 *         -Wl,-rpath,"$PWD/target/release" -o target/quickstart
 *     target/quickstart
 *
 * `cargo run -p ytx-sandbox` starts a local platform and prints the environment variables.
 */

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "ytx.hpp"

/* An environment variable; one that is missing is empty, and the library says what it was for. */
static std::string variable(const char *name) {
  const char *value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int main() {
  const std::string appid = variable("YTX_APPID"), confid = variable("YTX_CONFID");

  ytx::options options;
  options.base_url = variable("YTX_BASE_URL");
  options.timeout = std::chrono::seconds(10);
  options.log = [](int, std::string_view line) { std::cerr << "ytx: " << line << '\n'; };

  try {
    const ytx::client client(variable("YTX_ACCOUNT_SID"), variable("YTX_AUTH_TOKEN"), options);

    std::cout << "libytx " << ytx_version() << '\n';
    client.lock_meeting(appid, confid);
    std::cout << "Room " << confid << " is locked.\n";

    /* The platform's JSON as it came; any JSON library reads the members. */
    std::cout << client.meeting_state(appid, confid).json() << '\n';

    client.unlock_meeting(appid, confid);
    std::cout << "Room " << confid << " is open.\n";

    /* Not a surprise here, so no exception. */
    const ytx::answer refused = client.try_lock_meeting("an-appid-of-nobody", confid);
    std::cout << ytx_status_name(refused.status()) << ": " << refused.json() << '\n';
    return refused.status() == YTX_APP_CHECK_FAILED ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const ytx::error &failure) {
    std::cerr << failure.what() << (failure.retryable() ? " (try again later)" : "") << '\n';
    return EXIT_FAILURE;
  }
}
