// The structs of include/ytx.h as C lays them out.
using System;
using System.Runtime.InteropServices;

namespace Ytx;

#pragma warning disable IDE1006 // the names are those of C: tests/dotnet.rs compares by them

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeOptions
{
    internal UIntPtr struct_size;
    internal byte* base_url;
    internal uint connect_timeout_ms;
    internal uint timeout_ms;
    internal uint max_retries;
    internal uint max_idle_connections;
    internal uint idle_timeout_ms;
    internal uint max_response_bytes;
    internal uint log_level;
    internal uint reserved;
    internal byte* proxy;
    internal byte* ca_file;
    internal byte* user_agent;
    internal IntPtr log;
    internal IntPtr log_user_data;
    internal byte* source_address;

    /// <summary>All but the texts and the log. The numbers are checked here.</summary>
    internal static NativeOptions Of(YtxOptions options) => new()
    {
        struct_size = (UIntPtr)sizeof(NativeOptions),
        connect_timeout_ms = Milliseconds.Of(options.ConnectTimeout, nameof(options.ConnectTimeout)),
        timeout_ms = Milliseconds.Of(options.Timeout, nameof(options.Timeout)),
        max_retries = Count(options.MaxRetries, nameof(options.MaxRetries)),
        max_idle_connections = Count(options.MaxIdleConnections, nameof(options.MaxIdleConnections)),
        idle_timeout_ms = Milliseconds.Of(options.IdleTimeout, nameof(options.IdleTimeout)),
        max_response_bytes = Count(options.MaxResponseBytes, nameof(options.MaxResponseBytes)),
        log_level = (uint)options.LogLevel,
    };

    private static uint Count(int number, string name)
    {
        if (number < 0) throw new ArgumentOutOfRangeException(name);
        return (uint)number;
    }
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativeQueueOptions
{
    internal UIntPtr struct_size;
    internal uint max_pending;
    internal uint max_in_flight;
    internal uint max_watches;
    internal uint reserved;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeEvent
{
    internal UIntPtr struct_size;
    internal byte* json;
    internal ulong ticket;
    internal ulong tag;
    internal int type;
    internal int status;
}
