/*
 * What the C library is told of a queue: options, arguments, each queue and string freed once. This
 * program has the functions itself, which come before the library's; here an event may be taken
 * before the submission has returned.
 */
#include "check.hpp"

#include <vector>

/* One queue at a time. */
static int queues_made, queues_freed;
static bool is_refusing;
static ytx_queue_options seen;
static std::vector<ytx_event> events; /* to be taken */
static std::vector<std::int32_t> timeouts;
static int strings;
static std::string arguments;

static ytx_queue *number(int queue) {
  return reinterpret_cast<ytx_queue *>(static_cast<uintptr_t>(queue) * 8);
}

static bool is_living(const ytx_queue *queue) {
  return queue != nullptr && queue == number(queues_made) && queues_freed < queues_made;
}

extern "C" ytx_queue *ytx_queue_new(const ytx_queue_options *options, ytx_status *status) {
  seen = *options;
  *status = is_refusing ? YTX_E_INTERNAL : YTX_OK;
  return is_refusing ? nullptr : number(++queues_made);
}

extern "C" void ytx_queue_free(ytx_queue *queue) {
  CHECK(is_living(queue));
  queues_freed++;
}

extern "C" intptr_t ytx_queue_fd(const ytx_queue *queue) { return is_living(queue) ? 7 : -1; }

extern "C" int32_t ytx_queue_take(ytx_queue *queue, ytx_event *event, int32_t timeout_ms) {
  CHECK(event->struct_size == sizeof *event && event->json == nullptr);
  timeouts.push_back(timeout_ms);
  if (!is_living(queue)) return -1;
  if (events.empty()) return 0;
  *event = events.front();
  events.erase(events.begin());
  return 1;
}

extern "C" void ytx_string_free(char *string) {
  strings--;
  free(string);
}

static ytx_event event(std::int32_t type, std::uint64_t tag, ytx_status status, bool has_json) {
  ytx_event event = YTX_EVENT_INIT;
  event.type = type;
  event.tag = tag;
  event.ticket = 41;
  event.status = status;
  if (has_json) {
    event.json = static_cast<char *>(malloc(3));
    strcpy(event.json, "{}");
    strings++;
  }
  return event;
}

/* What happens within a submission, before it returns. */
static std::function<void()> meanwhile = [] {};

static ytx_ticket submit(std::uint64_t tag, ytx_status *status,
                         std::initializer_list<const char *> given) {
  arguments.clear();
  for (const char *argument : given)
    arguments.append(argument == nullptr ? "NULL" : argument).append(" ");
  *status = is_refusing ? YTX_E_BUSY : YTX_OK;
  if (is_refusing) return 0;
  events.push_back(event(YTX_EVENT_DONE, tag, YTX_OK, true));
  meanwhile();
  return 41;
}

extern "C" ytx_ticket ytx_lock_meeting_async(const ytx_client *, ytx_queue *, const char *appid,
                                             const char *confid, int32_t lackstate, uint64_t tag,
                                             ytx_status *status) {
  return submit(tag, status, {appid, confid, lackstate == YTX_LOCK ? "lock" : "unlock"});
}

extern "C" ytx_ticket ytx_meeting_state_async(const ytx_client *, ytx_queue *, const char *appid,
                                              const char *confid, uint64_t tag,
                                              ytx_status *status) {
  return submit(tag, status, {appid, confid});
}

extern "C" ytx_ticket ytx_request_async(const ytx_client *, ytx_queue *, const char *version,
                                        const char *func, const char *func_url,
                                        const char *body_json, uint64_t tag, ytx_status *status) {
  return submit(tag, status, {version, func, func_url, body_json});
}

static const ytx::client client;

static void options_arrive() {
  { const ytx::queue queue; }
  CHECK(seen.struct_size == sizeof seen && seen.reserved == 0);
  CHECK(seen.max_pending == 0 && seen.max_in_flight == 0 && seen.max_watches == 0);
  ytx::queue_options settings;
  settings.max_pending = 1;
  settings.max_in_flight = 2;
  settings.max_watches = 3;
  { const ytx::queue queue(settings); }
  CHECK(seen.max_pending == 1 && seen.max_in_flight == 2 && seen.max_watches == 3);
  CHECK(queues_made == 2 && queues_freed == 2);
}

static void one_that_is_not_made() {
  is_refusing = true;
  ytx_status status = -9999;
  CHECK(!ytx::queue::try_new({}, &status));
  CHECK_STATUS(status, YTX_E_INTERNAL);
  check_failure(thrown_by([] { ytx::queue(); }), YTX_E_INTERNAL, false);
  is_refusing = false;
  CHECK(queues_made == queues_freed);
}

static void arguments_arrive() {
  const ytx::queue queue;
  queue.lock_meeting(client, "a", std::string("b"), 1);
  CHECK(arguments == "a b lock ");
  queue.unlock_meeting(client, "a", "b", 2);
  CHECK(arguments == "a b unlock ");
  queue.meeting_state(client, "a", nullptr, 3);
  CHECK(arguments == "a NULL ");
  queue.request(client, "call", "d", "e", 4);
  CHECK(arguments == "NULL call d e ");
  queue.request(client, "call", "d", "e", 5, "c");
  CHECK(arguments == "c call d e ");
  CHECK(strings == 5);
  for (std::uint64_t tag = 1; tag <= 5; tag++) CHECK(queue.take()->tag() == tag);
  CHECK(strings == 0);
}

static void an_event_before_the_submission_returns() {
  const ytx::queue queue;
  int runs = 0;
  meanwhile = [&] { CHECK(queue.run_ready() == 1); };
  CHECK(queue.lock_meeting(client, "a", "b", [&](ytx::event given) {
    runs++;
    CHECK(given.ticket() == 41 && given.tag() == 0);
  }) == 41);
  std::future<ytx::answer> answer;
  CHECK(queue.lock_meeting(client, "a", "b", answer) == 41);
  CHECK(runs == 1 && answer.get().ok());
  meanwhile = [&] { CHECK(queue.take()->tag() == 9); };
  CHECK(queue.lock_meeting(client, "a", "b", 9) == 41);
  meanwhile = [] {};
  CHECK(strings == 0);
}

/* Of a watch, and of what there may be one day: the tag is what it was, with nothing behind it. */
static void other_events_are_handed_out() {
  const ytx::queue queue;
  events.push_back(event(YTX_EVENT_ROOM, 7, YTX_E_TIMEOUT, true));
  events.push_back(event(99, UINT64_MAX, YTX_OK, false));
  events.push_back(event(YTX_EVENT_ENDED, 8, YTX_E_CANCELLED, true));
  CHECK(queue.run_ready() == 0);
  auto taken = queue.take();
  CHECK(taken && taken->type() == YTX_EVENT_ROOM && taken->tag() == 7 && !taken->closed());
  CHECK_STATUS(taken->status(), YTX_E_TIMEOUT);
  taken = queue.take();
  CHECK(taken && taken->type() == 99 && taken->tag() == UINT64_MAX && taken->json().empty());
  taken = queue.take();
  CHECK(taken && taken->type() == YTX_EVENT_ENDED && taken->tag() == 8);
  taken.reset();
  CHECK(strings == 0);
}

static void check_timeout(std::chrono::milliseconds timeout, std::int32_t expected) {
  const ytx::queue queue;
  timeouts.clear();
  CHECK(!queue.take(timeout));
  CHECK(queue.run_ready(timeout) == 0);
  CHECK(timeouts.size() == 2);
  for (const auto told : timeouts)
    CHECK(expected <= 0 ? told == expected : told <= expected && told > expected - 10000);
}

static void timeouts_beyond_what_c_can_say() {
  using std::chrono::milliseconds;
  check_timeout(milliseconds(0), 0);
  check_timeout(milliseconds(-1), 0);
  check_timeout((milliseconds::min)(), 0);
  check_timeout(milliseconds(60000), 60000);
  check_timeout(milliseconds(INT32_MAX), INT32_MAX);
  check_timeout(milliseconds(INT32_MAX) + milliseconds(1), -1);
  check_timeout((milliseconds::max)(), -1);
}

static void queues_are_freed_once() {
  {
    ytx::queue first, second = std::move(first);
    CHECK(queues_made == queues_freed + 1);
    second = std::move(first);
    CHECK(queues_made == queues_freed);
  }
  CHECK(queues_made == queues_freed);
}

int main() {
  options_arrive();
  one_that_is_not_made();
  arguments_arrive();
  an_event_before_the_submission_returns();
  other_events_are_handed_out();
  timeouts_beyond_what_c_can_say();
  queues_are_freed_once();
}
