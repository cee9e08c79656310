/**
 * @page cpp ytx.hpp: libytx for C++17 and later
 *
 * Clients and answers that release themselves, and failures as exceptions or as values. Header
 * only; link with libytx. What the calls, options and statuses mean is said in ytx.h, and its
 * ytx_status_name(), ytx_status_text() and ytx_version() are used as they are.
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
 * What may throw
 * --------------
 * The first kind throws ytx::error, and std::bad_alloc when there is no memory. What says noexcept
 * does not throw, the log callback included: an exception that leaves it is dropped.
 *
 * Ownership
 * ---------
 * Everything passed in is copied or used up before the function returns. A client keeps its log
 * callback alive for as long as it, or a client derived from it, is. An answer owns its JSON and
 * needs its client no more.
 *
 * Moved-from objects
 * ------------------
 * A client that was moved from is empty, like one that was made without arguments: a call on it
 * ends with YTX_E_INVALID_HANDLE, never in undefined behaviour. An answer that was moved from keeps
 * its status and has an empty json().
 *
 * Threads
 * -------
 * The const members of one client may be called by any number of threads at the same time. Moving,
 * assigning and destroying are not: as for any object of C++, no other thread may be in a call by
 * then. cancel() ends such calls.
 *
 * Strings
 * -------
 * UTF-8, in std::string or NUL-terminated. A std::string with a NUL within is answered with
 * YTX_E_INVALID_ARGUMENT, like any other control character.
 */

#ifndef YTX_HPP
#define YTX_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "ytx.h"

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define YTX_HPP_EXCEPTIONS 1
#else
#define YTX_HPP_EXCEPTIONS 0
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
  bool retryable() const noexcept {
    /* For YTX_E_HTTP the JSON decides. It is the library's own then, of a fixed form, and has a
       backslash before each quote within its strings: so this is the member and nothing else. */
    return ytx_status_is_retryable(status_) != 0 ||
           (status_ == YTX_E_HTTP &&
            json().find("\"retryable\":true") != std::string_view::npos);
  }

  /** The JSON, for as long as this answer lives; empty where there was no memory for it. */
  std::string_view json() const noexcept { return c_str(); }

  /** The same, NUL-terminated; never NULL. */
  const char *c_str() const noexcept { return json_ ? json_.get() : ""; }

 private:
  friend class client;

  struct free_string {
    void operator()(char *string) const noexcept { ytx_string_free(string); }
  };

  explicit answer(ytx_status status) noexcept : status_(status) {}

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

#undef YTX_HPP_EXCEPTIONS

#endif /* YTX_HPP */
