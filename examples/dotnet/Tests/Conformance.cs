// The conformance cases in C#: see tests/conformance.rs.
using System;
using System.IO;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Xml;
using System.Xml.Linq;
using Ytx;

internal static class Conformance
{
    public static void Cases()
    {
        byte[] file = File.ReadAllBytes(Environment.GetEnvironmentVariable("YTX_CONFORMANCE"));
        XElement cases = XElement.Load(JsonReaderWriterFactory.CreateJsonReader(file, XmlDictionaryReaderQuotas.Max));
        foreach (XElement test in cases.Elements())
        {
            try
            {
                Compare(test.Element("expect"), Run(test));
            }
            catch (Exception failure)
            {
                throw new Exception((string)test.Element("name"), failure);
            }
        }
        Console.WriteLine($"{cases.Elements().Count()} cases as expected");
    }

    /// <summary>What came of a call.</summary>
    private sealed class Seen
    {
        internal YtxException Failure;
        internal string Answer;
        internal MeetingState State;
    }

    private static Seen Run(XElement test)
    {
        Known(test, "name", "typed", "account_sid", "auth_token", "options", "deadline_ms", "cancelled", "call",
            "appid", "confid", "func", "func_url", "body_json", "version", "expect");
        var seen = new Seen();
        try
        {
            using (var client = new YtxClient(Text(test, "account_sid"), Text(test, "auth_token"), Options(test)))
            using (YtxClient hasty = client.WithTimeout(TimeSpan.FromMilliseconds(Number(test, "deadline_ms"))))
            {
                if ((bool?)test.Element("cancelled") ?? false) hasty.Cancel();
                Call(hasty, test, seen);
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
        XElement options = test.Element("options");
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
        string appid = Text(test, "appid"), confid = Text(test, "confid");
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
                    Text(test, "func"), Text(test, "func_url"), Text(test, "body_json"), Text(test, "version"));
                break;
            default:
                throw new Exception("there is no call " + Text(test, "call"));
        }
    }

    private static void Compare(XElement expected, Seen seen)
    {
        YtxException failure = seen.Failure;
        Check.Equal(Number(expected, "status"), failure == null ? 0 : failure.Status);
        Check.Equal(Text(expected, "name"), failure == null ? "YTX_OK" : failure.Name);
        Check.Equal(Text(expected, "retryable"), failure != null && failure.Retryable ? "true" : "false");
        foreach (XElement part in expected.Elements())
        {
            switch (part.Name.LocalName)
            {
                case "says":
                    Check.Holds(part.Value, failure.Message);
                    break;
                case "answer":
                    Check.Equal(part.Value, seen.Answer);
                    break;
                case "sent":
                    Check.Equal((bool)part, failure.Sent);
                    break;
                case "attempts":
                    Check.Equal((int)part, failure.Attempts);
                    break;
                case "http_status":
                    Check.Equal(part.Value, failure.HttpStatus.ToString()); // null is empty in both
                    break;
                case "members":
                    Check.Equal(part.Elements().Count(), seen.State.Members.Count);
                    foreach (var pair in part.Elements().Zip(seen.State.Members, Tuple.Create))
                        CompareMember(pair.Item1, pair.Item2);
                    break;
                case "status":
                case "name":
                case "retryable":
                    break;
                default:
                    throw new Exception($"{part.Name} is not known here");
            }
        }
    }

    private static void CompareMember(XElement expected, Member member)
    {
        Known(expected, "meeting_id", "phone", "presence", "mute", "online", "muted");
        Check.Equal(Text(expected, "meeting_id"), member.MeetingId);
        Check.Equal(Text(expected, "phone"), member.Phone);
        Check.Equal(Text(expected, "presence"), member.Presence);
        Check.Equal(Text(expected, "mute"), member.Mute);
        Check.Equal(Text(expected, "online"), member.IsOnline.ToString().ToLowerInvariant());
        Check.Equal(Text(expected, "muted"), member.IsMuted.ToString().ToLowerInvariant());
    }

    /// <summary>What is not known here would be passed over.</summary>
    private static void Known(XElement of, params string[] names)
    {
        foreach (XElement part in of.Elements())
            Check.That(names.Contains(part.Name.LocalName), $"{part.Name} is known here");
    }

    private static string Text(XElement of, string name)
    {
        return (string)of.Element(name);
    }

    private static int Number(XElement of, string name)
    {
        return (int?)of.Element(name) ?? 0;
    }
}
