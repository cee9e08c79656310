// When a client is gone, whoever forgets it, and whatever the garbage collector does meanwhile.
using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Ytx;

internal static class Lifetime
{
    public static void ADisposedClientMakesNoCall(string url)
    {
        YtxClient client = Check.Client(url);
        client.LockMeeting(Check.Appid, "before");
        client.Dispose();
        client.Dispose();
        Check.Throws<ObjectDisposedException>(() => client.LockMeeting(Check.Appid, "never"));
        Check.Throws<ObjectDisposedException>(() => client.MeetingState(Check.Appid, "never"));
        Check.Throws<ObjectDisposedException>(() => client.WithTimeout(Check.Patience));
        Check.Throws<ObjectDisposedException>(() => client.Cancel());
        Check.Throws<ObjectDisposedException>(client.LockMeetingAsync(Check.Appid, "never"));
        using (var source = new CancellationTokenSource())
            Check.Throws<ObjectDisposedException>(client.LockMeetingAsync(Check.Appid, "never", source.Token));
    }

    public static void DisposeLeavesACallUnderWayToItsEnd(string url)
    {
        YtxClient other = Check.Client(url), client = other.WithTimeout(Check.Patience);
        Task<string> call = client.LockMeetingAsync(Check.Appid, "held 1");
        other.LockMeeting(Check.Appid, "await held 1");
        client.Dispose();
        Check.Throws<ObjectDisposedException>(() => client.LockMeeting(Check.Appid, "never"));
        other.LockMeeting(Check.Appid, "release 1");
        Check.Equal(Check.Echo("held 1"), call.Result);
        other.Dispose();
    }

    public static void ManyThreadsDisposeAtATime(string url)
    {
        for (int round = 0; round < 50; round++)
        {
            YtxClient client = Check.Client(url);
            Parallel.For(0, 8, i =>
            {
                try
                {
                    if (i % 2 == 0) client.Dispose();
                    else Check.Equal(Check.Echo("in time"), client.LockMeeting(Check.Appid, "in time"));
                }
                catch (ObjectDisposedException)
                {
                    // Too late for a call.
                }
            });
        }
    }

    public static void ForgottenClientsAreFreed(string url)
    {
        const int many = 40;
        int before = Descriptors();
        var forget = new Thread(() => Forget(url, many)); // its stack, with all references, goes
        forget.Start();
        forget.Join();
        Check.That(Descriptors() >= before + many, "each has a connection");
        for (int i = 0; i < 100 && Descriptors() > before + many / 4; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Check.That(Descriptors() <= before + many / 4, $"of {many} connections {Descriptors() - before} are left");
    }

    /// <summary>Each client, its log and its options are garbage as soon as its call is on.</summary>
    public static void NothingIsCollectedThatACallNeeds(string url)
    {
        int lines = 0;
        bool done = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref done)) GC.Collect();
        });
        collector.Start();
        for (int call = 0; call < 200; call++)
            Check.Equal(Check.Echo("collected"), Loud(url, () => lines++).LockMeeting(Check.Appid, "collected"));
        Volatile.Write(ref done, true);
        collector.Join();
        Check.Equal(400, lines); // one that it is made, one of the call
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(string url, int many)
    {
        for (int i = 0; i < many; i++) Check.Client(url).LockMeeting(Check.Appid, "forgotten");
    }

    private static YtxClient Loud(string url, Action told)
    {
        YtxOptions options = Check.Patient(url);
        options.LogLevel = YtxLogLevel.Debug;
        options.Log = (level, line) => told();
        return new YtxClient(Check.Sid, Check.Token, options);
    }

    private static int Descriptors()
    {
        return Directory.GetFileSystemEntries("/proc/self/fd").Length;
    }
}
