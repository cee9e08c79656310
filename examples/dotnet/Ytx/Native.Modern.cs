// The functions of include/ytx.h for .NET 8 and later: stubs made at build time, which trimming and
// ahead-of-time compilation keep. Native.Portable.cs is the same class for everything older.
using System;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ytx;

internal static unsafe partial class Native
{
    private const string Name = "ytx";

    private static readonly object Loading = new();
    private static IntPtr library;

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    /// <summary>What C calls for each line of a log.</summary>
    internal static IntPtr Log => (IntPtr)(delegate* unmanaged[Cdecl]<int, byte*, IntPtr, void>)&OnLog;

    /// <summary>Loads the library, where a missing one is to be reported.</summary>
    internal static void Load()
    {
        lock (Loading)
            if (library == IntPtr.Zero)
                library = Loader.Load();
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Name) return IntPtr.Zero;
        Load();
        return library;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(int level, byte* message, IntPtr userData) =>
        LogSink.Tell(level, message, userData);

    [LibraryImport(Name, EntryPoint = "ytx_client_new")]
    internal static partial IntPtr ClientNew(
        byte* accountSid, byte* authToken, NativeOptions* options, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_client_with_timeout")]
    internal static partial IntPtr ClientWithTimeout(IntPtr client, uint timeoutMs, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_client_cancel")]
    internal static partial int ClientCancel(IntPtr client);

    [LibraryImport(Name, EntryPoint = "ytx_client_free")]
    internal static partial void ClientFree(IntPtr client);

    [LibraryImport(Name, EntryPoint = "ytx_client_stats")]
    internal static partial byte* ClientStats(IntPtr client, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_lock_meeting")]
    internal static partial byte* LockMeeting(
        IntPtr client, byte* appid, byte* confid, int lackstate, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_meeting_state")]
    internal static partial byte* MeetingState(IntPtr client, byte* appid, byte* confid, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_request")]
    internal static partial byte* Request(
        IntPtr client, byte* version, byte* func, byte* funcUrl, byte* bodyJson, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_string_free")]
    internal static partial void StringFree(byte* text);

    [LibraryImport(Name, EntryPoint = "ytx_status_name")]
    internal static partial byte* StatusName(int status);

    [LibraryImport(Name, EntryPoint = "ytx_status_text")]
    internal static partial byte* StatusText(int status);

    [LibraryImport(Name, EntryPoint = "ytx_status_is_retryable")]
    internal static partial int StatusIsRetryable(int status);

    [LibraryImport(Name, EntryPoint = "ytx_queue_new")]
    internal static partial IntPtr QueueNew(NativeQueueOptions* options, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_queue_take")]
    internal static partial int QueueTake(IntPtr queue, NativeEvent* taken, int timeoutMs);

    [LibraryImport(Name, EntryPoint = "ytx_queue_cancel")]
    internal static partial int QueueCancel(IntPtr queue, ulong ticket);

    [LibraryImport(Name, EntryPoint = "ytx_queue_close")]
    internal static partial int QueueClose(IntPtr queue);

    [LibraryImport(Name, EntryPoint = "ytx_queue_free")]
    internal static partial void QueueFree(IntPtr queue);

    [LibraryImport(Name, EntryPoint = "ytx_queue_stats")]
    internal static partial byte* QueueStats(IntPtr queue, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_lock_meeting_async")]
    internal static partial ulong LockMeetingAsync(
        IntPtr client, IntPtr queue, byte* appid, byte* confid, int lackstate, ulong tag, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_meeting_state_async")]
    internal static partial ulong MeetingStateAsync(
        IntPtr client, IntPtr queue, byte* appid, byte* confid, ulong tag, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_request_async")]
    internal static partial ulong RequestAsync(
        IntPtr client, IntPtr queue, byte* version, byte* func, byte* funcUrl, byte* bodyJson, ulong tag,
        int* status);

    [LibraryImport(Name, EntryPoint = "ytx_watch_meeting")]
    internal static partial ulong WatchMeeting(
        IntPtr client, IntPtr queue, byte* appid, byte* confid, uint intervalMs, ulong tag, int* status);

    [LibraryImport(Name, EntryPoint = "ytx_members_read")]
    internal static partial IntPtr MembersRead(byte* json, int which, int* status);

    // These only look into memory, so the collector may wait for them.

    [LibraryImport(Name, EntryPoint = "ytx_members_count"), SuppressGCTransition]
    internal static partial UIntPtr MembersCount(IntPtr members);

    [LibraryImport(Name, EntryPoint = "ytx_members_phone"), SuppressGCTransition]
    internal static partial byte* MembersPhone(IntPtr members, UIntPtr index);

    [LibraryImport(Name, EntryPoint = "ytx_members_meid"), SuppressGCTransition]
    internal static partial byte* MembersMeid(IntPtr members, UIntPtr index);

    [LibraryImport(Name, EntryPoint = "ytx_members_statusname"), SuppressGCTransition]
    internal static partial byte* MembersStatusname(IntPtr members, UIntPtr index);

    [LibraryImport(Name, EntryPoint = "ytx_members_ifmutename"), SuppressGCTransition]
    internal static partial byte* MembersIfmutename(IntPtr members, UIntPtr index);

    [LibraryImport(Name, EntryPoint = "ytx_members_online"), SuppressGCTransition]
    internal static partial int MembersOnline(IntPtr members, UIntPtr index);

    [LibraryImport(Name, EntryPoint = "ytx_members_muted"), SuppressGCTransition]
    internal static partial int MembersMuted(IntPtr members, UIntPtr index);

    [LibraryImport(Name, EntryPoint = "ytx_members_free")]
    internal static partial void MembersFree(IntPtr members);
}
