// There are none for who asks for none: more calls and watches at once than a queue of C allows unless told.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Ytx.Tests;

public sealed class Limits : WithServer
{
    [Fact]
    public async Task AnyNumberOfCallsMayWait()
    {
        const int many = 4_200; // 4 096 in C
        using YtxClient client = Client();
        // Those of one room go out one after the other, so that one has a connection and all others wait.
        Task[] calls = Enumerable.Range(0, many).Select(i => (Task)client.LockMeetingAsync(Appid, "held 1")).ToArray();
        await Server.Arrived("held 1");
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        client.Cancel();
        foreach (Task call in calls) await IsCancelled(call);
        Assert.Single(Server.Keys);
    }

    [Fact]
    public async Task AnyNumberOfRoomsMayBeWatched()
    {
        const int many = 1_100; // 1 024 in C
        using YtxClient client = Client();
        var seldom = new WatchOptions { Interval = TimeSpan.FromHours(1) };
        var watches = new List<IAsyncEnumerator<RoomEvent>>();
        for (int i = 0; i < many; i++) watches.Add(client.WatchMeetingAsync(Appid, "watched;1u", seldom).GetAsyncEnumerator());
        ValueTask<bool>[] first = watches.Select(watch => watch.MoveNextAsync()).ToArray();
        foreach (ValueTask<bool> told in first) Assert.True(await told);
        Assert.All(watches, watch => Assert.Equal(RoomEventKind.Snapshot, watch.Current.Kind));
        foreach (IAsyncEnumerator<RoomEvent> watch in watches) await watch.DisposeAsync();
    }
}
