// Text crosses both ways, and what is no text never leaves.
using System;
using Ytx;

internal static class Text
{
    private const string Nul = "never\0more";
    private const string Half = "never\ud800";

    public static void UnicodeCrossesBothWays(string url)
    {
        using (YtxClient client = Check.Client(url))
        {
            const string key = "会议室 ü €😀";
            Check.Equal(Check.Echo(key), client.LockMeeting("应用", key));
            string tooLong = new string('室', 342); // 1026 bytes
            Check.Holds("confid", Refused(() => client.LockMeeting("应用", tooLong)));
        }
    }

    public static void AKeyIsFoundHoweverItIsWritten(string url)
    {
        using (YtxClient client = Check.Client(url))
        {
            const string state = "{\"statusCode\":0,\"\\u0073tatusMsg\":[{\"ph\\u006Fne\":\"1\",\"item\":\"2\",\"meid\":\"\","
                + "\"statusname\":\"\",\"ifmutename\":\"\"}]";
            Check.Equal("1", client.MeetingState(Check.Appid, Check.Told(state + "}")).Members[0].Phone);
            string twice = Check.Told(state + ",\"statusMsg\":[]}");
            var failure = Check.Throws<YtxException>(() => client.MeetingState(Check.Appid, twice));
            Check.Equal(YtxErrorKind.Response, failure.Kind);
            string refused = Check.Told("{\"statusCode\":\"-104\",\"status\\u004dsg\":\"忙\"}");
            failure = Check.Throws<YtxException>(() => client.LockMeeting(Check.Appid, refused));
            Check.Holds("-104 忙 (", failure.Message);
        }
    }

    public static void ANulOrHalfAPairIsRefused(string url)
    {
        using (YtxClient client = Check.Client(url))
        {
            foreach (string bad in new[] { Nul, Half })
            {
                Check.Holds("appid ", Refused(() => client.LockMeeting(bad, "never")));
                Check.Holds("confid ", Refused(() => client.LockMeeting("never", bad)));
                Check.Holds("appid ", Refused(() => client.UnlockMeeting(bad, "never")));
                Check.Holds("confid ", Refused(() => client.MeetingState("never", bad)));
                Check.Holds("func ", Refused(() => client.Request(bad, "never", "{}")));
                Check.Holds("func_url ", Refused(() => client.Request("call", bad, "{}")));
                Check.Holds("body_json ", Refused(() => client.Request("call", "never", "{}" + bad)));
                Check.Holds("version ", Refused(() => client.Request("call", "never", "{}", "201612" + bad)));
                Check.Holds("account_sid ", Refused(() => new YtxClient(bad, Check.Token)));
                Check.Holds("auth_token ", Refused(() => new YtxClient(Check.Sid, bad)));
                Check.Holds("base_url", Option(new YtxOptions { BaseUrl = url + bad }));
                Check.Holds("proxy", Option(new YtxOptions { Proxy = "http://127.0.0.1:1" + bad }));
                Check.Holds("ca_file", Option(new YtxOptions { CaFile = "/etc/ssl/certs/ca-certificates.crt" + bad }));
                Check.Holds("user_agent", Option(new YtxOptions { UserAgent = bad }));
            }
        }
    }

    private static string Option(YtxOptions options)
    {
        return Refused(() => new YtxClient(Check.Sid, Check.Token, options));
    }

    private static string Refused(Action action)
    {
        var failure = Check.Throws<YtxException>(action);
        Check.Equal(YtxErrorKind.InvalidArgument, failure.Kind);
        Check.That(!failure.Sent, "nothing was sent");
        return failure.Message;
    }
}
