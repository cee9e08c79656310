//! The platform itself: from a request and the time to an answer, with nothing of HTTP in it.
//!
//! In which order the platform looks at things isn't documented. Here it goes from the outside in:
//! path and method (plain HTTP errors, as a web server in front would answer), rate, version and
//! function, Sign present, account, Authorization, Sign, body, balance, action, parameters
//! present, application, parameter values, room.

use std::net::IpAddr;

use serde::Serialize;
use time::OffsetDateTime;

use crate::answer::{Answer, Code, Envelope, Refusal, refuse};
use crate::cdr::{Call, Calls, Which};
use crate::data::{Account, Config, Member, Room};
use crate::function::{Function, Kind};
use crate::parameters::Parameters;
use crate::rooms::Rooms;
use crate::{remarks, signature};

mod meeting;

/// What matters of an HTTP request.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) content_encoding: Option<&'a str>,
    /// Whether the body came in chunks.
    pub(crate) is_chunked: bool,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) body: &'a [u8],
    pub(crate) peer: IpAddr,
}

pub(crate) struct Platform {
    config: Config,
    rooms: Rooms,
    calls: Calls,
    accepted: u64,
    /// The second now running, and how many requests it has seen.
    second: (i64, u32),
}

/// A request of somebody who may ask, with what its function needs.
struct Job<'a> {
    sid: &'a str,
    parameters: &'a Parameters,
    peer: IpAddr,
    now: OffsetDateTime,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Balance<'a> {
    #[serde(rename = "AccountSID")]
    account_sid: &'a str,
    blance: f64, // the platform spells it so
}

impl Platform {
    pub(crate) fn new(mut config: Config) -> Platform {
        let rooms = Rooms::new(std::mem::take(&mut config.rooms));
        Platform { config, rooms, calls: Calls::default(), accepted: 0, second: (0, 0) }
    }

    pub(crate) fn room(&self, confid: &str) -> Option<&Room> {
        self.rooms.find(confid)
    }

    pub(crate) fn set_member(&mut self, confid: &str, member: Member) {
        self.rooms.set_member(confid, member);
    }

    pub(crate) fn set_throttle(&mut self, limit: Option<u32>) {
        self.config.throttle = limit;
    }

    pub(crate) fn answer(&mut self, request: &Request<'_>, now: OffsetDateTime) -> Answer {
        self.decide(request, now).unwrap_or_else(Answer::from)
    }

    fn decide(&mut self, request: &Request<'_>, now: OffsetDateTime) -> Result<Answer, Refusal> {
        let (version, sid, func, url) = split(request.path)?;
        if request.method != "POST" {
            return Err(Refusal::Http(405, "the method is not POST".to_owned()));
        }
        self.throttle(now)?;
        let function = Function::find(version, func, url)?;
        let sign = sign(request.query)?;
        let account = self.account(sid)?;
        let signed =
            signature::check_authorization(request.authorization, sid, now, self.config.validity)?;
        signature::check_sign(sign, account, signed)?;
        let parameters = Parameters::parse(request.body)?;

        let mut answer = if function.kind == Kind::Balance {
            let body = Balance { account_sid: &account.sid, blance: account.balance };
            // Seen on the platform: this one answer has no statusCode.
            Answer::json(&body, "the balance".to_owned())
        } else {
            if account.balance <= 0.0 {
                return refuse(Code::BalanceTooLow, "the account has no money left");
            }
            let job = Job { sid, parameters: &parameters, peer: request.peer, now };
            self.carry_out(function.kind, &job)?
        };
        answer.note = format!("{}: {}", function.name(), answer.note);
        for remark in remarks::on(request, &parameters, signed, now) {
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
    fn carry_out(&mut self, kind: Kind, job: &Job<'_>) -> Result<Answer, Refusal> {
        if kind == Kind::Meeting {
            return self.meeting(job);
        }
        // The actions of most other functions are not documented: any will do.
        let action = job.parameters.required("action")?;
        let appid = job.parameters.required("appid")?;
        self.check_app(&appid, kind, job.peer)?;
        match kind {
            Kind::Call { from, required, to } => {
                let caller = if required {
                    job.parameters.phones(from)?.join(",")
                } else {
                    job.parameters.noted(from)
                };
                let called = job.parameters.phones(to)?;
                return Ok(self.call(job, &appid, &caller, called));
            }
            Kind::Cdr => {
                let which = Which::read(&action, job.parameters)?;
                let fid = job.parameters.noted("fid");
                let records = self.calls.read(job.sid, &appid, &fid, &which);
                let note = format!("the records of {} calls, made up", records.cdr.len());
                return Ok(Answer::json(&records, note));
            }
            Kind::Order if action != "productOrder" => {
                return refuse(Code::NoSuchOrder, "this sandbox carries out no orders");
            }
            Kind::Text(name) => _ = job.parameters.phones(name)?,
            _ => {}
        }
        Ok(self.accept(job.now, "taken note of, nothing is done".to_owned()))
    }

    /// Nobody is called, but the call can be read back.
    fn call(&mut self, job: &Job<'_>, appid: &str, caller: &str, called: Vec<String>) -> Answer {
        let note = format!("{} calls taken note of, no telephone rings", called.len());
        let request_id = self.next_id(job.now);
        let custom = job.parameters.noted("customParm");
        for called in called {
            self.calls.add(Call {
                request_id: request_id.clone(),
                sid: job.sid.to_owned(),
                appid: appid.to_owned(),
                caller: caller.to_owned(),
                called,
                begun: job.now,
                custom: custom.clone(),
            });
        }
        Answer::json(&Envelope::success("提交成功", Some(request_id)), note)
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

    fn accept(&mut self, now: OffsetDateTime, note: String) -> Answer {
        Answer::json(&Envelope::success("提交成功", Some(self.next_id(now))), note)
    }

    /// 29 digits, like those that were seen.
    fn next_id(&mut self, now: OffsetDateTime) -> String {
        self.accepted += 1;
        format!("{}{:015}", signature::timestamp(now), self.accepted)
    }
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

#[cfg(test)]
mod tests;
