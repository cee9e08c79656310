// How the client's calls are made: each once blocking and once over the queue.
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Ytx;

public sealed partial class YtxClient
{
    private ClientHandle Handle
    {
        get
        {
            if (disposed) throw Gone();
            return handle;
        }
    }

    private static ObjectDisposedException Gone() => new(nameof(YtxClient));

    /// <summary>Makes a call that blocks.</summary>
    private unsafe Answer Answered(in Asked asked)
    {
        asked.Require();
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[4 * Utf8Text.OnStack];
            using var first = new Utf8Text(asked.First, stack);
            using var second = new Utf8Text(asked.Second, stack + Utf8Text.OnStack);
            using var body = new Utf8Text(asked.Body, stack + 2 * Utf8Text.OnStack);
            using var version = new Utf8Text(asked.Version, stack + 3 * Utf8Text.OnStack);
            int status;
            byte* json = asked.Function switch
            {
                Function.Request => Native.Request(
                    client.Pointer, version.Pointer, first.Pointer, second.Pointer, body.Pointer, &status),
                Function.State => Native.MeetingState(client.Pointer, first.Pointer, second.Pointer, &status),
                _ => Native.LockMeeting(
                    client.Pointer, first.Pointer, second.Pointer, (int)asked.Function, &status),
            };
            GC.KeepAlive(client);
            return new Answer(json, status);
        }
        finally
        {
            ongoing.Leave();
        }
    }

    /// <summary>Hands a call to the queue. It is under way until who awaits it has left.</summary>
    private unsafe Call Submit(in Asked asked, CancellationToken token)
    {
        asked.Require();
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[4 * Utf8Text.OnStack];
            using var first = new Utf8Text(asked.First, stack);
            using var second = new Utf8Text(asked.Second, stack + Utf8Text.OnStack);
            using var body = new Utf8Text(asked.Body, stack + 2 * Utf8Text.OnStack);
            using var version = new Utf8Text(asked.Version, stack + 3 * Utf8Text.OnStack);
            var call = new Call(client.Log);
            int status;
            ulong ticket = asked.Function switch
            {
                Function.Request => Native.RequestAsync(
                    client.Pointer, call.Queue, version.Pointer, first.Pointer, second.Pointer, body.Pointer,
                    call.Tag, &status),
                Function.State => Native.MeetingStateAsync(
                    client.Pointer, call.Queue, first.Pointer, second.Pointer, call.Tag, &status),
                _ => Native.LockMeetingAsync(
                    client.Pointer, call.Queue, first.Pointer, second.Pointer, (int)asked.Function, call.Tag,
                    &status),
            };
            GC.KeepAlive(client);
            call.Submitted(ticket, status, token);
            return call;
        }
        catch
        {
            ongoing.Leave();
            throw;
        }
    }

    /// <summary>Submits a call, waits for its answer and reads it. What goes wrong is the task's, refused
    /// arguments too.</summary>
    private async Task<T> AnsweredAsync<T>(Asked asked, Func<Answer, T> read, CancellationToken token)
    {
        if (token.IsCancellationRequested) return await Task.FromCanceled<T>(token).ConfigureAwait(false);
        Call call = Submit(asked, token);
        try
        {
            return read(await call.Task.ConfigureAwait(false));
        }
        catch (YtxException failure) when (IsBy(failure, token))
        {
            throw Cancelled(failure, token);
        }
        finally
        {
            ongoing.Leave();
        }
    }

    private async IAsyncEnumerable<RoomEvent> Watching(
        string appid, string confid, uint interval, [EnumeratorCancellation] CancellationToken token)
    {
        bool again;
        do
        {
            token.ThrowIfCancellationRequested();
            Watch watch = SubmitWatch(appid, confid, interval);
            CancellationTokenRegistration ending = token.Register(static watch => ((Watch)watch!).Cancel(), watch);
            try
            {
                while (true)
                {
                    await watch.Ready().ConfigureAwait(false);
                    RoomEvent? news = watch.Next(token);
                    if (news != null) yield return news;
                    else if (watch.HasEnded) break;
                }
                again = watch.IsBehind && !watch.IsOver;
            }
            finally
            {
                ending.Dispose();
                ongoing.Remove(watch);
                watch.Leave();
            }
        }
        while (again);
    }

    private unsafe Watch SubmitWatch(string appid, string confid, uint interval)
    {
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[2 * Utf8Text.OnStack];
            using var application = new Utf8Text(appid, stack);
            using var room = new Utf8Text(confid, stack + Utf8Text.OnStack);
            var watch = new Watch(client.Log);
            int status;
            ulong ticket = Native.WatchMeeting(
                client.Pointer, watch.Queue, application.Pointer, room.Pointer, interval, watch.Tag, &status);
            GC.KeepAlive(client);
            watch.Submitted(ticket, status);
            ongoing.Add(watch);
            return watch;
        }
        finally
        {
            ongoing.Leave(); // draining ends it, and waits for calls alone
        }
    }

    /// <summary>Counts a call as under way.</summary>
    private ClientHandle Begin()
    {
        ClientHandle client = Handle;
        ongoing.Enter();
        return client;
    }

    private static bool IsBy(YtxException failure, CancellationToken token) =>
        failure.Kind == YtxErrorKind.Cancelled && token.IsCancellationRequested;

    private static OperationCanceledException Cancelled(YtxException failure, CancellationToken token) =>
        new(failure.Message, failure, token);

    private static void Require(string? argument, string name)
    {
        if (argument == null) throw new ArgumentNullException(name);
    }

    /// <summary>A function of C. Of two it is the lackstate.</summary>
    private enum Function
    {
        Unlock = 0,
        Lock = 1,
        State,
        Request,
    }

    /// <summary>What a call asks for.</summary>
    private readonly struct Asked
    {
        /// <summary>Of a room.</summary>
        internal Asked(Function function, string appid, string confid)
        {
            Function = function;
            First = appid;
            Second = confid;
        }

        /// <summary>Any other request.</summary>
        internal Asked(string func, string funcUrl, string body, string? version)
        {
            Function = Function.Request;
            First = func;
            Second = funcUrl;
            Body = body;
            Version = version;
        }

        internal Function Function { get; }

        /// <summary>The appid, or the func.</summary>
        internal string First { get; }

        /// <summary>The confid, or the funcUrl.</summary>
        internal string Second { get; }

        /// <summary>Null for a room, as is the version.</summary>
        internal string? Body { get; }

        internal string? Version { get; }

        /// <summary>Looks for nulls, when the call is made: a task tells of them.</summary>
        internal void Require()
        {
            bool isRequest = Function == Function.Request;
            YtxClient.Require(First, isRequest ? "func" : "appid");
            YtxClient.Require(Second, isRequest ? "funcUrl" : "confid");
            if (isRequest) YtxClient.Require(Body, "bodyJson");
        }
    }
}
