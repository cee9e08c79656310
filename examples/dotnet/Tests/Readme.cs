// The C# in the package's README is compiled: it is the code between the marks below, which has to be the
// same, line by line.
using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ytx.Tests;

public sealed class Readme
{
    [Fact]
    public void ItsCodeIsWhatIsCompiledHere()
    {
        string[] folder = [Clone.Root, "examples", "dotnet"];
        string readme = File.ReadAllText(Path.Combine([.. folder, "Ytx", "README.md"]));
        string here = File.ReadAllText(Path.Combine([.. folder, "Tests", "Readme.cs"]));
        var blocks = readme.Split("```cs\n").Skip(1).Select(block => block.Split("```")[0]).ToList();
        Assert.Equal(2, blocks.Count);
        Assert.All(blocks, block => Assert.Contains(Code(block), Code(here), StringComparison.Ordinal));
    }

    /// <summary>Without what a file has at its top, and how far in it stands.</summary>
    private static string Code(string text) => string.Join(
        "\n", text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal)
            || line.StartsWith("using var", StringComparison.Ordinal)));

    [Fact]
    public async Task ItsFirstSampleEndsByItsToken()
    {
        // Cancelled before, for the options of the sample name the platform itself: nothing is sent.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Sample("account-1", "a-token-of-nobody", "app-1", new CancellationToken(true)));
    }

    private static async Task Sample(string accountSid, string authToken, string appid, CancellationToken stop)
    {
        // One client for the account, kept for as long as the program runs: any number of threads may use it.
        using var client = new YtxClient(accountSid, authToken, new YtxOptions { Timeout = TimeSpan.FromSeconds(10) });
        try
        {
            await client.LockMeetingAsync(appid, "002", stop);
            MeetingState state = await client.MeetingStateAsync(appid, "002", stop);
            foreach (Member member in state.Members)
                Console.WriteLine($"{member.Phone}: {(member.IsOnline == true ? "here" : member.Presence)}");

            await foreach (RoomEvent news in client.WatchMeetingAsync(appid, "002", cancellationToken: stop))
                Console.WriteLine($"{news.Kind}: {news.Joined.Count} joined, {news.Left.Count} left");
        }
        catch (YtxException failure) when (failure.Retryable && !failure.Sent)
        {
            Console.WriteLine($"later: {failure.Message}"); // nothing was sent, so trying again is safe
        }
    }

#pragma warning disable CA1848, CA1873, CA2254 // as one would first write it
    internal static void ToLogger(YtxOptions options, ILogger logger)
    {
        options.LogLevel = logger.IsEnabled(LogLevel.Debug) ? YtxLogLevel.Debug : YtxLogLevel.Info;
        options.Log = (level, line) => logger.Log(
            level switch
            {
                YtxLogLevel.Error => LogLevel.Error,
                YtxLogLevel.Warn => LogLevel.Warning,
                YtxLogLevel.Info => LogLevel.Information,
                _ => LogLevel.Debug,
            },
            "{Line}", line);
    }
}
