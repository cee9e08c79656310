// A call that was handed to the queue.
using System;
using System.Threading;
using System.Threading.Tasks;

namespace Ytx;

/// <summary>Its task is done when the event was taken. What awaits it goes on elsewhere than on the
/// thread that takes.</summary>
internal sealed class Call : TaskCompletionSource<Answer>, ICompletion
{
    private readonly LogSink log; // kept: C tells it of the call until the event is taken
    private readonly IntPtr queue;
    private ulong ticket;
    private CancellationTokenRegistration registration;
    private bool completed;

    internal Call(LogSink log) : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        this.log = log;
        queue = Completions.Enter();
        Tag = Completions.Tag(this);
    }

    internal IntPtr Queue => queue;

    internal ulong Tag { get; }

    /// <summary>Told what the submission returned.</summary>
    internal void Submitted(ulong number, int status, CancellationToken token)
    {
        if (number == 0)
        {
            Completions.Free(Tag);
            Completions.Leave();
            throw YtxException.NotAccepted(status);
        }
        if (!token.CanBeCanceled) return;
        ticket = number;
        CancellationTokenRegistration made = token.Register(static call => ((Call)call!).Cancel(), this);
        lock (this)
        {
            if (!completed)
            {
                registration = made;
                return;
            }
        }
        made.Dispose();
    }

    public void Completed(Answer answer, bool isLast)
    {
        CancellationTokenRegistration made;
        lock (this)
        {
            completed = true;
            made = registration;
        }
        made.Dispose();
        SetResult(answer);
    }

    private void Cancel() => _ = Native.QueueCancel(queue, ticket);
}
