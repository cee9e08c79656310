// What a failure says of itself, and which failures are .NET's own.
using System;
using System.Threading.Tasks;
using Xunit;

namespace Ytx.Tests;

public sealed class Failures : WithServer
{
    [Fact]
    public void ARefusalHasThePlatformsAnswer()
    {
        const string answer = """{"statusCode":"-104","statusMsg":"忙"}""";
        using YtxClient client = Client();
        var refusal = Assert.Throws<YtxException>(() => client.LockMeeting(Appid, Told(answer)));
        Assert.Equal(YtxErrorKind.Refused, refusal.Kind);
        Assert.Equal(-104, refusal.Status);
        Assert.Equal("YTX_TOO_MANY_REQUESTS", refusal.Name);
        Assert.True(refusal.Retryable && refusal.Sent, "it was sent, and may be again");
        Assert.Contains("refused by the platform: -104 忙 (", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(answer, refusal.Answer);
        Assert.Null(refusal.Attempts);
        Assert.Null(refusal.HttpStatus);
    }

    [Fact]
    public async Task AFailureOnTheWayHasTheLibrarysReport()
    {
        using YtxClient client = Client();
        var failure = await Assert.ThrowsAsync<YtxException>(() => client.LockMeetingAsync(Appid, "503 always"));
        Assert.Equal(YtxErrorKind.Http, failure.Kind);
        Assert.Equal(1007, failure.Status);
        Assert.Equal("YTX_E_HTTP", failure.Name);
        Assert.True(failure.Retryable && failure.Sent, "it was sent, and may be again");
        Assert.Equal(503, failure.HttpStatus);
        Assert.Equal(1, failure.Attempts);
        Assert.Null(failure.Answer);
        Assert.Contains("answered HTTP 503", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AForeignStatusCodeHasTheAnswer()
    {
        const string answer = """{"statusCode":"7"}""";
        using YtxClient client = Client();
        var failure = Assert.Throws<YtxException>(() => client.LockMeeting(Appid, Told(answer)));
        Assert.Equal(YtxErrorKind.Platform, failure.Kind);
        Assert.Equal(answer, failure.Answer);
        Assert.True(failure.Sent && failure.Message.Length > 0, "it was sent");
    }

    [Fact]
    public void AClientThatIsNotMadeNamesTheOption()
    {
        var options = new YtxOptions { BaseUrl = "ftp://host" };
        var failure = Assert.Throws<YtxException>(() => new YtxClient(Sid, Token, options));
        Assert.Equal(YtxErrorKind.InvalidArgument, failure.Kind);
        Assert.Contains("base_url", failure.Message, StringComparison.Ordinal);
        Assert.True(!failure.Sent && failure.Attempts == 0, "nothing was sent");
        // A log of the program's own learns it too, and at its own level.
        string line = "";
        options.LogLevel = YtxLogLevel.Error;
        options.Log = (level, text) => line = text;
        Assert.Throws<YtxException>(() => new YtxClient(Sid, Token, options));
        Assert.Contains("base_url", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NullIsTheCallersMistake()
    {
        Null("accountSid", () => new YtxClient(null!, Token));
        Null("authToken", () => new YtxClient(Sid, null!));
        using YtxClient client = Client();
        Null("appid", () => client.LockMeeting(null!, "never"));
        Null("confid", () => client.UnlockMeeting(Appid, null!));
        Null("appid", () => client.MeetingState(null!, "never"));
        Null("func", () => client.Request(null!, "never", "{}"));
        Null("funcUrl", () => client.Request("call", null!, "{}"));
        Null("bodyJson", () => client.Request("call", "never", null!));
        Null("appid", () => client.WatchMeetingAsync(null!, "never"));
        Null("confid", () => client.WatchMeetingAsync(Appid, null!));
        await Assert.ThrowsAsync<ArgumentNullException>("appid", () => client.LockMeetingAsync(null!, "never"));
        await Assert.ThrowsAsync<ArgumentNullException>("confid", () => client.MeetingStateAsync(Appid, null!));
        await Assert.ThrowsAsync<ArgumentNullException>("bodyJson", () => client.RequestAsync("call", "never", null!));
    }

    [Fact]
    public void SoIsANumberBelowZero()
    {
        TimeSpan past = TimeSpan.FromTicks(-1);
        OutOfRange("Timeout", () => Make(new YtxOptions { Timeout = past }));
        OutOfRange("ConnectTimeout", () => Make(new YtxOptions { ConnectTimeout = past }));
        OutOfRange("IdleTimeout", () => Make(new YtxOptions { IdleTimeout = past }));
        OutOfRange("MaxRetries", () => Make(new YtxOptions { MaxRetries = -1 }));
        OutOfRange("MaxIdleConnections", () => Make(new YtxOptions { MaxIdleConnections = -1 }));
        OutOfRange("MaxResponseBytes", () => Make(new YtxOptions { MaxResponseBytes = -1 }));
        using YtxClient client = Client();
        OutOfRange("timeout", () => client.WithTimeout(past));
        OutOfRange("Interval", () => client.WatchMeetingAsync(Appid, "never", new WatchOptions { Interval = past }));
        var level = new YtxOptions { LogLevel = (YtxLogLevel)5 };
        Assert.Contains("log_level", Assert.Throws<YtxException>(() => Make(level)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADeadlineIsNeverRoundedToNone()
    {
        using YtxClient client = Client();
        using YtxClient hasty = client.WithTimeout(TimeSpan.FromTicks(1));
        using YtxClient patient = client.WithTimeout(TimeSpan.MaxValue);
        var late = Assert.Throws<YtxException>(() => hasty.LockMeeting(Appid, "silence"));
        Assert.Equal(YtxErrorKind.Timeout, late.Kind);
        Assert.Contains("within 1 ms", late.Message, StringComparison.Ordinal);
        Assert.Equal(Echo("in time"), patient.LockMeeting(Appid, "in time"));
    }

    private static void Make(YtxOptions options) => new YtxClient(Sid, Token, options).Dispose();

    private static void Null(string argument, Action action) => Assert.Throws<ArgumentNullException>(argument, action);

    private static void OutOfRange(string argument, Action action) =>
        Assert.Throws<ArgumentOutOfRangeException>(argument, action);
}
