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

    private unsafe string SetLock(string appid, string confid, int lackstate)
    {
        Require(appid, nameof(appid));
        Require(confid, nameof(confid));
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[2 * Utf8Text.OnStack];
            using var application = new Utf8Text(appid, stack);
            using var room = new Utf8Text(confid, stack + Utf8Text.OnStack);
            int status;
            byte* json = Native.LockMeeting(client.Pointer, application.Pointer, room.Pointer, lackstate, &status);
            GC.KeepAlive(client);
            return new Answer(json, status).Text();
        }
        finally
        {
            ongoing.Leave();
        }
    }

    private Task<string> SetLockAsync(string appid, string confid, int lackstate, CancellationToken token) =>
        AnsweredAsync(
            static (client, call, token) => client.SubmitLock(call.appid, call.confid, call.lackstate, token),
            (appid, confid, lackstate), static answer => answer.Text(), token);

    private unsafe Call SubmitLock(string appid, string confid, int lackstate, CancellationToken token)
    {
        Require(appid, nameof(appid));
        Require(confid, nameof(confid));
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[2 * Utf8Text.OnStack];
            using var application = new Utf8Text(appid, stack);
            using var room = new Utf8Text(confid, stack + Utf8Text.OnStack);
            var call = new Call(client.Log);
            int status;
            ulong ticket = Native.LockMeetingAsync(
                client.Pointer, call.Queue, application.Pointer, room.Pointer, lackstate, call.Tag, &status);
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

    private unsafe MeetingState State(string appid, string confid)
    {
        Require(appid, nameof(appid));
        Require(confid, nameof(confid));
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[2 * Utf8Text.OnStack];
            using var application = new Utf8Text(appid, stack);
            using var room = new Utf8Text(confid, stack + Utf8Text.OnStack);
            int status;
            byte* json = Native.MeetingState(client.Pointer, application.Pointer, room.Pointer, &status);
            GC.KeepAlive(client);
            return new Answer(json, status).State();
        }
        finally
        {
            ongoing.Leave();
        }
    }

    private Task<MeetingState> StateAsync(string appid, string confid, CancellationToken token) =>
        AnsweredAsync(
            static (client, call, token) => client.SubmitState(call.appid, call.confid, token),
            (appid, confid), static answer => answer.State(), token);

    private unsafe Call SubmitState(string appid, string confid, CancellationToken token)
    {
        Require(appid, nameof(appid));
        Require(confid, nameof(confid));
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[2 * Utf8Text.OnStack];
            using var application = new Utf8Text(appid, stack);
            using var room = new Utf8Text(confid, stack + Utf8Text.OnStack);
            var call = new Call(client.Log);
            int status;
            ulong ticket = Native.MeetingStateAsync(
                client.Pointer, call.Queue, application.Pointer, room.Pointer, call.Tag, &status);
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

    private unsafe string Send(string func, string funcUrl, string bodyJson, string? version)
    {
        Require(func, nameof(func));
        Require(funcUrl, nameof(funcUrl));
        Require(bodyJson, nameof(bodyJson));
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[4 * Utf8Text.OnStack];
            using var group = new Utf8Text(func, stack);
            using var name = new Utf8Text(funcUrl, stack + Utf8Text.OnStack);
            using var body = new Utf8Text(bodyJson, stack + 2 * Utf8Text.OnStack);
            using var edition = new Utf8Text(version, stack + 3 * Utf8Text.OnStack);
            int status;
            byte* json = Native.Request(
                client.Pointer, edition.Pointer, group.Pointer, name.Pointer, body.Pointer, &status);
            GC.KeepAlive(client);
            return new Answer(json, status).Text();
        }
        finally
        {
            ongoing.Leave();
        }
    }

    private Task<string> SendAsync(
        string func, string funcUrl, string bodyJson, string? version, CancellationToken token) =>
        AnsweredAsync(
            static (client, call, token) => client.Submit(call.func, call.funcUrl, call.bodyJson, call.version, token),
            (func, funcUrl, bodyJson, version), static answer => answer.Text(), token);

    private unsafe Call Submit(
        string func, string funcUrl, string bodyJson, string? version, CancellationToken token)
    {
        Require(func, nameof(func));
        Require(funcUrl, nameof(funcUrl));
        Require(bodyJson, nameof(bodyJson));
        ClientHandle client = Begin();
        try
        {
            byte* stack = stackalloc byte[4 * Utf8Text.OnStack];
            using var group = new Utf8Text(func, stack);
            using var name = new Utf8Text(funcUrl, stack + Utf8Text.OnStack);
            using var body = new Utf8Text(bodyJson, stack + 2 * Utf8Text.OnStack);
            using var edition = new Utf8Text(version, stack + 3 * Utf8Text.OnStack);
            var call = new Call(client.Log);
            int status;
            ulong ticket = Native.RequestAsync(
                client.Pointer, call.Queue, edition.Pointer, group.Pointer, name.Pointer, body.Pointer, call.Tag,
                &status);
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
    private async Task<TResult> AnsweredAsync<TArguments, TResult>(
        Func<YtxClient, TArguments, CancellationToken, Call> submit, TArguments arguments,
        Func<Answer, TResult> read, CancellationToken token)
    {
        if (token.IsCancellationRequested) return await Task.FromCanceled<TResult>(token).ConfigureAwait(false);
        Call call = submit(this, arguments, token);
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

    private static void Require(string argument, string name)
    {
        if (argument == null) throw new ArgumentNullException(name);
    }
}
