/*
 * One client, many threads, and one that ends the others' calls.
 *
 * Arguments: the server's URL. It holds "held…" back, and answers "await …" as soon as that has
 * arrived.
 */
#include "check.hpp"

#include <thread>
#include <vector>

static void each_gets_its_own_answers(const ytx::client &client) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 16; thread++)
    threads.emplace_back([&client, thread] {
      for (int call = 0; call < 25; call++) {
        const auto key = "t" + std::to_string(thread) + "c" + std::to_string(call);
        CHECK_VIEW(client.lock_meeting(APPID, key).json(), echo(key).c_str());
      }
    });
  for (auto &thread : threads) thread.join();
}

/* With a minute's timeout nothing but the cancel can end them in time. */
static void one_cancels_the_others(const ytx::client &parent) {
  const auto client = parent.with_timeout(std::chrono::minutes(1));
  std::thread by_value([&] {
    CHECK_STATUS(client.try_lock_meeting(APPID, "held 1").status(), YTX_E_CANCELLED);
  });
  std::thread by_exception([&] {
    const auto failure = thrown_by([&] { client.lock_meeting(APPID, "held 2"); });
    CHECK_STATUS(failure.status(), YTX_E_CANCELLED);
  });
  parent.lock_meeting(APPID, "await held 1");
  parent.lock_meeting(APPID, "await held 2");
  const auto begin = now_ms();
  CHECK_STATUS(client.cancel(), YTX_OK);
  by_value.join();
  by_exception.join();
  CHECK(now_ms() - begin < 20000);
  CHECK(parent.lock_meeting(APPID, "after the cancel").ok());
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  const ytx::client client(SID, TOKEN, patient(argv[1]));
  each_gets_its_own_answers(client);
  one_cancels_the_others(client);
}
