// The one queue that serves all calls which do not block, and the one thread that takes from it. Both
// begin with the first such call, and end with the last client and its last call.
using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Ytx;

/// <summary>What an event is for. C has it as a number until the last event is taken.</summary>
internal interface ICompletion
{
    /// <summary>Runs on the one thread for all: it neither waits nor runs code of the
    /// caller's.</summary>
    void Completed(Answer answer, bool isLast);
}

internal static unsafe class Completions
{
    private const int Room = 2;
    private const int Closed = 4;

    private static readonly object Gate = new();
    private static IntPtr queue;
    private static int clients;
    private static int pending;

    /// <summary>The queue, if there is one.</summary>
    internal static IntPtr Queue => Volatile.Read(ref queue);

    internal static void ClientCame()
    {
        lock (Gate) clients++;
    }

    internal static void ClientWent()
    {
        lock (Gate)
        {
            clients--;
            EndIfDone();
        }
    }

    /// <summary>Counts a call or watch, which keeps the queue from its end.</summary>
    internal static IntPtr Enter()
    {
        lock (Gate)
        {
            if (queue == IntPtr.Zero) Start();
            pending++;
            return queue;
        }
    }

    /// <summary>The last event was taken, or there will be none.</summary>
    internal static void Leave()
    {
        lock (Gate)
        {
            pending--;
            EndIfDone();
        }
    }

    /// <summary>What C is given to know it by.</summary>
    internal static ulong Tag(ICompletion completion) => (ulong)(long)GCHandle.ToIntPtr(GCHandle.Alloc(completion));

    internal static void Free(ulong tag) => GCHandle.FromIntPtr(new IntPtr((long)tag)).Free();

    private static void EndIfDone()
    {
        if (clients > 0 || pending > 0 || queue == IntPtr.Zero) return;
        _ = Native.QueueClose(queue); // its thread frees it
        queue = IntPtr.Zero;
    }

    private static void Start()
    {
        var options = new NativeQueueOptions
        {
            struct_size = (UIntPtr)sizeof(NativeQueueOptions),
            max_pending = uint.MaxValue,
            max_in_flight = InFlight(),
            max_watches = uint.MaxValue,
        };
        int status;
        IntPtr made = Native.QueueNew(&options, &status);
        if (made == IntPtr.Zero) throw YtxException.OfNoClient(status, Utf8.FromC(Native.StatusText(status)));
        try
        {
            var thread = new Thread(Take) { IsBackground = true, Name = "ytx" };
            // It is nobody's in particular: what flows from its first caller would stay with it.
            if (ExecutionContext.IsFlowSuppressed()) thread.Start(made);
            else
                using (ExecutionContext.SuppressFlow())
                    thread.Start(made);
        }
        catch
        {
            Native.QueueFree(made);
            throw;
        }
        queue = made;
    }

    /// <summary>Each request on its way has a descriptor: three of four may be theirs.</summary>
    private static uint InFlight()
    {
        const uint usual = 768;
        try
        {
            foreach (string line in File.ReadLines("/proc/self/limits"))
            {
                if (!line.StartsWith("Max open files", StringComparison.Ordinal)) continue;
                string soft = line.Substring(14).TrimStart().Split(' ')[0];
                const uint most = 1 << 18;
                if (!ulong.TryParse(soft, out ulong limit)) return most; // unlimited
                return (uint)Math.Max(1, Math.Min(most, limit / 4 * 3));
            }
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            // Not Linux.
        }
        return usual;
    }

    private static void Take(object? mine)
    {
        IntPtr taking = (IntPtr)mine!;
        while (TakeOne(taking))
        {
        }
        Native.QueueFree(taking);
    }

    /// <summary>By itself, so that nothing of an event is held while the next one is waited
    /// for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TakeOne(IntPtr taking)
    {
        var taken = new NativeEvent { struct_size = (UIntPtr)sizeof(NativeEvent) };
        int found = Native.QueueTake(taking, &taken, -1);
        if (found == 0) return true;
        if (found < 0 || taken.type == Closed) return false;
        Pass(taken.tag, new Answer(taken.json, taken.status), taken.type != Room);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Pass(ulong tag, Answer answer, bool isLast)
    {
        var completion = (ICompletion)GCHandle.FromIntPtr(new IntPtr((long)tag)).Target!;
        if (isLast)
        {
            Free(tag);
            Leave();
        }
        completion.Completed(answer, isLast);
    }
}
