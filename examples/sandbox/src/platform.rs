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
use crate::data::{Account, Config, Environment};
use crate::function::{Function, Kind};
use crate::parameters::Parameters;
use crate::rooms::Rooms;
use crate::words::{Part, Words};
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

    pub(crate) fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    pub(crate) fn rooms_mut(&mut self) -> &mut Rooms {
        &mut self.rooms
    }

    pub(crate) fn throttle(&self) -> Option<u32> {
        self.config.throttle
    }

    pub(crate) fn set_throttle(&mut self, limit: Option<u32>) {
        self.config.throttle = limit;
    }

    pub(crate) fn environment(&self) -> Environment {
        self.config.environment
    }

    pub(crate) fn answer(&mut self, request: &Request<'_>, now: OffsetDateTime) -> Answer {
        match self.admit(request, now) {
            Err(refusal) => Answer::from(refusal),
            Ok((function, sid, signed)) => {
                let answer = self.serve(request, function, sid, (signed, now));
                let mut answer = answer.unwrap_or_else(Answer::from);
                answer.told.signed = true;
                answer
            }
        }
    }

    /// Looks at who asks for what: all but the body. Tells the moment of signing.
    fn admit<'a>(
        &mut self,
        request: &Request<'a>,
        now: OffsetDateTime,
    ) -> Result<(&'static Function, &'a str, OffsetDateTime), Refusal> {
        let (version, sid, func, url) = split(request.path)?;
        if request.method != "POST" {
            return Err(Refusal::Http(405, ("the method is not POST", "方法不是 POST").into()));
        }
        self.check_rate(now)?;
        let function = Function::find(version, func, url)?;
        let sign = sign(request.query)?;
        let account = self.account(sid)?;
        let signed =
            signature::check_authorization(request.authorization, sid, now, self.config.validity)?;
        signature::check_sign(sign, account, signed)?;
        Ok((function, sid, signed))
    }

    fn serve(
        &mut self,
        request: &Request<'_>,
        function: &Function,
        sid: &str,
        (signed, now): (OffsetDateTime, OffsetDateTime),
    ) -> Result<Answer, Refusal> {
        let parameters = Parameters::parse(request.body)?;
        let account = self.account(sid)?;
        let mut answer = if function.kind == Kind::Balance {
            let body = Balance { account_sid: &account.sid, blance: account.balance };
            // Seen on the platform: this one answer has no statusCode.
            Answer::json(&body, ("the balance", "账户余额"))
        } else {
            if account.balance <= 0.0 {
                let why = ("the account has no money left", "账户里没有钱了");
                return refuse(Code::BalanceTooLow, why);
            }
            let job = Job { sid, parameters: &parameters, peer: request.peer, now };
            self.carry_out(function.kind, &job)?
        };
        let what = &mut answer.told.what;
        what.en = format!("{}: {}", function.name(), what.en).into();
        what.zh = format!("{}：{}", function.name(), what.zh).into();
        answer.told.remarks = remarks::on(request, &parameters, signed, now);
        Ok(answer)
    }

    fn check_rate(&mut self, now: OffsetDateTime) -> Result<(), Refusal> {
        let second = now.unix_timestamp();
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 += 1;
        match self.config.throttle {
            Some(limit) if self.second.1 > limit => {
                let why = (
                    format!("more than {limit} requests within one second"),
                    format!("一秒内的请求超过 {limit} 个"),
                );
                refuse(Code::TooManyRequests, why)
            }
            _ => Ok(()),
        }
    }

    fn account(&self, sid: &str) -> Result<&Account, Refusal> {
        match self.config.accounts.iter().find(|account| account.sid == sid) {
            None => {
                let why = Words::from((
                    "the account SID is none this sandbox knows",
                    "沙箱里没有这个账户 SID",
                ));
                refuse(Code::NoSuchAccount, why.about(Part::Account))
            }
            Some(account) if account.disabled => {
                let why = Words::from(("the account has been disabled", "账户已停用"));
                refuse(Code::AccountDisabled, why.about(Part::Account))
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
                let count = records.cdr.len();
                let note = (
                    format!("the records of {count} calls, made up"),
                    format!("{count} 通呼叫的话单，内容是编造的"),
                );
                return Ok(Answer::json(&records, note));
            }
            Kind::Order if action != "productOrder" => {
                let why = ("this sandbox carries out no orders", "沙箱不处理订单");
                return refuse(Code::NoSuchOrder, why);
            }
            Kind::Text(name) => _ = job.parameters.phones(name)?,
            _ => {}
        }
        let note = ("taken note of, nothing is done", "已记下，什么也没做");
        Ok(self.accept(job.now, note))
    }

    /// Nobody is called, but the call can be read back.
    fn call(&mut self, job: &Job<'_>, appid: &str, caller: &str, called: Vec<String>) -> Answer {
        let count = called.len();
        let note = (
            format!("{count} calls taken note of, no telephone rings"),
            format!("已记下 {count} 通呼叫，不会真的振铃"),
        );
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
        let why = match app {
            None => ("there is no application with this appid", "没有这个 appid 的应用").into(),
            // What follows the colon is what the platform's page says of each cause.
            Some(app) if app.environment != self.config.environment => (
                "the application belongs to the other environment: test appids go to the sandbox \
                 host, your own ones to the production host",
                "应用属于另一个环境：测试 appid 用沙箱地址，自己的 appid 用生产地址",
            )
                .into(),
            Some(app) if !app.whitelist.is_empty() && !app.whitelist.contains(&peer) => (
                format!(
                    "the caller's address is not on the application's whitelist: add {peer}, or \
                     call from an address that is on it"
                ),
                format!("调用方地址不在应用的白名单里：把 {peer} 加进去，或换一个在名单里的地址"),
            )
                .into(),
            Some(app) if !app.online => (
                "the application is not online: have it put online in the platform's console",
                "应用没有上线：请在平台控制台上线",
            )
                .into(),
            Some(app) if kind == Kind::Meeting && !app.conference => (
                "the application lacks the telephone-conference feature: have it enabled in the \
                 platform's console",
                "应用没有开通电话会议功能：请在平台控制台开通",
            )
                .into(),
            Some(_) => return Ok(()),
        };
        Err(Refusal::Code(Code::AppCheckFailed, why))
    }

    fn accept(&mut self, now: OffsetDateTime, note: impl Into<Words>) -> Answer {
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
            let why = (
                "the path is not /{version}/sid/{accountSID}/{func}/{funcURL}",
                "路径不是 /{version}/sid/{accountSID}/{func}/{funcURL}",
            );
            Err(Refusal::Http(404, why.into()))
        }
    }
}

fn sign(query: &str) -> Result<&str, Refusal> {
    let pairs = || query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let missing = |why: Words| refuse(Code::MissingParameter, why.about(Part::Query));
    match pairs().find(|(name, _)| *name == "Sign") {
        Some((_, value)) => Ok(value),
        None if pairs().any(|(name, _)| name.eq_ignore_ascii_case("Sign")) => {
            missing(("Sign is spelt so, case counts", "参数名应写作 Sign，注意大小写").into())
        }
        None => missing(("there is no Sign in the query", "查询串里没有 Sign").into()),
    }
}

#[cfg(test)]
mod tests;
