// Rooms and their members, read from an answer that the library has checked already.
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;

namespace Ytx
{
    /// <summary>Who is in a room.</summary>
    public sealed class MeetingState
    {
        internal MeetingState(string answer)
        {
            var lists = Json.Values(Json.Read(answer), "statusMsg").ToList();
            if (lists.Count != 1 || !Json.IsArray(lists[0])) throw YtxException.OfNoMembers(answer);
            Members = lists[0].Elements().Select(member => new Member(member, answer)).ToArray();
        }

        /// <summary>The members, in the platform's order.</summary>
        public IReadOnlyList<Member> Members { get; }
    }

    /// <summary>One member of a room, in the platform's own words.</summary>
    public sealed class Member
    {
        internal Member(XElement member, string answer)
        {
            if (!Json.IsObject(member)) throw YtxException.OfNoMembers(answer);
            MeetingId = Text(member, "meid", answer);
            Phone = Text(member, "phone", answer);
            Presence = Text(member, "statusname", answer);
            Mute = Text(member, "ifmutename", answer);
        }

        /// <summary>The room's number.</summary>
        public string MeetingId { get; }

        /// <summary>The member's phone number as the platform shows it, some digits
        /// masked.</summary>
        public string Phone { get; }

        /// <summary>The platform's word for on line or off line.</summary>
        public string Presence { get; }

        /// <summary>The platform's word for muted or not.</summary>
        public string Mute { get; }

        /// <summary>Whether the member is on line; null for a word not known here.</summary>
        public bool? IsOnline => Is(Presence, "在线", "不在线");

        /// <summary>Whether the member is muted; null for a word not known here.</summary>
        public bool? IsMuted => Is(Mute, "已静音", "未静音");

        private static string Text(XElement member, string name, string answer)
        {
            var values = Json.Values(member, name).ToList();
            if (values.Count == 1 && Json.IsText(values[0])) return values[0].Value;
            throw YtxException.OfNoMembers(answer);
        }

        private static bool? Is(string word, string yes, string no)
        {
            return word == yes ? true : word == no ? false : (bool?)null;
        }
    }
}
