// What a failure says of itself, and which failures are .NET's own.
using System;
using Ytx;

internal static class Failures
{
    public static void ARefusalHasThePlatformsAnswer(string url)
    {
        const string answer = "{\"statusCode\":\"-104\",\"statusMsg\":\"忙\"}";
        using (YtxClient client = Check.Client(url))
        {
            var refusal = Check.Throws<YtxException>(() => client.LockMeeting(Check.Appid, Check.Told(answer)));
            Check.Equal(YtxErrorKind.Refused, refusal.Kind);
            Check.Equal(-104, refusal.Status);
            Check.Equal("YTX_TOO_MANY_REQUESTS", refusal.Name);
            Check.That(refusal.Retryable && refusal.Sent, "it was sent, and may be again");
            Check.Holds("refused by the platform: -104 忙 (", refusal.Message);
            Check.Equal(answer, refusal.Answer);
            Check.Equal(null, refusal.Attempts);
            Check.Equal(null, refusal.HttpStatus);
        }
    }

    public static void AFailureOnTheWayHasTheLibrarysReport(string url)
    {
        using (YtxClient client = Check.Client(url))
        {
            var failure = Check.Throws<YtxException>(() => client.LockMeeting(Check.Appid, "503 always"));
            Check.Equal(YtxErrorKind.Http, failure.Kind);
            Check.Equal(1007, failure.Status);
            Check.Equal("YTX_E_HTTP", failure.Name);
            Check.That(failure.Retryable && failure.Sent, "it was sent, and may be again");
            Check.Equal(503, failure.HttpStatus);
            Check.Equal(1, failure.Attempts);
            Check.Equal(null, failure.Answer);
            Check.Holds("answered HTTP 503", failure.Message);
        }
    }

    public static void AForeignStatusCodeHasTheAnswer(string url)
    {
        const string answer = "{\"statusCode\":\"7\"}";
        using (YtxClient client = Check.Client(url))
        {
            var failure = Check.Throws<YtxException>(() => client.LockMeeting(Check.Appid, Check.Told(answer)));
            Check.Equal(YtxErrorKind.Platform, failure.Kind);
            Check.Equal(answer, failure.Answer);
            Check.That(failure.Sent && failure.Message.Length > 0, "it was sent");
        }
    }

    public static void AClientThatIsNotMadeNamesTheOption(string url)
    {
        var options = new YtxOptions { BaseUrl = "ftp://host" };
        var failure = Check.Throws<YtxException>(() => new YtxClient(Check.Sid, Check.Token, options));
        Check.Equal(YtxErrorKind.InvalidArgument, failure.Kind);
        Check.Holds("base_url", failure.Message);
        Check.That(!failure.Sent && failure.Attempts == 0, "nothing was sent");
        // A log of the program's own learns it too, and at its own level.
        string line = null;
        options.LogLevel = YtxLogLevel.Error;
        options.Log = (level, text) => line = text;
        Check.Throws<YtxException>(() => new YtxClient(Check.Sid, Check.Token, options));
        Check.Holds("base_url", line);
    }

    public static void NullIsTheCallersMistake(string url)
    {
        Null("accountSid", () => new YtxClient(null, Check.Token));
        Null("authToken", () => new YtxClient(Check.Sid, null));
        using (YtxClient client = Check.Client(url))
        {
            Null("appid", () => client.LockMeeting(null, "never"));
            Null("confid", () => client.UnlockMeeting(Check.Appid, null));
            Null("appid", () => client.MeetingState(null, "never"));
            Null("confid", () => client.MeetingStateAsync(Check.Appid, null).GetAwaiter().GetResult());
            Null("func", () => client.Request(null, "never", "{}"));
            Null("funcUrl", () => client.Request("call", null, "{}"));
            Null("bodyJson", () => client.Request("call", "never", null));
        }
    }

    public static void SoIsANumberBelowZero(string url)
    {
        TimeSpan past = TimeSpan.FromTicks(-1);
        OutOfRange("Timeout", () => Make(new YtxOptions { Timeout = past }));
        OutOfRange("ConnectTimeout", () => Make(new YtxOptions { ConnectTimeout = past }));
        OutOfRange("IdleTimeout", () => Make(new YtxOptions { IdleTimeout = past }));
        OutOfRange("MaxRetries", () => Make(new YtxOptions { MaxRetries = -1 }));
        OutOfRange("MaxIdleConnections", () => Make(new YtxOptions { MaxIdleConnections = -1 }));
        OutOfRange("MaxResponseBytes", () => Make(new YtxOptions { MaxResponseBytes = -1 }));
        using (YtxClient client = Check.Client(url)) OutOfRange("timeout", () => client.WithTimeout(past));
        var level = new YtxOptions { LogLevel = (YtxLogLevel)5 };
        Check.Holds("log_level", Check.Throws<YtxException>(() => Make(level)).Message);
    }

    public static void ADeadlineIsNeverRoundedToNone(string url)
    {
        using (YtxClient client = Check.Client(url))
        using (YtxClient hasty = client.WithTimeout(TimeSpan.FromTicks(1)))
        using (YtxClient patient = client.WithTimeout(TimeSpan.MaxValue))
        {
            var late = Check.Throws<YtxException>(() => hasty.LockMeeting(Check.Appid, "silence"));
            Check.Equal(YtxErrorKind.Timeout, late.Kind);
            Check.Holds("within 1 ms", late.Message);
            Check.Equal(Check.Echo("in time"), patient.LockMeeting(Check.Appid, "in time"));
        }
    }

    private static void Make(YtxOptions options)
    {
        new YtxClient(Check.Sid, Check.Token, options).Dispose();
    }

    private static void Null(string argument, Action action)
    {
        Check.Equal(argument, Check.Throws<ArgumentNullException>(action).ParamName);
    }

    private static void OutOfRange(string argument, Action action)
    {
        Check.Equal(argument, Check.Throws<ArgumentOutOfRangeException>(action).ParamName);
    }
}
