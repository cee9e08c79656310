// Rooms and their members.

package ytx

import "example.org/libytx/go/internal/capi"

// MeetingState is who is in a room.
type MeetingState struct {
	Members []Member // in the platform's order
}

// A Member is one member of a room, in the platform's own words.
type Member struct {
	MeetingID string // the room's number
	Phone     string // as the platform shows it, some digits masked
	Presence  string // the platform's word for on line or off line
	Mute      string // the platform's word for muted or not
}

// Online tells whether the member is on line; known is false when the platform used a word not
// known here.
func (m Member) Online() (online, known bool) {
	return m.Presence == "在线", m.Presence == "在线" || m.Presence == "不在线"
}

// Muted tells whether the member is muted; known is false when the platform used a word not known
// here.
func (m Member) Muted() (muted, known bool) {
	return m.Mute == "已静音", m.Mute == "已静音" || m.Mute == "未静音"
}

// readState reads the members in an answer.
func readState(answer []byte) (*MeetingState, error) {
	members, readable := readMembers(answer, capi.AllMembers)
	if !readable {
		return nil, &Error{
			Kind:       KindResponse,
			Status:     Status(KindResponse),
			Message:    "the answer's statusMsg is not a list of members",
			Sent:       true,
			HTTPStatus: 200,
			Answer:     answer,
		}
	}
	return &MeetingState{Members: members}, nil
}

// readMembers reads one of the lists in an answer or in the news of a room.
func readMembers(answer []byte, which int32) (members []Member, readable bool) {
	texts, status := capi.ReadMembers(answer, which)
	members = make([]Member, len(texts))
	for i, of := range texts {
		members[i] = Member{MeetingID: of[0], Phone: of[1], Presence: of[2], Mute: of[3]}
	}
	return members, status == 0
}
