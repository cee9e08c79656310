// Each call by both of its names.
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Ytx.Tests;

public sealed class Calls : WithServer
{
    private const string Members =
        """{"statusCode":0,"statusMsg":[{"meid":"2","phone":"1","statusname":"在线","ifmutename":"未静音"}]}""";

    [Fact]
    public async Task ACallAndItsTwinAreTheSame()
    {
        using YtxClient client = Client();
        Assert.Equal(Echo("1"), client.LockMeeting(Appid, "1"));
        Assert.Equal(Echo("1"), await client.LockMeetingAsync(Appid, "1"));
        Assert.Equal(Echo("2"), client.UnlockMeeting(Appid, "2"));
        Assert.Equal(Echo("2"), await client.UnlockMeetingAsync(Appid, "2"));
        string room = Told(Members);
        Assert.Equal("1", Assert.Single(client.MeetingState(Appid, room).Members).Phone);
        Member member = Assert.Single((await client.MeetingStateAsync(Appid, room)).Members);
        Assert.Equal(("2", "1", "在线", "未静音"), (member.MeetingId, member.Phone, member.Presence, member.Mute));
        Assert.True(member.IsOnline);
        Assert.False(member.IsMuted);
        Assert.Equal(Echo("4.wx"), client.Request("sms", "4.wx", "{\"a\":1}"));
        Assert.Equal(Echo("4.wx"), await client.RequestAsync("sms", "4.wx", "{\"a\":1}"));
        Assert.Equal(Echo("5.wx"), client.Request("call", "5.wx", "{}", "201701"));
        Assert.Equal(Echo("5.wx"), await client.RequestAsync("call", "5.wx", "{}", "201701"));

        var asked = Server.Exchanges;
        Assert.Equal(10, asked.Count);
        foreach (Server.Exchange[] pair in asked.Chunk(2))
        {
            Assert.Equal(pair[0].Path, pair[1].Path);
            Assert.Equal(pair[0].Body, pair[1].Body);
        }
    }

    [Fact]
    public async Task LockCallsOfARoomKeepTheirOrder()
    {
        using YtxClient client = Client();
        Task[] calls = Enumerable.Range(0, 40)
            .Select(i => i % 2 == 0 ? client.LockMeetingAsync(Appid, "one") : client.UnlockMeetingAsync(Appid, "one"))
            .ToArray();
        await Task.WhenAll(calls);
        var bodies = Server.Exchanges.Select(exchange => System.Text.Encoding.UTF8.GetString(exchange.Body)).ToList();
        Assert.Equal(40, bodies.Count);
        for (int i = 2; i < bodies.Count; i++) Assert.Equal(bodies[i - 2], bodies[i]);
        Assert.NotEqual(bodies[0], bodies[1]);
    }

    /// <summary>On the thread that takes it would keep all other calls from their end.</summary>
    [Fact]
    public async Task WhatAwaitsGoesOnElsewhere()
    {
        using YtxClient client = Client();
        string? thread = "none";
        Task<string> held = client.LockMeetingAsync(Appid, "held 1");
        Task after = held.ContinueWith(
            _ => thread = Thread.CurrentThread.Name, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        await Server.Arrived("held 1");
        await client.LockMeetingAsync(Appid, "release 1");
        await after;
        Assert.NotEqual("none", thread);
        Assert.NotEqual("ytx", thread);
    }

    [Fact]
    public void ASourceAddressIsUsed()
    {
        YtxOptions options = Patient();
        options.SourceAddress = "127.0.0.1";
        using (var client = new YtxClient(Sid, Token, options))
            Assert.Equal(Echo("from here"), client.LockMeeting(Appid, "from here"));
        options.SourceAddress = "192.0.2.1"; // of nobody
        using (var client = new YtxClient(Sid, Token, options))
        {
            var failure = Assert.Throws<YtxException>(() => client.LockMeeting(Appid, "never"));
            Assert.Equal(YtxErrorKind.Connect, failure.Kind);
            Assert.Contains("192.0.2.1", failure.Message, System.StringComparison.Ordinal);
        }
        options.SourceAddress = "here";
        var refusal = Assert.Throws<YtxException>(() => new YtxClient(Sid, Token, options));
        Assert.Contains("source_address", refusal.Message, System.StringComparison.Ordinal);
    }
}
