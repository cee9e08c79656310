// A watch that was handed to the queue: its events wait here until they are asked for.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Ytx;

internal sealed class Watch : ICompletion
{
    private readonly object gate = new();
    private readonly LogSink log; // kept: C tells it of the watch until the last event is taken
    private readonly IntPtr queue;
    private readonly Queue<Answer> news = new();
    private ulong ticket;
    private Answer? last;
    private TaskCompletionSource<bool>? waiter;
    private bool left;

    internal Watch(LogSink log)
    {
        this.log = log;
        queue = Completions.Enter();
        Tag = Completions.Tag(this);
    }

    /// <summary>So many events wait at most. Who is further behind begins anew.</summary>
    internal static int Most { get; set; } = 64;

    internal IntPtr Queue => queue;

    internal ulong Tag { get; }

    /// <summary>Its caller has fallen behind, and what waited was dropped.</summary>
    internal bool IsBehind { get; private set; }

    /// <summary>The client was drained or disposed of.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>Told what the submission returned.</summary>
    internal void Submitted(ulong number, int status)
    {
        ticket = number;
        if (number != 0) return;
        Completions.Free(Tag);
        Completions.Leave();
        throw YtxException.NotAccepted(status);
    }

    public void Completed(Answer answer, bool isLast)
    {
        TaskCompletionSource<bool>? waiting;
        lock (gate)
        {
            if (!isLast && (left || IsBehind)) answer.Free();
            else if (left) answer.Free();
            else if (isLast) last = answer;
            else if (news.Count < Most) news.Enqueue(answer);
            else
            {
                answer.Free();
                while (news.Count > 0) news.Dequeue().Free();
                IsBehind = true;
                Cancel();
            }
            waiting = waiter;
            waiter = null;
        }
        waiting?.SetResult(true);
    }

    /// <summary>Done when there is something to take.</summary>
    internal Task Ready()
    {
        lock (gate)
        {
            if (news.Count > 0 || last != null) return Task.CompletedTask;
            waiter ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiter.Task;
        }
    }

    /// <summary>There will be no more.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>The next news; null when there is none, or when it has ended for no
    /// failure.</summary>
    internal RoomEvent? Next(CancellationToken token)
    {
        Answer next;
        lock (gate)
        {
            bool asked = token.IsCancellationRequested || IsOver;
            if (news.Count > 0 && !asked) next = news.Dequeue();
            else if (last is { } end)
            {
                last = null;
                HasEnded = true;
                YtxException failure = end.Failure();
                if (failure.Kind != YtxErrorKind.Cancelled) throw failure;
                if (token.IsCancellationRequested)
                    throw new OperationCanceledException(failure.Message, failure, token);
                return IsOver || IsBehind ? null : throw failure;
            }
            else
            {
                while (news.Count > 0) news.Dequeue().Free();
                return null;
            }
        }
        return next.News();
    }

    /// <summary>Ends it, as its caller sees it without a failure.</summary>
    internal void End()
    {
        lock (gate) IsOver = true;
        Cancel();
    }

    internal void Cancel() => _ = Native.QueueCancel(queue, ticket);

    /// <summary>Nobody asks any more.</summary>
    internal void Leave()
    {
        lock (gate)
        {
            left = true;
            while (news.Count > 0) news.Dequeue().Free();
            last?.Free();
            last = null;
        }
        Cancel();
    }
}
