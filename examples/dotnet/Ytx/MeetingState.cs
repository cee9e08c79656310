// Rooms and their members.
using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace Ytx;

/// <summary>Who is in a room.</summary>
[DebuggerDisplay("{Members.Count} members")]
public sealed class MeetingState
{
    internal MeetingState(IReadOnlyList<Member> members)
    {
        Members = members;
    }

    /// <summary>The members, in the platform's order.</summary>
    public IReadOnlyList<Member> Members { get; }
}

/// <summary>One member of a room, in the platform's own words.</summary>
[DebuggerDisplay("{Phone} {Presence} {Mute}")]
public sealed class Member
{
    internal const int All = 0;
    internal const int Joined = 1;
    internal const int Left = 2;
    internal const int Muted = 3;
    internal const int Unmuted = 4;

    private unsafe Member(IntPtr members, UIntPtr index, Member? before)
    {
        IsOnline = Known(Native.MembersOnline(members, index));
        IsMuted = Known(Native.MembersMuted(members, index));
        // The words that are known need no copies, nor does a room's number that stays the same.
        Presence = IsOnline switch
        {
            true => "在线",
            false => "不在线",
            null => Utf8.FromC(Native.MembersStatusname(members, index)),
        };
        Mute = IsMuted switch
        {
            true => "已静音",
            false => "未静音",
            null => Utf8.FromC(Native.MembersIfmutename(members, index)),
        };
        Phone = Utf8.FromC(Native.MembersPhone(members, index));
        byte* meid = Native.MembersMeid(members, index);
        MeetingId = before != null && Utf8.IsAscii(meid, before.MeetingId) ? before.MeetingId : Utf8.FromC(meid);
    }

    /// <summary>The room's number.</summary>
    public string MeetingId { get; }

    /// <summary>The member's phone number as the platform shows it, some digits masked.</summary>
    public string Phone { get; }

    /// <summary>The platform's word for on line or off line.</summary>
    public string Presence { get; }

    /// <summary>The platform's word for muted or not.</summary>
    public string Mute { get; }

    /// <summary>Whether the member is on line; null for a word not known here.</summary>
    public bool? IsOnline { get; }

    /// <summary>Whether the member is muted; null for a word not known here.</summary>
    public bool? IsMuted { get; }

    /// <summary>A list that the library finds in its JSON; null where it finds none.</summary>
    internal static unsafe Member[]? Read(byte* json, int which)
    {
        int status;
        IntPtr members = Native.MembersRead(json, which, &status);
        if (members == IntPtr.Zero) return null;
        try
        {
            var read = new Member[(int)Native.MembersCount(members)];
            for (int i = 0; i < read.Length; i++)
                read[i] = new Member(members, (UIntPtr)i, i == 0 ? null : read[i - 1]);
            return read;
        }
        finally
        {
            Native.MembersFree(members);
        }
    }

    private static bool? Known(int word) => word < 0 ? null : word == 1;
}
