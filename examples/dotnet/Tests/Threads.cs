// One client, many threads.
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using Xunit;

namespace Ytx.Tests;

public sealed class ManyThreads : WithServer
{
    [Fact]
    public void EachGetsItsOwnAnswers()
    {
        using YtxClient client = Client();
        var wrong = new ConcurrentQueue<string>();
        var threads = Enumerable.Range(0, 64).Select(thread => new Thread(() =>
        {
            for (int call = 0; call < 25; call++)
            {
                string key = $"t{thread}c{call}", answer = client.LockMeeting(Appid, key);
                if (answer != Echo(key)) wrong.Enqueue($"{key}: {answer}");
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Empty(wrong);
        Assert.Equal(64 * 25, Server.Exchanges.Count);
        Assert.True(Server.Connections <= 64, $"{Server.Connections} connections");
    }
}
