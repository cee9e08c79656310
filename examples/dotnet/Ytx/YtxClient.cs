// The client: what a program makes once, keeps, and calls from any thread.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Ytx;

/// <summary>A connection to the platform on behalf of one account.</summary>
/// <remarks>
/// <para>Make one for the account and keep it: it never changes, any number of threads may use
/// it at once, and it keeps its connections open.</para>
/// <para>A call that fails throws <see cref="YtxException"/>. A string that holds a NUL, or half
/// a surrogate pair, is refused like any other character that is not allowed. Null is an
/// <see cref="ArgumentNullException"/>, and a client that was disposed of throws
/// <see cref="ObjectDisposedException"/>.</para>
/// <para>The calls without "Async" block their thread. Those with it hold none: one thread for all
/// clients of the process takes what has ended, and what awaits goes on elsewhere. Calls that lock or
/// unlock one room go out one after the other, in the order they were made. No call is refused because
/// there are too many: those that find no connection wait for their turn, their deadline running.</para>
/// </remarks>
public sealed partial class YtxClient : IDisposable
{
    private readonly ClientHandle handle;
    private readonly Ongoing ongoing = new();
    private volatile bool disposed;

    /// <summary>Makes a client. Nothing is sent and no thread is started.</summary>
    /// <param name="accountSid">The account's SID, from the platform's console.</param>
    /// <param name="authToken">Its auth token.</param>
    /// <param name="options">How the client behaves; they are copied. Null for the defaults.</param>
    /// <exception cref="YtxException">An argument or option is not allowed: the message names
    /// it, by its name in C.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A duration or number of the options is below
    /// zero.</exception>
    /// <exception cref="DllNotFoundException">There is no libytx that fits: the message says
    /// where it was looked for.</exception>
    public YtxClient(string accountSid, string authToken, YtxOptions? options = null)
    {
        Require(accountSid, nameof(accountSid));
        Require(authToken, nameof(authToken));
        handle = ClientHandle.Open(accountSid, authToken, options ?? new YtxOptions());
    }

    private YtxClient(ClientHandle handle)
    {
        this.handle = handle;
    }

    /// <summary>Makes another client on the same account and connections, uncancelled, with a
    /// deadline of its own. It is cheap enough for a single call.</summary>
    /// <param name="timeout">The most a call may take. Zero is the deadline of this client.</param>
    /// <returns>The new client. It is disposed of on its own, before or after this one.</returns>
    public YtxClient WithTimeout(TimeSpan timeout)
    {
        return new YtxClient(Handle.WithTimeout(Milliseconds.Of(timeout, nameof(timeout))));
    }

    /// <summary>Ends this client's calls and watches, those under way and those to come, with
    /// <see cref="YtxErrorKind.Cancelled"/>. The client it was made from, and those made from it,
    /// go on.</summary>
    public void Cancel()
    {
        Handle.Cancel();
    }

    /// <summary>Refuses new calls of this client with <see cref="YtxErrorKind.Cancelled"/>, ends its
    /// watches, and waits until the calls under way have come to their own end, those that block
    /// included. The client it was made from, and those made from it, go on.</summary>
    /// <param name="cancellationToken">Ends the waiting; the calls go on.</param>
    /// <returns>Done when no call is under way.</returns>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        _ = Handle;
        await ongoing.Drain(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets go of the account and ends the watches. Calls under way come to their own end;
    /// those to come throw <see cref="ObjectDisposedException"/>. It may be done twice, and at any
    /// time.</summary>
    public void Dispose()
    {
        disposed = true;
        ongoing.EndWatches();
        handle.Dispose();
    }

    /// <summary>Locks a room: nobody else can join.</summary>
    /// <remarks>The lock is an absolute value, so a call that broke off may be made again. A
    /// repeated lock can overtake another client's unlock.</remarks>
    /// <param name="appid">An application with the telephone-conference feature.</param>
    /// <param name="confid">The room's number, the meid that creating it returned.</param>
    /// <returns>The platform's answer, a JSON object, as it came.</returns>
    /// <exception cref="YtxException">The platform refused, or it was not reached.</exception>
    public string LockMeeting(string appid, string confid)
    {
        return Answered(new Asked(Function.Lock, appid, confid)).Text();
    }

    /// <summary>Unlocks a room: members can join.</summary>
    /// <inheritdoc cref="LockMeeting"/>
    public string UnlockMeeting(string appid, string confid)
    {
        return Answered(new Asked(Function.Unlock, appid, confid)).Text();
    }

    /// <summary>Tells who is in a room.</summary>
    /// <param name="appid">An application with the telephone-conference feature.</param>
    /// <param name="confid">The room's number, the meid that creating it returned.</param>
    /// <returns>The room's members, in the platform's order.</returns>
    /// <exception cref="YtxException">The platform refused, or it was not reached; of the kind
    /// <see cref="YtxErrorKind.Response"/> when the members cannot be read.</exception>
    public MeetingState MeetingState(string appid, string confid)
    {
        return Answered(new Asked(Function.State, appid, confid)).State();
    }

    /// <summary>Signs and sends any other request of the platform. It is never sent twice. An
    /// answer without a statusCode counts as success.</summary>
    /// <param name="func">"call", "sms", "traffic" or "account".</param>
    /// <param name="funcUrl">The function's name, such as "NoticeCall.wx".</param>
    /// <param name="bodyJson">One JSON object; it is sent byte for byte.</param>
    /// <param name="version">The interface's version, six digits. Null for "201612".</param>
    /// <returns>The platform's answer, a JSON object, as it came.</returns>
    /// <exception cref="YtxException">The platform refused, or it was not reached.</exception>
    public string Request(
        string func, string funcUrl, string bodyJson, string? version = null)
    {
        return Answered(new Asked(func, funcUrl, bodyJson, version)).Text();
    }

    /// <summary>Locks a room, without blocking the caller: nobody else can join.</summary>
    /// <remarks>The lock is an absolute value, so a call that broke off may be made again. Calls that lock
    /// or unlock one room go out in the order they were made.</remarks>
    /// <param name="appid">An application with the telephone-conference feature.</param>
    /// <param name="confid">The room's number, the meid that creating it returned.</param>
    /// <param name="cancellationToken">Ends the call at once, its connection included.</param>
    /// <returns>The platform's answer, a JSON object, as it came.</returns>
    /// <exception cref="YtxException">The platform refused, or it was not reached.</exception>
    /// <exception cref="OperationCanceledException">The token ended the call. Its inner exception
    /// tells whether anything was sent, unless the call had not begun.</exception>
    public Task<string> LockMeetingAsync(
        string appid, string confid, CancellationToken cancellationToken = default)
    {
        return AnsweredAsync(new Asked(Function.Lock, appid, confid), static answer => answer.Text(), cancellationToken);
    }

    /// <summary>Unlocks a room, without blocking the caller: members can join.</summary>
    /// <inheritdoc cref="LockMeetingAsync"/>
    public Task<string> UnlockMeetingAsync(
        string appid, string confid, CancellationToken cancellationToken = default)
    {
        return AnsweredAsync(new Asked(Function.Unlock, appid, confid), static answer => answer.Text(), cancellationToken);
    }

    /// <summary>Tells who is in a room, without blocking the caller.</summary>
    /// <param name="appid">An application with the telephone-conference feature.</param>
    /// <param name="confid">The room's number, the meid that creating it returned.</param>
    /// <param name="cancellationToken">Ends the call at once, its connection included.</param>
    /// <returns>The room's members, in the platform's order.</returns>
    /// <exception cref="YtxException">The platform refused, or it was not reached; of the kind
    /// <see cref="YtxErrorKind.Response"/> when the members cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The token ended the call. Its inner exception
    /// tells whether anything was sent, unless the call had not begun.</exception>
    public Task<MeetingState> MeetingStateAsync(
        string appid, string confid, CancellationToken cancellationToken = default)
    {
        return AnsweredAsync(new Asked(Function.State, appid, confid), static answer => answer.State(), cancellationToken);
    }

    /// <summary>Signs and sends any other request of the platform, without blocking the caller. It is
    /// never sent twice. An answer without a statusCode counts as success.</summary>
    /// <param name="func">"call", "sms", "traffic" or "account".</param>
    /// <param name="funcUrl">The function's name, such as "NoticeCall.wx".</param>
    /// <param name="bodyJson">One JSON object; it is sent byte for byte.</param>
    /// <param name="version">The interface's version, six digits. Null for "201612".</param>
    /// <param name="cancellationToken">Ends the call at once, its connection included.</param>
    /// <returns>The platform's answer, a JSON object, as it came.</returns>
    /// <exception cref="YtxException">The platform refused, or it was not reached.</exception>
    /// <exception cref="OperationCanceledException">The token ended the call. Its inner exception
    /// tells whether anything was sent, unless the call had not begun.</exception>
    public Task<string> RequestAsync(
        string func, string funcUrl, string bodyJson, string? version = null,
        CancellationToken cancellationToken = default)
    {
        return AnsweredAsync(
            new Asked(func, funcUrl, bodyJson, version), static answer => answer.Text(), cancellationToken);
    }

    /// <summary>Watches a room: its state is asked for again and again, and the differences are
    /// told.</summary>
    /// <remarks>The first poll goes out when the enumeration begins. A failing poll is no end: after
    /// three in a row the room is told to be <see cref="RoomEventKind.Lost"/>, and polls go on more
    /// slowly. News that nobody asks for wait; who falls far behind is told a
    /// <see cref="RoomEventKind.Snapshot"/> again instead. Leaving the loop ends the watch;
    /// <see cref="DrainAsync"/> and <see cref="Dispose"/> end it as if there were no more
    /// news.</remarks>
    /// <param name="appid">An application with the telephone-conference feature.</param>
    /// <param name="confid">The room's number, the meid that creating it returned.</param>
    /// <param name="options">How often it is asked for. Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the watch at once.</param>
    /// <returns>The news.</returns>
    /// <exception cref="YtxException">The platform refused, in a way that waiting does not
    /// cure.</exception>
    /// <exception cref="OperationCanceledException">The token ended the watch.</exception>
    public IAsyncEnumerable<RoomEvent> WatchMeetingAsync(
        string appid, string confid, WatchOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        Require(appid, nameof(appid));
        Require(confid, nameof(confid));
        uint interval = Milliseconds.Of(options?.Interval ?? default, nameof(options.Interval));
        _ = Handle;
        return Watching(appid, confid, interval, cancellationToken);
    }
}
