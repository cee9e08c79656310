// A watched room.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Ytx.Tests;

public sealed class Watching : IDisposable
{
    private static readonly WatchOptions Often = new() { Interval = TimeSpan.FromMilliseconds(200) };

    private readonly Server server;
    private readonly YtxClient client;
    private volatile string answer = Room(("1", true, false));
    private int polls;

    public Watching()
    {
        server = new Server(exchange =>
        {
            Interlocked.Increment(ref polls);
            string now = answer;
            return now.Length == 0 ? exchange.Answer(503, "<html>") : exchange.Answer(200, now);
        });
        client = new YtxClient("account-1", "a-token-of-nobody", new YtxOptions { BaseUrl = server.Url });
    }

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task ItTellsWhatChanges()
    {
        using var patience = new CancellationTokenSource(WithServer.Patience);
        var kinds = new List<RoomEventKind>();
        await foreach (RoomEvent news in client.WatchMeetingAsync("app-1", "房 2", Often, patience.Token))
        {
            kinds.Add(news.Kind);
            Assert.Equal(kinds.Count, news.Version);
            Assert.Equal("房 2", news.ConferenceId);
            Assert.True(news.Polls >= 1);
            switch (kinds.Count)
            {
                case 1:
                    Assert.Equal(1, news.Online);
                    Assert.Equal("1", Assert.Single(news.Members).Phone);
                    Assert.Empty(news.Joined);
                    answer = Room(("1", true, true), ("2", true, false));
                    break;
                case 2:
                    Assert.Equal(2, news.Online);
                    Assert.Equal("2", Assert.Single(news.Joined).Phone);
                    Assert.Equal("1", Assert.Single(news.Muted).Phone);
                    Assert.True(news.Muted[0].IsMuted);
                    answer = Room(("1", false, true), ("2", true, false));
                    break;
                case 3:
                    Assert.Equal("1", Assert.Single(news.Left).Phone);
                    Assert.True(news.Left[0].IsOnline, "as last seen");
                    answer = "";
                    break;
                case 4:
                    Assert.Null(news.Online);
                    Assert.Empty(news.Members);
                    Assert.Equal(503, news.Error!.HttpStatus);
                    Assert.True(news.Error.Retryable);
                    answer = Room(("2", true, false), ("1", true, false));
                    break;
                default:
                    Assert.Null(news.Error);
                    Assert.Equal("1", Assert.Single(news.Joined).Phone);
                    goto end;
            }
        }
    end:
        Assert.Equal(
            [RoomEventKind.Snapshot, RoomEventKind.Changed, RoomEventKind.Changed, RoomEventKind.Lost,
                RoomEventKind.Restored],
            kinds);
        await IsQuiet();
    }

    /// <summary>What no server of a test brings about at will: several polls in one event.</summary>
    [Fact]
    public unsafe void EachFieldOfAnEventIsItsOwn()
    {
        fixed (byte* json = """
            {"event":"restored","confid":"002","version":7,"polls":3,"online":2,
            "joined":[{"meid":"002","phone":"j","statusname":"在线","ifmutename":"未静音"}],
            "left":[{"meid":"002","phone":"l","statusname":"在线","ifmutename":"未静音"}],
            "muted":[{"meid":"002","phone":"m","statusname":"在线","ifmutename":"已静音"}],
            "unmuted":[{"meid":"002","phone":"u","statusname":"在线","ifmutename":"未静音"}],
            "members":[{"meid":"002","phone":"a","statusname":"睡着","ifmutename":"？"}]}
            """u8) // with a NUL behind it
        {
            var news = new RoomEvent(json, 0);
            Assert.Equal((RoomEventKind.Restored, "002", 7, 3, 2), (news.Kind, news.ConferenceId, news.Version, news.Polls, news.Online));
            Assert.Equal("j", Assert.Single(news.Joined).Phone);
            Assert.Equal("l", Assert.Single(news.Left).Phone);
            Assert.Equal("m", Assert.Single(news.Muted).Phone);
            Assert.Equal("u", Assert.Single(news.Unmuted).Phone);
            Member member = Assert.Single(news.Members);
            Assert.Equal(("a", "睡着", "？"), (member.Phone, member.Presence, member.Mute));
            Assert.Null(member.IsOnline);
            Assert.Null(member.IsMuted);
        }
    }

    [Fact]
    public async Task ATokenEndsIt()
    {
        using var source = new CancellationTokenSource();
        int seen = 0;
        var thrown = await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (RoomEvent _ in client.WatchMeetingAsync("app-1", "2").WithCancellation(source.Token))
            {
                seen++;
                await source.CancelAsync();
            }
        });
        Assert.Equal(source.Token.IsCancellationRequested, thrown.CancellationToken.IsCancellationRequested);
        Assert.IsType<YtxException>(thrown.InnerException);
        Assert.Equal(1, seen);
        await IsQuiet();
    }

    [Fact]
    public async Task CancelIsAFailureAndDrainIsNone()
    {
        using YtxClient cancelled = client.WithTimeout(TimeSpan.Zero), drained = client.WithTimeout(TimeSpan.Zero);
        YtxClient disposed = client.WithTimeout(TimeSpan.Zero);
        Task<int> first = Count(cancelled), second = Count(drained), third = Count(disposed);
        await WithServer.Until(() => polls >= 3, "each has polled");
        cancelled.Cancel();
        await WithServer.IsCancelled(first);
        await drained.DrainAsync();
        Assert.InRange(await second, 0, 1);
        disposed.Dispose();
        Assert.InRange(await third, 0, 1);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Count(disposed));
    }

    [Fact]
    public async Task ARefusalThatStaysEndsIt()
    {
        answer = """{"statusCode":"-205","statusMsg":"应用验证失败"}""";
        var failure = await Assert.ThrowsAsync<YtxException>(() => Count(client));
        Assert.Equal(-205, failure.Status);
        var tooOften = new WatchOptions { Interval = TimeSpan.FromMilliseconds(1) };
        failure = await Assert.ThrowsAsync<YtxException>(async () =>
        {
            await foreach (RoomEvent _ in client.WatchMeetingAsync("app-1", "2", tooOften))
            {
            }
        });
        Assert.Equal(YtxErrorKind.InvalidArgument, failure.Kind);
        Assert.Contains("interval_ms", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoFallsBehindBeginsAnew()
    {
        int most = Watch.Most;
        Watch.Most = 2;
        try
        {
            int seen = 0;
            await foreach (RoomEvent news in client.WatchMeetingAsync("app-1", "2", Often))
            {
                Assert.Equal(RoomEventKind.Snapshot, news.Kind);
                if (++seen == 2) break;
                // Two changes wait; the third one ends the watch, which is seen by its polls.
                for (int i = 0; i < 3; i++)
                {
                    int before = polls;
                    answer = Room((i.ToString("d", null), true, false));
                    if (i < 2) await WithServer.Until(() => polls > before + 1, "it polls");
                }
                var time = System.Diagnostics.Stopwatch.StartNew();
                for (int before = -1; before != polls; await Task.Delay(700))
                {
                    Assert.True(time.Elapsed < WithServer.Patience, "it polls on");
                    before = polls;
                }
            }
            Assert.Equal(2, seen);
        }
        finally
        {
            Watch.Most = most;
        }
    }

    private static async Task<int> Count(YtxClient of)
    {
        int seen = 0;
        await foreach (RoomEvent _ in of.WatchMeetingAsync("app-1", "2")) seen++;
        return seen;
    }

    /// <summary>No poll follows: the queue has neither calls nor watches left.</summary>
    private async Task IsQuiet()
    {
        int before = polls;
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        Assert.InRange(polls, before, before + 1); // one may have been under way
    }

    private static string Room(params (string Phone, bool Online, bool Muted)[] members) =>
        $$"""{"statusCode":"0","statusMsg":[{{string.Join(",", members.Select(Row))}}]}""";

    private static string Row((string Phone, bool Online, bool Muted) member) =>
        $$"""{"meid":"2","phone":"{{member.Phone}}","statusname":"{{(member.Online ? "在线" : "不在线")}}","ifmutename":"{{(member.Muted ? "已静音" : "未静音")}}"}""";
}
