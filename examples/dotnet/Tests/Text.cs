// Text crosses both ways, and what is no text never leaves.
using System;
using Xunit;

namespace Ytx.Tests;

public sealed class Text : WithServer
{
    private const string Nul = "never\0more";
    private const string Half = "never\ud800";

    [Fact]
    public void UnicodeCrossesBothWays()
    {
        using YtxClient client = Client();
        const string key = "会议室 ü €😀";
        Assert.Equal(Echo(key), client.LockMeeting("应用", key));
        string longer = new('室', 300); // more than fits on the stack
        Assert.Equal(Echo(longer), client.LockMeeting("应用", longer));
        string tooLong = new('室', 342); // 1026 bytes
        Assert.Contains("confid", Refused(() => client.LockMeeting("应用", tooLong)), StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyIsFoundHoweverItIsWritten()
    {
        using YtxClient client = Client();
        const string state = """{"statusCode":0,"\u0073tatusMsg":[{"ph\u006Fne":"1","item":"2","meid":"","""
            + """ "statusname":"","ifmutename":""}]""";
        Assert.Equal("1", Assert.Single(client.MeetingState(Appid, Told(state + "}")).Members).Phone);
        string twice = Told(state + ",\"statusMsg\":[]}");
        var failure = Assert.Throws<YtxException>(() => client.MeetingState(Appid, twice));
        Assert.Equal(YtxErrorKind.Response, failure.Kind);
        string refused = Told("""{ "more" : [{"a":"}"}, -1.5e3 , true,null], "statusCode":"-104","status\u004dsg":"忙\n\u00fc\"" }""");
        failure = Assert.Throws<YtxException>(() => client.LockMeeting(Appid, refused));
        Assert.Contains("-104 忙\nü\" (", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANulOrHalfAPairIsRefused()
    {
        using YtxClient client = Client();
        foreach (string bad in new[] { Nul, Half })
        {
            Names("appid ", () => client.LockMeeting(bad, "never"));
            Names("confid ", () => client.LockMeeting("never", bad));
            Names("appid ", () => client.UnlockMeeting(bad, "never"));
            Names("confid ", () => client.MeetingState("never", bad));
            Names("func ", () => client.Request(bad, "never", "{}"));
            Names("func_url ", () => client.Request("call", bad, "{}"));
            Names("body_json ", () => client.Request("call", "never", "{}" + bad));
            Names("version ", () => client.Request("call", "never", "{}", "201612" + bad));
            Names("account_sid ", () => new YtxClient(bad, Token));
            Names("auth_token ", () => new YtxClient(Sid, bad));
            Option("base_url", new YtxOptions { BaseUrl = Url + bad });
            Option("proxy", new YtxOptions { Proxy = "http://127.0.0.1:1" + bad });
            Option("ca_file", new YtxOptions { CaFile = "/etc/ssl/certs/ca-certificates.crt" + bad });
            Option("user_agent", new YtxOptions { UserAgent = bad });
            Option("source_address", new YtxOptions { SourceAddress = "127.0.0.1" + bad });
        }
    }

    private static void Option(string name, YtxOptions options) =>
        Names(name, () => new YtxClient(Sid, Token, options));

    private static void Names(string name, Action action) =>
        Assert.Contains(name, Refused(action), StringComparison.Ordinal);

    private static string Refused(Action action)
    {
        var failure = Assert.Throws<YtxException>(action);
        Assert.Equal(YtxErrorKind.InvalidArgument, failure.Kind);
        Assert.False(failure.Sent, "nothing was sent");
        return failure.Message;
    }
}
