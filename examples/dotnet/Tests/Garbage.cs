// What a call leaves to the garbage collector: what it returns, and little more.
using System;
using System.Linq;
using Xunit;

namespace Ytx.Tests;

public sealed class Garbage : IDisposable
{
    private const int Members = 200;

    private readonly Server server = new(exchange => exchange.Answer(200, State));

    private static string State { get; } = $$"""
        {"statusCode":"0","statusMsg":[{{string.Join(",", Enumerable.Range(0, Members).Select(i => $$"""
        {"meid":"002","phone":"131****{{i:d4}}","statusname":"{{(i % 3 == 0 ? "不在线" : "在线")}}","ifmutename":"未静音"}
        """))}}]}
        """;

    public void Dispose() => server.Dispose();

    [Fact]
    public void AStateCostsNoMoreThanItsTexts()
    {
        using YtxClient client = Client();
        MeetingState state = client.MeetingState("app-1", "2");
        long texts = state.Members.Sum(member =>
            Size(member.MeetingId) + Size(member.Phone) + Size(member.Presence) + Size(member.Mute));
        Assert.Equal(Members, state.Members.Count);
        long cost = Of(() => client.MeetingState("app-1", "2"));
        // The words that are known are shared, and the JSON is read where it lies.
        Assert.True(cost <= texts, $"{cost} bytes for texts of {texts}");
    }

    [Fact]
    public void ALockCostsItsAnswerAndLittleMore()
    {
        using var locks = new Server(Behaviour.Of);
        using var client = new YtxClient("account-1", "a-token-of-nobody", new YtxOptions { BaseUrl = locks.Url });
        string answer = client.LockMeeting("app-1", "2");
        long cost = Of(() => client.LockMeeting("app-1", "2"));
        Assert.True(cost <= Size(answer) + 64, $"{cost} bytes for an answer of {Size(answer)}");
    }

    private YtxClient Client() => new("account-1", "a-token-of-nobody", new YtxOptions { BaseUrl = server.Url });

    /// <summary>The least that a call allocates on its thread: some of them are the first to do something.</summary>
    private static long Of(Action call) => Enumerable.Range(0, 20).Min(_ =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });

    /// <summary>Of a string of its own, with what the runtime needs for it.</summary>
    private static long Size(string text) => (22 + 2 * text.Length + 7) / 8 * 8;
}
