/*
 * A switch that never waits for the platform: one thread with poll(), which reads what callers
 * want, while the answers to others come in. By hand, at the root of the repository:
 *
 *     cargo rustc --release --features capi --crate-type cdylib
 *     c++ -std=c++17 examples/cpp/event_loop.cpp -Iinclude -Ltarget/release -lytx \
 *         -Wl,-rpath,"$PWD/target/release" -o target/event_loop++
 *     target/event_loop++
 *
 * Its events are lines that you type: "1 lock 002", "2 unlock 002", "1 hangup", with the number of
 * a leg at the front. `cargo run -p ytx-sandbox -- --delay 2000` gives you time to hang up.
 */

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "ytx.hpp"

/* An environment variable; one that is missing is empty, and the library says what it was for. */
static std::string variable(const char *name) {
  const char *value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class conference_switch {
 public:
  conference_switch()
      : appid_(variable("YTX_APPID")),
        client_(variable("YTX_ACCOUNT_SID"), variable("YTX_AUTH_TOKEN"), options()) {}

  /* Until there is no input, and each leg has its answer. */
  void run() {
    pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {static_cast<int>(queue_.fd()), POLLIN, 0}};
    while (sources[0].fd != -1 || !calls_.empty()) {
      poll(sources, 2, -1);
      if (sources[0].revents != 0 && !read_lines()) sources[0].fd = -1;
      queue_.run_ready();
    }
  }

 private:
  static ytx::options options() {
    ytx::options options;
    options.base_url = variable("YTX_BASE_URL");
    options.log = [](int, std::string_view line) { std::cerr << "ytx: " << line << '\n'; };
    return options;
  }

  bool read_lines() {
    char bytes[4096];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0) return false;
    input_.append(bytes, static_cast<std::size_t>(count));
    for (std::size_t end; (end = input_.find('\n')) != std::string::npos; input_.erase(0, end + 1))
      handle(std::istringstream(input_.substr(0, end)));
    return true;
  }

  void handle(std::istringstream line) {
    std::string leg, event, room;
    line >> leg >> event >> room;
    const auto call = calls_.find(leg);
    if (event == "hangup") {
      if (call != calls_.end()) queue_.cancel(call->second);
    } else if (call != calls_.end() || (event != "lock" && event != "unlock")) {
      std::cout << "leg " << leg << ": not now" << std::endl;
    } else {
      begin(leg, event, room);
    }
  }

  /* The answer comes back to this thread, in run_ready(). */
  void begin(const std::string &leg, const std::string &event, const std::string &room) {
    const auto answered = [this, leg](const ytx::answer &answer) {
      calls_.erase(leg);
      std::cout << "leg " << leg << ": " << ytx_status_name(answer.status()) << std::endl;
    };
    try {
      calls_[leg] = event == "lock" ? queue_.lock_meeting(client_, appid_, room, answered)
                                    : queue_.unlock_meeting(client_, appid_, room, answered);
    } catch (const ytx::error &refused) { /* YTX_E_BUSY, mostly */
      calls_.erase(leg);
      std::cout << "leg " << leg << ": " << refused.name() << std::endl;
    }
  }

  std::string appid_, input_;
  std::map<std::string, ytx_ticket> calls_; /* by leg, those under way */
  ytx::client client_;
  ytx::queue queue_; /* last, so that it goes first: its callables know the others */
};

int main() {
  try {
    conference_switch().run();
  } catch (const ytx::error &failure) {
    std::cerr << failure.what() << '\n';
    return EXIT_FAILURE;
  }
}
