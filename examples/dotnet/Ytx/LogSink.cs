// Where the log lines of a client go. C knows a sink by its number, so that a line which comes too
// late finds nothing instead of memory that is no more.
using System;
using System.Collections.Concurrent;
using System.Threading;

namespace Ytx;

/// <summary>Kept by the handles of the client and by its calls under way.</summary>
internal sealed class LogSink
{
    private static readonly ConcurrentDictionary<long, WeakReference<LogSink>> Sinks = new();
    private static long last;

    private readonly long number = Interlocked.Increment(ref last);
    private readonly Action<YtxLogLevel, string>? log;

    internal LogSink(Action<YtxLogLevel, string>? log)
    {
        this.log = log;
        Sinks[number] = new WeakReference<LogSink>(this);
    }

    ~LogSink() => Sinks.TryRemove(number, out _);

    internal IntPtr Number => new(number);

    /// <summary>Why the library makes no client: it tells that to the log alone.</summary>
    internal string Refusal { get; private set; } = "";

    /// <summary>Called by C.</summary>
    internal static unsafe void Tell(int level, byte* message, IntPtr number)
    {
        try
        {
            if (Sinks.TryGetValue((long)number, out WeakReference<LogSink>? found) && found.TryGetTarget(out LogSink? sink))
                sink.Tell((YtxLogLevel)level, Utf8.FromC(message));
        }
        catch
        {
            // C must not see it.
        }
    }

    private void Tell(YtxLogLevel level, string line)
    {
        if (level == YtxLogLevel.Error) Refusal = line;
        log?.Invoke(level, line);
    }
}
