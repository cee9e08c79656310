/**
 * @page cpp ytx.hpp: libytx for C++17 and later
 *
 * Clients, queues and answers that release themselves, and failures as exceptions or as values.
 * Header only; link with libytx. What the calls, options and statuses mean is said in ytx.h, and
 * its ytx_status_name(), ytx_status_text() and ytx_version() are used as they are.
 *
 * ```cpp
 * ytx::client client(account_sid, auth_token);
 * try {
 *   client.lock_meeting(appid, "002");
 * } catch (const ytx::error &failure) {
 *   std::cerr << failure.what() << '\n';
 * }
 * ```
 *
 * Failures
 * --------
 * Every call comes in two kinds. lock_meeting() throws ytx::error unless the status is YTX_OK.
 * try_lock_meeting() is noexcept and returns an answer whose status() says how it went. Where
 * exceptions are switched off (-fno-exceptions) only the second kind is there. RTTI is not needed.
 *
 * Queues
 * ------
 * For programs whose thread must not wait. Calls are submitted to a ytx::queue, each with what is
 * to become of its answer, and its fd() is readable when there is something to take:
 *
 * ```cpp
 * ytx::queue queue;
 * queue.lock_meeting(client, appid, "002", [](ytx::answer answer) {
 *   std::cout << ytx_status_name(answer.status()) << '\n';
 * });
 * // in the program's loop, whenever queue.fd() is readable:
 * queue.run_ready();
 * ```
 *
 * - A callable is run once, with the ytx::event of its call, which is a ytx::answer too. It may be
 *   move-only. It is run by a thread that calls take() or run_ready(), never by one of the library.
 * - A number comes back as the tag of an event, which take() returns.
 * - A std::future<ytx::answer>, an lvalue, is made that of the answer. Its promise is kept by a
 *   thread that calls take() or run_ready(). So somebody has to: who waits for the future on the
 *   only thread that takes waits for ever.
 *
 * All three may be mixed on one queue. take() runs the callables that it meets, keeps the promises,
 * and returns the first event that has a tag; so a thread that does nothing else is one line:
 *
 * ```cpp
 * while (auto event = queue.take()) if (event->closed()) break;
 * ```
 *
 * watch_meeting() has a tag of its own: its events are for take(), and ytx::room_event reads them:
 *
 * ```cpp
 * queue.watch_meeting(client, appid, "002", 7);
 * while (auto event = queue.take()) {
 *   if (event->type() != YTX_EVENT_ROOM) break;
 *   const ytx::room_event room(*event);
 *   for (const ytx::member &member : room.joined) std::cout << member.phone << '\n';
 * }
 * ```
 *
 * When a queue is destroyed, callables that were not run are destroyed with it, and not run. A
 * close() before that has each call end first, with YTX_E_CANCELLED.
 *
 * What may throw
 * --------------
 * The first kind throws ytx::error, and std::bad_alloc when there is no memory. What says noexcept
 * does not throw, the log callback included: an exception that leaves it is dropped. One that
 * leaves a queue's callable comes out of the take() or run_ready() that runs it. Nothing is lost by
 * then but this callable's event; the next take() or run_ready() goes on.
 *
 * Ownership
 * ---------
 * Everything passed in is copied or used up before the function returns. A client keeps its log
 * callback alive for as long as it, a client derived from it, or a call of it in a queue is. An
 * answer owns its JSON and needs its client no more; neither does a call in a queue. A callable
 * whose call is not accepted is destroyed before the function returns.
 *
 * Moved-from objects
 * ------------------
 * A client that was moved from is empty, like one that was made without arguments: a call on it
 * ends with YTX_E_INVALID_HANDLE, never in undefined behaviour. So does one on a queue that was
 * moved from, whose take() says at once that it is closed(), with that status. An answer that was
 * moved from keeps its status and has an empty json().
 *
 * Threads
 * -------
 * The const members of one client or queue may be called by any number of threads at the same time.
 * Moving, assigning and destroying are not: as for any object of C++, no other thread may be in a
 * call by then. A client's cancel() ends such calls, and so does a queue's close(). A callable may
 * call the queue that runs it, and destroy it.
 *
 * A queue belongs to the process that made it. In a forked child it is like one that was moved
 * from, and the callables are the parent's: destroying the queue there leaves them alone.
 *
 * Strings
 * -------
 * UTF-8, in std::string or NUL-terminated. A std::string with a NUL within is answered with
 * YTX_E_INVALID_ARGUMENT, like any other control character.
 */

#ifndef YTX_HPP
#define YTX_HPP

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ytx.h"

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define YTX_HPP_EXCEPTIONS 1
#else
#define YTX_HPP_EXCEPTIONS 0
#endif

/* GCC for Windows without POSIX threads had no std::mutex for long: there are no queues then. */
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_HAS_GTHREADS)
#define YTX_HPP_QUEUE 0
#else
#define YTX_HPP_QUEUE 1
#endif

namespace ytx {

/* With and without exceptions are different types, so that files compiled either way can stand in
   one program. */
#if YTX_HPP_EXCEPTIONS
inline namespace with_exceptions {
#else
inline namespace without_exceptions {
#endif

/**
 * How a client behaves. What is not set, or 0, means the default: see ytx_options, whose fields
 * these are.
 *
 * A duration below zero counts as one millisecond, one of more than 49 days as that.
 */
struct options {
  std::optional<std::string> base_url{};        /**< YTX_PRODUCTION_URL unless set. */
  std::chrono::milliseconds connect_timeout{0}; /**< Of name look-up, TCP and TLS. 0: 5 s. */
  std::chrono::milliseconds timeout{0};         /**< Of the whole call. 0: 15 s. */
  std::uint32_t max_retries = 0;                /**< Of meeting calls only. 0: none. */
  std::uint32_t max_idle_connections = 0;       /**< Kept for reuse. 0: 64. */
  std::chrono::milliseconds idle_timeout{0};    /**< Of a kept connection. 0: 15 s. */
  std::uint32_t max_response_bytes = 0;         /**< The largest answer. 0: 8 MiB. */
  std::uint32_t log_level = 0;                  /**< YTX_LOG_ERROR to _DEBUG. 0: YTX_LOG_WARN. */
  std::optional<std::string> proxy{};           /**< http://[user:password@]host:port */
  std::optional<std::string> ca_file{};         /**< PEM, in place of the built-in roots. */
  std::optional<std::string> user_agent{};      /**< "ytx/" and the version unless set. */

  /**
   * Receives each log line. It runs on the thread of the call it concerns, so it must be safe for
   * as many threads as make calls; it may make calls itself. The client keeps a copy.
   */
  std::function<void(std::int32_t level, std::string_view line)> log{};

  /** An address of this machine that every connection is made from; the system's choice unless set. */
  std::optional<std::string> source_address{};
};

/** A string passed to the library; it is made where it is needed, from either kind of string. */
class text {
 public:
  /** NULL is refused by the library, but for an optional argument. */
  text(const char *string) noexcept : c_str_(string) {}

  text(const std::string &string) : c_str_(string.c_str()) {
    if (string.find('\0') == std::string::npos) return;
    /* C would see the part before the NUL; this the library refuses, and tells where. */
    refused_ = string;
    std::replace(refused_.begin(), refused_.end(), '\0', '\1');
    c_str_ = refused_.c_str();
  }

  text(const text &) = delete;
  text &operator=(const text &) = delete;

  const char *c_str() const noexcept { return c_str_; }

 private:
  const char *c_str_;
  std::string refused_;
};

/** How a call ended: its status and one JSON object, the platform's or the library's own. */
class answer {
 public:
  /** YTX_OK, the platform's own code below zero, or a YTX_E_* above zero. */
  ytx_status status() const noexcept { return status_; }

  bool ok() const noexcept { return status_ == YTX_OK; }

  /** Whether trying again may help. It does not say that it is safe: see "sent" in ytx.h. */
  bool retryable() const noexcept { return is_retryable(status_, json()); }

  /** The JSON, for as long as this answer lives; empty where there was no memory for it. */
  std::string_view json() const noexcept { return c_str(); }

  /** The same, NUL-terminated; never NULL. */
  const char *c_str() const noexcept { return json_ ? json_.get() : ""; }

 private:
  friend class client;
  friend class event;
  friend class members;
  friend class queue;
  friend struct room_event;
  friend struct room_failure;

  struct free_string {
    void operator()(char *string) const noexcept { ytx_string_free(string); }
  };

  explicit answer(ytx_status status) noexcept : status_(status) {}

  static bool is_retryable(ytx_status status, std::string_view json) noexcept {
    /* For YTX_E_HTTP the JSON decides. It is the library's own then, of a fixed form, and has a
       backslash before each quote within its strings: so this is the member and nothing else. */
    return ytx_status_is_retryable(status) != 0 ||
           (status == YTX_E_HTTP && json.find("\"retryable\":true") != std::string_view::npos);
  }

  ytx_status status_;
  std::unique_ptr<char, free_string> json_;
};

#if YTX_HPP_EXCEPTIONS
/**
 * A call that did not end with YTX_OK, or a client that could not be made.
 *
 * what() has the status's name and what happened: for the platform's refusals what ytx.h says of
 * the code; otherwise the library's own words, as they stand in the JSON. It holds no part of an
 * answer of the platform, and no secret.
 */
class error : public std::runtime_error {
 public:
  ytx_status status() const noexcept { return answer_->status(); }

  /** Such as "YTX_E_TIMEOUT". */
  const char *name() const noexcept { return ytx_status_name(status()); }

  /** As answer::retryable(). */
  bool retryable() const noexcept { return answer_->retryable(); }

  /** The call's JSON, for as long as a copy of this error lives; empty where no call was made. */
  std::string_view json() const noexcept { return answer_->json(); }

 private:
  friend class client;
  friend class members;
  friend class queue;
  friend struct room_event;

  error(answer &&failed, std::string_view happened)
      : std::runtime_error(ytx_status_name(failed.status()) + (": " + std::string(happened))),
        answer_(std::make_shared<const answer>(std::move(failed))) {}

  explicit error(answer &&failed) : error(std::move(failed), message(failed)) {}

  /* The statusMsg of the library's own report, which stands between these two: see retryable(). */
  static std::string_view message(const answer &failed) noexcept {
    constexpr std::string_view before = "\"statusMsg\":\"", after = "\",\"error\":\"";
    const bool by_platform = failed.status() < 0 || failed.status() == YTX_E_PLATFORM;
    const std::string_view json = failed.json();
    const auto begin = json.find(before);
    const auto end = json.find(after);
    if (by_platform || begin == json.npos || end == json.npos)
      return ytx_status_text(failed.status());
    return json.substr(begin + before.size(), end - begin - before.size());
  }

  std::shared_ptr<const answer> answer_; /* shared, since exceptions are copied without throwing */
};
#endif

namespace detail {

/* Runs a function and drops what it throws: C must not see it. */
template <typename Function>
void drop_exceptions(Function &&function) noexcept {
#if YTX_HPP_EXCEPTIONS
  try {
    function();
  } catch (...) {
  }
#else
  function();
#endif
}

inline std::uint32_t milliseconds(std::chrono::milliseconds duration) noexcept {
  const auto count = duration.count();
  if (count < 0) return 1; /* a deadline that has passed; 0 would be the default */
  return count < UINT32_MAX ? static_cast<std::uint32_t>(count) : UINT32_MAX;
}

inline text optional_text(const std::optional<std::string> &string) {
  return string ? text(*string) : text(nullptr);
}

/* Where a client's log lines go: a client's handles share it, and the last one lets go of it. */
struct log {
  std::function<void(std::int32_t, std::string_view)> callback;
  std::string *refusal; /* why a client is not made; NULL once it is, or if nobody asks */

  static void line(std::int32_t level, const char *message, void *user_data) noexcept {
    drop_exceptions([=] {
      const log &self = *static_cast<const log *>(user_data);
      if (self.refusal != nullptr && level == YTX_LOG_ERROR) *self.refusal = message;
      if (self.callback) self.callback(level, message);
    });
  }
};

}  // namespace detail

/** A client of one account, or a handle derived from one. Move-only; destroying it frees it. */
class client {
 public:
  /** An empty client, to be assigned to. */
  client() noexcept = default;

  /**
   * Makes a client and stores YTX_OK, or what ytx_client_new() says, in *status. Empty when that
   * fails: then one YTX_LOG_ERROR line names the argument. YTX_E_INTERNAL is no memory.
   */
  [[nodiscard]] static client try_new(const text &account_sid, const text &auth_token,
                                      const options &settings = {},
                                      ytx_status *status = nullptr) noexcept {
    client made;
    ytx_status outcome = YTX_E_INTERNAL;
    detail::drop_exceptions(
        [&] { made = make(account_sid, auth_token, settings, outcome, nullptr); });
    if (status != nullptr) *status = outcome;
    return made;
  }

  /**
   * Makes another client on the same account and connections, with its own deadline and its own
   * cancel(). 0 is the deadline of this one; a time that has run out, one below 0, ends calls at
   * once. Either may be destroyed first. Empty when this one is.
   */
  [[nodiscard]] client try_with_timeout(std::chrono::milliseconds timeout,
                                        ytx_status *status = nullptr) const noexcept {
    return client(ytx_client_with_timeout(handle(), detail::milliseconds(timeout), status),
                  handle_.get_deleter());
  }

  /** Whether there is a client, and not an empty one. */
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  /** The figures of ytx_client_stats() as JSON. */
  answer stats() const noexcept {
    answer figures(YTX_OK);
    figures.json_.reset(ytx_client_stats(handle(), &figures.status_));
    return figures;
  }

  /**
   * Ends this client's calls, those under way and those to come, at once, with YTX_E_CANCELLED.
   * It touches neither the client it was derived from nor those derived from it.
   */
  ytx_status cancel() const noexcept { return ytx_client_cancel(handle()); }

  /** Locks a room: nobody else can join. */
  [[nodiscard]] answer try_lock_meeting(const text &appid, const text &confid) const noexcept {
    return set_lock(appid, confid, YTX_LOCK);
  }

  /** Unlocks a room: members can join. */
  [[nodiscard]] answer try_unlock_meeting(const text &appid, const text &confid) const noexcept {
    return set_lock(appid, confid, YTX_UNLOCK);
  }

  /** Asks who is in a room. */
  [[nodiscard]] answer try_meeting_state(const text &appid, const text &confid) const noexcept {
    answer ended(YTX_OK);
    ended.json_.reset(ytx_meeting_state(handle(), appid.c_str(), confid.c_str(), &ended.status_));
    return ended;
  }

  /** Signs and sends any other request, once. The version is "201612" unless given. */
  [[nodiscard]] answer try_request(const text &func, const text &func_url, const text &body_json,
                                   const text &version = nullptr) const noexcept {
    answer ended(YTX_OK);
    ended.json_.reset(ytx_request(handle(), version.c_str(), func.c_str(), func_url.c_str(),
                                  body_json.c_str(), &ended.status_));
    return ended;
  }

#if YTX_HPP_EXCEPTIONS
  /** As try_new(), but throws; what() names the argument. */
  client(const text &account_sid, const text &auth_token, const options &settings = {}) {
    std::string refusal;
    answer outcome(YTX_OK);
    *this = make(account_sid, auth_token, settings, outcome.status_, &refusal);
    if (!outcome.ok()) throw error(std::move(outcome), refusal);
  }

  /** As try_with_timeout(), but throws. */
  [[nodiscard]] client with_timeout(std::chrono::milliseconds timeout) const {
    answer outcome(YTX_OK);
    client derived = try_with_timeout(timeout, &outcome.status_);
    checked(std::move(outcome));
    return derived;
  }

  /** As try_lock_meeting(), but throws. */
  answer lock_meeting(const text &appid, const text &confid) const {
    return checked(try_lock_meeting(appid, confid));
  }

  /** As try_unlock_meeting(), but throws. */
  answer unlock_meeting(const text &appid, const text &confid) const {
    return checked(try_unlock_meeting(appid, confid));
  }

  /** As try_meeting_state(), but throws. */
  answer meeting_state(const text &appid, const text &confid) const {
    return checked(try_meeting_state(appid, confid));
  }

  /** As try_request(), but throws. */
  answer request(const text &func, const text &func_url, const text &body_json,
                 const text &version = nullptr) const {
    return checked(try_request(func, func_url, body_json, version));
  }
#endif

 private:
  friend class queue;

  /* Frees a handle first and lets go of its log after that. */
  struct free_client {
    std::shared_ptr<detail::log> log;
    void operator()(ytx_client *handle) const noexcept { ytx_client_free(handle); }
  };

  client(ytx_client *handle, free_client free) noexcept : handle_(handle, std::move(free)) {}

  static client make(const text &account_sid, const text &auth_token, const options &settings,
                     ytx_status &status, std::string *refusal) {
    const text base_url = detail::optional_text(settings.base_url);
    const text proxy = detail::optional_text(settings.proxy);
    const text ca_file = detail::optional_text(settings.ca_file);
    const text user_agent = detail::optional_text(settings.user_agent);
    const text source_address = detail::optional_text(settings.source_address);
    auto log = std::make_shared<detail::log>(detail::log{settings.log, refusal});

    ytx_options in_c = YTX_OPTIONS_INIT;
    in_c.base_url = base_url.c_str();
    in_c.connect_timeout_ms = detail::milliseconds(settings.connect_timeout);
    in_c.timeout_ms = detail::milliseconds(settings.timeout);
    in_c.max_retries = settings.max_retries;
    in_c.max_idle_connections = settings.max_idle_connections;
    in_c.idle_timeout_ms = detail::milliseconds(settings.idle_timeout);
    in_c.max_response_bytes = settings.max_response_bytes;
    in_c.log_level = settings.log_level;
    in_c.proxy = proxy.c_str();
    in_c.ca_file = ca_file.c_str();
    in_c.user_agent = user_agent.c_str();
    in_c.source_address = source_address.c_str();
    in_c.log = detail::log::line;
    in_c.log_user_data = log.get();
    client made(ytx_client_new(account_sid.c_str(), auth_token.c_str(), &in_c, &status), {log});
    log->refusal = nullptr;
    return made;
  }

  answer set_lock(const text &appid, const text &confid, std::int32_t lackstate) const noexcept {
    answer ended(YTX_OK);
    ended.json_.reset(ytx_lock_meeting(handle(), appid.c_str(), confid.c_str(), lackstate,
                                       &ended.status_));
    return ended;
  }

#if YTX_HPP_EXCEPTIONS
  static answer checked(answer &&ended) {
    if (!ended.ok()) throw error(std::move(ended));
    return std::move(ended);
  }
#endif

  const ytx_client *handle() const noexcept { return handle_.get(); }

  std::unique_ptr<ytx_client, free_client> handle_;
};

/** One member of a room, in the platform's own words, for as long as its list lives. */
struct member {
  std::string_view phone;      /**< as the platform shows it, some digits masked */
  std::string_view meid;       /**< the room's number */
  std::string_view statusname; /**< the platform's word for on line or off line */
  std::string_view ifmutename; /**< the platform's word for muted or not */
  std::optional<bool> online;  /**< nullopt for a word that is not known */
  std::optional<bool> muted;   /**< nullopt for a word that is not known */
};

/**
 * The members that an answer of meeting_state(), or an event of a watch, lists: a range.
 *
 * ```cpp
 * for (const ytx::member &member : ytx::members(client.meeting_state(appid, "002")))
 *   std::cout << member.phone << '\n';
 * ```
 */
class members {
 public:
  using value_type = member;

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = member;
    using difference_type = std::ptrdiff_t;
    using pointer = const member *;
    using reference = member;

    member operator*() const noexcept { return of(list_, index_); }
    iterator &operator++() noexcept { return ++index_, *this; }
    iterator operator++(int) noexcept { return iterator(list_, index_++); }
    bool operator==(const iterator &other) const noexcept { return index_ == other.index_; }
    bool operator!=(const iterator &other) const noexcept { return index_ != other.index_; }

   private:
    friend class members;
    iterator(const ytx_members *list, std::size_t index) noexcept : list_(list), index_(index) {}
    const ytx_members *list_;
    std::size_t index_;
  };

  /** One of the lists, YTX_MEMBERS_*. Empty with *status as ytx_members_read() stores it. */
  static members try_read(const answer &from, std::int32_t which = YTX_MEMBERS_ALL,
                          ytx_status *status = nullptr) noexcept {
    return members(ytx_members_read(from.c_str(), which, status));
  }

#if YTX_HPP_EXCEPTIONS
  /** The same, but throws. */
  explicit members(const answer &from, std::int32_t which = YTX_MEMBERS_ALL) {
    answer outcome(YTX_OK);
    list_.reset(ytx_members_read(from.c_str(), which, &outcome.status_));
    if (!outcome.ok()) throw error(std::move(outcome), "there is no such list of members");
  }
#endif

  std::size_t size() const noexcept { return ytx_members_count(list_.get()); }
  bool empty() const noexcept { return size() == 0; }
  member operator[](std::size_t index) const noexcept { return of(list_.get(), index); }
  iterator begin() const noexcept { return iterator(list_.get(), 0); }
  iterator end() const noexcept { return iterator(list_.get(), size()); }

 private:
  friend struct room_event;

  struct free_members {
    void operator()(ytx_members *list) const noexcept { ytx_members_free(list); }
  };

  explicit members(ytx_members *list) noexcept : list_(list) {}

  static std::optional<bool> known(std::int32_t word) noexcept {
    return word < 0 ? std::nullopt : std::optional<bool>(word == 1);
  }

  static member of(const ytx_members *list, std::size_t index) noexcept {
    return {ytx_members_phone(list, index),
            ytx_members_meid(list, index),
            ytx_members_statusname(list, index),
            ytx_members_ifmutename(list, index),
            known(ytx_members_online(list, index)),
            known(ytx_members_muted(list, index))};
  }

  std::unique_ptr<ytx_members, free_members> list_;
};

#if YTX_HPP_QUEUE
/** How much a queue takes on; 0 means the default. These are the fields of ytx_queue_options. */
struct queue_options {
  std::uint32_t max_pending = 0;   /**< Calls accepted and not yet taken. 0: 4 096. */
  std::uint32_t max_in_flight = 0; /**< Requests on their way at once. 0: 256. */
  std::uint32_t max_watches = 0;   /**< Watches. 0: 1 024. */
};

/** What a queue has to tell: how a call ended, and which one. */
class event : public answer {
 public:
  /** One of YTX_EVENT_*; there may come to be more. */
  std::int32_t type() const noexcept { return type_; }

  /** Whether the queue is closed, or empty, and there will be no other event. */
  bool closed() const noexcept { return type_ == YTX_EVENT_CLOSED; }

  /** What the submission returned. */
  ytx_ticket ticket() const noexcept { return ticket_; }

  /** What was passed to the submission; 0 where that was no number. */
  std::uint64_t tag() const noexcept { return tag_; }

 private:
  friend class queue;

  explicit event(const ytx_event &taken) noexcept
      : answer(taken.status), ticket_(taken.ticket), tag_(taken.tag), type_(taken.type) {
    json_.reset(taken.json);
  }

  /* What there is to take from an empty queue. */
  static event of_no_queue() noexcept {
    ytx_event taken = YTX_EVENT_INIT;
    taken.type = YTX_EVENT_CLOSED;
    taken.status = YTX_E_INVALID_HANDLE;
    return event(taken);
  }

  ytx_ticket ticket_;
  std::uint64_t tag_;
  std::int32_t type_;
};

/** What kind of news a room_event is. */
enum class room_event_kind {
  snapshot, /**< The first state that is told. */
  changed,  /**< Members have joined, left, or were muted or unmuted. */
  lost,     /**< Three polls in a row have failed; the watch goes on. */
  restored, /**< The room can be seen again. */
};

/** Why a room is lost: how its last poll failed. */
struct room_failure {
  ytx_status status; /**< As answer::status(). */
  std::string json;  /**< As answer::json(). */

  /** As answer::retryable(). */
  bool retryable() const noexcept { return answer::is_retryable(status, json); }
};

/**
 * News of a room, read from a YTX_EVENT_ROOM, which it needs no more then. The lists tell the
 * difference to the event that was taken before: see ytx_watch_meeting().
 *
 * ```cpp
 * if (auto room = ytx::room_event::try_read(*event))
 *   std::cout << room->confid << ": " << room->joined.size() << " have joined\n";
 * ```
 */
struct room_event {
  room_event_kind kind = room_event_kind::snapshot;
  std::string confid;                  /**< The room's number. */
  std::uint64_t version = 0;           /**< Counts the events of a watch, from 1. */
  std::uint64_t polls = 0;             /**< How many polls it sums up. */
  std::optional<std::uint64_t> online; /**< How many are on line; nullopt when the room is lost. */
  ytx::members joined;                 /**< Who has come on line. */
  ytx::members left;                   /**< Who is on line no more, as last told. */
  ytx::members muted;                  /**< Who was muted since. */
  ytx::members unmuted;                /**< Who can be heard again. */
  ytx::members members;                /**< All of them, in the platform's order. */
  std::optional<room_failure> error;   /**< Why the room is lost; else nullopt. */

  /**
   * Stores YTX_OK in *status; or returns nothing and stores YTX_E_RESPONSE when the event is of
   * another type, or of a kind that is not known here, and YTX_E_INTERNAL when there was no memory.
   */
  [[nodiscard]] static std::optional<room_event> try_read(const event &from,
                                                          ytx_status *status = nullptr) noexcept {
    std::optional<room_event> made;
    ytx_status outcome = YTX_E_INTERNAL;
    detail::drop_exceptions([&] {
      room_event told;
      outcome = told.read(from);
      if (outcome == YTX_OK) made = std::move(told);
    });
    if (status != nullptr) *status = outcome;
    return made;
  }

#if YTX_HPP_EXCEPTIONS
  /** The same, but throws. */
  explicit room_event(const event &from) : room_event() {
    answer outcome(read(from));
    if (!outcome.ok()) throw ytx::error(std::move(outcome), "it is no news of a room");
  }
#endif

 private:
  room_event() noexcept
      : joined(nullptr), left(nullptr), muted(nullptr), unmuted(nullptr), members(nullptr) {}

  /* The library wrote the event, in a fixed form: {"event":"changed","confid":"002","version":7,
     "polls":1,"online":1, then the lists, and "error" with what the failing call gave. It has a
     backslash before each quote within the confid, and all lists are empty where there is an error:
     so the first of these is the member and nothing else. */
  ytx_status read(const event &from) {
    if (from.type() != YTX_EVENT_ROOM) return YTX_E_RESPONSE;
    const std::string_view json = from.json();
    if (json.empty()) return YTX_E_INTERNAL; /* there was no memory for it */
    const std::string word = unescaped(after(json, "\"event\":\""));
    constexpr std::string_view kinds[] = {"snapshot", "changed", "lost", "restored"};
    const auto known = std::find(std::begin(kinds), std::end(kinds), word);
    if (known == std::end(kinds)) return YTX_E_RESPONSE;
    kind = static_cast<room_event_kind>(known - std::begin(kinds));
    confid = unescaped(after(json, "\"confid\":\""));
    version = number(after(json, "\"version\":"));
    polls = number(after(json, "\"polls\":"));
    if (kind != room_event_kind::lost) {
      online = number(after(json, "\"online\":"));
    } else {
      std::string_view failure = after(json, "\"error\":");
      failure.remove_suffix(failure.empty() ? 0 : 1); /* the event's own brace */
      error = room_failure{from.status(), std::string(failure)};
    }
    const std::pair<ytx::members *, std::int32_t> lists[] = {{&joined, YTX_MEMBERS_JOINED},
                                                             {&left, YTX_MEMBERS_LEFT},
                                                             {&muted, YTX_MEMBERS_MUTED},
                                                             {&unmuted, YTX_MEMBERS_UNMUTED},
                                                             {&members, YTX_MEMBERS_ALL}};
    for (const auto &[list, which] : lists) {
      ytx_status status = YTX_OK;
      *list = ytx::members::try_read(from, which, &status);
      if (status != YTX_OK) return status;
    }
    return YTX_OK;
  }

  /* What follows a member's name. */
  static std::string_view after(std::string_view json, std::string_view name) noexcept {
    const auto begin = json.find(name);
    return begin == json.npos ? std::string_view() : json.substr(begin + name.size());
  }

  static std::uint64_t number(std::string_view json) noexcept {
    std::uint64_t value = 0;
    std::from_chars(json.data(), json.data() + json.size(), value);
    return value;
  }

  /* A text up to its quote. A confid holds no control character, so nothing has another escape. */
  static std::string unescaped(std::string_view json) {
    std::string text;
    for (std::size_t i = 0; i < json.size() && json[i] != '"'; i++) {
      if (json[i] == '\\' && i + 1 < json.size()) i++;
      text += json[i];
    }
    return text;
  }
};

namespace detail {

/* A call that was submitted and has not been taken. The tag that C has for it is its address. */
struct pending {
  explicit pending(std::uint64_t number = 0) noexcept : tag(number) {}
  pending(const pending &) = delete;
  pending &operator=(const pending &) = delete;
  virtual ~pending() = default;

  /* Gives the event to what it is for; false, and the event left alone, if that is take(). */
  virtual bool run(event &) { return false; }

  const std::uint64_t tag;
  std::shared_ptr<log> lines_to; /* whoever takes the event tells the log first */
  pending *previous = nullptr, *next = nullptr;
};

template <typename Callable>
struct pending_callable final : pending {
  template <typename Given>
  explicit pending_callable(Given &&given) : callable(std::forward<Given>(given)) {}

  bool run(event &ended) override {
    static_cast<void>(std::invoke(callable, std::move(ended)));
    return true;
  }

  Callable callable;
};

/* The calls of a queue, and events that run_ready() came across. It outlives the queue while one of
   the queue's own callables destroys that. */
class inbox {
 public:
  inbox() = default;
  inbox(const inbox &) = delete;
  inbox &operator=(const inbox &) = delete;

  ~inbox() {
    while (first_ != nullptr && !is_parents_) remove(first_).reset();
  }

  /* From now on, to a forked child: what is in here is not its own. */
  void leave_to_parent() noexcept { is_parents_ = true; }

  /* Keeps a call and returns the tag for it. */
  std::uint64_t keep(std::unique_ptr<pending> call) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    call->next = first_;
    if (first_ != nullptr) first_->previous = call.get();
    first_ = call.release();
    return reinterpret_cast<std::uintptr_t>(first_);
  }

  /* Hands out what was kept under this tag. */
  std::unique_ptr<pending> hand_out(std::uint64_t tag) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    return remove(reinterpret_cast<pending *>(static_cast<std::uintptr_t>(tag)));
  }

  /* Keeps a log for as long as the queue lives: its watches tell it at any time. */
  void keep_log(const std::shared_ptr<log> &lines_to) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (lines_to != nullptr && std::find(logs_.begin(), logs_.end(), lines_to) == logs_.end())
      logs_.push_back(lines_to);
  }

  void set_aside(std::list<event> &events) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    aside_.splice(aside_.end(), events);
  }

  std::optional<event> set_aside_first() noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (aside_.empty()) return std::nullopt;
    std::optional<event> first(std::move(aside_.front()));
    aside_.pop_front();
    return first;
  }

 private:
  std::unique_ptr<pending> remove(pending *call) noexcept {
    (call->previous != nullptr ? call->previous->next : first_) = call->next;
    if (call->next != nullptr) call->next->previous = call->previous;
    return std::unique_ptr<pending>(call);
  }

  std::mutex mutex_;
  pending *first_ = nullptr;
  std::list<event> aside_;
  std::list<std::shared_ptr<log>> logs_;
  bool is_parents_ = false;
};

/* How long to wait, and how much of that is left, in the terms of C. */
class patience {
 public:
  patience() noexcept = default; /* without end */

  explicit patience(std::chrono::milliseconds timeout) noexcept {
    if (timeout.count() > INT32_MAX) return;
    in_all_ = timeout.count() > 0 ? static_cast<std::int32_t>(timeout.count()) : 0;
    if (in_all_ > 0) until_ = std::chrono::steady_clock::now() + timeout;
  }

  std::int32_t left() const noexcept {
    if (in_all_ <= 0) return in_all_;
    const auto left = until_ - std::chrono::steady_clock::now();
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return count > 0 ? static_cast<std::int32_t>(count) : 0;
  }

 private:
  std::int32_t in_all_ = -1;
  std::chrono::steady_clock::time_point until_{};
};

/* The submissions, as functions of what they have in common. */
inline auto set_lock(const text &appid, const text &confid, std::int32_t lackstate) noexcept {
  return [&appid, &confid, lackstate](const ytx_client *client, ytx_queue *queue, std::uint64_t tag,
                                      ytx_status *status) {
    return ytx_lock_meeting_async(client, queue, appid.c_str(), confid.c_str(), lackstate, tag,
                                  status);
  };
}

inline auto meeting_state(const text &appid, const text &confid) noexcept {
  return [&appid, &confid](const ytx_client *client, ytx_queue *queue, std::uint64_t tag,
                           ytx_status *status) {
    return ytx_meeting_state_async(client, queue, appid.c_str(), confid.c_str(), tag, status);
  };
}

inline auto request(const text &func, const text &func_url, const text &body_json,
                    const text &version) noexcept {
  return [&func, &func_url, &body_json, &version](const ytx_client *client, ytx_queue *queue,
                                                  std::uint64_t tag, ytx_status *status) {
    return ytx_request_async(client, queue, version.c_str(), func.c_str(), func_url.c_str(),
                             body_json.c_str(), tag, status);
  };
}

}  // namespace detail

/**
 * Calls that block nobody: submitted here, and taken as events by a thread of the program's choice.
 * Move-only; destroying it cancels what is under way and waits for nothing.
 *
 * Each submission takes what is to become of the answer: a callable, a number, or a
 * std::future<ytx::answer> to be set (see the top of this file). It returns the call's ticket, and
 * waits for nothing. An argument that is not allowed is reported by the answer.
 */
class queue {
 public:
  /** An empty queue, to be assigned to. */
  explicit queue(std::nullptr_t) noexcept {}

  queue(queue &&) noexcept = default;

  queue &operator=(queue &&) noexcept = default;

  /* It is empty first: what its calls own may call it. */
  ~queue() { const auto freed = std::move(handle_); }

  /**
   * Makes a queue and stores YTX_OK, or what ytx_queue_new() says, in *status. Empty when that
   * fails.
   */
  [[nodiscard]] static queue try_new(const queue_options &settings = {},
                                     ytx_status *status = nullptr) noexcept {
    queue made(nullptr);
    ytx_status outcome = YTX_E_INTERNAL;
    detail::drop_exceptions([&] { made = make(settings, outcome); });
    if (status != nullptr) *status = outcome;
    return made;
  }

  /** Whether there is a queue, and not an empty one. */
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  /**
   * A descriptor, on Windows a SOCKET, that is readable while there is something to take; wait for
   * it, and leave it alone otherwise. -1 when this queue is empty. See ytx_queue_fd().
   */
  std::intptr_t fd() const noexcept { return ytx_queue_fd(handle_.get()); }

  /** Lets one take() or run_ready() that waits, or the next one that would, return with nothing. */
  ytx_status wake() const noexcept { return ytx_queue_wake(handle_.get()); }

  /** Ends a call at once, with YTX_E_CANCELLED unless its answer is there. */
  ytx_status cancel(ytx_ticket ticket) const noexcept {
    return ytx_queue_cancel(handle_.get(), ticket);
  }

  /**
   * Refuses new calls and cancels those under way. They have to be taken, like all that ended; then
   * each take() returns an event that is closed().
   */
  ytx_status close() const noexcept { return ytx_queue_close(handle_.get()); }

  /** Refuses new work and ends the watches; the calls come to their own end. See ytx_queue_drain(). */
  ytx_status drain() const noexcept { return ytx_queue_drain(handle_.get()); }

  /** The figures of ytx_queue_stats() as JSON. */
  answer stats() const noexcept {
    answer figures(YTX_OK);
    figures.json_.reset(ytx_queue_stats(handle_.get(), &figures.status_));
    return figures;
  }

  /**
   * The next event that has a tag, or is closed(). Callables of other events are run and promises
   * are kept here, until there is one to return. Nothing when none came within the timeout (0 or
   * less: of those that are ready), or wake() was called.
   */
  [[nodiscard]] std::optional<event> take(std::chrono::milliseconds timeout) const {
    return take_within(detail::patience(timeout));
  }

  /** The same, waiting without end: there is nothing only after a wake(). */
  [[nodiscard]] std::optional<event> take() const { return take_within(detail::patience()); }

  /**
   * Runs the callables and keeps the promises of all events that are ready, and returns how many.
   * When none is ready it waits for one, for no longer than the timeout.
   *
   * It does not stop at events with a tag, which it sets aside for take(). They end its waiting,
   * but fd() does not tell of them and no other thread is woken: where there are some, call take()
   * after it, until there is nothing; or take() alone, which does both.
   */
  std::size_t run_ready(std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) const {
    const auto inbox = living();
    if (inbox == nullptr) return 0;
    ytx_queue *const handle = handle_.get(); /* a callable may destroy this queue */
    std::int32_t wait = detail::patience(timeout).left();
    std::list<event> place; /* is there before the event, so that none is lost */
    for (std::size_t count = 0;; wait = 0) {
      if (place.empty()) place.push_back(event::of_no_queue());
      std::unique_ptr<detail::pending> call;
      auto taken = next(handle, *inbox, wait, call);
      if (!taken || taken->closed()) return count;
      if (call != nullptr && call->run(*taken)) {
        count++;
      } else {
        place.front() = std::move(*taken);
        inbox->set_aside(place);
      }
    }
  }

  /**
   * Submits client::try_lock_meeting(). Stores YTX_OK in *status; or returns 0 and stores what
   * ytx_lock_meeting_async() says. YTX_E_INTERNAL may be no memory.
   *
   * A future gets the answer however the call ends, and YTX_E_CANCELLED with an empty JSON when the
   * queue is destroyed before that.
   */
  template <typename Then>
  ytx_ticket try_lock_meeting(const client &caller, const text &appid, const text &confid,
                              Then &&then, ytx_status *status = nullptr) const noexcept {
    return try_submit(caller, std::forward<Then>(then), status,
                      detail::set_lock(appid, confid, YTX_LOCK));
  }

  /** Submits client::try_unlock_meeting(), as try_lock_meeting() does. */
  template <typename Then>
  ytx_ticket try_unlock_meeting(const client &caller, const text &appid, const text &confid,
                                Then &&then, ytx_status *status = nullptr) const noexcept {
    return try_submit(caller, std::forward<Then>(then), status,
                      detail::set_lock(appid, confid, YTX_UNLOCK));
  }

  /** Submits client::try_meeting_state(), as try_lock_meeting() does. */
  template <typename Then>
  ytx_ticket try_meeting_state(const client &caller, const text &appid, const text &confid,
                               Then &&then, ytx_status *status = nullptr) const noexcept {
    return try_submit(caller, std::forward<Then>(then), status,
                      detail::meeting_state(appid, confid));
  }

  /** Submits client::try_request(), as try_lock_meeting() does. */
  template <typename Then>
  ytx_ticket try_request(const client &caller, const text &func, const text &func_url,
                         const text &body_json, Then &&then, const text &version = nullptr,
                         ytx_status *status = nullptr) const noexcept {
    return try_submit(caller, std::forward<Then>(then), status,
                      detail::request(func, func_url, body_json, version));
  }

  /**
   * Watches a room: see ytx_watch_meeting(). Its events are of type YTX_EVENT_ROOM, which
   * ytx::room_event reads, and at last YTX_EVENT_ENDED; they carry the tag, and are for take(). An
   * interval of 0 is the default of 5 seconds.
   */
  ytx_ticket try_watch_meeting(const client &caller, const text &appid, const text &confid,
                               std::uint64_t tag,
                               std::chrono::milliseconds interval = std::chrono::milliseconds(0),
                               ytx_status *status = nullptr) const noexcept {
    ytx_ticket ticket = 0;
    ytx_status outcome = YTX_E_INTERNAL;
    detail::drop_exceptions([&] {
      const auto inbox = living();
      outcome = YTX_E_INVALID_HANDLE;
      if (inbox == nullptr) return;
      inbox->keep_log(caller.handle_.get_deleter().log);
      const auto longest = std::chrono::milliseconds(UINT32_MAX);
      /* What is below 0 is refused as 1 is. */
      const auto count = interval < std::chrono::milliseconds(0)
                             ? 1
                             : static_cast<std::uint32_t>((std::min)(interval, longest).count());
      ticket = ytx_watch_meeting(caller.handle(), handle_.get(), appid.c_str(), confid.c_str(),
                                 count, tag, &outcome);
    });
    if (status != nullptr) *status = outcome;
    return ticket;
  }

#if YTX_HPP_EXCEPTIONS
  /** As try_watch_meeting(), but throws. */
  ytx_ticket watch_meeting(const client &caller, const text &appid, const text &confid,
                           std::uint64_t tag,
                           std::chrono::milliseconds interval = std::chrono::milliseconds(0)) const {
    answer outcome(YTX_OK);
    const ytx_ticket ticket =
        try_watch_meeting(caller, appid, confid, tag, interval, &outcome.status_);
    if (ticket == 0) throw error(std::move(outcome));
    return ticket;
  }

  /** As try_new(), but throws. */
  explicit queue(const queue_options &settings = {}) {
    answer outcome(YTX_OK);
    *this = make(settings, outcome.status_);
    if (!outcome.ok()) throw error(std::move(outcome));
  }

  /**
   * As try_lock_meeting(), but throws when the call is not accepted. A future throws ytx::error
   * unless the call ends with YTX_OK, and std::future_error (broken_promise) when the queue is
   * destroyed before that. To a callable both are the same.
   */
  template <typename Then>
  ytx_ticket lock_meeting(const client &caller, const text &appid, const text &confid,
                          Then &&then) const {
    return checked_submit(caller, std::forward<Then>(then),
                          detail::set_lock(appid, confid, YTX_LOCK));
  }

  /** As try_unlock_meeting(), but throws, as lock_meeting() does. */
  template <typename Then>
  ytx_ticket unlock_meeting(const client &caller, const text &appid, const text &confid,
                            Then &&then) const {
    return checked_submit(caller, std::forward<Then>(then),
                          detail::set_lock(appid, confid, YTX_UNLOCK));
  }

  /** As try_meeting_state(), but throws, as lock_meeting() does. */
  template <typename Then>
  ytx_ticket meeting_state(const client &caller, const text &appid, const text &confid,
                           Then &&then) const {
    return checked_submit(caller, std::forward<Then>(then), detail::meeting_state(appid, confid));
  }

  /** As try_request(), but throws, as lock_meeting() does. */
  template <typename Then>
  ytx_ticket request(const client &caller, const text &func, const text &func_url,
                     const text &body_json, Then &&then, const text &version = nullptr) const {
    return checked_submit(caller, std::forward<Then>(then),
                          detail::request(func, func_url, body_json, version));
  }
#endif

 private:
  /* Frees the handle first and lets go of what its calls are for after that. */
  struct free_queue {
    std::shared_ptr<detail::inbox> inbox;
    void operator()(ytx_queue *handle) const noexcept {
      if (ytx_queue_fd(handle) == -1) inbox->leave_to_parent();
      ytx_queue_free(handle);
    }
  };

  /* A promise, kept with any answer or only with a good one. */
  template <bool Throws>
  struct promise final : detail::pending {
    std::promise<answer> of_answer;
    bool is_kept = false;

    ~promise() override {
      /* Without exceptions there is no broken promise. */
      if (!Throws && !is_kept) of_answer.set_value(answer(YTX_E_CANCELLED));
    }

    bool run(event &ended) override {
      is_kept = true;
#if YTX_HPP_EXCEPTIONS
      if constexpr (Throws) {
        try {
          of_answer.set_value(client::checked(std::move(ended)));
        } catch (...) {
          of_answer.set_exception(std::current_exception());
        }
        return true;
      }
#endif
      of_answer.set_value(std::move(ended));
      return true;
    }
  };

  static queue make(const queue_options &settings, ytx_status &status) {
    queue made(nullptr);
    auto inbox = std::make_shared<detail::inbox>();
    ytx_queue_options in_c = YTX_QUEUE_OPTIONS_INIT;
    in_c.max_pending = settings.max_pending;
    in_c.max_in_flight = settings.max_in_flight;
    in_c.max_watches = settings.max_watches;
    made.handle_ = {ytx_queue_new(&in_c, &status), free_queue{std::move(inbox)}};
    return made;
  }

  /* What the calls of a living queue are for; NULL when it is none, also to a forked child. */
  std::shared_ptr<detail::inbox> living() const noexcept {
    return fd() == -1 ? nullptr : handle_.get_deleter().inbox;
  }

  /* The next event of C, and what it is for. */
  static std::optional<event> next(ytx_queue *handle, detail::inbox &inbox, std::int32_t timeout_ms,
                                   std::unique_ptr<detail::pending> &call) noexcept {
    ytx_event taken = YTX_EVENT_INIT;
    const auto found = ytx_queue_take(handle, &taken, timeout_ms);
    if (found == 0) return std::nullopt;
    if (found < 0) return event::of_no_queue();
    if (taken.type == YTX_EVENT_DONE) {
      call = inbox.hand_out(taken.tag);
      taken.tag = call->tag;
    }
    return event(taken);
  }

  std::optional<event> take_within(const detail::patience &patience) const {
    const auto inbox = living();
    if (inbox == nullptr) return event::of_no_queue();
    ytx_queue *const handle = handle_.get(); /* a callable may destroy this queue */
    for (;;) {
      if (auto aside = inbox->set_aside_first()) return aside;
      std::unique_ptr<detail::pending> call;
      auto taken = next(handle, *inbox, patience.left(), call);
      if (call == nullptr || !call->run(*taken)) return taken;
    }
  }

  template <typename Call>
  ytx_ticket submit(const client &caller, std::unique_ptr<detail::pending> pending,
                    ytx_status &status, const Call &call) const {
    const auto inbox = living();
    status = YTX_E_INVALID_HANDLE;
    if (inbox == nullptr) return 0;
    pending->lines_to = caller.handle_.get_deleter().log;
    const std::uint64_t tag = inbox->keep(std::move(pending));
    const ytx_ticket ticket = call(caller.handle(), handle_.get(), tag, &status);
    /* One that is accepted may have been taken by now. */
    if (ticket == 0) pending = inbox->hand_out(tag);
    return ticket;
  }

  template <bool Throws, typename Then, typename Call>
  ytx_ticket submit(const client &caller, Then &&then, ytx_status &status, const Call &call) const {
    using kind = std::decay_t<Then>;
    if constexpr (std::is_same_v<kind, std::future<answer>>) {
      static_assert(std::is_same_v<Then, kind &>, "a future is set, so it has to have a name");
      auto kept_later = std::make_unique<promise<Throws>>();
      std::future<answer> future = kept_later->of_answer.get_future();
      const ytx_ticket ticket = submit(caller, std::move(kept_later), status, call);
      then = ticket != 0 ? std::move(future) : kind();
      return ticket;
    } else if constexpr (std::is_integral_v<kind> || std::is_enum_v<kind>) {
      auto tagged = std::make_unique<detail::pending>(static_cast<std::uint64_t>(then));
      return submit(caller, std::move(tagged), status, call);
    } else {
      static_assert(std::is_invocable_v<kind &, event>,
                    "an answer is for a callable, a number, or a std::future<ytx::answer>");
      auto callable = std::make_unique<detail::pending_callable<kind>>(std::forward<Then>(then));
      return submit(caller, std::move(callable), status, call);
    }
  }

  template <typename Then, typename Call>
  ytx_ticket try_submit(const client &caller, Then &&then, ytx_status *status,
                        const Call &call) const noexcept {
    ytx_ticket ticket = 0;
    ytx_status outcome = YTX_E_INTERNAL;
    detail::drop_exceptions(
        [&] { ticket = submit<false>(caller, std::forward<Then>(then), outcome, call); });
    if (status != nullptr) *status = outcome;
    return ticket;
  }

#if YTX_HPP_EXCEPTIONS
  template <typename Then, typename Call>
  ytx_ticket checked_submit(const client &caller, Then &&then, const Call &call) const {
    answer outcome(YTX_OK);
    const ytx_ticket ticket =
        submit<true>(caller, std::forward<Then>(then), outcome.status_, call);
    if (ticket == 0) throw error(std::move(outcome));
    return ticket;
  }
#endif

  std::unique_ptr<ytx_queue, free_queue> handle_;
};
#endif

/**
 * Whether the library that is loaded has the major and minor version of this header. A program
 * that loads the shared library may ask this once, when it starts.
 */
inline bool versions_agree() noexcept {
  const auto major_and_minor = [](std::string_view version) {
    return version.substr(0, version.find('.', version.find('.') + 1));
  };
  return major_and_minor(YTX_VERSION) == major_and_minor(ytx_version());
}

}  // inline namespace
}  // namespace ytx

#undef YTX_HPP_QUEUE
#undef YTX_HPP_EXCEPTIONS

#endif /* YTX_HPP */
