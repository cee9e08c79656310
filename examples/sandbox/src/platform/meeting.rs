//! `TeleMeeting.wx`: making a room, locking it, and who is in it.

use serde::Serialize;

use super::{Job, Platform};
use crate::answer::{Answer, Code, Envelope, Refusal, refuse};
use crate::data::{Member, Room};
use crate::function::Kind;
use crate::parameters::Parameters;
use crate::rooms::{self, Rooms};

/// No room's number is nearly this long.
const LONGEST_NUMBER: usize = 20;

/// A member as the platform writes it.
#[derive(Serialize)]
struct Row<'a> {
    meid: &'a str,
    phone: &'a str,
    statusname: &'static str,
    ifmutename: &'static str,
}

/// That meid stands here is this sandbox's guess.
#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    envelope: Envelope<&'static str, String>,
    meid: &'a str,
}

impl Platform {
    pub(super) fn meeting(&mut self, job: &Job<'_>) -> Result<Answer, Refusal> {
        let action = job.parameters.required("action")?;
        let appid = match &*action {
            "lockMeeting" | "meetingState" | "createMeeting" => job.parameters.required("appid")?,
            _ => {
                let why = "action is none of lockMeeting, meetingState, createMeeting; case counts";
                return refuse(Code::UnknownAction, why);
            }
        };
        match &*action {
            "lockMeeting" => self.lock_meeting(job, &appid),
            "meetingState" => self.meeting_state(job, &appid),
            _ => self.create_meeting(job, &appid),
        }
    }

    fn lock_meeting(&mut self, job: &Job<'_>, appid: &str) -> Result<Answer, Refusal> {
        let confid = job.parameters.required("confid")?;
        let lackstate = job.parameters.required("lackstate")?;
        self.check_app(appid, Kind::Meeting, job.peer)?;
        let locked = match &*lackstate {
            "0" => false,
            "1" => true,
            _ => return refuse(Code::BadParameter, "lackstate is neither 0 nor 1"),
        };
        let room = find(&mut self.rooms, &confid, job.parameters)?;
        room.locked = locked;
        let now_is = if locked { "locked" } else { "open" };
        let note = format!("room {} is {now_is}", room.confid);
        Ok(self.accept(job.now, note))
    }

    fn meeting_state(&mut self, job: &Job<'_>, appid: &str) -> Result<Answer, Refusal> {
        let confid = job.parameters.required("confid")?;
        self.check_app(appid, Kind::Meeting, job.peer)?;
        let room = find(&mut self.rooms, &confid, job.parameters)?;
        let rows: Vec<Row<'_>> = room.members.iter().map(|it| it.row(&confid)).collect();
        let note = format!("room {} has {} members", room.confid, rows.len());
        Ok(Answer::json(&Envelope::success(rows, None), note))
    }

    /// Which parameters are required isn't known: here, what a room can't be made without. All
    /// but the phone numbers and the room's own number is noted and nothing else.
    fn create_meeting(&mut self, job: &Job<'_>, appid: &str) -> Result<Answer, Refusal> {
        let creator = job.parameters.phone("creator").ok();
        if creator.is_none() && !job.parameters.has("parties") {
            let why = "parties is missing, and creator is no phone number: nobody would be there";
            return refuse(Code::MissingParameter, why);
        }
        self.check_app(appid, Kind::Meeting, job.peer)?;
        let mut phones: Vec<String> = Vec::new();
        let parties = job.parameters.objects("parties")?;
        let parties = parties.iter().map(|party| party.phone("phone"));
        for phone in creator.into_iter().map(Ok).chain(parties) {
            let phone = phone?;
            let is_same = |other: &String| rooms::subscriber(other) == rooms::subscriber(&phone);
            if !phones.iter().any(is_same) {
                phones.push(phone);
            }
        }
        if phones.is_empty() {
            let why = "parties is empty, and creator is no phone number: nobody would be there";
            return refuse(Code::MissingParameter, why);
        }
        let confid = match job.parameters.optional("confid")? {
            None => self.rooms.free_number(),
            Some(confid) => free(&self.rooms, &confid)?.to_owned(),
        };

        let members = phones.iter().map(|phone| {
            // Nobody has to pick up a telephone here.
            Member { phone: rooms::shown(phone), online: true, muted: false }
        });
        self.rooms.add(confid.clone(), members.collect());
        let envelope = Envelope::success("提交成功", Some(self.next_id(job.now)));
        let note = format!(
            "room {confid} is made, with {} members (where meid stands in the answer is a guess)",
            phones.len()
        );
        Ok(Answer::json(&Made { envelope, meid: &confid }, note))
    }
}

fn find<'a>(
    rooms: &'a mut Rooms,
    confid: &str,
    parameters: &Parameters,
) -> Result<&'a mut Room, Refusal> {
    // The platform has no code for a room that isn't there; "a parameter's value is not allowed"
    // is nearest.
    match rooms.find_mut(confid) {
        None if parameters.is_number("confid") => {
            let why = "there is no room with this confid; a number has lost its leading zeros";
            refuse(Code::BadParameter, why)
        }
        None => refuse(Code::BadParameter, "there is no room with this confid"),
        Some(room) if room.broken => {
            refuse(Code::PlatformFault, "the room is marked as broken in this sandbox's data")
        }
        Some(room) => Ok(room),
    }
}

/// The number for a new room, if it may have it.
fn free<'a>(rooms: &Rooms, confid: &'a str) -> Result<&'a str, Refusal> {
    // Digits only also keep whatever else it may be out of the log.
    if confid.len() > LONGEST_NUMBER || !confid.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse(Code::BadParameter, "confid is not a room's number");
    }
    match rooms.find(confid) {
        None => Ok(confid),
        Some(_) => refuse(Code::BadParameter, "there is a room with this confid already"),
    }
}

impl Member {
    fn row<'a>(&'a self, meid: &'a str) -> Row<'a> {
        Row {
            meid,
            phone: &self.phone,
            statusname: if self.online { "在线" } else { "不在线" },
            ifmutename: if self.muted { "已静音" } else { "未静音" },
        }
    }
}
