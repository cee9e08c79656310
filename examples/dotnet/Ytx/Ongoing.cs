// What a client has under way, for those who wait for its end.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Ytx;

internal sealed class Ongoing
{
    private readonly object gate = new();
    private readonly HashSet<Watch> watches = new();
    private List<TaskCompletionSource<bool>>? waiting;
    private int calls;
    private bool watchesEnded;

    /// <summary>Whether new calls are refused.</summary>
    private bool IsDraining => waiting != null;

    /// <summary>Counts a call, until <see cref="Leave"/>.</summary>
    internal void Enter()
    {
        lock (gate)
        {
            if (IsDraining) throw YtxException.Draining();
            calls++;
        }
    }

    internal void Leave()
    {
        List<TaskCompletionSource<bool>> done;
        lock (gate)
        {
            if (--calls > 0 || waiting == null || waiting.Count == 0) return;
            done = waiting;
            waiting = new List<TaskCompletionSource<bool>>();
        }
        foreach (TaskCompletionSource<bool> waiter in done) waiter.TrySetResult(true);
    }

    internal void Add(Watch watch)
    {
        lock (gate)
        {
            if (!watchesEnded)
            {
                watches.Add(watch);
                return;
            }
        }
        watch.End();
    }

    internal void Remove(Watch watch)
    {
        lock (gate) watches.Remove(watch);
    }

    internal void EndWatches()
    {
        Watch[] all;
        lock (gate)
        {
            watchesEnded = true;
            all = new Watch[watches.Count];
            watches.CopyTo(all);
            watches.Clear();
        }
        foreach (Watch watch in all) watch.End();
    }

    /// <summary>Refuses new calls; done when there is none left.</summary>
    internal Task Drain(CancellationToken token)
    {
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting ??= new List<TaskCompletionSource<bool>>();
            if (calls == 0) waiter.SetResult(true);
            else waiting.Add(waiter);
        }
        EndWatches();
        return token.CanBeCanceled ? Wait(waiter, token) : waiter.Task;
    }

    private static async Task Wait(TaskCompletionSource<bool> waiter, CancellationToken token)
    {
        using (token.Register(() => waiter.TrySetCanceled(token)))
            await waiter.Task.ConfigureAwait(false);
    }
}
