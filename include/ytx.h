/**
 * @mainpage libytx: lock YTX (ytx.net) conference rooms and see who is in them
 *
 * A program makes one client for its account and keeps it for as long as it runs:
 *
 * ```c
 * ytx_status status;
 * ytx_client *client =
 *     ytx_client_new(account_sid, auth_token, NULL, &status);
 * char *json = ytx_lock_meeting(client, appid, "002", YTX_LOCK, &status);
 * if (status != YTX_OK)
 *   fprintf(stderr, "%s\n", ytx_status_text(status));
 * ytx_string_free(json);
 * ytx_client_free(client);
 * ```
 *
 * The conventions below are the same for every function.
 *
 * Status
 * ------
 * A call stores its outcome where its status argument points: YTX_OK (0), the platform's own code
 * below zero, or one of YTX_E_* above. Every status argument may be NULL. There is no errno and no
 * "last error".
 *
 * Strings out
 * -----------
 * A call returns one JSON object as a NUL-terminated UTF-8 string, whatever the status, and the
 * caller releases it with ytx_string_free() and nothing else. It is NULL when there is no memory
 * for the answer. Where there is not even any for the library's own small pieces, the program is
 * ended, as by abort(): Rust's allocator knows no other way.
 *
 * Where the platform answered it is the platform's answer byte for byte (a byte-order mark aside):
 * "statusCode" may be a string or a number there, "statusMsg" a string or an array. Otherwise the
 * library writes it, on one line:
 *
 * ```json
 * {"statusCode":"1004",
 *  "statusMsg":"no answer from api.ytx.net:80 within 15000 ms",
 *  "error":"YTX_E_TIMEOUT","retryable":true,"sent":true,
 *  "httpStatus":null,"attempts":1}
 * ```
 *
 * "retryable" says that trying again may help. "sent" says whether any byte of a
 * request may have left; trying again after "sent":false is always safe. "httpStatus" is that of
 * the last attempt, once its status line was read. "attempts" counts the connections tried, the
 * resend after a stale one included; it is 0 when none began.
 *
 * Strings in
 * ----------
 * NUL-terminated UTF-8, copied or used up before the function returns. What is missing or not
 * allowed is answered with YTX_E_INVALID_ARGUMENT and a statusMsg that names it, and nothing is
 * sent.
 *
 * Threads
 * -------
 * Any function may be called on any thread, with any client and queue, at any time.
 *
 * A call blocks its thread until it is done, at the latest after timeout_ms; one that is handed to a
 * queue blocks none, and comes back as an event: see ytx_queue. Loading the library, making a client
 * or a queue, and calling start no thread, except that host names (not numeric addresses) are looked
 * up on at most four threads a process, which may stay. Submitting to a queue starts a few for all
 * queues, and never more than 64 a process.
 *
 * Process
 * -------
 * A forked child may go on using its handles, however it was made (fork, _Fork, clone); it never
 * shares a connection with its parent. A queue belongs to the process that made it, and counts as
 * freed in a child. The child closes the descriptors that it inherited only where they still are
 * what the library opened, so it may closefrom() first. A fork waits up to 20 ms for a name look-up
 * under way: a child inherits the C library's locks as they are.
 *
 * Nothing is written to stdout or stderr, except for the message of a fault of the library's own.
 * No signal handler, locale or global logger is touched. The environment has no effect, and is not
 * looked at once the library is loaded. SIGPIPE is never raised. Sockets are close-on-exec and never
 * descriptors 0 to 2.
 *
 * The shared library stays loaded after dlclose(); a plug-in that links libytx.a itself has to be
 * linked with -Wl,-z,nodelete for the same. A thread must not be cancelled (pthread_cancel) or left
 * by longjmp while it is in a call; end the call with ytx_client_cancel() instead.
 *
 * Secrets
 * -------
 * No string, log line or error holds the auth token, a signature, the Authorization, a proxy's
 * password or a whole URL.
 *
 * Stability
 * ---------
 * Within a major version functions, codes, and fields at the end of ytx_options, ytx_queue_options
 * and ytx_event are only ever added.
 */
/* This file is generated from the source: see tests/header. */

#ifndef YTX_H
#define YTX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Version --- */

/** The version of this header. ytx_version() tells that of the library. */
#define YTX_VERSION "0.1.0"
/** The first number of YTX_VERSION. While it stays the same, the ABI only grows. */
#define YTX_VERSION_MAJOR 0
/** The second number of YTX_VERSION. */
#define YTX_VERSION_MINOR 1
/** The third number of YTX_VERSION. */
#define YTX_VERSION_PATCH 0

/**
 * Returns the version of the library that is loaded, such as "0.1.0".
 *
 * Compare it with YTX_VERSION, which is the version of the header.
 *
 * @return  the version. Never NULL; static, so never released.
 */
const char *ytx_version(void);

/* --- Statuses --- */

/**
 * The platform accepted the request.
 */
#define YTX_OK 0

/**
 * A phone number is not valid (号码无效). Check its digits and its area code.
 */
#define YTX_INVALID_NUMBER (-1)

/**
 * A parameter that the platform requires is missing from the request (缺少必要参数). Compare its body
 * with the function's page.
 */
#define YTX_MISSING_PARAMETER (-2)

/**
 * The platform knows no such action (无效action). Check its spelling, upper and lower case included.
 */
#define YTX_UNKNOWN_ACTION (-3)

/**
 * The request's body is not JSON (无效的JSON). Check it with a JSON tool.
 */
#define YTX_BAD_JSON (-4)

/**
 * The platform failed (异常错误). If it stays, give the answer's requestId to YTX support.
 */
#define YTX_PLATFORM_FAULT (-100)

/**
 * A parameter's value is not allowed (参数不合法). Check the conference number and the other values.
 */
#define YTX_BAD_PARAMETER (-101)

/**
 * This phone number is not allowed (电话号码不合法). Use one that the account may call.
 */
#define YTX_NUMBER_NOT_ALLOWED (-102)

/**
 * Too many requests (请求频率过高). Wait a little, then try again less often. Retryable.
 */
#define YTX_TOO_MANY_REQUESTS (-104)

/**
 * No such account (无此用户). Check the account SID in the console.
 */
#define YTX_NO_SUCH_ACCOUNT (-200)

/**
 * The account is disabled (用户状态失效). Ask YTX to enable it.
 */
#define YTX_ACCOUNT_DISABLED (-201)

/**
 * The Authorization header is wrong or has expired (包头验证信息错误). Set this machine's clock.
 */
#define YTX_BAD_AUTHORIZATION (-202)

/**
 * The signature does not match (AuthToken验证失败). Check that the auth token belongs to this account
 * SID.
 */
#define YTX_BAD_SIGN (-203)

/**
 * The account's balance is too low (账户余额不足). Top it up in the console.
 */
#define YTX_BALANCE_TOO_LOW (-204)

/**
 * The application check failed (应用验证失败). Use a test appid with the sandbox and your own appid with
 * production, put this machine's IP address on the application's whitelist, and see that the
 * application is online with the conference feature enabled.
 */
#define YTX_APP_CHECK_FAILED (-205)

/**
 * An argument is missing or not allowed; nothing was sent. The message names it.
 */
#define YTX_E_INVALID_ARGUMENT 1001

/**
 * The client or queue is NULL, freed, or was never made by this library; nothing was sent. Use the
 * pointer that ytx_client_new or ytx_queue_new returned.
 */
#define YTX_E_INVALID_HANDLE 1002

/**
 * No connection could be made, or the proxy refused. Check the host's name, the port, the route or
 * proxy, and the process's limit of open files. Retryable.
 */
#define YTX_E_CONNECT 1003

/**
 * The time allowed by timeout_ms or connect_timeout_ms ran out. Check the network, or allow more
 * time. Retryable.
 */
#define YTX_E_TIMEOUT 1004

/**
 * The TLS handshake or the server's certificate failed. Check that the port speaks TLS, the host's
 * name, this machine's clock, and ca_file for a private authority.
 */
#define YTX_E_TLS 1005

/**
 * The connection broke after it was made. Try again; when sent is true the platform may have acted
 * already. Retryable.
 */
#define YTX_E_IO 1006

/**
 * The server's HTTP status was not 200, and its body held no refusal. Redirects end here. The JSON
 * says whether it is retryable: after 502, 503 and 504. Check base_url and any gateway or proxy in
 * between.
 */
#define YTX_E_HTTP 1007

/**
 * The answer was not one of the platform: not JSON, not UTF-8, no statusCode, or too large. Check
 * that base_url leads to it and that max_response_bytes is large enough.
 */
#define YTX_E_RESPONSE 1008

/**
 * The platform answered a statusCode that is neither success nor one of its codes. The returned
 * JSON holds it.
 */
#define YTX_E_PLATFORM 1009

/**
 * The call was cancelled with ytx_client_cancel(), ytx_queue_cancel() or ytx_queue_close().
 */
#define YTX_E_CANCELLED 1010

/**
 * A queue holds as many calls or watches as its options allow; nothing was sent. Take the events
 * that wait, or make the queue with larger limits. Retryable.
 */
#define YTX_E_BUSY 1011

/**
 * A fault of this library, caught before it could harm the program. Please report it with the
 * message.
 */
#define YTX_E_INTERNAL 1099

/**
 * The outcome of a call.
 *
 * It is YTX_OK, the platform's own code below zero, or a YTX_E_* above zero. The platform's codes
 * are passed on unchanged, also those that this library does not know. The JSON that comes with a
 * status says more about the one case at hand.
 *
 * "Retryable" means that trying again may help, after a while: ytx_status_is_retryable() is 1. It
 * does not mean that trying again is safe; "sent" in the JSON says that.
 */
typedef int32_t ytx_status;

/**
 * Returns the name of a status, such as "YTX_E_TIMEOUT".
 *
 * @param status  any number
 * @return        its name; "YTX_UNKNOWN" for a number that is no status. Never NULL; static, so
 *                never released.
 */
const char *ytx_status_name(ytx_status status);

/**
 * Returns one English sentence about a status: what happened, and the remedy.
 *
 * The "statusMsg" in a call's JSON says more about the one case at hand.
 *
 * @param status  any number
 * @return        the sentence; for a number that is no status, one that says so. Never NULL;
 *                static, so never released.
 */
const char *ytx_status_text(ytx_status status);

/**
 * Tells whether trying again may help, after a while.
 *
 * It does not say that trying again is safe: for that see "sent" in the JSON. For YTX_E_HTTP
 * this returns 0, since it depends on the HTTP status: there "retryable" in the JSON decides.
 *
 * @param status  any number
 * @return        1 or 0; 0 for a number that is no status
 */
int32_t ytx_status_is_retryable(ytx_status status);

/* --- Options --- */

/** The platform itself. */
#define YTX_PRODUCTION_URL "http://api.ytx.net"

/** The platform's test environment, where only test appids work. */
#define YTX_SANDBOX_URL "http://sandbox.ytx.net"

/** The start value of a ytx_options: all zero but struct_size. */
#define YTX_OPTIONS_INIT \
  { sizeof(ytx_options), NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL }

/**
 * For log_level: a line only when a client cannot be made.
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
 * How a client behaves. Zero means default, field by field.
 *
 * Begin with YTX_OPTIONS_INIT and set what you need:
 *
 * ```c
 * ytx_options options = YTX_OPTIONS_INIT;
 * options.max_retries = 2;
 * options.proxy = "http://user:password@proxy.example.com:3128";
 * ```
 *
 * Everything is copied by ytx_client_new(), except what log_user_data points to. What is not
 * allowed is refused there with YTX_E_INVALID_ARGUMENT. An empty string is refused; use NULL for
 * the default.
 */
typedef struct ytx_options {
  /**
   * sizeof(ytx_options). It tells the library which fields the program knows. Fields that this
   * version of the library does not know have to be zero.
   */
  size_t struct_size;
  /**
   * Where the platform is: "http://" or "https://", a host or [IPv6], optional port and path
   * prefix; no user, query or fragment. NULL: YTX_PRODUCTION_URL.
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
   * A Retry-After longer than the time left ends the call at once. ytx_request() is never tried
   * again. 0: none.
   */
  uint32_t max_retries;
  /**
   * How many unused connections are kept for reuse. 0: 64. More than 65 536 counts as that.
   */
  uint32_t max_idle_connections;
  /**
   * How long an unused connection is kept, in milliseconds; then it is closed, at the latest
   * by the client's next call. One in steady use is replaced after four times as long, and
   * after a minute at the latest, so that a name that moves is followed. Nor is one used again
   * after an answer of 5xx, or when another one has timed out or broken since. 0: 15 000.
   */
  uint32_t idle_timeout_ms;
  /**
   * The largest answer accepted, in bytes, with chunking removed; a larger one ends the call
   * with YTX_E_RESPONSE. 0: 8 MiB.
   */
  uint32_t max_response_bytes;
  /**
   * How much log is told: YTX_LOG_ERROR to YTX_LOG_DEBUG. 0: YTX_LOG_WARN.
   */
  uint32_t log_level;
  /**
   * Has to be 0.
   */
  uint32_t reserved;
  /**
   * "http://[user:password@]host:port"; user and password may be percent-encoded. The
   * environment has no effect. NULL: none.
   */
  const char *proxy;
  /**
   * The path of a file of PEM certificates to trust in place of the built-in ones. It is read
   * once, by ytx_client_new(), and whole: a block that cannot be used is named in the log by its
   * number and line, and there is no client. Keys in it are passed over. NULL: the built-in ones.
   */
  const char *ca_file;
  /**
   * The User-Agent header, without control characters. NULL: "ytx/" and the version.
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
  /**
   * Where every connection is made from, one to a proxy as well: an IPv4 or IPv6 address of this
   * machine, without brackets, port or zone. Addresses of a name that are of the other family are
   * passed over. The machine has to have it when a connection is made (YTX_E_CONNECT where not).
   * "0.0.0.0" and "::" only choose the family. NULL: the system's choice.
   */
  const char *source_address;
} ytx_options;

/* --- Clients --- */

/**
 * A client of one account.
 *
 * It holds the account, the options and the kept connections. Make one with ytx_client_new(), use
 * it for as long as the program runs, and release it with ytx_client_free().
 * ytx_client_with_timeout() makes more handles on it, each with a deadline of its own and a
 * ytx_client_cancel() of its own.
 *
 * It never changes once made. Every function may be called with it on any thread, also by many
 * threads at the same time.
 *
 * It is a checked handle: one that is NULL, was freed or was never made by this library is
 * answered with YTX_E_INVALID_HANDLE and is never undefined behaviour. It is a number and no
 * address, so leak checkers do not see one that was never freed.
 */
typedef struct ytx_client ytx_client;

/**
 * Makes a client of one account. Nothing is sent and no thread is started.
 *
 * The caller releases it with ytx_client_free(). Everything passed in is copied, except what
 * options->log_user_data points to. ca_file is read before the function returns.
 *
 * ```c
 * ytx_options options = YTX_OPTIONS_INIT;
 * options.base_url = YTX_SANDBOX_URL;
 * options.timeout_ms = 3000;
 *
 * ytx_status status;
 * ytx_client *client =
 *     ytx_client_new(account_sid, auth_token, &options, &status);
 * if (client == NULL)
 *   fprintf(stderr, "%s\n", ytx_status_text(status));
 * ```
 *
 * @param account_sid  the account's SID, from the platform's console: 1 to 128 letters, digits,
 *                     _ and -
 * @param auth_token   its auth token: 1 to 1024 bytes of UTF-8 without control characters; the
 *                     library's copy is wiped when the last handle on the account is freed
 * @param options      how the client behaves, or NULL for the defaults
 * @param status       receives YTX_OK; YTX_E_INVALID_ARGUMENT when an argument or an option is not
 *                     allowed; or YTX_E_INTERNAL when millions of clients live already. May be
 *                     NULL.
 * @return             the client, or NULL: then one YTX_LOG_ERROR line, if options has a log,
 *                     names the argument
 */
ytx_client *ytx_client_new(const char *account_sid,
                           const char *auth_token,
                           const ytx_options *options,
                           ytx_status *status);

/**
 * Makes another handle on a client, with its own deadline.
 *
 * It shares the account, the options and the connections, so it costs little: a deadline for one
 * call. It starts uncancelled, and is released with ytx_client_free() like any other, in any
 * order. Its status need not be looked at: when there is no handle, the call says so with
 * YTX_E_INVALID_HANDLE.
 *
 * ```c
 * ytx_status status;
 * ytx_client *hurried = ytx_client_with_timeout(client, 500, NULL);
 * char *json = ytx_meeting_state(hurried, appid, "002", &status);
 * ytx_string_free(json);
 * ytx_client_free(hurried);
 * ```
 *
 * @param client      the client, or any handle on it
 * @param timeout_ms  the most a call on the new handle may take, in milliseconds; 0 for that of
 *                    the client passed in
 * @param status      receives YTX_OK; YTX_E_INVALID_HANDLE; or YTX_E_INTERNAL when millions of
 *                    handles live already. May be NULL.
 * @return            the new handle, or NULL
 */
ytx_client *ytx_client_with_timeout(const ytx_client *client,
                                    uint32_t timeout_ms,
                                    ytx_status *status);

/**
 * Ends a handle's calls at once, those under way and those to come.
 *
 * They return with YTX_E_CANCELLED on the threads that made them; this function takes no lock and
 * does not wait for that. A request may have been sent by then: "sent" in the JSON says so.
 *
 * The handle it was derived from, and handles derived from it, are not touched. The handle still
 * has to be freed. Cancelling again changes nothing and returns YTX_OK.
 *
 * @param client  the handle
 * @return        YTX_OK or YTX_E_INVALID_HANDLE
 */
ytx_status ytx_client_cancel(const ytx_client *client);

/**
 * Releases a handle that ytx_client_new() or ytx_client_with_timeout() made.
 *
 * It does not wait: calls under way on the handle finish, and the connections close after the
 * last handle on the client and its last call are done. To end the calls first, use
 * ytx_client_cancel(). NULL, and a handle that was freed already, are ignored.
 *
 * @param client  the handle, or NULL
 */
void ytx_client_free(ytx_client *client);

/* --- Calls --- */

/**
 * For ytx_lock_meeting(): members can join.
 */
#define YTX_UNLOCK 0

/**
 * For ytx_lock_meeting(): nobody else can join.
 */
#define YTX_LOCK 1

/**
 * Locks or unlocks a conference room.
 *
 * The lock is an absolute value, so the request may be sent twice: it is resent once when a kept
 * connection turns out to have been closed, and again as max_retries allows. A resent lock can
 * overtake another client's unlock.
 *
 * ```c
 * ytx_status status;
 * char *json = ytx_lock_meeting(client, appid, "002", YTX_LOCK, &status);
 * if (status != YTX_OK)
 *   fprintf(stderr, "%s\n", ytx_status_text(status));
 * ytx_string_free(json);
 * ```
 *
 * @param client     the client, or any handle on it
 * @param appid      an application with the telephone-conference feature: 1 to 1024 bytes of
 *                   UTF-8 without control characters
 * @param confid     the room's number, the meid that creating it returned; the same grammar
 * @param lackstate  YTX_LOCK: nobody else can join; YTX_UNLOCK: members can join
 * @param status     receives YTX_OK when the platform accepted; its own code when it refused
 *                   (YTX_APP_CHECK_FAILED, YTX_BAD_SIGN, ...); or any YTX_E_*. May be NULL.
 * @return           a JSON object, whatever the status: the platform's answer byte for byte, or
 *                   the library's own. The caller releases it with ytx_string_free(). NULL when
 *                   there is no memory for it.
 */
char *ytx_lock_meeting(const ytx_client *client,
                       const char *appid,
                       const char *confid,
                       int32_t lackstate,
                       ytx_status *status);

/**
 * Asks who is in a conference room.
 *
 * In the platform's answer statusMsg is an array of members:
 *
 * ```json
 * {"statusCode":"0","statusMsg":[
 *   {"meid":"002","phone":"131****1314",
 *    "statusname":"在线","ifmutename":"未静音"}]}
 * ```
 *
 * "statusname" is 在线 (on line) or 不在线 (off line), "ifmutename" is 已静音 (muted) or 未静音 (not
 * muted). On a refusal statusMsg is a text. The request only reads, so it is resent as the one of
 * ytx_lock_meeting() is.
 *
 * @param client  the client, or any handle on it
 * @param appid   an application with the telephone-conference feature: 1 to 1024 bytes of UTF-8
 *                without control characters
 * @param confid  the room's number, the meid that creating it returned; the same grammar
 * @param status  receives YTX_OK when the platform accepted; its own code when it refused
 *                (YTX_APP_CHECK_FAILED, YTX_BAD_SIGN, ...); or any YTX_E_*. May be NULL.
 * @return        a JSON object, whatever the status: the platform's answer byte for byte, or the
 *                library's own. The caller releases it with ytx_string_free(). NULL when there
 *                is no memory for it.
 */
char *ytx_meeting_state(const ytx_client *client,
                        const char *appid,
                        const char *confid,
                        ytx_status *status);

/**
 * Signs and sends any other request of the platform.
 *
 * It goes to /version/sid/account_sid/func/func_url below base_url.
 *
 * It is never sent again once a byte of it has gone out, whatever max_retries says: the library
 * cannot know what sending it twice would do. An answer without a statusCode counts as success
 * when the HTTP status is 200.
 *
 * ```c
 * ytx_status status;
 * char *json = ytx_request(client, "201512", "sms", "TemplateSMS.wx",
 *                          body_json, &status);
 * ytx_string_free(json);
 * ```
 *
 * @param client     the client, or any handle on it
 * @param version    the interface's version, six digits; NULL for "201612"
 * @param func       "call", "sms", "traffic" or "account": 1 to 64 letters, digits, _, . and -,
 *                   but not "." or ".."
 * @param func_url   the function, such as "NoticeCall.wx"; the same grammar
 * @param body_json  one JSON object in UTF-8, of any length; sent byte for byte. No control
 *                   characters, but for the white space of JSON.
 * @param status     receives YTX_OK when the platform accepted; its own code when it refused
 *                   (YTX_MISSING_PARAMETER, YTX_BAD_SIGN, ...); or any YTX_E_*. May be NULL.
 * @return           a JSON object, whatever the status: the platform's answer byte for byte, where
 *                   statusCode may be absent, or the library's own. The caller releases it with
 *                   ytx_string_free(). NULL when there is no memory for it.
 */
char *ytx_request(const ytx_client *client,
                  const char *version,
                  const char *func,
                  const char *func_url,
                  const char *body_json,
                  ytx_status *status);

/**
 * Releases a string that a call returned.
 *
 * The calls are ytx_lock_meeting(), ytx_meeting_state() and ytx_request().
 *
 * Each string is released once, on any thread, also after its client was freed; free() is not for
 * them. NULL is ignored. Strings from ytx_version(), ytx_status_name() and ytx_status_text() are
 * not released at all.
 *
 * @param string  the string, or NULL
 */
void ytx_string_free(char *string);

/* --- Queues --- */

/** The start value of a ytx_queue_options: all zero but struct_size. */
#define YTX_QUEUE_OPTIONS_INIT { sizeof(ytx_queue_options), 0, 0, 0, 0 }

/** The start value of a ytx_event. */
#define YTX_EVENT_INIT { sizeof(ytx_event), NULL, 0, 0, 0, 0 }

/**
 * For ytx_event.type: a call has ended.
 */
#define YTX_EVENT_DONE 1

/**
 * For ytx_event.type: a watch has news of its room.
 */
#define YTX_EVENT_ROOM 2

/**
 * For ytx_event.type: a watch has ended.
 */
#define YTX_EVENT_ENDED 3

/**
 * For ytx_event.type: the queue is closed and holds nothing more.
 */
#define YTX_EVENT_CLOSED 4

/**
 * A completion queue: calls are handed to it, and come back as events.
 *
 * For programs whose thread must not wait. Make one with ytx_queue_new(), submit calls with
 * ytx_lock_meeting_async() and its like, wait for ytx_queue_fd() in the program's own loop, and
 * fetch events with ytx_queue_take(). No callback ever runs on a thread of the library.
 *
 * Every function may be called with it on any thread, also by many at the same time. It is a
 * checked handle like ytx_client. It belongs to the process that made it: in a forked child every
 * function treats it as freed, and freeing it there closes the child's copy of the descriptor.
 *
 * Threads: none is started by making a queue. Calls that wait for an answer, for a retry or for
 * their turn hold none. The library starts a few for all queues of a process, more only for calls
 * stuck in a connect, a TLS handshake or the middle of an answer: at most 64, beside those that
 * look names up. Idle ones end within 30 seconds. All signals are blocked in them.
 */
typedef struct ytx_queue ytx_queue;

/**
 * How much a queue takes on. Zero means default, field by field.
 *
 * ```c
 * ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
 * options.max_in_flight = 1000;
 * ```
 */
typedef struct ytx_queue_options {
  /**
   * sizeof(ytx_queue_options), as in ytx_options.
   */
  size_t struct_size;
  /**
   * Calls accepted and not yet taken; more are refused with YTX_E_BUSY. 0: 4 096.
   */
  uint32_t max_pending;
  /**
   * Requests on their way at once; the rest wait their turn, with their deadlines running.
   * 0: 256.
   */
  uint32_t max_in_flight;
  /**
   * Watches; more are refused with YTX_E_BUSY. 0: 1 024.
   */
  uint32_t max_watches;
  /**
   * Has to be 0.
   */
  uint32_t reserved;
} ytx_queue_options;

/**
 * A call that a queue accepted, as a number. None is 0, and none is issued twice in a process.
 */
typedef uint64_t ytx_ticket;

/**
 * What ytx_queue_take() fills in. Begin with YTX_EVENT_INIT; it may be used again and again.
 */
typedef struct ytx_event {
  /**
   * Set by the caller to sizeof(ytx_event). A larger size, up to 4096, is allowed; what lies
   * behind the fields is neither read nor written.
   */
  size_t struct_size;
  /**
   * What the blocking call would have returned, or the news of a room; the caller releases it with ytx_string_free().
   * NULL for YTX_EVENT_CLOSED, and when there is no memory.
   */
  char *json;
  /**
   * The ticket that the submission returned; 0 for YTX_EVENT_CLOSED.
   */
  ytx_ticket ticket;
  /**
   * What the caller passed to the submission; 0 for YTX_EVENT_CLOSED.
   */
  uint64_t tag;
  /**
   * One of YTX_EVENT_*.
   */
  int32_t type;
  /**
   * What the blocking call would have stored in its status.
   */
  ytx_status status;
} ytx_event;

/**
 * Makes a queue. No thread is started.
 *
 * The caller releases it with ytx_queue_free().
 *
 * @param options  how much it takes on, or NULL for the defaults
 * @param status   receives YTX_OK; YTX_E_INVALID_ARGUMENT when an option is not allowed; or
 *                 YTX_E_INTERNAL when the process has no descriptor left, or millions of queues
 *                 live already. May be NULL.
 * @return         the queue, or NULL
 */
ytx_queue *ytx_queue_new(const ytx_queue_options *options, ytx_status *status);

/**
 * The descriptor that says when there is an event to take; on Windows it is a SOCKET.
 *
 * It is readable while there is one, level-triggered; it may stay so a moment longer. Once a take
 * has returned 0 the next event makes a new edge. YTX_EVENT_CLOSED counts as an event,
 * ytx_queue_wake() does not. It is the same for the queue's whole life.
 *
 * The program only waits for it: it neither reads, writes nor closes it, and stops watching it
 * before ytx_queue_free().
 *
 * @param queue  the queue
 * @return       the descriptor; -1 for no living queue
 */
intptr_t ytx_queue_fd(const ytx_queue *queue);

/**
 * Takes an event.
 *
 * Events come as calls end. Any number of threads may take at once; an event goes to one of them.
 * The log lines of a call are told to its client's log here, on this thread and with no lock held,
 * before its event is returned.
 *
 * ```c
 * ytx_event event = YTX_EVENT_INIT;
 * while (ytx_queue_take(queue, &event, 0) == 1) {
 *   printf("%llu: %s\n", (unsigned long long) event.tag,
 *          ytx_status_name(event.status));
 *   ytx_string_free(event.json);
 * }
 * ```
 *
 * @param queue       the queue
 * @param event       filled in when the function returns 1
 * @param timeout_ms  the longest wait for an event, in milliseconds; 0: do not wait; negative:
 *                    without end
 * @return            1 with an event; 0 when none came in time, or ytx_queue_wake() was called;
 *                    -1 when the queue is no living one (or is freed during the wait), and for an
 *                    event that is NULL or has a wrong struct_size
 */
int32_t ytx_queue_take(ytx_queue *queue, ytx_event *event, int32_t timeout_ms);

/**
 * Lets one ytx_queue_take() that waits, or the next one that would wait, return 0.
 *
 * Several before that count as one. The descriptor is not touched.
 *
 * @param queue  the queue
 * @return       YTX_OK or YTX_E_INVALID_HANDLE
 */
ytx_status ytx_queue_wake(ytx_queue *queue);

/**
 * Ends a call. It waits for nothing.
 *
 * Its event comes at once, with YTX_E_CANCELLED unless the answer was there first. "sent" in the
 * JSON says whether the request may have gone out.
 *
 * @param queue   the queue
 * @param ticket  what the submission returned
 * @return        YTX_OK, also for a call that has ended; YTX_E_INVALID_ARGUMENT for a ticket that
 *                this queue never issued; YTX_E_INVALID_HANDLE
 */
ytx_status ytx_queue_cancel(ytx_queue *queue, ytx_ticket ticket);

/**
 * Closes a queue: new work is refused and what is under way is cancelled.
 *
 * Each call still gives its event. After the last one every ytx_queue_take() gives
 * YTX_EVENT_CLOSED, again and again, without waiting. Closing twice is YTX_OK. The queue still has
 * to be freed.
 *
 * @param queue  the queue
 * @return       YTX_OK or YTX_E_INVALID_HANDLE
 */
ytx_status ytx_queue_close(ytx_queue *queue);

/**
 * Lets a queue run dry: new work is refused and the watches end with YTX_E_CANCELLED, but the calls
 * that were accepted come to their own end.
 *
 * Those that wait for their turn or for a retry do so as well. After the last event was taken every
 * ytx_queue_take() gives YTX_EVENT_CLOSED. Draining twice is YTX_OK; after ytx_queue_close() it
 * changes nothing; and a close after it cancels what is left.
 *
 * @param queue  the queue
 * @return       YTX_OK or YTX_E_INVALID_HANDLE
 */
ytx_status ytx_queue_drain(ytx_queue *queue);

/**
 * Releases a queue. It needs no close before, and waits for no network.
 *
 * Calls under way are cancelled, what was not taken is dropped, and the descriptor is closed. A
 * ytx_queue_take() that waits on another thread returns -1. The clients are not touched. NULL, and
 * a queue that was freed already, are ignored.
 *
 * @param queue  the queue, or NULL
 */
void ytx_queue_free(ytx_queue *queue);

/**
 * Hands ytx_lock_meeting() to a queue. It copies its arguments and waits for nothing.
 *
 * The call's deadline is that of the client, from now on, the wait for its turn included. The
 * lock calls of one queue for the same account, base_url, appid and confid go out one after the
 * other, in the order in which they were submitted, so that an unlock never overtakes the lock
 * before it. The client may be freed as soon as this has returned.
 *
 * Each accepted call gives one YTX_EVENT_DONE, with the status and JSON that the blocking call
 * would have given; an argument that is not allowed is reported there. Another thread may take the
 * event before this function has returned: know it by its tag. What status points to is written
 * last, maybe after that: it must lie neither where the status of the event is put nor in memory
 * that is freed with the event.
 *
 * @param client     the client, or any handle on it
 * @param queue      the queue
 * @param appid      as for ytx_lock_meeting()
 * @param confid     as for ytx_lock_meeting()
 * @param lackstate  as for ytx_lock_meeting()
 * @param tag        any number; comes back in the event
 * @param status     receives YTX_OK; YTX_E_INVALID_HANDLE; YTX_E_CANCELLED when the queue was
 *                   closed or the client cancelled; YTX_E_BUSY when the queue holds max_pending
 *                   calls; or YTX_E_INTERNAL when no thread can be started. May be NULL.
 * @return           the ticket; 0 when the call was not accepted, and then no event follows
 */
ytx_ticket ytx_lock_meeting_async(const ytx_client *client,
                                  ytx_queue *queue,
                                  const char *appid,
                                  const char *confid,
                                  int32_t lackstate,
                                  uint64_t tag,
                                  ytx_status *status);

/**
 * Hands ytx_meeting_state() to a queue, as ytx_lock_meeting_async() does its call.
 *
 * @param client  the client, or any handle on it
 * @param queue   the queue
 * @param appid   as for ytx_meeting_state()
 * @param confid  as for ytx_meeting_state()
 * @param tag     any number; comes back in the event
 * @param status  as for ytx_lock_meeting_async()
 * @return        the ticket; 0 when the call was not accepted, and then no event follows
 */
ytx_ticket ytx_meeting_state_async(const ytx_client *client,
                                   ytx_queue *queue,
                                   const char *appid,
                                   const char *confid,
                                   uint64_t tag,
                                   ytx_status *status);

/**
 * Hands ytx_request() to a queue, as ytx_lock_meeting_async() does its call.
 *
 * @param client     the client, or any handle on it
 * @param queue      the queue
 * @param version    as for ytx_request()
 * @param func       as for ytx_request()
 * @param func_url   as for ytx_request()
 * @param body_json  as for ytx_request()
 * @param tag        any number; comes back in the event
 * @param status     as for ytx_lock_meeting_async()
 * @return           the ticket; 0 when the call was not accepted, and then no event follows
 */
ytx_ticket ytx_request_async(const ytx_client *client,
                             ytx_queue *queue,
                             const char *version,
                             const char *func,
                             const char *func_url,
                             const char *body_json,
                             uint64_t tag,
                             ytx_status *status);

/**
 * Watches a room: its state is asked for again and again, and the differences are told.
 *
 * The first poll goes out at once, the next ones every interval_ms, from start to start, a tenth
 * more or less so that many watches spread; one poll at most is under way. Each has the client's
 * deadline; max_retries does not count, since the next poll is the retry. A watch gives any number
 * of YTX_EVENT_ROOM and then one YTX_EVENT_ENDED.
 *
 * A YTX_EVENT_ROOM has this JSON (members as the platform wrote them):
 *
 * ```json
 * {"event":"changed","confid":"002","version":7,"polls":1,"online":1,
 *  "joined":[{"meid":"002","phone":"131****1314",
 *             "statusname":"在线","ifmutename":"未静音"}],
 *  "left":[],"muted":[],"unmuted":[],
 *  "members":[{"meid":"002","phone":"131****1314",
 *              "statusname":"在线","ifmutename":"未静音"}]}
 * ```
 *
 * "event" is "snapshot" for the first state told, with the four lists empty; "changed"; "lost" when
 * three polls in a row have failed, with the last failure as "error" and in the status, "online"
 * null and all lists empty; or "restored" when the room can be seen again. The lists tell the
 * difference to the event that was taken before, also where several polls lie in between: "polls"
 * says how many. At most one YTX_EVENT_ROOM of a watch waits to be taken; a newer poll takes its
 * place, or withdraws it where nothing is left to tell. "version" counts those taken, from 1.
 *
 * Members have no id and their numbers are masked, so they are counted by phone: "joined" and
 * "left" are as many rows as more or fewer say 在线 (on line) under that number; "muted" and
 * "unmuted" as many as went from one known word to the other among those on line before and after.
 * What came and went between two polls cannot be seen.
 *
 * A failing poll doubles the interval, up to 60 seconds, until one succeeds; a Retry-After is
 * waited for. The watch ends by ytx_queue_cancel(), ytx_queue_close() or ytx_client_cancel(), by
 * an argument that is not allowed, and by a refusal that waiting does not cure: -1 to -4, -101,
 * -102, -200 to -205. Watches do not count in max_pending.
 *
 * @param client       the client, or any handle on it
 * @param queue        the queue
 * @param appid        as for ytx_meeting_state()
 * @param confid       as for ytx_meeting_state()
 * @param interval_ms  from the start of one poll to that of the next, at least 200; 0: 5 000
 * @param tag          any number; comes back in the events
 * @param status       as for ytx_lock_meeting_async(); YTX_E_BUSY when the queue has max_watches.
 *                     May be NULL.
 * @return             the ticket; 0 when the watch was not accepted, and then no event follows
 */
ytx_ticket ytx_watch_meeting(const ytx_client *client,
                             ytx_queue *queue,
                             const char *appid,
                             const char *confid,
                             uint32_t interval_ms,
                             uint64_t tag,
                             ytx_status *status);

/* --- Members --- */

/**
 * For ytx_members_read(): all members, of an answer or of a YTX_EVENT_ROOM.
 */
#define YTX_MEMBERS_ALL 0

/**
 * For ytx_members_read(): those of a YTX_EVENT_ROOM who have joined.
 */
#define YTX_MEMBERS_JOINED 1

/**
 * For ytx_members_read(): those of a YTX_EVENT_ROOM who have left, as last told.
 */
#define YTX_MEMBERS_LEFT 2

/**
 * For ytx_members_read(): those of a YTX_EVENT_ROOM who were muted.
 */
#define YTX_MEMBERS_MUTED 3

/**
 * For ytx_members_read(): those of a YTX_EVENT_ROOM who can be heard again.
 */
#define YTX_MEMBERS_UNMUTED 4

/**
 * A list of members, read from JSON by ytx_members_read().
 *
 * It is memory of the caller's, and no checked handle as ytx_client is: it is released once, with
 * ytx_members_free(), and not used after that. Any number of threads may read it at once.
 */
typedef struct ytx_members ytx_members;

/**
 * Reads the members in a string that the library returned.
 *
 * The string is what ytx_meeting_state() returned, or the JSON of a YTX_EVENT_DONE of
 * ytx_meeting_state_async(), or of a YTX_EVENT_ROOM. It is not needed any more afterwards.
 *
 * ```c
 * ytx_members *members =
 *     ytx_members_read(json, YTX_MEMBERS_ALL, NULL);
 * for (size_t i = 0; i < ytx_members_count(members); i++)
 *   printf("%s %s\n", ytx_members_phone(members, i),
 *          ytx_members_online(members, i) == 1 ? "on line" : "");
 * ytx_members_free(members);
 * ```
 *
 * @param json    the string
 * @param which   one of YTX_MEMBERS_*
 * @param status  receives YTX_OK; YTX_E_INVALID_ARGUMENT when json is NULL or not UTF-8, or which
 *                is none of those; YTX_E_RESPONSE when json holds no such list: a refusal, the
 *                library's own report, JSON of another kind, or a member that is no object or lacks
 *                one of the four texts. May be NULL.
 * @return        the list, for ytx_members_free(); or NULL
 */
ytx_members *ytx_members_read(const char *json, int32_t which, ytx_status *status);

/**
 * How many members a list has.
 *
 * @param members  the list, or NULL
 * @return         their number; 0 for NULL
 */
size_t ytx_members_count(const ytx_members *members);

/**
 * A member's phone number as the platform shows it, some digits masked.
 *
 * @param members  the list, or NULL
 * @param index    from 0
 * @return         the text, which lives as long as the list; "" for NULL, and beyond the end
 */
const char *ytx_members_phone(const ytx_members *members, size_t index);

/**
 * The number of the room that a member is in.
 *
 * @param members  the list, or NULL
 * @param index    from 0
 * @return         the text, which lives as long as the list; "" for NULL, and beyond the end
 */
const char *ytx_members_meid(const ytx_members *members, size_t index);

/**
 * The platform's word for on line (在线) or off line (不在线).
 *
 * @param members  the list, or NULL
 * @param index    from 0
 * @return         the text, which lives as long as the list; "" for NULL, and beyond the end
 */
const char *ytx_members_statusname(const ytx_members *members, size_t index);

/**
 * The platform's word for muted (已静音) or not muted (未静音).
 *
 * @param members  the list, or NULL
 * @param index    from 0
 * @return         the text, which lives as long as the list; "" for NULL, and beyond the end
 */
const char *ytx_members_ifmutename(const ytx_members *members, size_t index);

/**
 * Whether a member is on line.
 *
 * @param members  the list, or NULL
 * @param index    from 0
 * @return         1: yes; 0: no; -1: the platform used a word that is not known, or there is no
 *                 such member
 */
int32_t ytx_members_online(const ytx_members *members, size_t index);

/**
 * Whether a member is muted.
 *
 * @param members  the list, or NULL
 * @param index    from 0
 * @return         1: yes; 0: no; -1: the platform used a word that is not known, or there is no
 *                 such member
 */
int32_t ytx_members_muted(const ytx_members *members, size_t index);

/**
 * Releases a list that ytx_members_read() returned. NULL is ignored.
 *
 * @param members  the list, or NULL
 */
void ytx_members_free(ytx_members *members);

/* --- Figures --- */

/**
 * What a client has done since it was made, all handles on it together.
 *
 * ```json
 * {"calls":9,"succeeded":6,"failed":{"-205":1,"1004":2},
 *  "attempts":11,"retries":1,"resends":1,"inFlight":0,
 *  "connections":{"opened":2,"idle":1},
 *  "seconds":{"count":9,"sum":0.41,
 *             "buckets":[[0.001,2],[0.0025,4],["+Inf",9]]}}
 * ```
 *
 * "calls" counts those that have ended, refused arguments included; "failed" has the others than
 * "succeeded" by their status ("other": codes without a name, once there are more than 32).
 * "attempts" counts connections used or tried, "retries" those of max_retries, "resends" requests
 * sent again because a kept connection had been closed. "inFlight" and "idle" are of this moment.
 * "seconds" says how long the calls took, from the submission on where there was a queue, in
 * buckets as Prometheus has them: each counts what took no longer, up to 10 seconds.
 *
 * Counting takes no lock, and asking stops nobody.
 *
 * @param client  the client, or any handle on it
 * @param status  receives YTX_OK or YTX_E_INVALID_HANDLE. May be NULL.
 * @return        one JSON object, released with ytx_string_free(); NULL with YTX_E_INVALID_HANDLE,
 *                and when there is no memory for it
 */
char *ytx_client_stats(const ytx_client *client, ytx_status *status);

/**
 * What a queue has at the moment.
 *
 * ```json
 * {"pending":3,"inFlight":2,"waiting":1,"untaken":0,"watches":1,
 *  "busy":0,"threads":1,"oldestSeconds":0.2}
 * ```
 *
 * "pending" is "inFlight" (requests on their way), "waiting" (for their turn, for another lock call
 * of their room or for a retry) and "untaken" (events) together; "busy" counts submissions that were
 * refused with YTX_E_BUSY; "threads" are those that serve all queues of the process;
 * "oldestSeconds" is how long ago the oldest call was submitted that has not ended, 0 when there is
 * none.
 *
 * @param queue   the queue
 * @param status  receives YTX_OK or YTX_E_INVALID_HANDLE. May be NULL.
 * @return        one JSON object, released with ytx_string_free(); NULL with YTX_E_INVALID_HANDLE,
 *                and when there is no memory for it
 */
char *ytx_queue_stats(const ytx_queue *queue,
                      ytx_status *status);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* YTX_H */
