/*
 * libytx: lock YTX (ytx.net) conference rooms and see who is in them.
 *
 * A program makes one client for its account and keeps it for as long as it runs:
 *
 *     ytx_status status;
 *     ytx_client *client = ytx_client_new(account_sid, auth_token, NULL, &status);
 *     char *json = ytx_lock_meeting(client, appid, "002", YTX_LOCK, &status);
 *     if (status != YTX_OK)
 *         fprintf(stderr, "%s: %s\n", ytx_status_text(status), json);
 *     ytx_string_free(json);
 *     ytx_client_free(client);
 *
 * Conventions, the same for every function:
 *
 * Status.  A call stores its outcome in *status: YTX_OK (0), the platform's own code below zero,
 *   or one of YTX_E_* above. Every status pointer may be NULL. There is no errno and no "last
 *   error".
 *
 * Strings out.  A call returns one JSON object as a NUL-terminated UTF-8 string, whatever the
 *   status, and the caller releases it with ytx_string_free() and nothing else. Where the
 *   platform answered it is the platform's answer byte for byte (a byte-order mark aside):
 *   "statusCode" may be a string or a number there, "statusMsg" a string or an array. Otherwise
 *   the library writes it:
 *
 *     {"statusCode":"1004","statusMsg":"no answer from api.ytx.net:80 within 15000 ms",
 *      "error":"YTX_E_TIMEOUT","retryable":true,"sent":true,"httpStatus":null,"attempts":1}
 *
 *   "retryable" says that trying again may help. "sent" says whether any byte of a request may
 *   have left; trying again after "sent":false is always safe. "httpStatus" is that of the last
 *   attempt, once its status line was read. "attempts" counts the connections tried, the resend
 *   after a stale one included; it is 0 when none began.
 *
 * Strings in.  NUL-terminated UTF-8, copied or used up before the function returns. What is
 *   missing or not allowed is answered with YTX_E_INVALID_ARGUMENT and a statusMsg that names
 *   it, and nothing is sent.
 *
 * Threads.  Any function may be called on any thread, with any client, at any time. A call
 *   blocks its thread until it is done, at the latest after timeout_ms. Loading the library,
 *   making a client and calling start no thread, except that host names (not numeric addresses)
 *   are looked up on at most four threads a process, which may stay.
 *
 * Process.  A forked child may go on using its handles; it never shares a connection with its
 *   parent. Nothing is written to stdout or stderr, except for the message of a fault of the
 *   library's own. No signal handler, locale, environment variable or global logger is touched.
 *   SIGPIPE is never raised. Sockets are close-on-exec and never descriptors 0 to 2. The shared
 *   library stays loaded after dlclose(); a plug-in that links libytx.a itself has to be linked
 *   with -Wl,-z,nodelete for the same. A thread must not be cancelled (pthread_cancel) or left by
 *   longjmp while it is in a call; end the call with ytx_client_cancel() instead.
 *
 * Secrets.  No string, log line or error holds the auth token, a signature, the Authorization, a
 *   proxy's password or a whole URL.
 *
 * Stability.  Within a major version functions, codes, and fields at the end of ytx_options are
 *   only ever added.
 *
 * This file is generated from the source: see tests/header.rs.
 */

#ifndef YTX_H
#define YTX_H

#include <stddef.h>
#include <stdint.h>

/** The version of this header. ytx_version() tells that of the library. */
#define YTX_VERSION "0.1.0"
#define YTX_VERSION_MAJOR 0
#define YTX_VERSION_MINOR 1
#define YTX_VERSION_PATCH 0

/** The platform itself. */
#define YTX_PRODUCTION_URL "http://api.ytx.net"

/** The platform's test environment, where only test appids work. */
#define YTX_SANDBOX_URL "http://sandbox.ytx.net"

/** The start value of options: ytx_options options = YTX_OPTIONS_INIT; */
#define YTX_OPTIONS_INIT \
  { sizeof(ytx_options), NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL }

/**
 * The platform accepted the request.
 */
#define YTX_OK 0

/**
 * A phone number is not valid (号码无效).
 */
#define YTX_INVALID_NUMBER (-1)

/**
 * A required parameter is missing (缺少必要参数).
 */
#define YTX_MISSING_PARAMETER (-2)

/**
 * No such action; case counts (无效action).
 */
#define YTX_UNKNOWN_ACTION (-3)

/**
 * The request's body is not JSON (无效的JSON).
 */
#define YTX_BAD_JSON (-4)

/**
 * The platform failed (异常错误).
 */
#define YTX_PLATFORM_FAULT (-100)

/**
 * A parameter's value is not allowed (参数不合法).
 */
#define YTX_BAD_PARAMETER (-101)

/**
 * This phone number is not allowed (电话号码不合法).
 */
#define YTX_NUMBER_NOT_ALLOWED (-102)

/**
 * Too many requests; try again later (请求频率过高).
 */
#define YTX_TOO_MANY_REQUESTS (-104)

/**
 * No such account (无此用户).
 */
#define YTX_NO_SUCH_ACCOUNT (-200)

/**
 * The account is disabled (用户状态失效).
 */
#define YTX_ACCOUNT_DISABLED (-201)

/**
 * The Authorization header is wrong or has expired (包头验证信息错误).
 */
#define YTX_BAD_AUTHORIZATION (-202)

/**
 * The signature does not match (AuthToken验证失败).
 */
#define YTX_BAD_SIGN (-203)

/**
 * The account's balance is too low (账户余额不足).
 */
#define YTX_BALANCE_TOO_LOW (-204)

/**
 * The application check failed (应用验证失败).
 */
#define YTX_APP_CHECK_FAILED (-205)

/**
 * An argument is missing or not allowed; nothing was sent.
 */
#define YTX_E_INVALID_ARGUMENT 1001

/**
 * The client is NULL, freed, or was never made by this library; nothing was sent.
 */
#define YTX_E_INVALID_HANDLE 1002

/**
 * No connection could be made.
 */
#define YTX_E_CONNECT 1003

/**
 * The time allowed ran out.
 */
#define YTX_E_TIMEOUT 1004

/**
 * The TLS handshake or the server's certificate failed.
 */
#define YTX_E_TLS 1005

/**
 * The connection broke after it was made.
 */
#define YTX_E_IO 1006

/**
 * The server's HTTP status was not 200, and its body held no refusal.
 */
#define YTX_E_HTTP 1007

/**
 * The answer was not one of the platform.
 */
#define YTX_E_RESPONSE 1008

/**
 * The platform answered a statusCode that is neither success nor one of its codes.
 */
#define YTX_E_PLATFORM 1009

/**
 * The call was cancelled with ytx_client_cancel.
 */
#define YTX_E_CANCELLED 1010

/**
 * A fault of this library, caught before it could harm the program.
 */
#define YTX_E_INTERNAL 1099

/**
 * Write a line to the log for failures of ytx_client_new() only.
 */
#define YTX_LOG_ERROR 1

/**
 * Also for calls that failed or were tried again, and for what is at risk. The default.
 */
#define YTX_LOG_WARN 2

/**
 * Also for clients made, and for requests resent after a kept connection was found closed.
 */
#define YTX_LOG_INFO 3

/**
 * Also for every call, with its outcome and duration.
 */
#define YTX_LOG_DEBUG 4

/**
 * For lackstate: members can join.
 */
#define YTX_UNLOCK 0

/**
 * For lackstate: nobody else can join.
 */
#define YTX_LOCK 1

/**
 * A client of one account.
 *
 * It never changes once made. Every function may be called with it on any thread, also by many
 * threads at the same time. It is a checked handle: one that is NULL, was freed or was never
 * made by this library is answered with YTX_E_INVALID_HANDLE and is never undefined behaviour.
 */
typedef struct ytx_client ytx_client;

/**
 * How a client behaves. Zero means default, field by field.
 *
 * Begin with "ytx_options options = YTX_OPTIONS_INIT;" and set what you need.
 *
 * Everything is copied by ytx_client_new(), except what log_user_data points to. An empty
 * string is refused; use NULL for the default.
 */
typedef struct ytx_options {
  /**
   * sizeof(ytx_options). It tells the library which fields the program knows.
   */
  size_t struct_size;
  /**
   * Where the platform is: "http://" or "https://", a host or [IPv6], optional port and path
   * prefix. NULL: YTX_PRODUCTION_URL.
   */
  const char *base_url;
  /**
   * The most a new connection may take, in milliseconds: name look-up, TCP and TLS.
   * 0: 5 000.
   */
  uint32_t connect_timeout_ms;
  /**
   * The most a call may take, in milliseconds, with everything in it: attempts, pauses, name
   * look-up. 0: 15 000.
   */
  uint32_t timeout_ms;
  /**
   * How often a meeting call is tried again after YTX_E_CONNECT, YTX_E_IO,
   * YTX_TOO_MANY_REQUESTS and HTTP 502, 503 or 504, after a growing pause, within timeout_ms.
   * ytx_request() is never tried again. 0: none.
   */
  uint32_t max_retries;
  /**
   * How many unused connections are kept for reuse. 0: 64. More than 65 536 counts as that.
   */
  uint32_t max_idle_connections;
  /**
   * How long an unused connection is kept, in milliseconds; then it is closed, at the latest
   * by the client's next call. 0: 15 000.
   */
  uint32_t idle_timeout_ms;
  /**
   * The largest answer accepted, in bytes, with chunking removed. 0: 8 MiB.
   */
  uint32_t max_response_bytes;
  /**
   * YTX_LOG_ERROR to YTX_LOG_DEBUG. 0: YTX_LOG_WARN.
   */
  uint32_t log_level;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * "http://[user:password@]host:port"; user and password may be percent-encoded. The
   * environment is never consulted. NULL: none.
   */
  const char *proxy;
  /**
   * A file of PEM certificates to trust in place of the built-in ones. NULL: those.
   */
  const char *ca_file;
  /**
   * The User-Agent header. NULL: "ytx/" and the version.
   */
  const char *user_agent;
  /**
   * Receives each log line, without a newline. It runs on the thread of the call it concerns,
   * with no lock held, so it may call any ytx function; it runs for the last time before the
   * last call returns. It must not throw, longjmp or end the thread. NULL: silent.
   *
   * No line holds the auth token, a signature, a whole URL, or any part of an answer.
   */
  void (*log)(int32_t level, const char *message, void *user_data);
  /**
   * Handed to log as it is. Whatever it points to has to last as long as the client.
   */
  void *log_user_data;
} ytx_options;

/**
 * The outcome of a call: YTX_OK, the platform's own code below zero, or a YTX_E_* above zero.
 */
typedef int32_t ytx_status;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a client of one account. Nothing is sent and no thread is started.
 *
 * The caller releases it with ytx_client_free(). Everything passed in is copied, except what
 * options->log_user_data points to.
 *
 * @param account_sid  the account's SID, from the platform's console: 1 to 128 letters, digits,
 *                     _ and -
 * @param auth_token   its auth token: 1 to 1024 bytes of UTF-8 without control characters; the
 *                     library's copy is wiped when the last handle on the account is freed
 * @param options      how the client behaves, or NULL for the defaults
 * @param status       receives YTX_OK or YTX_E_INVALID_ARGUMENT, or YTX_E_INTERNAL when millions
 *                     of clients live already; may be NULL
 * @return             the client, or NULL: then one YTX_LOG_ERROR line, if options has a log,
 *                     names the argument
 */
ytx_client *ytx_client_new(const char *account_sid,
                           const char *auth_token,
                           const ytx_options *options,
                           ytx_status *status);

/**
 * Makes another handle on the same account and connections, with its own deadline: a deadline
 * for one call, cheaply.
 *
 * The new handle starts uncancelled, and is released with ytx_client_free() like any other, in
 * any order.
 *
 * @param client      the client
 * @param timeout_ms  the most a call on the new handle may take, in milliseconds; 0 for that of
 *                    the client passed in
 * @param status      receives YTX_OK or YTX_E_INVALID_HANDLE, or YTX_E_INTERNAL when millions of
 *                    handles live already; may be NULL
 * @return            the new handle, or NULL
 */
ytx_client *ytx_client_with_timeout(const ytx_client *client,
                                    uint32_t timeout_ms,
                                    ytx_status *status);

/**
 * Ends a handle's calls, those under way and those to come, at once, with YTX_E_CANCELLED.
 *
 * The handle it was derived from, and handles derived from it, are not touched. The handle still
 * has to be freed. Cancelling again changes nothing and answers YTX_OK. It may be called on any
 * thread; it takes no lock and does not wait for the calls to end.
 *
 * @param client  the handle
 * @return        YTX_OK or YTX_E_INVALID_HANDLE
 */
ytx_status ytx_client_cancel(const ytx_client *client);

/**
 * Releases a handle.
 *
 * Calls under way on it finish; the connections close after the last handle on the account and
 * its last call are done. NULL, and a handle that was freed already, are ignored.
 *
 * @param client  the handle, or NULL
 */
void ytx_client_free(ytx_client *client);

/**
 * Locks or unlocks a conference room.
 *
 * The lock is an absolute value, so the request may be sent twice: it is resent once when a kept
 * connection turns out to have been closed, and again as max_retries allows. A resent lock can
 * overtake another client's unlock.
 *
 * @param client     the client
 * @param appid      an application with the telephone-conference feature: 1 to 1024 bytes of
 *                   UTF-8 without control characters
 * @param confid     the room's number, the meid that creating it returned; the same grammar
 * @param lackstate  YTX_LOCK or YTX_UNLOCK
 * @param status     receives YTX_OK when the platform accepted, its own code when it refused
 *                   (YTX_APP_CHECK_FAILED, YTX_BAD_SIGN, ...), or any YTX_E_*; may be NULL
 * @return           a JSON object, whatever the status: the platform's answer byte for byte, or
 *                   the library's own. The caller releases it with ytx_string_free(). NULL only
 *                   when there is no memory.
 */
char *ytx_lock_meeting(const ytx_client *client,
                       const char *appid,
                       const char *confid,
                       int32_t lackstate,
                       ytx_status *status);

/**
 * Asks who is in a conference room.
 *
 * In the platform's answer statusMsg is an array of members, each with "meid", "phone",
 * "statusname" (在线 on line, 不在线 off line) and "ifmutename" (已静音 muted, 未静音 not). On a
 * refusal it is a text. The request only reads, so it is resent as ytx_lock_meeting()'s is.
 *
 * @param client  the client
 * @param appid   as for ytx_lock_meeting()
 * @param confid  as for ytx_lock_meeting()
 * @param status  as for ytx_lock_meeting()
 * @return        as for ytx_lock_meeting(): JSON that the caller releases with ytx_string_free()
 */
char *ytx_meeting_state(const ytx_client *client,
                        const char *appid,
                        const char *confid,
                        ytx_status *status);

/**
 * Signs and sends any other request of the platform.
 *
 * It is never sent again once a byte of it has gone out, whatever max_retries says: the library
 * cannot know what sending it twice would do. An answer without a statusCode counts as success
 * when the HTTP status is 200.
 *
 * @param client     the client
 * @param version    the interface's version, six digits; NULL for "201612"
 * @param func       "call", "sms", "traffic" or "account"; 1 to 64 letters, digits, _, . and -
 * @param func_url   the function, such as "NoticeCall.wx"; the same grammar
 * @param body_json  one JSON object in UTF-8; sent byte for byte
 * @param status     as for ytx_lock_meeting()
 * @return           as for ytx_lock_meeting(): JSON that the caller releases with
 *                   ytx_string_free(). In the platform's answer statusCode may be absent.
 */
char *ytx_request(const ytx_client *client,
                  const char *version,
                  const char *func,
                  const char *func_url,
                  const char *body_json,
                  ytx_status *status);

/**
 * Releases a string that ytx_lock_meeting(), ytx_meeting_state() or ytx_request() returned.
 *
 * Each string is released once, on any thread. NULL is ignored. Strings from ytx_version(),
 * ytx_status_name() and ytx_status_text() are not released at all.
 *
 * @param string  the string, or NULL
 */
void ytx_string_free(char *string);

/**
 * Returns the name of a status, such as "YTX_E_TIMEOUT".
 *
 * @param status  any number
 * @return        its name; "YTX_UNKNOWN" for a number that is no status. Never NULL; static, so
 *                never released. Any thread may call this at any time.
 */
const char *ytx_status_name(ytx_status status);

/**
 * Returns one English sentence about a status: what happened, and the remedy where one is known.
 *
 * The "statusMsg" in a call's JSON says more about the one case at hand.
 *
 * @param status  any number
 * @return        the sentence. Never NULL; static, so never released. Any thread may call this
 *                at any time.
 */
const char *ytx_status_text(ytx_status status);

/**
 * Tells whether trying again may help, after a while.
 *
 * It does not say that trying again is safe: for that see "sent" in the JSON. For YTX_E_HTTP
 * this returns 0, since it depends on the HTTP status: there "retryable" in the JSON decides.
 *
 * @param status  any number
 * @return        1 or 0; 0 for a number that is no status. Any thread may call this at any time.
 */
int32_t ytx_status_is_retryable(ytx_status status);

/**
 * Returns the version of the library that is loaded, such as "0.1.0".
 *
 * Compare it with YTX_VERSION, which is the version of the header.
 *
 * @return  the version. Never NULL; static, so never released. Any thread may call this at any
 *          time.
 */
const char *ytx_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* YTX_H */
