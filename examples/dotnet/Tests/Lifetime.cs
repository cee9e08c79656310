// When a client is gone, whoever forgets it, and whatever the garbage collector does meanwhile.
using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Ytx.Tests;

public sealed class Lifetime : WithServer
{
    [Fact]
    public async Task ADisposedClientMakesNoCall()
    {
        YtxClient client = Client();
        client.LockMeeting(Appid, "before");
        client.Dispose();
        client.Dispose();
        Assert.Throws<ObjectDisposedException>(() => client.LockMeeting(Appid, "never"));
        Assert.Throws<ObjectDisposedException>(() => client.MeetingState(Appid, "never"));
        Assert.Throws<ObjectDisposedException>(() => client.WithTimeout(Patience));
        Assert.Throws<ObjectDisposedException>(client.Cancel);
        Assert.Throws<ObjectDisposedException>(() => client.WatchMeetingAsync(Appid, "never"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.LockMeetingAsync(Appid, "never"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.DrainAsync());
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => client.LockMeetingAsync(Appid, "never", source.Token));
    }

    [Fact]
    public async Task DisposeLeavesACallUnderWayToItsEnd()
    {
        using YtxClient other = Client();
        YtxClient client = other.WithTimeout(Patience);
        Task<string> call = client.LockMeetingAsync(Appid, "held 1");
        await Server.Arrived("held 1");
        client.Dispose();
        Assert.Throws<ObjectDisposedException>(() => client.LockMeeting(Appid, "never"));
        other.LockMeeting(Appid, "release 1");
        Assert.Equal(Echo("held 1"), await call);
    }

    [Fact]
    public async Task DrainLetsCallsEndAndRefusesNewOnes()
    {
        using YtxClient other = Client();
        using YtxClient client = other.WithTimeout(Patience);
        Task<string> call = client.LockMeetingAsync(Appid, "held 1");
        Task<string> blocking = Task.Run(() => client.LockMeeting(Appid, "held 2"));
        await Server.Arrived("held 1");
        await Server.Arrived("held 2");
        using var impatient = new CancellationTokenSource();
        Task early = client.DrainAsync(impatient.Token), drained = client.DrainAsync();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => early);
        await IsCancelled(client.LockMeetingAsync(Appid, "never"));
        Assert.Throws<YtxException>(() => client.MeetingState(Appid, "never"));
        Assert.False(drained.IsCompleted, "two are under way");
        await other.LockMeetingAsync(Appid, "release 1");
        Assert.Equal(Echo("held 1"), await call);
        Assert.False(drained.IsCompleted, "one is under way");
        await other.LockMeetingAsync(Appid, "release 2");
        Assert.Equal(Echo("held 2"), await blocking);
        await drained.WaitAsync(Patience);
        await client.DrainAsync().WaitAsync(Patience);
    }

    [Fact]
    public void ManyThreadsDisposeAtATime()
    {
        for (int round = 0; round < 50; round++)
        {
            YtxClient client = Client();
            Parallel.For(0, 8, i =>
            {
                try
                {
                    if (i % 2 == 0) client.Dispose();
                    else Assert.Equal(Echo("in time"), client.LockMeeting(Appid, "in time"));
                }
                catch (ObjectDisposedException)
                {
                    // Too late for a call.
                }
            });
        }
    }

    [Fact]
    public async Task ManyThreadsDisposeAndAwaitAtATime()
    {
        for (int round = 0; round < 50; round++)
        {
            YtxClient client = Client();
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            {
                try
                {
                    if (i == 5) client.Dispose();
                    else Assert.Equal(Echo("at " + i), await client.LockMeetingAsync(Appid, "at " + i));
                }
                catch (ObjectDisposedException)
                {
                    // Too late for a call.
                }
            })));
            client.Dispose();
        }
    }

    [Fact]
    public void ForgottenClientsAreFreed()
    {
        const int many = 40;
        int before = Descriptors();
        var forget = new Thread(() => Forget(many)); // its stack, with all references, goes
        forget.Start();
        forget.Join();
        Assert.True(Server.Connections >= many, "each has a connection");
        for (int i = 0; i < 100 && Descriptors() > before + many / 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(10); // for the server's half
        }
        Assert.True(Descriptors() <= before + many / 2, $"{Descriptors() - before} of {2 * many} are left");
    }

    /// <summary>Each client, its log and its options are garbage as soon as its call is on.</summary>
    [Fact]
    public async Task NothingIsCollectedThatACallNeeds()
    {
        int lines = 0;
        bool done = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref done)) GC.Collect();
        });
        collector.Start();
        for (int call = 0; call < 200; call++)
        {
            YtxClient loud = Loud((level, line) => Interlocked.Increment(ref lines));
            string answer = call % 2 == 0
                ? loud.LockMeeting(Appid, "collected")
                : await loud.LockMeetingAsync(Appid, "collected");
            Assert.Equal(Echo("collected"), answer);
        }
        Volatile.Write(ref done, true);
        collector.Join();
        Assert.Equal(400, lines); // one that it is made, one of the call
    }

    [Fact]
    public async Task TheLastClientEndsTheThread()
    {
        using (YtxClient client = Client()) await client.LockMeetingAsync(Appid, "1");
        for (int i = 0; i < 100 && Named("ytx") > 0; i++)
        {
            GC.Collect(); // those that other tests have forgotten
            GC.WaitForPendingFinalizers();
            await Task.Delay(20);
        }
        Assert.Equal(0, Named("ytx"));
        using YtxClient again = Client();
        await again.LockMeetingAsync(Appid, "2");
        Assert.Equal(1, Named("ytx"));
    }

    [Fact]
    public async Task ACollectibleLoadContextGoes()
    {
        WeakReference context = await InAContext(Url);
        for (int i = 0; i < 200 && context.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(10);
        }
        Assert.False(context.IsAlive, "nothing holds it");
        Assert.Equal(["plugged in", "plugged in"], Server.Keys);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> InAContext(string url)
    {
        var context = new AssemblyLoadContext("plug-in", isCollectible: true);
        Assembly assembly = context.LoadFromAssemblyPath(typeof(YtxClient).Assembly.Location);
        Type clients = assembly.GetType("Ytx.YtxClient")!, options = assembly.GetType("Ytx.YtxOptions")!;
        object chosen = Activator.CreateInstance(options)!;
        options.GetProperty("BaseUrl")!.SetValue(chosen, url);
        using (var client = (IDisposable)Activator.CreateInstance(clients, Sid, Token, chosen)!)
        {
            clients.GetMethod("LockMeeting")!.Invoke(client, [Appid, "plugged in"]);
            await (Task)clients.GetMethod("LockMeetingAsync")!.Invoke(client, [Appid, "plugged in", null])!;
        }
        var weak = new WeakReference(context);
        context.Unload();
        return weak;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Forget(int many)
    {
        for (int i = 0; i < many; i++) Client().LockMeeting(Appid, "forgotten");
    }

    private static int Named(string name) =>
        Directory.GetDirectories("/proc/self/task").Count(task => NameOf(task) == name);

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(task + "/comm").Trim();
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
