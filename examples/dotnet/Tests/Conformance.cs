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
        var seen = new Seen();
        try
        {
            using (var client = new YtxClient(Text(test, "account_sid"), Text(test, "auth_token"), Options(test)))
            using (YtxClient hasty = client.WithTimeout(TimeSpan.FromMilliseconds(Number(test, "deadline_ms"))))
                Call(hasty, test, seen);
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
        return new YtxOptions
        {
            BaseUrl = Text(options, "base_url"),
            Timeout = TimeSpan.FromMilliseconds(Number(options, "timeout_ms")),
            MaxRetries = Number(options, "max_retries"),
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
                throw new Exception("no such call");
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
                    throw new Exception("what is " + part.Name + "?");
            }
        }
    }

    private static void CompareMember(XElement expected, Member member)
    {
        Check.Equal(Text(expected, "meeting_id"), member.MeetingId);
        Check.Equal(Text(expected, "phone"), member.Phone);
        Check.Equal(Text(expected, "presence"), member.Presence);
        Check.Equal(Text(expected, "mute"), member.Mute);
        Check.Equal(Text(expected, "online"), member.IsOnline.ToString().ToLowerInvariant());
        Check.Equal(Text(expected, "muted"), member.IsMuted.ToString().ToLowerInvariant());
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
