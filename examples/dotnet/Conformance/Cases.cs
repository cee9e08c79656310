// The conformance cases in C#: see tests/conformance.rs.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Threading;
using System.Threading.Tasks;
using System.Xml;
using System.Xml.Linq;

namespace Ytx.Tests;

internal static class Cases
{
    /// <summary>Runs the cases in this JSON, and returns how many there are. It throws where one is
    /// not as expected. Those that are not queued block, unless all are to be awaited.</summary>
    internal static async Task<int> Run(byte[] file, bool awaited)
    {
        XElement cases = XElement.Load(JsonReaderWriterFactory.CreateJsonReader(file, XmlDictionaryReaderQuotas.Max));
        foreach (XElement test in cases.Elements())
        {
            try
            {
                Compare(test.Element("expect")!, await Run(test, awaited).ConfigureAwait(false));
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(Text(test, "name"), failure);
            }
        }
        return cases.Elements().Count();
    }

    /// <summary>What came of a call.</summary>
    private sealed class Seen
    {
        internal YtxException? Failure;
        internal string? Answer;
        internal MeetingState? State;
        internal List<RoomEvent> Events = [];
    }

    private static async Task<Seen> Run(XElement test, bool awaited)
    {
        Known(test, "name", "typed", "account_sid", "auth_token", "options", "deadline_ms", "cancelled", "queued",
            "cancel", "call", "appid", "confid", "interval_ms", "func", "func_url", "body_json", "version", "expect");
        var seen = new Seen();
        try
        {
            using (var client = new YtxClient(Text(test, "account_sid")!, Text(test, "auth_token")!, Options(test)))
            using (YtxClient hasty = client.WithTimeout(TimeSpan.FromMilliseconds(Number(test, "deadline_ms"))))
            {
                if (Flag(test, "cancelled")) hasty.Cancel();
                if (Text(test, "call") == "watch_meeting") await Watch(hasty, test, seen).ConfigureAwait(false);
                else if (awaited || Flag(test, "queued")) await Await(hasty, test, seen).ConfigureAwait(false);
                else Call(hasty, test, seen);
            }
        }
        catch (YtxException failure)
        {
            seen.Failure = failure;
        }
        return seen;
    }

    private static YtxOptions Options(XElement test)
    {
        XElement options = test.Element("options")!;
        Known(options, "base_url", "connect_timeout_ms", "timeout_ms", "max_retries", "max_idle_connections",
            "idle_timeout_ms", "max_response_bytes", "proxy", "ca_file", "user_agent");
        return new YtxOptions
        {
            BaseUrl = Text(options, "base_url"),
            ConnectTimeout = TimeSpan.FromMilliseconds(Number(options, "connect_timeout_ms")),
            Timeout = TimeSpan.FromMilliseconds(Number(options, "timeout_ms")),
            MaxRetries = Number(options, "max_retries"),
            MaxIdleConnections = Number(options, "max_idle_connections"),
            IdleTimeout = TimeSpan.FromMilliseconds(Number(options, "idle_timeout_ms")),
            MaxResponseBytes = Number(options, "max_response_bytes"),
            Proxy = Text(options, "proxy"),
            CaFile = Text(options, "ca_file"),
            UserAgent = Text(options, "user_agent"),
        };
    }

    private static void Call(YtxClient client, XElement test, Seen seen)
    {
        string appid = Text(test, "appid")!, confid = Text(test, "confid")!;
        switch (Text(test, "call"))
        {
            case "lock_meeting":
                seen.Answer = client.LockMeeting(appid, confid);
                break;
            case "unlock_meeting":
                seen.Answer = client.UnlockMeeting(appid, confid);
                break;
            case "meeting_state":
                seen.State = client.MeetingState(appid, confid);
                break;
            case "request":
                seen.Answer = client.Request(
                    Text(test, "func")!, Text(test, "func_url")!, Text(test, "body_json")!, Text(test, "version"));
                break;
            default:
                throw new InvalidOperationException("there is no call " + Text(test, "call"));
        }
    }

    /// <summary>The same calls, which block nobody. A token ends those that are to be
    /// cancelled.</summary>
    private static async Task Await(YtxClient client, XElement test, Seen seen)
    {
        string appid = Text(test, "appid")!, confid = Text(test, "confid")!;
        using var source = new CancellationTokenSource();
        CancellationToken token = source.Token;
        Task made = Text(test, "call") switch
        {
            "lock_meeting" => client.LockMeetingAsync(appid, confid, token),
            "unlock_meeting" => client.UnlockMeetingAsync(appid, confid, token),
            "meeting_state" => client.MeetingStateAsync(appid, confid, token),
            "request" => client.RequestAsync(
                Text(test, "func")!, Text(test, "func_url")!, Text(test, "body_json")!, Text(test, "version"), token),
            _ => throw new InvalidOperationException("there is no call " + Text(test, "call")),
        };
        if (Flag(test, "cancel")) source.Cancel();
        try
        {
            await made.ConfigureAwait(false);
        }
        catch (OperationCanceledException ended) when (Flag(test, "cancel"))
        {
            That(made.IsCanceled && ended.CancellationToken == token, "the task knows who ended it");
            throw ended.InnerException!;
        }
        if (made is Task<MeetingState> state) seen.State = await state.ConfigureAwait(false);
        else seen.Answer = await ((Task<string>)made).ConfigureAwait(false);
    }

    /// <summary>Leaves the watch after the last event that is expected, or waits for its end.</summary>
    private static async Task Watch(YtxClient client, XElement test, Seen seen)
    {
        XElement expected = test.Element("expect")!;
        int events = expected.Element("events")!.Elements().Count();
        var options = new WatchOptions { Interval = TimeSpan.FromMilliseconds(Number(test, "interval_ms")) };
        var watched = client.WatchMeetingAsync(Text(test, "appid")!, Text(test, "confid")!, options);
        await foreach (RoomEvent news in watched.ConfigureAwait(false))
        {
            seen.Events.Add(news);
            if (Number(expected, "status") == 0 && seen.Events.Count == events) break;
        }
    }

    private static void Compare(XElement expected, Seen seen)
    {
        YtxException? failure = seen.Failure;
        Equal(Number(expected, "status"), failure == null ? 0 : failure.Status);
        Equal(Text(expected, "name"), failure == null ? "YTX_OK" : failure.Name);
        Equal(Text(expected, "retryable"), failure != null && failure.Retryable ? "true" : "false");
        foreach (XElement part in expected.Elements())
        {
            switch (part.Name.LocalName)
            {
                case "says":
                    Holds(part.Value, failure!.Message);
                    break;
                case "answer":
                    Equal(part.Value, seen.Answer);
                    break;
                case "sent":
                    Equal((bool)part, failure!.Sent);
                    break;
                case "attempts":
                    Equal((int)part, failure!.Attempts);
                    break;
                case "http_status":
                    Equal(part.Value, failure!.HttpStatus?.ToString(CultureInfo.InvariantCulture) ?? ""); // null is empty in both
                    break;
                case "members":
                    Equal(part.Elements().Count(), seen.State!.Members.Count);
                    foreach (var pair in part.Elements().Zip(seen.State!.Members, Tuple.Create))
                        CompareMember(pair.Item1, pair.Item2);
                    break;
                case "events":
                    Equal(part.Elements().Count(), seen.Events.Count);
                    foreach (var pair in part.Elements().Zip(seen.Events, Tuple.Create))
                        CompareEvent(pair.Item1, pair.Item2);
                    break;
                case "status":
                case "name":
                case "retryable":
                    break;
                default:
                    throw new InvalidOperationException($"{part.Name} is not known here");
            }
        }
    }

    private static void CompareMember(XElement expected, Member member)
    {
        Known(expected, "meeting_id", "phone", "presence", "mute", "online", "muted");
        Equal(Text(expected, "meeting_id"), member.MeetingId);
        Equal(Text(expected, "phone"), member.Phone);
        Equal(Text(expected, "presence"), member.Presence);
        Equal(Text(expected, "mute"), member.Mute);
        Equal(Text(expected, "online"), member.IsOnline.ToString()!.ToLowerInvariant());
        Equal(Text(expected, "muted"), member.IsMuted.ToString()!.ToLowerInvariant());
    }

    private static void CompareEvent(XElement expected, RoomEvent news)
    {
        Known(expected, "kind", "version", "polls", "online", "joined", "left", "muted", "unmuted", "members", "error");
        Equal(Text(expected, "kind"), news.Kind.ToString().ToLowerInvariant());
        Equal(Number(expected, "version"), news.Version);
        Equal(Number(expected, "polls"), news.Polls);
        Equal(Text(expected, "online"), news.Online?.ToString(CultureInfo.InvariantCulture) ?? "");
        Equal(Text(expected, "error"), news.Error?.Status.ToString(CultureInfo.InvariantCulture) ?? "");
        Phones("joined", news.Joined);
        Phones("left", news.Left);
        Phones("muted", news.Muted);
        Phones("unmuted", news.Unmuted);
        Phones("members", news.Members);

        void Phones(string list, IReadOnlyList<Member> members) => Equal(
            string.Join(" ", expected.Element(list)!.Elements().Select(phone => phone.Value)),
            string.Join(" ", members.Select(member => member.Phone)));
    }

    /// <summary>What is not known here would be passed over.</summary>
    private static void Known(XElement of, params string[] names)
    {
        foreach (XElement part in of.Elements())
            That(names.Contains(part.Name.LocalName), $"{part.Name} is known here");
    }

    private static string? Text(XElement of, string name)
    {
        return (string?)of.Element(name);
    }

    private static bool Flag(XElement of, string name)
    {
        return (bool?)of.Element(name) ?? false;
    }

    private static int Number(XElement of, string name)
    {
        return (int?)of.Element(name) ?? 0;
    }

    private static void That(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException("not so: " + what);
    }

    private static void Equal<T>(T expected, T found) =>
        That(EqualityComparer<T>.Default.Equals(expected, found), $"expected \"{expected}\", found \"{found}\"");

    private static void Holds(string part, string whole) =>
        That(whole.Split([part], StringSplitOptions.None).Length > 1, $"\"{part}\" is in \"{whole}\"");
}
