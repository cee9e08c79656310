//! Rooms and their members as Rust values, read from an answer that has been checked already.

#![forbid(unsafe_code)]

use crate::answer::Answer;
use crate::error::{Error, Kind};
use crate::members;

/// Whether a room lets anyone else in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lock {
    /// Nobody else can join.
    Locked,
    /// Members can join.
    Unlocked,
}

/// Who is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeetingState {
    /// The members, in the platform's order.
    pub members: Vec<Member>,
}

/// One member of a room, in the platform's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The room's number.
    pub meeting_id: String,
    /// The member's phone number as the platform shows it, some digits masked.
    pub phone: String,
    /// The platform's word for on line or off line.
    pub presence: String,
    /// The platform's word for muted or not.
    pub mute: String,
}

impl Member {
    /// Whether the member is on line; `None` when the platform used a word not known here.
    ///
    /// The page documents only 不在线 (off line); 在线 is its plain opposite.
    #[must_use]
    pub fn is_online(&self) -> Option<bool> {
        is_online(&self.presence)
    }

    /// Whether the member is muted; `None` when the platform used a word not known here.
    ///
    /// The page documents only 已静音 (muted); 未静音 is its plain opposite.
    #[must_use]
    pub fn is_muted(&self) -> Option<bool> {
        is_muted(&self.mute)
    }
}

/// What the platform's word for a presence means.
pub(crate) fn is_online(presence: &str) -> Option<bool> {
    match presence {
        "在线" => Some(true),
        "不在线" => Some(false),
        _ => None,
    }
}

/// What its word for muted or not means.
pub(crate) fn is_muted(mute: &str) -> Option<bool> {
    match mute {
        "已静音" => Some(true),
        "未静音" => Some(false),
        _ => None,
    }
}

impl MeetingState {
    pub(crate) fn from_answer(answer: Answer) -> Result<MeetingState, Error> {
        match members::of_answer(answer.json()) {
            Some(rows) => {
                Ok(MeetingState { members: rows.into_iter().map(|row| row.member).collect() })
            }
            None => Err(Error {
                answer: Some(answer),
                http_status: Some(200),
                sent: true,
                ..Error::new(Kind::Response, "the answer's statusMsg is not a list of members")
            }),
        }
    }
}

impl TryFrom<Answer> for MeetingState {
    type Error = Error;

    /// Reads the members of an answer to a queued [`Client::meeting_state`].
    ///
    /// [`Client::meeting_state`]: crate::Client::meeting_state
    fn try_from(answer: Answer) -> Result<MeetingState, Error> {
        MeetingState::from_answer(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Block;

    fn state(json: &str) -> Result<MeetingState, Error> {
        let (answer, _) = Answer::read(Block::copy(json.as_bytes()).unwrap()).unwrap();
        MeetingState::from_answer(answer)
    }

    // The answer sample of the platform's page.
    #[test]
    fn the_pages_own_sample() {
        let state = state(
            "{\"statusCode\":\"0\",\n\"statusMsg\":[{\"meid\":\"120\",\"phone\":\"131****1314\",\
             \"statusname\":\"不在线\",\"ifmutename\":\"已静音\"},\n{\"meid\":\"120\",\
             \"phone\":\"189****5326\",\"statusname\":\"不在线\",\"ifmutename\":\"已静音\"}]}",
        )
        .unwrap();
        assert_eq!(state.members.len(), 2);
        assert_eq!(state.members[1].phone, "189****5326");
        assert_eq!(state.members[1].meeting_id, "120");
        assert_eq!(state.members[0].is_online(), Some(false));
        assert_eq!(state.members[0].is_muted(), Some(true));
    }

    #[test]
    fn a_word_not_known_is_kept_and_means_unknown() {
        let state = state(
            r#"{"statusCode":"0","statusMsg":[{"meid":"1","phone":"1","statusname":"呼叫中","ifmutename":""}]}"#,
        )
        .unwrap();
        assert_eq!(state.members[0].presence, "呼叫中");
        assert_eq!(state.members[0].is_online(), None);
        assert_eq!(state.members[0].is_muted(), None);
    }

    #[test]
    fn a_text_where_members_should_be_is_not_an_empty_room() {
        let error = state(r#"{"statusCode":"0","statusMsg":"提交成功"}"#).unwrap_err();
        assert_eq!(error.kind(), Kind::Response);
    }
}
