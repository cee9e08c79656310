// A ytx_client that is freed once, however its owner goes.
using System;
using System.Runtime.InteropServices;

namespace Ytx;

/// <summary>The library knows a handle that was freed, and calls on it come to their own end. So no
/// call has to hold it: it is only kept alive, and with it the log.</summary>
internal sealed unsafe class ClientHandle : SafeHandle
{
    private readonly long client;

    private ClientHandle(IntPtr made, LogSink log, long client) : base(IntPtr.Zero, true)
    {
        Log = log;
        this.client = client;
        SetHandle(made);
        Completions.ClientCame();
        Figures.ClientCame(made, client);
    }

    public override bool IsInvalid => handle == IntPtr.Zero;

    internal LogSink Log { get; }

    /// <summary>For C. It is freed, and known to be, once this is closed.</summary>
    internal IntPtr Pointer => handle;

    internal static ClientHandle Open(string accountSid, string authToken, YtxOptions options)
    {
        Native.Load();
        NativeOptions native = NativeOptions.Of(options);
        var log = new LogSink(options.Log);
        byte* stack = stackalloc byte[7 * Utf8Text.OnStack];
        using var sid = new Utf8Text(accountSid, stack);
        using var token = new Utf8Text(authToken, stack + Utf8Text.OnStack);
        using var baseUrl = new Utf8Text(options.BaseUrl, stack + 2 * Utf8Text.OnStack);
        using var proxy = new Utf8Text(options.Proxy, stack + 3 * Utf8Text.OnStack);
        using var caFile = new Utf8Text(options.CaFile, stack + 4 * Utf8Text.OnStack);
        using var userAgent = new Utf8Text(options.UserAgent, stack + 5 * Utf8Text.OnStack);
        using var sourceAddress = new Utf8Text(options.SourceAddress, stack + 6 * Utf8Text.OnStack);
        native.base_url = baseUrl.Pointer;
        native.proxy = proxy.Pointer;
        native.ca_file = caFile.Pointer;
        native.user_agent = userAgent.Pointer;
        native.source_address = sourceAddress.Pointer;
        native.log = Native.Log;
        native.log_user_data = log.Number;
        int status;
        IntPtr made = Native.ClientNew(sid.Pointer, token.Pointer, &native, &status);
        GC.KeepAlive(log);
        if (made == IntPtr.Zero) throw YtxException.OfNoClient(status, log.Refusal);
        return new ClientHandle(made, log, Figures.Next());
    }

    internal ClientHandle WithTimeout(uint milliseconds)
    {
        int status;
        IntPtr made = Native.ClientWithTimeout(handle, milliseconds, &status);
        GC.KeepAlive(this);
        if (made != IntPtr.Zero) return new ClientHandle(made, Log, client);
        throw YtxException.OfNoClient(status, Utf8.FromC(Native.StatusText(status)));
    }

    internal void Cancel()
    {
        _ = Native.ClientCancel(handle);
        GC.KeepAlive(this);
    }

    protected override bool ReleaseHandle()
    {
        Figures.ClientWent(handle);
        Native.ClientFree(handle);
        Completions.ClientWent();
        return true;
    }
}
