// The functions of include/ytx.h, as delegates.
//
// DllImport would be shorter, but Mono and .NET Framework look for its library in places of their
// own only: not in runtimes/<rid>/native, and not for libytx.so.0.
using System;
using System.Runtime.InteropServices;

namespace Ytx
{
    internal sealed class Native
    {
        private static readonly Lazy<Native> Loaded = new Lazy<Native>(() => new Native(Loader.Load()));

        internal readonly ClientNewFunction ClientNew;
        internal readonly ClientWithTimeoutFunction ClientWithTimeout;
        internal readonly ClientCancelFunction ClientCancel;
        internal readonly FreeFunction ClientFree;
        internal readonly LockMeetingFunction LockMeeting;
        internal readonly MeetingStateFunction MeetingState;
        internal readonly RequestFunction Request;
        internal readonly FreeFunction StringFree;
        internal readonly StatusTextFunction StatusName;
        internal readonly StatusTextFunction StatusText;
        internal readonly StatusNumberFunction StatusIsRetryable;

        private Native(IntPtr library)
        {
            ClientNew = Loader.Function<ClientNewFunction>(library, "ytx_client_new");
            ClientWithTimeout =
                Loader.Function<ClientWithTimeoutFunction>(library, "ytx_client_with_timeout");
            ClientCancel = Loader.Function<ClientCancelFunction>(library, "ytx_client_cancel");
            ClientFree = Loader.Function<FreeFunction>(library, "ytx_client_free");
            LockMeeting = Loader.Function<LockMeetingFunction>(library, "ytx_lock_meeting");
            MeetingState = Loader.Function<MeetingStateFunction>(library, "ytx_meeting_state");
            Request = Loader.Function<RequestFunction>(library, "ytx_request");
            StringFree = Loader.Function<FreeFunction>(library, "ytx_string_free");
            StatusName = Loader.Function<StatusTextFunction>(library, "ytx_status_name");
            StatusText = Loader.Function<StatusTextFunction>(library, "ytx_status_text");
            StatusIsRetryable = Loader.Function<StatusNumberFunction>(library, "ytx_status_is_retryable");
        }

        /// <summary>The library, found when it is first needed.</summary>
        internal static Native Library => Loaded.Value;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate ClientHandle ClientNewFunction(
        byte[] accountSid, byte[] authToken, ref NativeOptions options, out int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate ClientHandle ClientWithTimeoutFunction(
        ClientHandle client, uint timeoutMs, out int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int ClientCancelFunction(ClientHandle client);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr LockMeetingFunction(
        ClientHandle client, byte[] appid, byte[] confid, int lackstate, out int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr MeetingStateFunction(
        ClientHandle client, byte[] appid, byte[] confid, out int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr RequestFunction(
        ClientHandle client, byte[] version, byte[] func, byte[] funcUrl, byte[] bodyJson, out int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void FreeFunction(IntPtr memory);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr StatusTextFunction(int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int StatusNumberFunction(int status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate IntPtr VersionFunction();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void NativeLog(int level, IntPtr message, IntPtr userData);
}
