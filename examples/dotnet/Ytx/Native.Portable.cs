// The functions of include/ytx.h for .NET Framework and Mono, as delegates. DllImport would be
// shorter, but these look for its library in places of their own only: not in runtimes/<rid>/native,
// and not for libytx.so.0. Native.Modern.cs is the same class for .NET 8 and later.
using System;
using System.Runtime.InteropServices;

namespace Ytx;

internal static unsafe class Native
{
    private static readonly Lazy<Functions> Library = new(() => new Functions(Loader.Load()));
    private static readonly LogFunction OnLog = LogSink.Tell;

    /// <summary>What C calls for each line of a log.</summary>
    internal static IntPtr Log { get; } = Marshal.GetFunctionPointerForDelegate(OnLog);

    /// <summary>Loads the library, where a missing one is to be reported.</summary>
    internal static void Load() => _ = Library.Value;

    internal static IntPtr ClientNew(
        byte* accountSid, byte* authToken, NativeOptions* options, int* status) =>
        Library.Value.ClientNew(accountSid, authToken, options, status);

    internal static IntPtr ClientWithTimeout(IntPtr client, uint timeoutMs, int* status) =>
        Library.Value.ClientWithTimeout(client, timeoutMs, status);

    internal static int ClientCancel(IntPtr client) =>
        Library.Value.ClientCancel(client);

    internal static void ClientFree(IntPtr client) =>
        Library.Value.ClientFree(client);

    internal static byte* ClientStats(IntPtr client, int* status) =>
        Library.Value.ClientStats(client, status);

    internal static byte* LockMeeting(IntPtr client, byte* appid, byte* confid, int lackstate, int* status) =>
        Library.Value.LockMeeting(client, appid, confid, lackstate, status);

    internal static byte* MeetingState(IntPtr client, byte* appid, byte* confid, int* status) =>
        Library.Value.MeetingState(client, appid, confid, status);

    internal static byte* Request(
        IntPtr client, byte* version, byte* func, byte* funcUrl, byte* bodyJson, int* status) =>
        Library.Value.Request(client, version, func, funcUrl, bodyJson, status);

    internal static void StringFree(byte* text) =>
        Library.Value.StringFree(text);

    internal static byte* StatusName(int status) =>
        Library.Value.StatusName(status);

    internal static byte* StatusText(int status) =>
        Library.Value.StatusText(status);

    internal static int StatusIsRetryable(int status) =>
        Library.Value.StatusIsRetryable(status);

    internal static IntPtr QueueNew(NativeQueueOptions* options, int* status) =>
        Library.Value.QueueNew(options, status);

    internal static int QueueTake(IntPtr queue, NativeEvent* taken, int timeoutMs) =>
        Library.Value.QueueTake(queue, taken, timeoutMs);

    internal static int QueueCancel(IntPtr queue, ulong ticket) =>
        Library.Value.QueueCancel(queue, ticket);

    internal static int QueueClose(IntPtr queue) =>
        Library.Value.QueueClose(queue);

    internal static void QueueFree(IntPtr queue) =>
        Library.Value.QueueFree(queue);

    internal static byte* QueueStats(IntPtr queue, int* status) =>
        Library.Value.QueueStats(queue, status);

    internal static ulong LockMeetingAsync(
        IntPtr client, IntPtr queue, byte* appid, byte* confid, int lackstate, ulong tag, int* status) =>
        Library.Value.LockMeetingAsync(client, queue, appid, confid, lackstate, tag, status);

    internal static ulong MeetingStateAsync(
        IntPtr client, IntPtr queue, byte* appid, byte* confid, ulong tag, int* status) =>
        Library.Value.MeetingStateAsync(client, queue, appid, confid, tag, status);

    internal static ulong RequestAsync(
        IntPtr client, IntPtr queue, byte* version, byte* func, byte* funcUrl, byte* bodyJson, ulong tag, int* status) =>
        Library.Value.RequestAsync(client, queue, version, func, funcUrl, bodyJson, tag, status);

    internal static ulong WatchMeeting(
        IntPtr client, IntPtr queue, byte* appid, byte* confid, uint intervalMs, ulong tag, int* status) =>
        Library.Value.WatchMeeting(client, queue, appid, confid, intervalMs, tag, status);

    internal static IntPtr MembersRead(byte* json, int which, int* status) =>
        Library.Value.MembersRead(json, which, status);

    internal static UIntPtr MembersCount(IntPtr members) =>
        Library.Value.MembersCount(members);

    internal static byte* MembersPhone(IntPtr members, UIntPtr index) =>
        Library.Value.MembersPhone(members, index);

    internal static byte* MembersMeid(IntPtr members, UIntPtr index) =>
        Library.Value.MembersMeid(members, index);

    internal static byte* MembersStatusname(IntPtr members, UIntPtr index) =>
        Library.Value.MembersStatusname(members, index);

    internal static byte* MembersIfmutename(IntPtr members, UIntPtr index) =>
        Library.Value.MembersIfmutename(members, index);

    internal static int MembersOnline(IntPtr members, UIntPtr index) =>
        Library.Value.MembersOnline(members, index);

    internal static int MembersMuted(IntPtr members, UIntPtr index) =>
        Library.Value.MembersMuted(members, index);

    internal static void MembersFree(IntPtr members) =>
        Library.Value.MembersFree(members);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void LogFunction(int level, byte* message, IntPtr userData);

    /// <summary>What was found in the library.</summary>
    private sealed class Functions(IntPtr library)
    {
        internal readonly ClientNewFunction ClientNew = Of<ClientNewFunction>(library, "ytx_client_new");
        internal readonly ClientWithTimeoutFunction ClientWithTimeout = Of<ClientWithTimeoutFunction>(library, "ytx_client_with_timeout");
        internal readonly ClientCancelFunction ClientCancel = Of<ClientCancelFunction>(library, "ytx_client_cancel");
        internal readonly ClientFreeFunction ClientFree = Of<ClientFreeFunction>(library, "ytx_client_free");
        internal readonly ClientStatsFunction ClientStats = Of<ClientStatsFunction>(library, "ytx_client_stats");
        internal readonly LockMeetingFunction LockMeeting = Of<LockMeetingFunction>(library, "ytx_lock_meeting");
        internal readonly MeetingStateFunction MeetingState = Of<MeetingStateFunction>(library, "ytx_meeting_state");
        internal readonly RequestFunction Request = Of<RequestFunction>(library, "ytx_request");
        internal readonly StringFreeFunction StringFree = Of<StringFreeFunction>(library, "ytx_string_free");
        internal readonly StatusNameFunction StatusName = Of<StatusNameFunction>(library, "ytx_status_name");
        internal readonly StatusTextFunction StatusText = Of<StatusTextFunction>(library, "ytx_status_text");
        internal readonly StatusIsRetryableFunction StatusIsRetryable = Of<StatusIsRetryableFunction>(library, "ytx_status_is_retryable");
        internal readonly QueueNewFunction QueueNew = Of<QueueNewFunction>(library, "ytx_queue_new");
        internal readonly QueueTakeFunction QueueTake = Of<QueueTakeFunction>(library, "ytx_queue_take");
        internal readonly QueueCancelFunction QueueCancel = Of<QueueCancelFunction>(library, "ytx_queue_cancel");
        internal readonly QueueCloseFunction QueueClose = Of<QueueCloseFunction>(library, "ytx_queue_close");
        internal readonly QueueFreeFunction QueueFree = Of<QueueFreeFunction>(library, "ytx_queue_free");
        internal readonly QueueStatsFunction QueueStats = Of<QueueStatsFunction>(library, "ytx_queue_stats");
        internal readonly LockMeetingAsyncFunction LockMeetingAsync = Of<LockMeetingAsyncFunction>(library, "ytx_lock_meeting_async");
        internal readonly MeetingStateAsyncFunction MeetingStateAsync = Of<MeetingStateAsyncFunction>(library, "ytx_meeting_state_async");
        internal readonly RequestAsyncFunction RequestAsync = Of<RequestAsyncFunction>(library, "ytx_request_async");
        internal readonly WatchMeetingFunction WatchMeeting = Of<WatchMeetingFunction>(library, "ytx_watch_meeting");
        internal readonly MembersReadFunction MembersRead = Of<MembersReadFunction>(library, "ytx_members_read");
        internal readonly MembersCountFunction MembersCount = Of<MembersCountFunction>(library, "ytx_members_count");
        internal readonly MembersPhoneFunction MembersPhone = Of<MembersPhoneFunction>(library, "ytx_members_phone");
        internal readonly MembersMeidFunction MembersMeid = Of<MembersMeidFunction>(library, "ytx_members_meid");
        internal readonly MembersStatusnameFunction MembersStatusname = Of<MembersStatusnameFunction>(library, "ytx_members_statusname");
        internal readonly MembersIfmutenameFunction MembersIfmutename = Of<MembersIfmutenameFunction>(library, "ytx_members_ifmutename");
        internal readonly MembersOnlineFunction MembersOnline = Of<MembersOnlineFunction>(library, "ytx_members_online");
        internal readonly MembersMutedFunction MembersMuted = Of<MembersMutedFunction>(library, "ytx_members_muted");
        internal readonly MembersFreeFunction MembersFree = Of<MembersFreeFunction>(library, "ytx_members_free");

        private static T Of<T>(IntPtr library, string name) where T : Delegate
        {
            IntPtr address = Loader.Symbol(library, name);
            if (address == IntPtr.Zero) throw new EntryPointNotFoundException(name + " is not in libytx");
            return Marshal.GetDelegateForFunctionPointer<T>(address);
        }

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate IntPtr ClientNewFunction(
            byte* accountSid, byte* authToken, NativeOptions* options, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate IntPtr ClientWithTimeoutFunction(IntPtr client, uint timeoutMs, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int ClientCancelFunction(IntPtr client);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate void ClientFreeFunction(IntPtr client);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* ClientStatsFunction(IntPtr client, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* LockMeetingFunction(
            IntPtr client, byte* appid, byte* confid, int lackstate, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* MeetingStateFunction(IntPtr client, byte* appid, byte* confid, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* RequestFunction(
            IntPtr client, byte* version, byte* func, byte* funcUrl, byte* bodyJson, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate void StringFreeFunction(byte* text);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* StatusNameFunction(int status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* StatusTextFunction(int status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int StatusIsRetryableFunction(int status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate IntPtr QueueNewFunction(NativeQueueOptions* options, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int QueueTakeFunction(IntPtr queue, NativeEvent* taken, int timeoutMs);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int QueueCancelFunction(IntPtr queue, ulong ticket);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int QueueCloseFunction(IntPtr queue);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate void QueueFreeFunction(IntPtr queue);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* QueueStatsFunction(IntPtr queue, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate ulong LockMeetingAsyncFunction(
            IntPtr client, IntPtr queue, byte* appid, byte* confid, int lackstate, ulong tag, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate ulong MeetingStateAsyncFunction(
            IntPtr client, IntPtr queue, byte* appid, byte* confid, ulong tag, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate ulong RequestAsyncFunction(
            IntPtr client, IntPtr queue, byte* version, byte* func, byte* funcUrl, byte* bodyJson, ulong tag, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate ulong WatchMeetingFunction(
            IntPtr client, IntPtr queue, byte* appid, byte* confid, uint intervalMs, ulong tag, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate IntPtr MembersReadFunction(byte* json, int which, int* status);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate UIntPtr MembersCountFunction(IntPtr members);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* MembersPhoneFunction(IntPtr members, UIntPtr index);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* MembersMeidFunction(IntPtr members, UIntPtr index);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* MembersStatusnameFunction(IntPtr members, UIntPtr index);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate byte* MembersIfmutenameFunction(IntPtr members, UIntPtr index);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int MembersOnlineFunction(IntPtr members, UIntPtr index);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate int MembersMutedFunction(IntPtr members, UIntPtr index);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        internal delegate void MembersFreeFunction(IntPtr members);
    }
}
