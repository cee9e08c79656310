// In the manner of the platform's own C# helper: HttpWebRequest, and JSON sent off as a form.
using System;
using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Text;

static class Client
{
    static string Env(string name) => Environment.GetEnvironmentVariable(name);

    static string SendRequest(string version, string url, string json)
    {
        string sid = Env("YTX_ACCOUNT_SID");
        string timestamp = DateTime.UtcNow.AddHours(8).ToString("yyyyMMddHHmmss");
        byte[] hash = MD5.Create().ComputeHash(
            Encoding.UTF8.GetBytes(sid + Env("YTX_AUTH_TOKEN") + timestamp));
        string sign = BitConverter.ToString(hash).Replace("-", "");
        var request = (HttpWebRequest)WebRequest.Create(
            Env("YTX_BASE_URL") + "/" + version + "/sid/" + sid + url + "?Sign=" + sign);
        request.Method = "POST";
        request.Accept = "application/json";
        request.ContentType = "application/x-www-form-urlencoded; charset=UTF-8";
        request.Headers.Add("Authorization",
            Convert.ToBase64String(Encoding.UTF8.GetBytes(sid + "|" + timestamp)));
        byte[] body = Encoding.UTF8.GetBytes(json);
        request.ContentLength = body.Length;
        using (Stream stream = request.GetRequestStream())
            stream.Write(body, 0, body.Length);
        using (var response = (HttpWebResponse)request.GetResponse())
        using (var reader = new StreamReader(response.GetResponseStream(), Encoding.UTF8))
            return reader.ReadToEnd();
    }

    static string Ask(string version, string url, string json)
    {
        string answer = SendRequest(version, url, json);
        Console.WriteLine(answer);
        return answer;
    }

    static string Meeting(string action, string rest)
    {
        return Ask("201612", "/call/TeleMeeting.wx", "{\"action\":\"" + action
            + "\",\"appid\":\"" + Env("YTX_APPID") + "\"," + rest + "}");
    }

    static void Main()
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        string app = "\"appid\":\"" + Env("YTX_APPID") + "\"";
        string room = "\"confid\":\"" + Env("YTX_CONFID") + "\"";
        Meeting("lockMeeting", room + ",\"lackstate\":\"1\"");
        Meeting("meetingState", room);
        Ask("201612", "/account/getBlance.wx", "{" + app + ",\"action\":\"queryBlance\"}");
        Ask("201512", "/call/DailbackCall.wx", "{\"action\":\"callDailBack\"," + app
            + ",\"src\":13800000001,\"dst\":13800000002,\"srctimeout\":30,\"credit\":180}");
        Ask("201512", "/call/CallCdr.wx", "{\"action\":\"getCdrByResId\"," + app
            + ",\"fid\":\"4\",\"lastresid\":\"0\",\"limit\":1}");
        string made = Meeting("createMeeting", "\"meetingname\":\"weekly\",\"creator\":\"\","
            + "\"parties\":[{\"name\":\"a\",\"phone\":\"13112341314\"},"
            + "{\"name\":\"b\",\"phone\":\"18912345326\"}],\"bookmeeting\":\"0\",\"confid\":\"\"");
        made = made.Substring(made.IndexOf("\"meid\":\"") + 8);
        room = "\"confid\":\"" + made.Substring(0, made.IndexOf('"')) + "\"";
        Meeting("meetingState", room);
        Meeting("lockMeeting", room + ",\"lackstate\":\"1\"");
        Meeting("meetingState", room);
    }
}
