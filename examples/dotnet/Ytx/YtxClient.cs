// The client: what a program makes once, keeps, and calls from any thread.
using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace Ytx
{
    /// <summary>A connection to the platform on behalf of one account.</summary>
    /// <remarks>
    /// <para>Make one for the account and keep it: it never changes, any number of threads may use
    /// it at once, and it keeps its connections open.</para>
    /// <para>A call that fails throws <see cref="YtxException"/>. A string that holds a NUL, or half
    /// a surrogate pair, is refused like any other character that is not allowed.</para>
    /// <para>The calls without "Async" block their thread. Those with it block a thread of their own
    /// (<see cref="TaskCreationOptions.LongRunning"/>) and not one of the pool, where a few dozen slow
    /// calls would hold up the rest of the program. Making a thread takes longer than the library
    /// itself needs for a call, but little beside the network; a program that makes thousands of
    /// calls at a time should make them on threads it keeps.</para>
    /// </remarks>
    public sealed class YtxClient : IDisposable
    {
        private const int Unlock = 0;
        private const int Lock = 1;

        private readonly ClientHandle handle;
        // Ends the calls that have handles of their own: see WithHandle.
        private readonly CancellationTokenSource cancelled = new CancellationTokenSource();
        private volatile bool disposed;

        /// <summary>Makes a client. Nothing is sent and no thread is started.</summary>
        /// <param name="accountSid">The account's SID, from the platform's console.</param>
        /// <param name="authToken">Its auth token.</param>
        /// <param name="options">How the client behaves; they are copied. Null for the defaults.</param>
        /// <exception cref="YtxException">An argument or option is not allowed: the message names
        /// it, by its name in C.</exception>
        /// <exception cref="DllNotFoundException">There is no libytx that fits: the message says
        /// where it was looked for.</exception>
        public YtxClient(string accountSid, string authToken, [AllowNull] YtxOptions options = null)
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

        /// <summary>Ends this client's calls, those under way and those to come, with
        /// <see cref="YtxErrorKind.Cancelled"/>. The client it was made from, and those made from it,
        /// go on.</summary>
        public void Cancel()
        {
            Handle.Cancel();
            cancelled.Cancel();
        }

        /// <summary>Lets go of the account. Calls under way come to their own end; those to come
        /// throw <see cref="ObjectDisposedException"/>. It may be done twice, and at any time.</summary>
        public void Dispose()
        {
            disposed = true;
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
            return SetLock(Handle, appid, confid, Lock);
        }

        /// <summary>Unlocks a room: members can join.</summary>
        /// <inheritdoc cref="LockMeeting"/>
        public string UnlockMeeting(string appid, string confid)
        {
            return SetLock(Handle, appid, confid, Unlock);
        }

        /// <summary>Tells who is in a room.</summary>
        /// <param name="appid">As for <see cref="LockMeeting"/>.</param>
        /// <param name="confid">As for <see cref="LockMeeting"/>.</param>
        /// <returns>The room's members, in the platform's order.</returns>
        /// <exception cref="YtxException">As for <see cref="LockMeeting"/>, and
        /// <see cref="YtxErrorKind.Response"/> when the members cannot be read.</exception>
        public MeetingState MeetingState(string appid, string confid)
        {
            return State(Handle, appid, confid);
        }

        /// <summary>Signs and sends any other request of the platform. It is never sent twice. An
        /// answer without a statusCode counts as success.</summary>
        /// <param name="func">"call", "sms", "traffic" or "account".</param>
        /// <param name="funcUrl">The function's name, such as "NoticeCall.wx".</param>
        /// <param name="bodyJson">One JSON object; it is sent byte for byte.</param>
        /// <param name="version">The interface's version, six digits. Null for "201612".</param>
        /// <returns>The platform's answer, a JSON object, as it came.</returns>
        /// <exception cref="YtxException">As for <see cref="LockMeeting"/>.</exception>
        public string Request(
            string func, string funcUrl, string bodyJson, [AllowNull] string version = null)
        {
            return Send(Handle, func, funcUrl, bodyJson, version);
        }

        /// <summary>As <see cref="LockMeeting"/>, without blocking the caller.</summary>
        /// <param name="appid">As for <see cref="LockMeeting"/>.</param>
        /// <param name="confid">As for <see cref="LockMeeting"/>.</param>
        /// <param name="cancellationToken">Ends the call at once, its connection included.</param>
        /// <returns>As of <see cref="LockMeeting"/>.</returns>
        /// <exception cref="OperationCanceledException">The token ended the call. Its inner exception
        /// tells whether anything was sent, unless the call had not begun.</exception>
        public Task<string> LockMeetingAsync(
            string appid, string confid, CancellationToken cancellationToken = default)
        {
            return Start(own => SetLock(own, appid, confid, Lock), cancellationToken);
        }

        /// <summary>As <see cref="UnlockMeeting"/>, without blocking the caller.</summary>
        /// <inheritdoc cref="LockMeetingAsync"/>
        public Task<string> UnlockMeetingAsync(
            string appid, string confid, CancellationToken cancellationToken = default)
        {
            return Start(own => SetLock(own, appid, confid, Unlock), cancellationToken);
        }

        /// <summary>As <see cref="MeetingState"/>, without blocking the caller.</summary>
        /// <inheritdoc cref="LockMeetingAsync"/>
        public Task<MeetingState> MeetingStateAsync(
            string appid, string confid, CancellationToken cancellationToken = default)
        {
            return Start(own => State(own, appid, confid), cancellationToken);
        }

        /// <summary>As <see cref="Request"/>, without blocking the caller.</summary>
        /// <param name="func">As for <see cref="Request"/>.</param>
        /// <param name="funcUrl">As for <see cref="Request"/>.</param>
        /// <param name="bodyJson">As for <see cref="Request"/>.</param>
        /// <param name="version">As for <see cref="Request"/>.</param>
        /// <param name="cancellationToken">As for <see cref="LockMeetingAsync"/>.</param>
        /// <returns>As of <see cref="Request"/>.</returns>
        public Task<string> RequestAsync(
            string func, string funcUrl, string bodyJson, [AllowNull] string version = null,
            CancellationToken cancellationToken = default)
        {
            return Start(own => Send(own, func, funcUrl, bodyJson, version), cancellationToken);
        }

        /// <summary>A SafeHandle itself refuses calls only once the last one under way has
        /// ended.</summary>
        private ClientHandle Handle
        {
            get
            {
                if (disposed) throw new ObjectDisposedException(nameof(YtxClient));
                return handle;
            }
        }

        private static string SetLock(ClientHandle handle, string appid, string confid, int lackstate)
        {
            Require(appid, nameof(appid));
            Require(confid, nameof(confid));
            IntPtr json = Native.Library.LockMeeting(
                handle, Utf8.ToC(appid), Utf8.ToC(confid), lackstate, out int status);
            return Answer(json, status);
        }

        private static MeetingState State(ClientHandle handle, string appid, string confid)
        {
            Require(appid, nameof(appid));
            Require(confid, nameof(confid));
            IntPtr json = Native.Library.MeetingState(
                handle, Utf8.ToC(appid), Utf8.ToC(confid), out int status);
            return new MeetingState(Answer(json, status));
        }

        private static string Send(
            ClientHandle handle, string func, string funcUrl, string bodyJson, string version)
        {
            Require(func, nameof(func));
            Require(funcUrl, nameof(funcUrl));
            Require(bodyJson, nameof(bodyJson));
            IntPtr json = Native.Library.Request(
                handle, Utf8.ToC(version), Utf8.ToC(func), Utf8.ToC(funcUrl), Utf8.ToC(bodyJson),
                out int status);
            return Answer(json, status);
        }

        /// <summary>Takes over what a call returned.</summary>
        private static string Answer(IntPtr json, int status)
        {
            if (json == IntPtr.Zero) throw new OutOfMemoryException();
            string answer;
            try
            {
                answer = Utf8.FromC(json);
            }
            finally
            {
                Native.Library.StringFree(json);
            }
            if (status != 0) throw YtxException.Of(status, answer);
            return answer;
        }

        private static void Require(string argument, string name)
        {
            if (argument == null) throw new ArgumentNullException(name);
        }

        private Task<T> Start<T>(Func<ClientHandle, T> call, CancellationToken token)
        {
            return Task.Factory.StartNew(
                () => token.CanBeCanceled ? WithHandle(call, token) : call(Handle),
                token,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default);
        }

        /// <summary>Makes a call on a handle that nobody else has, so that the token ends only
        /// this one. Cancelling a handle does not reach those derived from it: hence the second
        /// registration.</summary>
        private T WithHandle<T>(Func<ClientHandle, T> call, CancellationToken token)
        {
            using (ClientHandle own = Handle.WithTimeout(0))
            using (token.Register(own.Cancel))
            using (cancelled.Token.Register(own.Cancel))
            {
                try
                {
                    return call(own);
                }
                catch (YtxException failure)
                    when (failure.Kind == YtxErrorKind.Cancelled && token.IsCancellationRequested)
                {
                    throw new OperationCanceledException(failure.Message, failure, token);
                }
            }
        }
    }
}
