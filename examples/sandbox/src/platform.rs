//! The platform itself: from a request and the time to an answer, with nothing of HTTP in it.
//!
//! In which order the platform looks at things isn't documented. Here it goes from the outside in:
//! path, method and length (plain HTTP errors, as a web server in front would answer), rate,
//! version and function, Sign present, account, Authorization, Sign, body, balance, action,
//! parameters present, application, parameter values, room.

use std::net::IpAddr;

use serde::Serialize;
use time::OffsetDateTime;

use crate::answer::{Answer, Code, Envelope, Refusal};
use crate::data::{Account, Config, Member, Room};
use crate::function::{Function, Kind, Parameters};
use crate::signature;

/// What matters of an HTTP request.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) content_type: Option<&'a str>,
    /// Whether it came with Content-Length.
    pub(crate) has_length: bool,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) body: &'a [u8],
    pub(crate) peer: IpAddr,
}

pub(crate) struct Platform {
    config: Config,
    accepted: u64,
    /// The second now running, and how many requests it has seen.
    second: (i64, u32),
}

/// A member as the platform writes it.
#[derive(Serialize)]
struct Row<'a> {
    meid: &'a str,
    phone: &'a str,
    statusname: &'static str,
    ifmutename: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Balance<'a> {
    #[serde(rename = "AccountSID")]
    account_sid: &'a str,
    blance: f64, // the platform spells it so
}

impl Platform {
    pub(crate) fn new(config: Config) -> Platform {
        Platform { config, accepted: 0, second: (0, 0) }
    }

    pub(crate) fn room(&self, confid: &str) -> Option<&Room> {
        self.config.rooms.iter().find(|room| room.confid == confid)
    }

    /// Puts a member into a room, in place of one with the same phone. The room is made if there
    /// is none.
    pub(crate) fn set_member(&mut self, confid: &str, member: Member) {
        let rooms = &mut self.config.rooms;
        let Some(room) = rooms.iter_mut().find(|room| room.confid == confid) else {
            let (confid, members) = (confid.to_owned(), vec![member]);
            rooms.push(Room { confid, locked: false, broken: false, members });
            return;
        };
        match room.members.iter_mut().find(|it| it.phone == member.phone) {
            Some(old) => *old = member,
            None => room.members.push(member),
        }
    }

    pub(crate) fn answer(&mut self, request: &Request<'_>, now: OffsetDateTime) -> Answer {
        self.decide(request, now).unwrap_or_else(Answer::from)
    }

    fn decide(&mut self, request: &Request<'_>, now: OffsetDateTime) -> Result<Answer, Refusal> {
        let (version, sid, func, url) = split(request.path)?;
        if request.method != "POST" {
            return Err(Refusal::Http(405, "the method is not POST".to_owned()));
        }
        if !request.has_length {
            let why = "there is no Content-Length; the platform takes no chunked bodies";
            return Err(Refusal::Http(411, why.to_owned()));
        }
        self.throttle(now)?;
        let function = Function::find(version, func, url)?;
        let sign = sign(request.query)?;
        let account = self.account(sid)?;
        let signed =
            signature::check_authorization(request.authorization, sid, now, self.config.validity)?;
        signature::check_sign(sign, account, signed)?;
        let parameters = parameters(request)?;

        let mut answer = if function.kind == Kind::Balance {
            let body = Balance { account_sid: &account.sid, blance: account.balance };
            // Seen on the platform: this one answer has no statusCode.
            Answer::json(&body, "the balance".to_owned())
        } else {
            if account.balance <= 0.0 {
                return refuse(Code::BalanceTooLow, "the account has no money left");
            }
            self.carry_out(function.kind, &parameters, request.peer, now)?
        };
        answer.note = format!("{}: {}", function.name(), answer.note);
        if let Some(remark) = signature::remark(signed, now) {
            answer.note += &format!("; but {remark}");
        }
        Ok(answer)
    }

    fn throttle(&mut self, now: OffsetDateTime) -> Result<(), Refusal> {
        let second = now.unix_timestamp();
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 += 1;
        match self.config.throttle {
            Some(limit) if self.second.1 > limit => {
                let why = format!("more than {limit} requests within one second");
                Err(Refusal::Code(Code::TooManyRequests, why))
            }
            _ => Ok(()),
        }
    }

    fn account(&self, sid: &str) -> Result<&Account, Refusal> {
        match self.config.accounts.iter().find(|account| account.sid == sid) {
            None => refuse(Code::NoSuchAccount, "the account SID is none this sandbox knows"),
            Some(account) if account.disabled => {
                refuse(Code::AccountDisabled, "the account has been disabled")
            }
            Some(account) => Ok(account),
        }
    }

    /// Does what a request asks for, when the account has turned out to be in order.
    fn carry_out(
        &mut self,
        kind: Kind,
        parameters: &Parameters,
        peer: IpAddr,
        now: OffsetDateTime,
    ) -> Result<Answer, Refusal> {
        let action = parameters.required("action")?;
        if kind != Kind::Meeting {
            // The actions of other functions are not documented: any will do.
            self.check_app(parameters.required("appid")?, kind, peer)?;
            if let Kind::Phones(names) = kind {
                names.iter().try_for_each(|name| parameters.phones(name))?;
            }
            return Ok(self.accept(now, "taken note of, nothing is done"));
        }

        let lock = match action {
            "lockMeeting" => true,
            "meetingState" => false,
            _ => {
                let why = "action is neither lockMeeting nor meetingState; case counts";
                return refuse(Code::UnknownAction, why);
            }
        };
        let appid = parameters.required("appid")?;
        let confid = parameters.required("confid")?;
        let lackstate = if lock { Some(parameters.required("lackstate")?) } else { None };
        self.check_app(appid, kind, peer)?;
        let locked = match lackstate {
            None => None,
            Some("0") => Some(false),
            Some("1") => Some(true),
            Some(_) => return refuse(Code::BadParameter, "lackstate is neither \"0\" nor \"1\""),
        };

        let Some(room) = self.config.rooms.iter_mut().find(|room| room.confid == confid) else {
            // The platform has no code for this; "a parameter's value is not allowed" is nearest.
            return refuse(Code::BadParameter, "there is no room with this confid");
        };
        if room.broken {
            let why = "the room is marked as broken in this sandbox's data";
            return refuse(Code::PlatformFault, why);
        }
        match locked {
            Some(locked) => {
                room.locked = locked;
                let now_is = if locked { "locked" } else { "open" };
                let note = format!("room {} is {now_is}", room.confid);
                Ok(self.accept(now, &note))
            }
            None => {
                let rows: Vec<Row<'_>> = room.members.iter().map(|it| it.row(confid)).collect();
                let note = format!("room {} has {} members", room.confid, rows.len());
                Ok(Answer::json(&Envelope::success(rows, None), note))
            }
        }
    }

    fn check_app(&self, appid: &str, kind: Kind, peer: IpAddr) -> Result<(), Refusal> {
        let app = self.config.apps.iter().find(|app| app.appid == appid);
        let fault = match app {
            None => "there is no application with this appid",
            Some(app) if app.environment != self.config.environment => {
                "the application belongs to the other environment"
            }
            Some(app) if !app.whitelist.is_empty() && !app.whitelist.contains(&peer) => {
                "the caller's address is not on the application's whitelist"
            }
            Some(app) if !app.online => "the application is not online",
            Some(app) if kind == Kind::Meeting && !app.conference => {
                "the application lacks the telephone-conference feature"
            }
            Some(_) => return Ok(()),
        };
        refuse(Code::AppCheckFailed, fault)
    }

    fn accept(&mut self, now: OffsetDateTime, note: &str) -> Answer {
        self.accepted += 1;
        let request_id = format!("{}{:08}", signature::timestamp(now), self.accepted);
        Answer::json(&Envelope::success("提交成功", Some(request_id)), note.to_owned())
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

fn refuse<T>(code: Code, why: &str) -> Result<T, Refusal> {
    Err(Refusal::Code(code, why.to_owned()))
}

/// Takes `/{version}/sid/{accountSID}/{func}/{funcURL}` apart.
fn split(path: &str) -> Result<(&str, &str, &str, &str), Refusal> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["", version, "sid", sid, func, url] if parts[1..].iter().all(|part| !part.is_empty()) => {
            Ok((version, sid, func, url))
        }
        _ => {
            let why = "the path is not /{version}/sid/{accountSID}/{func}/{funcURL}";
            Err(Refusal::Http(404, why.to_owned()))
        }
    }
}

fn sign(query: &str) -> Result<&str, Refusal> {
    let pairs = || query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    match pairs().find(|(name, _)| *name == "Sign") {
        Some((_, value)) => Ok(value),
        None if pairs().any(|(name, _)| name.eq_ignore_ascii_case("Sign")) => {
            refuse(Code::MissingParameter, "Sign is spelt so, case counts")
        }
        None => refuse(Code::MissingParameter, "there is no Sign in the query"),
    }
}

/// A body that isn't said to be JSON isn't taken for JSON.
fn parameters(request: &Request<'_>) -> Result<Parameters, Refusal> {
    let mut parts = request.content_type.unwrap_or_default().split(';').map(str::trim);
    if !parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
        return refuse(Code::BadJson, "Content-Type is not application/json");
    }
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    if charset.is_some_and(|(_, name)| !name.trim_matches('"').eq_ignore_ascii_case("utf-8")) {
        return refuse(Code::BadJson, "Content-Type's charset is not utf-8");
    }
    Parameters::parse(request.body)
}

#[cfg(test)]
mod tests;
