// What ends a call before its time: a token, Cancel(), a deadline. The server holds "held…" back,
// and answers "await …" as soon as that has arrived. With a minute's timeout nothing but the
// cancellation can end a call in time.
using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Ytx.Tests;

public sealed class Cancellation : WithServer
{
    [Fact]
    public async Task ATokenEndsItsCall()
    {
        using YtxClient client = Client();
        using var source = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        Task<string> ended = client.LockMeetingAsync(Appid, "held 1", source.Token);
        Task<string> spared = client.LockMeetingAsync(Appid, "held 2", other.Token);
        await Server.Arrived("held 1");
        await Server.Arrived("held 2");
        var time = Stopwatch.StartNew();
        await source.CancelAsync();
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => ended);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(20), "it ended at once");
        Assert.Equal(source.Token, cancelled.CancellationToken);
        Assert.True(ended.IsCanceled, "the task knows");
        var inner = Assert.IsType<YtxException>(cancelled.InnerException);
        Assert.Equal(YtxErrorKind.Cancelled, inner.Kind);
        Assert.True(inner.Sent, "it had been sent");

        await client.LockMeetingAsync(Appid, "release 2");
        Assert.Equal(Echo("held 2"), await spared);
    }

    [Fact]
    public async Task ATokenEndsACallThatWaitsForItsTurn()
    {
        using YtxClient client = Client();
        using var source = new CancellationTokenSource();
        Task<string> first = client.LockMeetingAsync(Appid, "held 1");
        Task<string> second = client.LockMeetingAsync(Appid, "held 1", source.Token);
        await Server.Arrived("held 1");
        await source.CancelAsync();
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => second);
        Assert.False(Assert.IsType<YtxException>(cancelled.InnerException).Sent, "it waited");
        await client.LockMeetingAsync(Appid, "release 1");
        await first;
        Assert.Single(Server.Keys, "held 1");
    }

    [Fact]
    public async Task ATokenThatWasCancelledBeforeSendsNothing()
    {
        using YtxClient client = Client();
        var token = new CancellationToken(true);
        await Assert.ThrowsAsync<TaskCanceledException>(() => client.LockMeetingAsync(Appid, "never", token));
        await Assert.ThrowsAsync<TaskCanceledException>(() => client.UnlockMeetingAsync(Appid, "never", token));
        await Assert.ThrowsAsync<TaskCanceledException>(() => client.MeetingStateAsync(Appid, "never", token));
        await Assert.ThrowsAsync<TaskCanceledException>(() => client.RequestAsync("call", "never", "{}", null, token));
        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (RoomEvent _ in client.WatchMeetingAsync(Appid, "never", null, token))
            {
            }
        });
        Assert.Null(cancelled.InnerException); // no watch that was cancelled: there was none
    }

    [Fact]
    public async Task CancelEndsEveryCallOfTheClient()
    {
        using YtxClient parent = Client();
        using YtxClient client = parent.WithTimeout(Patience);
        using var source = new CancellationTokenSource();
        Task blocking = Task.Factory.StartNew(
            () => client.LockMeeting(Appid, "held 3"), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Task without = client.LockMeetingAsync(Appid, "held 4");
        Task with = client.MeetingStateAsync(Appid, "held 5", source.Token);
        foreach (string key in new[] { "held 3", "held 4", "held 5" }) await Server.Arrived(key);
        client.Cancel();
        client.Cancel();
        foreach (Task call in new[] { blocking, without, with }) await IsCancelled(call);

        // So do those to come, with a token or without.
        Assert.Throws<YtxException>(() => client.LockMeeting(Appid, "never"));
        await IsCancelled(client.LockMeetingAsync(Appid, "never", source.Token));
        // The others go on.
        Assert.Equal(Echo("parent"), parent.LockMeeting(Appid, "parent"));
        using YtxClient child = client.WithTimeout(TimeSpan.Zero);
        Assert.Equal(Echo("child"), await child.LockMeetingAsync(Appid, "child", source.Token));
    }

    [Fact]
    public async Task ADeadlineIsNoCancellation()
    {
        using YtxClient client = Client();
        using YtxClient hasty = client.WithTimeout(TimeSpan.FromMilliseconds(100));
        using var source = new CancellationTokenSource();
        var failure = await Assert.ThrowsAsync<YtxException>(
            () => hasty.LockMeetingAsync(Appid, "silence", source.Token));
        Assert.Equal(YtxErrorKind.Timeout, failure.Kind);
    }

    [Fact]
    public async Task ManyCallsWaitAtATimeAndHoldNoThread()
    {
        const int many = 500;
        using YtxClient client = Client();
        await client.LockMeetingAsync(Appid, "first");
        int before = Threads();
        Task[] calls = Enumerable.Range(0, many).Select(i => (Task)client.LockMeetingAsync(Appid, "held " + i)).ToArray();
        for (int i = 0; i < many; i++) await Server.Arrived("held " + i);
        int more = Threads() - before;
        Assert.True(more <= 20, $"{more} more threads"); // the library's eight, and the pool's
        client.Cancel();
        foreach (Task call in calls) await IsCancelled(call);
    }

    [Fact]
    public async Task ATokenThatComesWithTheAnswerHarmsNothing()
    {
        using YtxClient client = Client();
        int ended = 0, answered = 0;
        for (int i = 0; i < 300; i++)
        {
            using var source = new CancellationTokenSource();
            Task<string> call = client.LockMeetingAsync(Appid, "raced " + i, source.Token);
            if (i % 3 > 0) await Server.Arrived("raced " + i);
            await source.CancelAsync();
            try
            {
                await call;
                answered++;
            }
            catch (OperationCanceledException)
            {
                ended++;
            }
        }
        Assert.Equal(300, ended + answered);
    }
}
