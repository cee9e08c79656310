// What a caller may set, and how durations become the milliseconds of the C ABI.
using System;

namespace Ytx;

/// <summary>How a client behaves. What is left at null or zero means the default.</summary>
public sealed class YtxOptions
{
    /// <summary>The platform itself.</summary>
    public const string ProductionUrl = "http://api.ytx.net";

    /// <summary>The platform's test environment, where only test appids work.</summary>
    public const string SandboxUrl = "http://sandbox.ytx.net";

    /// <summary>Where the platform is: "http://" or "https://", a host or [IPv6], optional port
    /// and path prefix. Null: <see cref="ProductionUrl"/>.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>The most a new connection may take: name look-up, TCP and TLS. Zero: 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; }

    /// <summary>The most a whole call may take, all its attempts included. Zero: 15 s.</summary>
    public TimeSpan Timeout { get; set; }

    /// <summary>How often a meeting call is tried again after a failure that passes. Zero:
    /// never.</summary>
    public int MaxRetries { get; set; }

    /// <summary>How many unused connections are kept. Zero: 64.</summary>
    public int MaxIdleConnections { get; set; }

    /// <summary>How long an unused connection is kept. Zero: 15 s.</summary>
    public TimeSpan IdleTimeout { get; set; }

    /// <summary>The largest answer accepted, in bytes. Zero: 8 MiB.</summary>
    public int MaxResponseBytes { get; set; }

    /// <summary>"http://[user:password@]host:port"; user and password may be percent-encoded.
    /// The environment has no effect. Null: none.</summary>
    public string? Proxy { get; set; }

    /// <summary>A file of PEM certificates to trust in place of the built-in ones.</summary>
    public string? CaFile { get; set; }

    /// <summary>The User-Agent header. Null: "ytx/" and the version.</summary>
    public string? UserAgent { get; set; }

    /// <summary>Where every connection is made from, one to a proxy as well: an IPv4 or IPv6
    /// address of this machine, without brackets, port or zone. "0.0.0.0" and "::" only choose the
    /// family. Null: the system's choice.</summary>
    public string? SourceAddress { get; set; }

    /// <summary>The least grave lines that <see cref="Log"/> receives.</summary>
    public YtxLogLevel LogLevel { get; set; } = YtxLogLevel.Warn;

    /// <summary>Receives each log line, on the thread of the call it concerns, and for calls that do
    /// not block and watches on the one thread for all of these: there it must not wait. It may make
    /// calls itself. An exception that leaves it is dropped. No line holds the auth token, a signature,
    /// a whole URL or any part of an answer.</summary>
    public Action<YtxLogLevel, string>? Log { get; set; }
}

/// <summary>How much a log line matters.</summary>
public enum YtxLogLevel
{
    /// <summary>A client could not be made.</summary>
    Error = 1,

    /// <summary>A call failed or was tried again, or is at risk.</summary>
    Warn = 2,

    /// <summary>A client was made, or a request resent after a kept connection was found
    /// closed.</summary>
    Info = 3,

    /// <summary>Every call, with its outcome and duration.</summary>
    Debug = 4,
}

internal static class Milliseconds
{
    /// <summary>Rounded up, since 0 would be the default; more than 49 days count as
    /// that.</summary>
    internal static uint Of(TimeSpan duration, string name)
    {
        if (duration < TimeSpan.Zero) throw new ArgumentOutOfRangeException(name);
        return (uint)Math.Min(Math.Ceiling(duration.TotalMilliseconds), uint.MaxValue);
    }
}
