/*
 * Reading members: of what the library returns, and of JSON that it never would. Arguments: the
 * server's URL.
 */
#include "watching.h"

#define ROWS HEARD("0", "1") "," MUTED("1", "2")
#define ANSWER(rows) "{\"statusCode\":\"0\",\"statusMsg\":[" rows "]}"

static ytx_members *read_members(const char *file, int line, const char *json, int32_t which,
                                 size_t count)
{
  ytx_status status = -9999;
  ytx_members *members = ytx_members_read(json, which, &status);
  check_case = json;
  check_status(file, line, "status", status, YTX_OK);
  if (members == NULL || ytx_members_count(members) != count)
    check_failed(file, line, "another number of members", json);
  return members;
}

#define READ(json, which, count) read_members(__FILE__, __LINE__, json, which, count)

static void refuses(const char *json, int32_t which, ytx_status expected)
{
  ytx_status status = -9999;
  check_case = json == NULL ? "NULL" : json;
  CHECK(ytx_members_read(json, which, &status) == NULL);
  CHECK_STATUS(status, expected);
  CHECK(ytx_members_read(json, which, NULL) == NULL);
}

static void check_one(const ytx_members *members, size_t index, const char *phone, const char *meid,
                      const char *statusname, const char *ifmutename, int online, int muted)
{
  CHECK_TEXT(ytx_members_phone(members, index), phone);
  CHECK_TEXT(ytx_members_meid(members, index), meid);
  CHECK_TEXT(ytx_members_statusname(members, index), statusname);
  CHECK_TEXT(ytx_members_ifmutename(members, index), ifmutename);
  CHECK(ytx_members_online(members, index) == online);
  CHECK(ytx_members_muted(members, index) == muted);
}

static void of_an_answer(void)
{
  char json[] = ANSWER(HEARD("a", "131****1314") ", " AWAY("b", "2") "," MEMBER("", "", "呼叫中", "?"));
  ytx_members *members = READ(json, YTX_MEMBERS_ALL, 3);
  memset(json, 'x', sizeof json - 1); /* it is not needed any more */
  check_one(members, 0, "131****1314", "a", "在线", "未静音", 1, 0);
  check_one(members, 1, "2", "b", "不在线", "已静音", 0, 1);
  check_one(members, 2, "", "", "呼叫中", "?", -1, -1);
  check_one(members, 3, "", "", "", "", -1, -1);
  check_one(members, SIZE_MAX, "", "", "", "", -1, -1);
  ytx_members_free(members);
  check_one(NULL, 0, "", "", "", "", -1, -1);
  CHECK(ytx_members_count(NULL) == 0);
  ytx_members_free(NULL);
  ytx_members_free(READ(ANSWER(""), YTX_MEMBERS_ALL, 0));
}

/* As they are written is nobody's business. */
static void written_otherwise(void)
{
  static const char *const answers[] = {
    "\xef\xbb\xbf" ANSWER(ROWS),
    " \r\n{\t\"statusMsg\" : [ " HEARD("0", "1") "\n,\n" MUTED("1", "2") " ] , \"statusCode\" : -0 } ",
    "{\"statusCode\":0,\"status\\u004dsg\":[" ROWS "]}",
    "{\"statusCode\":\"\\u0030\",\"other\":{\"statusMsg\":[]},\"statusMsg\":[" ROWS "]}",
    "{\"statusCode\":\"000\",\"statusMsg\":[" ROWS "],\"x\":\"\\ud800\",\"x\":1e999}",
    /* Keys that an event has are none of an answer's. */
    "{\"event\":1,\"event\":\"\\ud800\",\"joined\":null,\"joined\":7,\"members\":[1],\"members\":\"\","
    "\"statusCode\":\"0\",\"statusMsg\":[" ROWS "]}",
    "{\"event\":\"changed\",\"members\":[],\"statusCode\":\"0\",\"statusMsg\":[" ROWS "]}",
  };
  size_t i;
  for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
    ytx_members *members = READ(answers[i], YTX_MEMBERS_ALL, 2);
    check_one(members, 0, "1", "0", "在线", "未静音", 1, 0);
    check_one(members, 1, "2", "1", "在线", "已静音", 1, 1);
    ytx_members_free(members);
  }
  {
    ytx_members *members = READ(ANSWER("{ \"p\\u0068one\":\"1\\u0000\\u00002\\t\\/\\ud83d\\ude00\",\"meid\":"
                                       "\"\\u0000\",\"x\":{\"phone\":1},\"ifmutename\":\"\\u5df2静音\",\"x\":1,"
                                       "\"statusname\":\"\\u5728\\u7ebf\"}"),
                                YTX_MEMBERS_ALL, 1);
    check_one(members, 0, "1\xef\xbf\xbd\xef\xbf\xbd" "2\t/\xf0\x9f\x98\x80", "\xef\xbf\xbd", "在线",
              "已静音", 1, 1);
    ytx_members_free(members);
  }
}

static void of_an_event(void)
{
  static const char *const kinds[] = { "snapshot", "changed", "restored" };
  char json[3000];
  size_t i;
  for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    static const int counts[] = { 2, 1, 0, 3, 1 };
    int which;
    snprintf(json, sizeof json,
             "{\"event\":\"%s\",\"confid\":\"0\",\"version\":1,\"polls\":1,\"online\":2,\"joined\":[%s],"
             "\"left\":[],\"muted\":[%s,%s],\"unmuted\":[%s],\"members\":[%s]}",
             kinds[i], HEARD("j", "3"), MUTED("m", "4"), ROWS, HEARD("u", "5"), ROWS);
    for (which = YTX_MEMBERS_ALL; which <= YTX_MEMBERS_UNMUTED; which++) {
      static const char *const firsts[] = { "0", "j", "", "m", "u" };
      ytx_members *members = READ(json, which, (size_t)counts[which]);
      CHECK_TEXT(ytx_members_meid(members, 0), firsts[which]);
      ytx_members_free(members);
    }
  }
}

static void what_holds_no_such_list(void)
{
  static const char *const texts[] = {
    "", " ", "null", "[]", "7", "\"\"", "{}", "[" ANSWER("") "]", ANSWER("") "x", "{\"statusCode\":\"0\"",
    "[\"0\",[]]", " [0,[]]", "[false,\"changed\",[],[],[],[],[]]",
    "{\"statusCode\":\"0\"}", "{\"statusMsg\":[]}", "{\"statusCode\":\"0\",\"statusMsg\":\"ok\"}",
    "{\"statusCode\":\"0\",\"statusMsg\":null}", "{\"statusCode\":\"0\",\"statusMsg\":{}}",
    /* Refusals, and codes that are none. */
    "{\"statusCode\":\"-205\",\"statusMsg\":[]}", "{\"statusCode\":-1,\"statusMsg\":[" ROWS "]}",
    "{\"statusCode\":\"1\",\"statusMsg\":[]}", "{\"statusCode\":null,\"statusMsg\":[]}",
    "{\"statusCode\":0.0,\"statusMsg\":[]}", "{\"statusCode\":[],\"statusMsg\":[]}",
    "{\"statusCode\":null,\"event\":\"changed\",\"members\":[]}",
    /* The library's own report. */
    CANCELLED_BETWEEN_POLLS,
    /* A key that is read given twice. */
    "{\"statusCode\":\"0\",\"statusCode\":\"0\",\"statusMsg\":[]}",
    "{\"statusCode\":\"0\",\"statusMsg\":[],\"status\\u004dsg\":[]}",
    ANSWER("{\"meid\":\"\",\"phone\":\"\",\"phone\":\"\",\"statusname\":\"\",\"ifmutename\":\"\"}"),
    ANSWER("{\"meid\":\"\",\"phone\":\"\",\"statusname\":\"\",\"ifmutename\":\"\",\"\\u006deid\":\"\"}"),
    /* Half a surrogate pair. */
    ANSWER("{\"meid\":\"\",\"phone\":\"\\ud800\",\"statusname\":\"\",\"ifmutename\":\"\"}"),
    ANSWER("{\"meid\":\"\\udc00\\ud800\",\"phone\":\"\",\"statusname\":\"\",\"ifmutename\":\"\"}"),
    /* Members that are no objects, or lack a text. */
    ANSWER("null"), ANSWER("7"), ANSWER("\"x\""), ANSWER("[]"),
    ANSWER("[\"0\",\"1\",\"在线\",\"未静音\"]"), ANSWER(HEARD("0", "1") ",{}"), ANSWER(HEARD("0", "1") ","),
    ANSWER("{\"phone\":\"\",\"statusname\":\"\",\"ifmutename\":\"\"}"),
    ANSWER("{\"meid\":\"\",\"statusname\":\"\",\"ifmutename\":\"\"}"),
    ANSWER("{\"meid\":\"\",\"phone\":\"\",\"ifmutename\":\"\"}"),
    ANSWER("{\"meid\":\"\",\"phone\":\"\",\"statusname\":\"\"}"),
    ANSWER("{\"meid\":\"\",\"phone\":1,\"statusname\":\"\",\"ifmutename\":\"\"}"),
    ANSWER("{\"meid\":\"\",\"phone\":null,\"statusname\":\"\",\"ifmutename\":\"\"}"),
    ANSWER("{\"meid\":\"\",\"phone\":[\"\"],\"statusname\":\"\",\"ifmutename\":\"\"}"),
    /* Events of no kind, and without the list. */
    "{\"event\":\"other\",\"members\":[]}", "{\"event\":null,\"members\":[]}", "{\"members\":[]}",
    "{\"event\":\"changed\",\"joined\":[]}", "{\"event\":\"changed\",\"members\":null}",
    "{\"event\":\"changed\",\"event\":\"changed\",\"members\":[]}",
    "{\"event\":\"changed\",\"members\":[],\"members\":[]}", "{\"event\":\"changed\",\"members\":[7]}",
  };
  size_t i;
  for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
    refuses(texts[i], YTX_MEMBERS_ALL, YTX_E_RESPONSE);
  for (i = YTX_MEMBERS_JOINED; i <= YTX_MEMBERS_UNMUTED; i++) {
    refuses(ANSWER(ROWS), (int32_t)i, YTX_E_RESPONSE);
    refuses("{\"event\":\"changed\",\"members\":[]}", (int32_t)i, YTX_E_RESPONSE);
    refuses("{\"statusCode\":\"-205\",\"joined\":[],\"left\":[],\"muted\":[],\"unmuted\":[]}", (int32_t)i,
            YTX_E_RESPONSE);
  }
}

static void bad_arguments(void)
{
  static const int32_t others[] = { -1, 5, 6, INT32_MAX, INT32_MIN };
  size_t i;
  for (i = YTX_MEMBERS_ALL; i <= YTX_MEMBERS_UNMUTED; i++) {
    refuses(NULL, (int32_t)i, YTX_E_INVALID_ARGUMENT);
    refuses(ANSWER(HEARD("0", "\xff")), (int32_t)i, YTX_E_INVALID_ARGUMENT);
    refuses("{\"x\":\"\xc0\x80\"}", (int32_t)i, YTX_E_INVALID_ARGUMENT);
  }
  for (i = 0; i < sizeof others / sizeof others[0]; i++)
    refuses(ANSWER(ROWS), others[i], YTX_E_INVALID_ARGUMENT);
}

/* Deep nesting where nobody reads costs no stack; as a member it is none. */
static void deep_nesting(void)
{
  enum { DEPTH = 100000 };
  static char json[4 * DEPTH + 1000], deep[2 * DEPTH + 1];
  int which;
  memset(deep, '[', DEPTH);
  memset(deep + DEPTH, ']', DEPTH);
  snprintf(json, sizeof json, "{\"statusCode\":\"0\",\"statusMsg\":[{\"x\":%s,%s]}", deep,
           &HEARD("0", "1")[1]);
  ytx_members_free(READ(json, YTX_MEMBERS_ALL, 1));
  for (which = 0; which < 2; which++) {
    snprintf(json, sizeof json, "{\"%s\":\"%s\",\"statusMsg\":%s,\"members\":%s}",
             which ? "event" : "statusCode", which ? "changed" : "0", which ? "0" : deep,
             which ? deep : "0");
    refuses(json, YTX_MEMBERS_ALL, YTX_E_RESPONSE);
  }
}

/* What a call, a queued one and a watch really give. */
static void of_the_library(const ytx_client *client)
{
  const char *confid = "members;1u 2m 3M;1u 2m 3M;<1m 2m 3M 4u 4u;503;<503";
  static const size_t counts[] = { 5, 2, 0, 1, 0 };
  ytx_queue *queue = new_queue(NULL);
  ytx_status status = -9999;
  ytx_members *members;
  ytx_event event;
  char *json = ytx_meeting_state(client, APPID, confid, &status);
  int which;

  CHECK_STATUS(status, YTX_OK);
  members = READ(json, YTX_MEMBERS_ALL, 3);
  check_one(members, 2, "3", "2", "不在线", "已静音", 0, 1);
  ytx_members_free(members);
  ytx_string_free(json);

  CHECK(ytx_meeting_state_async(client, queue, APPID, "queued;5u", 0, &status) != 0);
  event = take(queue);
  CHECK(event.type == YTX_EVENT_DONE);
  ytx_members_free(READ(event.json, YTX_MEMBERS_ALL, 1));
  refuses(event.json, YTX_MEMBERS_JOINED, YTX_E_RESPONSE);
  ytx_string_free(event.json);

  watch(client, queue, confid, 200, 0);
  event = take(queue);
  for (which = YTX_MEMBERS_ALL; which <= YTX_MEMBERS_UNMUTED; which++)
    ytx_members_free(READ(event.json, which, which == YTX_MEMBERS_ALL ? 3 : 0));
  ytx_string_free(event.json);
  go(confid, 2);
  event = take(queue);
  for (which = YTX_MEMBERS_ALL; which <= YTX_MEMBERS_UNMUTED; which++)
    ytx_members_free(READ(event.json, which, counts[which]));
  ytx_string_free(event.json);
  ytx_queue_free(queue);

  queue = new_queue(NULL);
  watch(client, queue, "gone;503", 200, 0);
  event = take(queue);
  CHECK_HOLDS(event.json, "\"event\":\"lost\"");
  for (which = YTX_MEMBERS_ALL; which <= YTX_MEMBERS_UNMUTED; which++)
    ytx_members_free(READ(event.json, which, 0));
  ytx_string_free(event.json);
  ytx_queue_free(queue);

  json = ytx_meeting_state(client, APPID, "refusal;-205", &status);
  CHECK_STATUS(status, YTX_APP_CHECK_FAILED);
  refuses(json, YTX_MEMBERS_ALL, YTX_E_RESPONSE);
  ytx_string_free(json);
  json = ytx_meeting_state(client, APPID, "refusal;503", &status);
  refuses(json, YTX_MEMBERS_ALL, YTX_E_RESPONSE);
  ytx_string_free(json);
}

int main(int argc, char **argv)
{
  ytx_client *client;
  CHECK(argc == 2);
  client = client_for(argv[1]);
  control = client_for(argv[1]);
  of_an_answer();
  written_otherwise();
  of_an_event();
  what_holds_no_such_list();
  bad_arguments();
  deep_nesting();
  of_the_library(client);
  ytx_client_free(client);
  ytx_client_free(control);
  return 0;
}
