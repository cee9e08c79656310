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
                let why = (
                    "action is none of lockMeeting, meetingState, createMeeting; case counts",
                    "action 不是 lockMeeting、meetingState 或 createMeeting，注意大小写",
                );
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
            _ => {
                let why = ("lackstate is neither 0 nor 1", "lackstate 既不是 0，也不是 1");
                return refuse(Code::BadParameter, why);
            }
        };
        let confid = &find(&self.rooms, &confid, job.parameters)?.confid;
        let (is, zh) = if locked { ("locked", "已锁定") } else { ("open", "已解锁") };
        let note = (format!("room {confid} is {is}"), format!("会议室 {confid} {zh}"));
        self.rooms.set_lock(&confid.clone(), locked);
        Ok(self.accept(job.now, note))
    }

    fn meeting_state(&mut self, job: &Job<'_>, appid: &str) -> Result<Answer, Refusal> {
        let confid = job.parameters.required("confid")?;
        self.check_app(appid, Kind::Meeting, job.peer)?;
        let room = find(&self.rooms, &confid, job.parameters)?;
        let rows: Vec<Row<'_>> = room.members.iter().map(|it| it.row(&confid)).collect();
        let (confid, count) = (&room.confid, rows.len());
        let note = (
            format!("room {confid} has {count} members"),
            format!("会议室 {confid} 有 {count} 名成员"),
        );
        Ok(Answer::json(&Envelope::success(rows, None), note))
    }

    /// Which parameters are required isn't known: here, what a room can't be made without. All
    /// but the phone numbers and the room's own number is noted and nothing else.
    fn create_meeting(&mut self, job: &Job<'_>, appid: &str) -> Result<Answer, Refusal> {
        let creator = job.parameters.phone("creator").ok();
        if creator.is_none() && !job.parameters.has("parties") {
            let why = (
                "parties is missing, and creator is no phone number: nobody would be there",
                "缺少 parties，creator 也不是电话号码：会议里会没有人",
            );
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
            let why = (
                "parties is empty, and creator is no phone number: nobody would be there",
                "parties 为空，creator 也不是电话号码：会议里会没有人",
            );
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
        let members = members.collect();
        self.rooms.add(Room { confid: confid.clone(), locked: false, broken: false, members });
        let envelope = Envelope::success("提交成功", Some(self.next_id(job.now)));
        let count = phones.len();
        let note = (
            format!(
                "room {confid} is made, with {count} members (where meid stands in the answer is \
                 a guess)"
            ),
            format!("已创建会议室 {confid}，{count} 名成员（meid 在应答中的位置是猜测）"),
        );
        Ok(Answer::json(&Made { envelope, meid: &confid }, note))
    }
}

fn find<'a>(rooms: &'a Rooms, confid: &str, parameters: &Parameters) -> Result<&'a Room, Refusal> {
    // The platform has no code for a room that isn't there; "a parameter's value is not allowed"
    // is nearest.
    match rooms.find(confid) {
        None if parameters.is_number("confid") => {
            let why = (
                "there is no room with this confid; a number has lost its leading zeros",
                "没有这个 confid 的会议室；写成数字会丢掉前导零",
            );
            refuse(Code::BadParameter, why)
        }
        None => {
            let why = ("there is no room with this confid", "没有这个 confid 的会议室");
            refuse(Code::BadParameter, why)
        }
        Some(room) if room.broken => {
            let why = (
                "the room is marked as broken in this sandbox's data",
                "这个会议室在沙箱数据里标记为故障",
            );
            refuse(Code::PlatformFault, why)
        }
        Some(room) => Ok(room),
    }
}

/// The number for a new room, if it may have it.
fn free<'a>(rooms: &Rooms, confid: &'a str) -> Result<&'a str, Refusal> {
    // Digits only also keep whatever else it may be out of the log.
    if confid.len() > LONGEST_NUMBER || !confid.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse(
            Code::BadParameter,
            ("confid is not a room's number", "confid 不是会议室号"),
        );
    }
    match rooms.find(confid) {
        None => Ok(confid),
        Some(_) => {
            let why = ("there is a room with this confid already", "已有这个 confid 的会议室");
            refuse(Code::BadParameter, why)
        }
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
