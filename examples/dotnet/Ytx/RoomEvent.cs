// What a watched room has to tell.
using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace Ytx;

/// <summary>What kind of news a <see cref="RoomEvent"/> is.</summary>
public enum RoomEventKind
{
    /// <summary>The state of the room as first seen. The lists of changes are empty.</summary>
    Snapshot,

    /// <summary>Somebody has joined or left, was muted or unmuted.</summary>
    Changed,

    /// <summary>Three polls in a row have failed: the room cannot be seen. The watch goes
    /// on.</summary>
    Lost,

    /// <summary>The room can be seen again. The lists tell the difference to the last state
    /// told.</summary>
    Restored,
}

/// <summary>One piece of news of a watched room.</summary>
/// <remarks>Members have no id and their numbers are masked, so they are counted by phone number.
/// What came and went between two polls cannot be seen.</remarks>
[DebuggerDisplay("{Kind} {ConferenceId}, {Members.Count} members")]
public sealed class RoomEvent
{
    internal unsafe RoomEvent(byte* json, int status)
    {
        ConferenceId = "";
        foreach ((string name, Json value) in new Json(json).Fields())
        {
            switch (name)
            {
                case "event":
                    Kind = Known(value.Text());
                    break;
                case "confid":
                    ConferenceId = value.Text();
                    break;
                case "version":
                    Version = (long)(value.Number() ?? 0);
                    break;
                case "polls":
                    Polls = (long)(value.Number() ?? 0);
                    break;
                case "online":
                    Online = (int?)value.Number();
                    break;
                case "error":
                    Error = YtxException.Of(status, value, value.Raw());
                    break;
            }
        }
        Members = Read(json, Member.All);
        if (Kind is RoomEventKind.Snapshot or RoomEventKind.Lost)
        {
            Joined = Left = Muted = Unmuted = Array.Empty<Member>();
            return;
        }
        Joined = Read(json, Member.Joined);
        Left = Read(json, Member.Left);
        Muted = Read(json, Member.Muted);
        Unmuted = Read(json, Member.Unmuted);
    }

    /// <summary>What kind of news this is.</summary>
    public RoomEventKind Kind { get; }

    /// <summary>The room's number.</summary>
    public string ConferenceId { get; }

    /// <summary>Counts the news of a watch, from 1.</summary>
    public long Version { get; }

    /// <summary>How many polls this sums up.</summary>
    public long Polls { get; }

    /// <summary>How many members are on line; null of a room that is lost.</summary>
    public int? Online { get; }

    /// <summary>All members, in the platform's order.</summary>
    public IReadOnlyList<Member> Members { get; }

    /// <summary>Who came on line.</summary>
    public IReadOnlyList<Member> Joined { get; }

    /// <summary>Who went, as last seen.</summary>
    public IReadOnlyList<Member> Left { get; }

    /// <summary>Who was muted.</summary>
    public IReadOnlyList<Member> Muted { get; }

    /// <summary>Who can be heard again.</summary>
    public IReadOnlyList<Member> Unmuted { get; }

    /// <summary>The last failure of a room that is lost; else null.</summary>
    public YtxException? Error { get; }

    private static RoomEventKind Known(string word) => word switch
    {
        "snapshot" => RoomEventKind.Snapshot,
        "changed" => RoomEventKind.Changed,
        "lost" => RoomEventKind.Lost,
        "restored" => RoomEventKind.Restored,
        _ => throw new NotSupportedException("a room's event \"" + word + "\" is not known here"),
    };

    private static unsafe Member[] Read(byte* json, int which) =>
        Member.Read(json, which) ?? throw new InsufficientMemoryException();
}

/// <summary>How a room is watched.</summary>
public sealed class WatchOptions
{
    /// <summary>From the start of one poll to that of the next, a tenth more or less; 200 ms at
    /// least. Zero: 5 s.</summary>
    public TimeSpan Interval { get; set; }
}
