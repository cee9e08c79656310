/*
 * One queue, and many threads that submit to it, take from it and cancel its calls: each call ends
 * once, as what it was submitted as.
 *
 * Arguments: the server's URL.
 */
#include "check.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

static void not_run(ytx::answer) { CHECK(false); }

constexpr int threads = 4, calls = 200;

static std::array<std::atomic<int>, threads * calls> ended;

static void end(std::uint64_t call, const ytx::answer &answer) {
  CHECK(ended.at(call).fetch_add(1) == 0);
  if (answer.status() != YTX_E_CANCELLED) {
    CHECK_STATUS(answer.status(), YTX_OK);
    CHECK_VIEW(answer.json(), echo("c" + std::to_string(call)).c_str());
  }
}

/* By tag, by callable, by future; each kind is cancelled at times. */
static void submit(const ytx::queue &queue, const ytx::client &client, std::uint64_t call) {
  const auto key = "c" + std::to_string(call);
  ytx_ticket ticket = 0;
  std::future<ytx::answer> answer;
  if (call % 3 == 0)
    ticket = queue.lock_meeting(client, APPID, key, call);
  else if (call % 3 == 1)
    ticket = queue.lock_meeting(client, APPID, key,
                                [call, owned = std::make_unique<int>(1)](ytx::answer given) {
      CHECK(*owned == 1);
      end(call, given);
    });
  else
    ticket = queue.try_lock_meeting(client, APPID, key, answer);
  CHECK(ticket != 0);
  if (call % 5 == 0) CHECK_STATUS(queue.cancel(ticket), YTX_OK);
  if (answer.valid()) end(call, answer.get());
}

/* Half of them by run_ready(), until the queue is closed. */
static void take_all(const ytx::queue &queue, bool runs) {
  for (;;) {
    if (runs) queue.run_ready(std::chrono::milliseconds(20));
    while (const auto event = runs ? queue.take(std::chrono::milliseconds(0)) : queue.take()) {
      if (event->closed()) return;
      end(event->tag(), *event);
    }
    CHECK(runs); /* nobody has woken it */
  }
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  const ytx::client client(SID, TOKEN, patient(argv[1]));
  const ytx::queue queue;
  std::vector<std::thread> takers, submitters;
  for (int thread = 0; thread < threads; thread++) {
    takers.emplace_back([&queue, thread] { take_all(queue, thread % 2 == 1); });
    submitters.emplace_back([&queue, &client, thread] {
      for (int call = 0; call < calls; call++)
        submit(queue, client, static_cast<std::uint64_t>(thread * calls + call));
    });
  }
  for (auto &thread : submitters) thread.join();
  CHECK_STATUS(queue.close(), YTX_OK);
  for (auto &thread : takers) thread.join();
  for (const auto &call : ended) CHECK(call == 1);

  /* And one that is destroyed with calls of all kinds in it, while others wait for futures. */
  std::vector<std::thread> waiters;
  {
    const ytx::queue dropped;
    for (int call = 0; call < 50; call++) {
      std::future<ytx::answer> answer;
      dropped.lock_meeting(client, APPID, "held d", not_run);
      CHECK(dropped.try_lock_meeting(client, APPID, "held d", answer) != 0);
      waiters.emplace_back([answer = std::move(answer)]() mutable {
        CHECK_STATUS(answer.get().status(), YTX_E_CANCELLED);
      });
    }
  }
  for (auto &thread : waiters) thread.join();
}
