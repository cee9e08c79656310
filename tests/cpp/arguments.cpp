/*
 * Strings that must not be sent: above all those with a NUL within, of which C would see a part.
 * The server is told nothing.
 *
 * Arguments: the server's URL; a file with a certificate.
 */
#include "check.hpp"

static void check_refused(const ytx::answer &answer, const std::string &words) {
  CHECK_STATUS(answer.status(), YTX_E_INVALID_ARGUMENT);
  CHECK_HOLDS(answer.c_str(), ("\"statusMsg\":\"" + words).c_str());
}

/* Cut off at the NUL, each of them would be allowed. */
static std::string cut_at(std::string good) {
  return good += std::string("\0x", 2);
}

static void calls_refuse_a_nul(const ytx::client &client) {
  const std::string good = "never", bad = cut_at("never");
  check_refused(client.try_lock_meeting(bad, good), "appid holds a control character at byte 5");
  check_refused(client.try_lock_meeting(good, bad), "confid holds a control character at byte 5");
  check_refused(client.try_unlock_meeting(bad, good), "appid ");
  check_refused(client.try_unlock_meeting(good, bad), "confid ");
  check_refused(client.try_meeting_state(bad, good), "appid ");
  check_refused(client.try_meeting_state(good, bad), "confid ");
  check_refused(client.try_request(bad, good, "{}"), "func ");
  check_refused(client.try_request(good, bad, "{}"), "func_url ");
  check_refused(client.try_request(good, good, cut_at("{}")), "body_json ");
  check_refused(client.try_request(good, good, "{}", cut_at("201612")), "version ");
}

static void calls_refuse_null_and_empty_strings(const ytx::client &client) {
  check_refused(client.try_lock_meeting(nullptr, "never"), "appid is NULL");
  check_refused(client.try_meeting_state("never", nullptr), "confid is NULL");
  check_refused(client.try_request("call", "never", nullptr), "body_json is NULL");
  check_refused(client.try_lock_meeting(std::string(), "never"), "appid is empty");
  check_refused(client.try_request("call", "never", "{}", ""), "version is empty");
}

/* Makes no client, and the log names the argument. */
static void check_no_client(const ytx::text &sid, const ytx::text &token, ytx::options settings,
                            const char *argument) {
  std::string line;
  settings.log = [&](std::int32_t, std::string_view message) { line = message; };
  ytx_status status = -9999;
  CHECK(!ytx::client::try_new(sid, token, settings, &status));
  CHECK_STATUS(status, YTX_E_INVALID_ARGUMENT);
  CHECK_HOLDS(line.c_str(), argument);
}

static void no_client_with_a_nul(const char *url, const char *certificate) {
  check_no_client(cut_at(SID), TOKEN, patient(url), "account_sid");
  check_no_client(SID, cut_at(TOKEN), patient(url), "auth_token");
  ytx::options settings = patient(url);
  settings.base_url = cut_at(url);
  check_no_client(SID, TOKEN, settings, "base_url");
  settings = patient(url);
  settings.proxy = cut_at("http://127.0.0.1:1");
  check_no_client(SID, TOKEN, settings, "proxy");
  settings = patient(url);
  settings.user_agent = cut_at("agent");
  check_no_client(SID, TOKEN, settings, "user_agent");
  settings = patient(url);
  settings.source_address = cut_at("127.0.0.1");
  check_no_client(SID, TOKEN, settings, "source_address");
  settings = patient(url);
  settings.ca_file = certificate;
  CHECK(ytx::client::try_new(SID, TOKEN, settings));
  settings.ca_file = cut_at(certificate);
  check_no_client(SID, TOKEN, settings, "ca_file");
}

int main(int argc, char **argv) {
  CHECK(argc == 3);
  const auto client = ytx::client::try_new(SID, TOKEN, patient(argv[1]));
  calls_refuse_a_nul(client);
  calls_refuse_null_and_empty_strings(client);
  no_client_with_a_nul(argv[1], argv[2]);
}
