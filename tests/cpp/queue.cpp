/*
 * A queue without exceptions: what is submitted with a number, a callable or a future, and what
 * becomes of it. It is compiled with and without exceptions and RTTI.
 *
 * Arguments: the server's URL. It holds "held…" back.
 */
#include "check.hpp"

#ifndef _WIN32
#include <poll.h>
#include <sys/wait.h>
#endif

#include <atomic>
#include <thread>
#include <type_traits>
#include <vector>

using std::chrono::milliseconds;
using std::chrono::minutes;

static_assert(!std::is_copy_constructible_v<ytx::queue>);
static_assert(!std::is_copy_assignable_v<ytx::queue>);
static_assert(!std::is_copy_constructible_v<ytx::event>);
static_assert(std::is_nothrow_move_constructible_v<ytx::queue>);
static_assert(std::is_nothrow_move_assignable_v<ytx::queue>);
static_assert(std::is_nothrow_move_constructible_v<ytx::event>);
static_assert(std::is_nothrow_move_assignable_v<ytx::event>);
static_assert(std::is_base_of_v<ytx::answer, ytx::event>);

/* An argument that is not allowed: the event is there as soon as it is submitted. */
static const char *const at_once = "a\tb";

static ytx::queue new_queue(const ytx::queue_options &settings = {}) {
  ytx_status status = -9999;
  ytx::queue queue = ytx::queue::try_new(settings, &status);
  CHECK_STATUS(status, YTX_OK);
  CHECK(static_cast<bool>(queue));
  return queue;
}

/* Move-only, as a callable may be. It counts how often it was run, and who of its kind lives. */
class counter {
 public:
  explicit counter(int &runs, int &living) : runs_(&runs), living_(&living, [](int *count) {
    --*count;
  }) {
    ++living;
  }

  void operator()(const ytx::event &) { ++*runs_; }

 private:
  int *runs_;
  std::unique_ptr<int, void (*)(int *)> living_;
};

/* Everything taken until this returns is one event. */
static ytx::event take_one(const ytx::queue &queue) {
  auto event = queue.take(minutes(1));
  CHECK(event.has_value());
  return std::move(*event);
}

static void check_done(const ytx::event &event, ytx_ticket ticket, std::uint64_t tag,
                       const std::string &json) {
  CHECK_STATUS(event.status(), YTX_OK);
  CHECK(event.type() == YTX_EVENT_DONE && !event.closed() && event.ok());
  CHECK(ticket != 0 && event.ticket() == ticket && event.tag() == tag);
  CHECK_VIEW(event.json(), json.c_str());
}

static void check_closed(const ytx::queue &queue, ytx_status status) {
  for (int again = 0; again < 2; again++) {
    const auto event = queue.take();
    CHECK(event && event->closed() && event->type() == YTX_EVENT_CLOSED);
    CHECK_STATUS(event->status(), status);
    CHECK(event->ticket() == 0 && event->tag() == 0 && event->json().empty());
  }
  CHECK(queue.run_ready(minutes(1)) == 0);
}

/* Each is taken before the next, so that the server sees their order. */
static void every_call_comes_back_with_its_tag(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  ytx_status status = -9999;
  auto ticket = queue.try_lock_meeting(client, APPID, "queued 1", UINT64_MAX, &status);
  CHECK_STATUS(status, YTX_OK);
  check_done(take_one(queue), ticket, UINT64_MAX, echo("queued 1"));
  ticket = queue.try_unlock_meeting(client, APPID, "queued 2", 0, &status);
  check_done(take_one(queue), ticket, 0, echo("queued 2"));
  ticket = queue.try_meeting_state(client, APPID, std::string("queued 3"), -1, &status);
  check_done(take_one(queue), ticket, UINT64_MAX, echo("queued 3"));
  ticket = queue.try_request(client, "call", "Queued4.wx", "{}", 4U, nullptr, &status);
  check_done(take_one(queue), ticket, 4, echo("Queued4.wx"));
  ticket = queue.try_request(client, "sms", "Queued5.wx", "{ }", 5, "201701");
  check_done(take_one(queue), ticket, 5, echo("Queued5.wx"));
  CHECK(!queue.take(milliseconds(0)));
}

static void an_argument_is_refused_by_the_event(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  const auto with_nul = std::string("nev\0er", 6);
  CHECK(queue.try_lock_meeting(client, APPID, with_nul, 1) != 0);
  auto event = take_one(queue);
  CHECK_STATUS(event.status(), YTX_E_INVALID_ARGUMENT);
  CHECK_HOLDS(event.c_str(), "confid holds a control character at byte 3");
  CHECK(queue.try_request(client, "call", "never", nullptr, 2) != 0);
  event = take_one(queue);
  CHECK_HOLDS(event.c_str(), "body_json is NULL");
  CHECK(event.tag() == 2);
  const ytx::answer answer = std::move(event);
  CHECK_HOLDS(answer.c_str(), "body_json is NULL");
  CHECK(event.json().empty());
}

static void check_refused(const ytx::queue &queue, const ytx::client &client, ytx_status expected) {
  int runs = 0, living = 0;
  ytx_status status = -9999;
  CHECK(queue.try_lock_meeting(client, APPID, "never", 1, &status) == 0);
  CHECK_STATUS(status, expected);
  status = -9999;
  CHECK(queue.try_meeting_state(client, APPID, "never", counter(runs, living), &status) == 0);
  CHECK_STATUS(status, expected);
  CHECK(runs == 0 && living == 0);
  std::future<ytx::answer> answer = std::promise<ytx::answer>().get_future();
  status = -9999;
  CHECK(queue.try_request(client, "call", "never", "{}", answer, nullptr, &status) == 0);
  CHECK_STATUS(status, expected);
  CHECK(!answer.valid());
}

static void check_empty(const ytx::queue &empty, const ytx::client &client) {
  CHECK(!empty);
  CHECK(empty.fd() == -1);
  check_refused(empty, client, YTX_E_INVALID_HANDLE);
  check_closed(empty, YTX_E_INVALID_HANDLE);
  CHECK_STATUS(empty.wake(), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(empty.cancel(1), YTX_E_INVALID_HANDLE);
  CHECK_STATUS(empty.close(), YTX_E_INVALID_HANDLE);
}

static void an_empty_one_says_so(const ytx::client &client) {
  check_empty(ytx::queue(nullptr), client);
  ytx::queue queue = new_queue();
  check_refused(queue, ytx::client(), YTX_E_INVALID_HANDLE);
  CHECK(!queue.take(milliseconds(0)));
  const auto descriptor = queue.fd();
  CHECK(descriptor != -1);
  int runs = 0, living = 0;
  CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
  const ytx::queue moved_to = std::move(queue);
  check_empty(queue, client);
  CHECK(moved_to.fd() == descriptor);
  CHECK(moved_to.run_ready(minutes(1)) == 1 && runs == 1 && living == 0);
}

static void one_that_is_full_is_busy(const ytx::client &client) {
  ytx::queue_options settings;
  settings.max_pending = 1;
  const ytx::queue queue = new_queue(settings);
  int runs = 0, living = 0;
  CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
  check_refused(queue, client, YTX_E_BUSY);
  CHECK(queue.run_ready() == 1 && runs == 1);
  CHECK(queue.try_lock_meeting(client, APPID, at_once, 0) != 0);
}

/* On the thread that takes, with the event, once; and gone after that. */
static void a_callable_is_run_by_who_takes(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  int runs = 0, living = 0;
  std::thread::id runner;
  ytx_ticket ticket = 0;
  auto owned = std::make_unique<counter>(runs, living);
  std::thread([&] {
    ticket = queue.try_lock_meeting(client, APPID, "called",
                                    [&, owned = std::move(owned)](ytx::event event) {
      runner = std::this_thread::get_id();
      check_done(event, ticket, 0, echo("called"));
      (*owned)(event);
    });
  }).join();
  CHECK(runs == 0 && living == 1);
  CHECK(queue.run_ready(minutes(1)) == 1);
  CHECK(runner == std::this_thread::get_id() && runs == 1 && living == 0);
  CHECK(queue.run_ready() == 0 && runs == 1);

  /* What takes an answer takes an event too, by value or by reference. */
  std::string seen;
  const std::function<void(ytx::answer)> by_value = [&](ytx::answer answer) {
    seen += answer.json();
  };
  CHECK(queue.try_meeting_state(client, APPID, "by value", by_value) != 0);
  CHECK(queue.run_ready(minutes(1)) == 1);
  auto by_reference = [&](const ytx::answer &answer) { seen += answer.json(); };
  CHECK(queue.try_meeting_state(client, APPID, "by reference", std::ref(by_reference)) != 0);
  CHECK(queue.run_ready(minutes(1)) == 1);
  CHECK(seen == echo("by value") + echo("by reference"));
}

static void run_ready_runs_all_that_are_ready(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  CHECK(queue.run_ready() == 0);
  CHECK(queue.run_ready(milliseconds(-1)) == 0);
  CHECK(queue.run_ready(milliseconds(1)) == 0);
  int runs = 0, living = 0;
  for (int call = 0; call < 10; call++)
    CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
  CHECK(living == 10);
  CHECK(queue.run_ready() == 10 && runs == 10 && living == 0);
  /* One that is submitted by a callable may be ready as well. */
  CHECK(queue.try_lock_meeting(client, APPID, at_once, [&](ytx::event &&) {
    CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
  }) != 0);
  CHECK(queue.run_ready() == 2 && runs == 11);
}

static void both_kinds_on_one_queue(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  int runs = 0, living = 0;
  const auto submit = [&] {
    CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
    CHECK(queue.try_lock_meeting(client, APPID, at_once, 1) != 0);
    CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
    CHECK(queue.try_lock_meeting(client, APPID, at_once, 2) != 0);
  };
  submit();
  CHECK(take_one(queue).tag() == 1 && runs == 1);
  CHECK(take_one(queue).tag() == 2 && runs == 2);
  CHECK(!queue.take(milliseconds(0)));

  submit();
  CHECK(queue.run_ready() == 2 && runs == 4);
  const auto aside = take_one(queue);
  CHECK(aside.tag() == 1);
  CHECK_HOLDS(aside.c_str(), "confid holds a control character");
  CHECK(queue.try_lock_meeting(client, APPID, at_once, 3) != 0);
  CHECK(take_one(queue).tag() == 2 && take_one(queue).tag() == 3);

  /* One with a tag ends the waiting; closed is said after it. */
  CHECK(queue.try_lock_meeting(client, APPID, at_once, 4) != 0);
  const auto begin = now_ms();
  CHECK(queue.run_ready(minutes(1)) == 0);
  CHECK(now_ms() - begin < 20000);
  CHECK_STATUS(queue.close(), YTX_OK);
  CHECK(take_one(queue).tag() == 4);
  check_closed(queue, YTX_OK);
}

static void an_addresss_tag_is_nobodys_callable(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  int runs = 0, living = 0;
  for (std::uintptr_t step = 0; step < 64; step++) {
    CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
    const auto address = reinterpret_cast<std::uintptr_t>(&runs) + 16 * step;
    CHECK(queue.try_lock_meeting(client, APPID, at_once, address) != 0);
    CHECK(take_one(queue).tag() == address);
  }
  CHECK(runs == 64 && living == 0);
}

static void a_wake_ends_one_wait(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  CHECK_STATUS(queue.wake(), YTX_OK);
  CHECK(!queue.take());
  CHECK_STATUS(queue.wake(), YTX_OK);
  CHECK(queue.run_ready(minutes(1)) == 0);
  const auto begin = now_ms();
  CHECK(!queue.take(milliseconds(30)));
  CHECK(now_ms() - begin >= 30);
  /* A callable on the way is run, and the waiting goes on. */
  int runs = 0, living = 0;
  CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
  CHECK(!queue.take(milliseconds(30)));
  CHECK(runs == 1 && now_ms() - begin >= 60);
  CHECK(queue.try_lock_meeting(client, APPID, at_once, 1) != 0);
  CHECK(queue.take((milliseconds::max)())->tag() == 1);
}

static void cancelled_and_closed(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  ytx_status seen = -9999;
  const auto ticket = queue.try_lock_meeting(client, APPID, "held c1", [&](ytx::answer answer) {
    seen = answer.status();
  });
  CHECK_STATUS(queue.cancel(ticket), YTX_OK);
  CHECK(queue.run_ready(minutes(1)) == 1);
  CHECK_STATUS(seen, YTX_E_CANCELLED);
  CHECK_STATUS(queue.cancel(ticket), YTX_OK);
  CHECK_STATUS(queue.cancel(0), YTX_E_INVALID_ARGUMENT);

  int runs = 0, living = 0;
  CHECK(queue.try_lock_meeting(client, APPID, "held c2", counter(runs, living)) != 0);
  CHECK(queue.try_lock_meeting(client, APPID, "held c3", 3) != 0);
  CHECK_STATUS(queue.close(), YTX_OK);
  check_refused(queue, client, YTX_E_CANCELLED);
  const auto event = take_one(queue);
  CHECK(event.tag() == 3);
  CHECK_STATUS(event.status(), YTX_E_CANCELLED);
  check_closed(queue, YTX_OK);
  CHECK(runs == 1 && living == 0);
}

static void futures_have_the_answer(const ytx::client &client) {
  ytx::queue queue = new_queue();
  std::thread taker([&] {
    const auto event = queue.take();
    CHECK(event && event->closed());
  });
  std::future<ytx::answer> good, bad;
  const auto ticket = queue.try_lock_meeting(client, APPID, "future", good);
  CHECK(ticket != 0);
  const std::string refusal = R"({"statusCode":"-205","statusMsg":"x"})";
  CHECK(queue.try_meeting_state(client, APPID, told("200", refusal), bad) != 0);
  const ytx::answer answer = good.get();
  CHECK_STATUS(answer.status(), YTX_OK);
  CHECK_VIEW(answer.json(), echo("future").c_str());
  const ytx::answer refused = bad.get();
  CHECK_STATUS(refused.status(), YTX_APP_CHECK_FAILED);
  CHECK_VIEW(refused.json(), refusal.c_str());

  CHECK(queue.try_lock_meeting(client, APPID, "held f1", good) != 0);
  CHECK_STATUS(queue.close(), YTX_OK);
  taker.join();
  CHECK_STATUS(good.get().status(), YTX_E_CANCELLED);

  queue = new_queue();
  CHECK(queue.try_lock_meeting(client, APPID, "held f2", good) != 0);
  queue = ytx::queue(nullptr);
  const ytx::answer dropped = good.get();
  CHECK_STATUS(dropped.status(), YTX_E_CANCELLED);
  CHECK(dropped.json().empty());
}

/* Under way, ended, or set aside. */
static void what_is_not_taken_is_dropped(const ytx::client &client) {
  int runs = 0, living = 0;
  {
    ytx::queue queue = new_queue();
    CHECK(queue.try_lock_meeting(client, APPID, "held d", counter(runs, living)) != 0);
    CHECK(queue.try_lock_meeting(client, APPID, at_once, 1) != 0);
    CHECK(queue.run_ready(minutes(1)) == 0);
    CHECK(queue.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
    CHECK(queue.try_lock_meeting(client, APPID, at_once, 2) != 0);
    CHECK(living == 2);
    queue = new_queue();
    CHECK(runs == 0 && living == 0);
    CHECK(queue.try_lock_meeting(client, APPID, "held d", counter(runs, living)) != 0);
    CHECK(living == 1);
  }
  CHECK(runs == 0 && living == 0);
}

static void a_callable_may_destroy_its_queue(const ytx::client &client) {
  int runs = 0, living = 0;
  for (const bool by_take : {true, false}) {
    auto queue = std::make_unique<ytx::queue>(new_queue());
    const ytx::queue &in_use = *queue;
    CHECK(in_use.try_lock_meeting(client, APPID, at_once,
                                  [&, counted = counter(runs, living)](ytx::answer) {
      queue.reset();
      CHECK(living > 0);
    }) != 0);
    CHECK(in_use.try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
    CHECK(living == 2);
    if (by_take) {
      const auto event = in_use.take();
      CHECK(event && event->closed() && !queue);
      CHECK_STATUS(event->status(), YTX_E_INVALID_HANDLE);
    } else {
      CHECK(in_use.run_ready(minutes(1)) == 1 && !queue);
    }
    CHECK(runs == 0 && living == 0);
  }
}

/* What a callable owns may call its queue even while that is destroyed. */
static void what_is_dropped_may_call_the_queue(const ytx::client &client) {
  auto queue = std::make_unique<ytx::queue>(new_queue());
  const ytx::queue &in_use = *queue;
  int calls = 0;
  const auto calls_it = [&](int *) {
    calls++;
    ytx_status status = -9999;
    CHECK(in_use.try_lock_meeting(client, APPID, "never", [](ytx::answer) {}, &status) == 0);
    CHECK_STATUS(status, YTX_E_INVALID_HANDLE);
    CHECK(in_use.take()->closed());
    CHECK(in_use.run_ready(minutes(1)) == 0);
  };
  using caller = std::unique_ptr<int, decltype(calls_it)>;
  int what = 0;
  const auto submit = [&] {
    for (int call = 0; call < 3; call++)
      CHECK(in_use.try_lock_meeting(client, APPID, "held w",
                                    [owned = caller(&what, calls_it)](ytx::answer) {}) != 0);
  };
  submit();
  *queue = ytx::queue(nullptr);
  CHECK(calls == 3);
  *queue = new_queue();
  submit();
  queue.reset();
  CHECK(calls == 6);
}

/* A call in a queue keeps its client's log, whose lines are told by whoever takes. */
static void the_log_lives_as_long_as_the_call(const char *url) {
  const ytx::queue queue = new_queue();
  const auto lines = std::make_shared<int>(0);
  ytx::options settings = patient(url);
  settings.log_level = YTX_LOG_DEBUG;
  settings.log = [lines](std::int32_t, std::string_view) { ++*lines; };
  for (const bool tagged : {true, false}) {
    {
      const auto client = ytx::client::try_new(SID, TOKEN, settings);
      const auto ticket = tagged ? queue.try_lock_meeting(client, APPID, "logged", 1)
                                 : queue.try_lock_meeting(client, APPID, "logged", [](auto &&) {});
      CHECK(ticket != 0);
    }
    CHECK(lines.use_count() == 3);
    const int before = *lines;
    if (tagged)
      CHECK_STATUS(take_one(queue).status(), YTX_OK);
    else
      CHECK(queue.run_ready(minutes(1)) == 1);
    CHECK(*lines > before);
    CHECK(lines.use_count() == 2);
  }
}

#ifndef _WIN32
static bool is_readable(const ytx::queue &queue, int timeout_ms) {
  pollfd descriptor = {static_cast<int>(queue.fd()), POLLIN, 0};
  return poll(&descriptor, 1, timeout_ms) == 1;
}

static void the_descriptor_tells(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  CHECK(!is_readable(queue, 0));
  CHECK(queue.try_lock_meeting(client, APPID, "polled", [](ytx::answer) {}) != 0);
  CHECK(is_readable(queue, 60000));
  CHECK(queue.run_ready() == 1);
  CHECK(!is_readable(queue, 0));
}

/* The child neither has the queue nor the parent's callables. */
static void a_forked_child_has_none(const ytx::client &client) {
  int runs = 0, living = 0;
  auto queue = std::make_unique<ytx::queue>(new_queue());
  CHECK(queue->try_lock_meeting(client, APPID, at_once, counter(runs, living)) != 0);
  CHECK(queue->try_lock_meeting(client, APPID, at_once, 1) != 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(queue->fd() == -1);
    check_refused(*queue, client, YTX_E_INVALID_HANDLE);
    check_closed(*queue, YTX_E_INVALID_HANDLE);
    queue.reset();
    CHECK(runs == 0 && living == 1);
    execlp("true", "true", nullptr); /* what it leaves in memory is no leak */
    _exit(1);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(take_one(*queue).tag() == 1 && runs == 1 && living == 0);
}

/* Whatever locks are held when it is forked. */
static void a_forked_child_waits_for_no_thread(const ytx::client &client) {
  const ytx::queue queue = new_queue();
  std::atomic<bool> is_over = false;
  std::vector<std::thread> busy;
  for (int thread = 0; thread < 3; thread++)
    busy.emplace_back([&] {
      while (!is_over) CHECK(!queue.take(milliseconds(0)));
    });
  for (int times = 0; times < 100; times++) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      CHECK(queue.try_lock_meeting(client, APPID, at_once, 1) == 0);
      CHECK(queue.take()->closed());
      execlp("true", "true", nullptr);
      _exit(1);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
  }
  is_over = true;
  for (auto &thread : busy) thread.join();
}
#endif

int main(int argc, char **argv) {
  CHECK(argc == 2);
  const auto client = ytx::client::try_new(SID, TOKEN, patient(argv[1]));
  every_call_comes_back_with_its_tag(client);
  an_argument_is_refused_by_the_event(client);
  an_empty_one_says_so(client);
  one_that_is_full_is_busy(client);
  a_callable_is_run_by_who_takes(client);
  run_ready_runs_all_that_are_ready(client);
  both_kinds_on_one_queue(client);
  an_addresss_tag_is_nobodys_callable(client);
  a_wake_ends_one_wait(client);
  cancelled_and_closed(client);
  futures_have_the_answer(client);
  what_is_not_taken_is_dropped(client);
  a_callable_may_destroy_its_queue(client);
  what_is_dropped_may_call_the_queue(client);
  the_log_lives_as_long_as_the_call(argv[1]);
#ifndef _WIN32
  the_descriptor_tells(client);
  a_forked_child_has_none(client);
  a_forked_child_waits_for_no_thread(client);
#endif
}
