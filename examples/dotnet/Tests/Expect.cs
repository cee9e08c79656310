// What the tests share: the server of a test, and the account they call as.
using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Xunit;

// They count descriptors and threads of the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Ytx.Tests;

/// <summary>A test with a server of its own. What is called "never" must never arrive.</summary>
public abstract class WithServer : IDisposable
{
    internal const string Sid = "account-1";
    internal const string Token = "a-token-of-nobody";
    internal const string Appid = "app-1";

    /// <summary>Nothing waits for it: it only ends what hangs.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    internal Server Server { get; } = new(Behaviour.Of);

    internal string Url => Server.Url;

    public void Dispose()
    {
        Assert.DoesNotContain(Server.Keys, key => key.Contains("never", StringComparison.Ordinal));
        Server.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Options for the server: patient, since the machine may be busy.</summary>
    internal YtxOptions Patient() => new() { BaseUrl = Url, Timeout = Patience, ConnectTimeout = Patience };

    internal YtxClient Client() => new(Sid, Token, Patient());

    internal YtxClient Loud(Action<YtxLogLevel, string> log)
    {
        YtxOptions options = Patient();
        options.LogLevel = YtxLogLevel.Debug;
        options.Log = log;
        return new YtxClient(Sid, Token, options);
    }

    /// <summary>What the server answers: see Behaviour.cs.</summary>
    internal static string Echo(string key) => $$"""{"statusCode":"0","echo":"{{key}}"}""";

    /// <summary>The room's number for which the server answers this.</summary>
    internal static string Told(string answer) =>
        "200:" + string.Concat(Encoding.UTF8.GetBytes(answer).Select(one => one.ToString("x2", null)));

    internal static async Task IsCancelled(Task call)
    {
        var failure = await Assert.ThrowsAsync<YtxException>(() => call);
        Assert.Equal(YtxErrorKind.Cancelled, failure.Kind);
    }

    /// <summary>Waits for what another thread brings about.</summary>
    internal static async Task Until(Func<bool> holds, string what)
    {
        var time = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(time.Elapsed < Patience, "it never came to pass: " + what);
            await Task.Delay(5);
        }
    }

    internal static int Threads() => Directory.GetFileSystemEntries("/proc/self/task").Length;
}
