/*
 * A queue's calls that throw, futures that throw, and callables that do.
 *
 * Arguments: the server's URL. It holds "held…" back.
 */
#include "check.hpp"

#include <thread>

using std::chrono::minutes;

/* An argument that is not allowed: the event is there as soon as it is submitted. */
static const char *const at_once = "a\tb";

static void every_call_is_answered(const ytx::client &client) {
  const ytx::queue queue;
  std::string seen;
  const auto note = [&](ytx::answer answer) { seen = answer.json(); };
  queue.lock_meeting(client, APPID, "awaited 1", note);
  CHECK(queue.run_ready(minutes(1)) == 1 && seen == echo("awaited 1"));
  queue.unlock_meeting(client, APPID, "awaited 2", note);
  CHECK(queue.run_ready(minutes(1)) == 1 && seen == echo("awaited 2"));
  queue.meeting_state(client, APPID, "awaited 3", note);
  CHECK(queue.run_ready(minutes(1)) == 1 && seen == echo("awaited 3"));
  queue.request(client, "call", "Awaited4.wx", "{}", note);
  CHECK(queue.run_ready(minutes(1)) == 1 && seen == echo("Awaited4.wx"));
  const auto ticket = queue.request(client, "sms", "Awaited5.wx", "{ }", 5, "201701");
  const auto event = queue.take();
  CHECK(event && event->tag() == 5 && event->ticket() == ticket);
  CHECK_VIEW(event->json(), echo("Awaited5.wx").c_str());
}

static void every_submission_throws(const ytx::queue &queue, const ytx::client &client,
                                    ytx_status status, bool retryable) {
  const auto none = [](ytx::answer) { CHECK(false); };
  const auto check = [&](auto call) { check_failure(thrown_by(call), status, retryable); };
  check([&] { queue.lock_meeting(client, APPID, "never", none); });
  check([&] { queue.unlock_meeting(client, APPID, "never", 1); });
  check([&] { queue.meeting_state(client, APPID, "never", none); });
  check([&] { queue.request(client, "call", "never", "{}", none); });
  std::future<ytx::answer> answer;
  check([&] { queue.lock_meeting(client, APPID, "never", answer); });
  CHECK(!answer.valid());
}

static void what_is_not_accepted_throws(const ytx::client &client) {
  every_submission_throws(ytx::queue(nullptr), client, YTX_E_INVALID_HANDLE, false);
  ytx::queue_options settings;
  settings.max_pending = 1;
  const ytx::queue queue(settings);
  every_submission_throws(queue, ytx::client(), YTX_E_INVALID_HANDLE, false);
  queue.lock_meeting(client, APPID, at_once, 1);
  every_submission_throws(queue, client, YTX_E_BUSY, ytx_status_is_retryable(YTX_E_BUSY) != 0);
  const auto busy = thrown_by([&] { queue.lock_meeting(client, APPID, "never", 1); });
  CHECK(busy.what() == std::string("YTX_E_BUSY: ") + ytx_status_text(YTX_E_BUSY));
  CHECK_STATUS(queue.close(), YTX_OK);
  every_submission_throws(queue, client, YTX_E_CANCELLED, false);
}

/* A callable that throws on the way into the queue. */
struct heavy {
  heavy() = default;
  heavy(const heavy &) { throw std::runtime_error("no place"); }
  void operator()(ytx::answer) const {}
};

static void a_callable_that_cannot_be_kept(const ytx::client &client) {
  const ytx::queue queue;
  const heavy callable;
  ytx_status status = -9999;
  CHECK(queue.try_lock_meeting(client, APPID, "never", callable, &status) == 0);
  CHECK_STATUS(status, YTX_E_INTERNAL);
  try {
    queue.lock_meeting(client, APPID, "never", callable);
    CHECK(false);
  } catch (const std::runtime_error &thrown) {
    CHECK_TEXT(thrown.what(), "no place");
  }
  CHECK(!queue.take(std::chrono::milliseconds(0)));
}

static void futures_throw(const ytx::client &client) {
  ytx::queue queue;
  std::thread taker([&] { CHECK(queue.take()->closed()); });
  std::future<ytx::answer> good, bad;
  queue.lock_meeting(client, APPID, "future", good);
  const std::string refusal = R"({"statusCode":"-205","statusMsg":"x"})";
  queue.lock_meeting(client, APPID, told("200", refusal), bad);
  CHECK_VIEW(good.get().json(), echo("future").c_str());
  const auto failure = thrown_by([&] { bad.get(); });
  check_failure(failure, YTX_APP_CHECK_FAILED, false);
  CHECK_VIEW(failure.json(), refusal.c_str());
  queue.request(client, "call", "", "{}", bad);
  CHECK_HOLDS(thrown_by([&] { bad.get(); }).what(), "YTX_E_INVALID_ARGUMENT: func_url is empty");
  CHECK_STATUS(queue.close(), YTX_OK);
  taker.join();
}

static void a_dropped_future_is_broken(const ytx::client &client) {
  ytx::queue queue;
  std::future<ytx::answer> thrown, told;
  queue.lock_meeting(client, APPID, "held f", thrown);
  CHECK(queue.try_lock_meeting(client, APPID, "held f", told) != 0);
  queue = ytx::queue(nullptr);
  try {
    thrown.get();
    CHECK(false);
  } catch (const std::future_error &error) {
    CHECK(error.code() == std::future_errc::broken_promise);
  }
  CHECK_STATUS(told.get().status(), YTX_E_CANCELLED);
}

/* Each that throws comes out of the function that ran it, and only that one is used up. */
static void what_callables_throw_comes_out(const ytx::client &client) {
  const ytx::queue queue;
  const auto owned = std::make_shared<int>(0);
  const auto thrower = [owned](ytx::answer answer) { throw answer.status(); };
  for (int round = 0; round < 3; round++) {
    queue.lock_meeting(client, APPID, at_once, thrower);
    queue.lock_meeting(client, APPID, at_once, round);
    queue.lock_meeting(client, APPID, at_once, [owned](ytx::answer) { ++*owned; });
  }
  CHECK(owned.use_count() == 8);
  int thrown = 0;
  for (const bool by_take : {true, false, false, false}) {
    try {
      if (by_take) {
        CHECK(!queue.take());
        CHECK(false);
      } else {
        queue.run_ready();
      }
    } catch (ytx_status status) {
      CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
      thrown++;
    }
  }
  CHECK(thrown == 3 && *owned == 3 && owned.use_count() == 2);
  for (std::uint64_t round = 0; round < 3; round++)
    CHECK(queue.take(std::chrono::milliseconds(0))->tag() == round);
  CHECK(!queue.take(std::chrono::milliseconds(0)));
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  const ytx::client client(SID, TOKEN, patient(argv[1]));
  every_call_is_answered(client);
  what_is_not_accepted_throws(client);
  a_callable_that_cannot_be_kept(client);
  futures_throw(client);
  a_dropped_future_is_broken(client);
  what_callables_throw_comes_out(client);
}
