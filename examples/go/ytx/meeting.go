// Rooms and their members, read from an answer that has been checked already.

package ytx

import (
	"encoding/json"
	"errors"
)

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
	members, err := readMembers(answer)
	if err != nil {
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

// readMembers goes by maps: in a struct null would do for a text, and a name in any letter case.
func readMembers(answer []byte) ([]Member, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(answer, &fields); err != nil {
		return nil, err
	}
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(fields["statusMsg"], &list); err != nil {
		return nil, err
	}
	if list == nil {
		return nil, errors.New("it is null")
	}
	members := make([]Member, len(list))
	for i, fields := range list {
		if fields == nil {
			return nil, errors.New("a member is null")
		}
		m := &members[i]
		err := errors.Join(
			readText(fields, "meid", &m.MeetingID), readText(fields, "phone", &m.Phone),
			readText(fields, "statusname", &m.Presence), readText(fields, "ifmutename", &m.Mute))
		if err != nil {
			return nil, err
		}
	}
	return members, nil
}

// readText reads a field, which has to be a text.
func readText(fields map[string]json.RawMessage, name string, text *string) error {
	value := fields[name]
	if value == nil || string(value) == "null" {
		return errors.New(name + " is missing")
	}
	return json.Unmarshal(value, text)
}
