// What ends a call before its time: a token, Cancel(), a deadline. The server holds "held…" back,
// and answers "await …" as soon as that has arrived. With a minute's timeout nothing but the
// cancellation can end a call in time.
using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Ytx;

internal static class Cancellation
{
    public static void ATokenEndsItsCall(string url)
    {
        using (YtxClient client = Check.Client(url))
        using (var source = new CancellationTokenSource())
        using (var other = new CancellationTokenSource())
        {
            Task<string> ended = client.LockMeetingAsync(Check.Appid, "held 1", source.Token);
            Task<string> spared = client.LockMeetingAsync(Check.Appid, "held 2", other.Token);
            Arrived(client, "held 1");
            Arrived(client, "held 2");
            var time = Stopwatch.StartNew();
            source.Cancel();
            var cancelled = Check.Throws<OperationCanceledException>(ended);
            Check.That(time.Elapsed < TimeSpan.FromSeconds(20), "it ended at once");
            Check.Equal(source.Token, cancelled.CancellationToken);
            Check.That(ended.IsCanceled, "the task knows");
            var inner = (YtxException)cancelled.InnerException;
            Check.Equal(YtxErrorKind.Cancelled, inner.Kind);
            Check.That(inner.Sent, "it had been sent");

            client.LockMeeting(Check.Appid, "release 2");
            Check.Equal(Check.Echo("held 2"), spared.Result);
        }
    }

    public static void ATokenThatWasCancelledBeforeSendsNothing(string url)
    {
        using (YtxClient client = Check.Client(url))
        {
            var cancelled = new CancellationToken(true);
            Check.Throws<TaskCanceledException>(client.LockMeetingAsync(Check.Appid, "never", cancelled));
            Check.Throws<TaskCanceledException>(client.UnlockMeetingAsync(Check.Appid, "never", cancelled));
            Check.Throws<TaskCanceledException>(client.MeetingStateAsync(Check.Appid, "never", cancelled));
            Check.Throws<TaskCanceledException>(client.RequestAsync("call", "never", "{}", null, cancelled));
        }
    }

    public static void CancelEndsEveryCallOfTheClient(string url)
    {
        using (YtxClient parent = Check.Client(url))
        using (YtxClient client = parent.WithTimeout(Check.Patience))
        using (var source = new CancellationTokenSource())
        {
            Task blocking = Task.Factory.StartNew(
                () => client.LockMeeting(Check.Appid, "held 3"), TaskCreationOptions.LongRunning);
            Task without = client.LockMeetingAsync(Check.Appid, "held 4");
            Task with = client.MeetingStateAsync(Check.Appid, "held 5", source.Token);
            foreach (string key in new[] { "held 3", "held 4", "held 5" }) Arrived(parent, key);
            client.Cancel();
            client.Cancel();
            foreach (Task call in new[] { blocking, without, with }) IsCancelled(call);

            // So do those to come, with a token or without.
            Check.Throws<YtxException>(() => client.LockMeeting(Check.Appid, "never"));
            IsCancelled(client.LockMeetingAsync(Check.Appid, "never", source.Token));
            // The others go on.
            Check.Equal(Check.Echo("parent"), parent.LockMeeting(Check.Appid, "parent"));
            using (YtxClient child = client.WithTimeout(TimeSpan.Zero))
                Check.Equal(Check.Echo("child"), child.LockMeetingAsync(Check.Appid, "child", source.Token).Result);
        }
    }

    public static void ADeadlineIsNoCancellation(string url)
    {
        using (YtxClient client = Check.Client(url))
        using (YtxClient hasty = client.WithTimeout(TimeSpan.FromMilliseconds(100)))
        using (var source = new CancellationTokenSource())
        {
            Task call = hasty.LockMeetingAsync(Check.Appid, "silence", source.Token);
            Check.Equal(YtxErrorKind.Timeout, Check.Throws<YtxException>(call).Kind);
        }
    }

    public static void ManyCallsWaitAtATimeAndHoldUpNobody(string url)
    {
        const int many = 64;
        // Were they on threads of the pool, those after the first few would never arrive.
        ThreadPool.SetMinThreads(1, 1);
        Check.That(ThreadPool.SetMaxThreads(4, 4), "the pool is small");
        using (YtxClient client = Check.Client(url))
        {
            var calls = new Task[many];
            for (int i = 0; i < many; i++) calls[i] = client.LockMeetingAsync(Check.Appid, "held many " + i);
            for (int i = 0; i < many; i++) Arrived(client, "held many " + i);
            client.Cancel();
            foreach (Task call in calls) IsCancelled(call);
        }
    }

    private static void Arrived(YtxClient client, string key)
    {
        Check.Equal(Check.Echo("await " + key), client.LockMeeting(Check.Appid, "await " + key));
    }

    private static void IsCancelled(Task call)
    {
        Check.Equal(YtxErrorKind.Cancelled, Check.Throws<YtxException>(call).Kind);
    }
}
