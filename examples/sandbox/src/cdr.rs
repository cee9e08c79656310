//! The records of calls that `CallCdr.wx` reads back. No telephone rings here, so what a record
//! says about the call itself is made up: it was answered, and lasted as long as a seen one.

use std::collections::VecDeque;

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::answer::{Code, Refusal, refuse};
use crate::parameters::Parameters;
use crate::signature::{self, CHINA};

/// How many calls are kept.
const CALLS: usize = 10_000;

const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// The only function whose number is known: the call that rings both sides.
const DIAL_BACK: i64 = 4;

const RINGING: time::Duration = time::Duration::seconds(4);
const DURATION: i64 = 14;
const AMOUNT: f64 = 0.15;

/// One called number.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) request_id: String,
    pub(crate) sid: String,
    pub(crate) appid: String,
    pub(crate) caller: String,
    pub(crate) called: String,
    pub(crate) begun: OffsetDateTime,
    pub(crate) custom: String,
}

/// In the order they were made.
#[derive(Default)]
pub(crate) struct Calls(VecDeque<Call>);

/// A call as the platform writes it.
#[derive(Serialize)]
pub(crate) struct Record<'a> {
    requestid: &'a str,
    appid: &'a str,
    fid: i64,
    caller: &'a str,
    called: &'a str,
    callerstime: String,
    calleretime: String,
    calledstime: String,
    calledetime: String,
    tapesurl: &'static str,
    duration: i64,
    oriamount: f64,
    #[serde(rename = "customParm")]
    custom_parm: &'a str,
    #[serde(rename = "stateDesc")]
    state_desc: &'static str,
}

/// The whole answer: no statusCode.
#[derive(Serialize)]
pub(crate) struct Records<'a> {
    pub(crate) cdr: Vec<Record<'a>>,
}

/// Which calls are asked for.
pub(crate) enum Which {
    /// Those of one request.
    Of(String),
    /// The next ones after a request; so many, if there is a limit.
    After(String, Option<usize>),
    /// Those that began in one hour, of which the digits are given: yyyyMMddHH.
    Hour(String),
}

impl Which {
    /// Reads what `getCdrByResId` or `getCdrByTime` asks for.
    pub(crate) fn read(action: &str, parameters: &Parameters) -> Result<Which, Refusal> {
        match action {
            "getCdrByResId" => Which::by_request(parameters),
            "getCdrByTime" => Which::by_time(parameters),
            _ => {
                let why = (
                    "action is neither getCdrByResId nor getCdrByTime; case counts",
                    "action 不是 getCdrByResId 或 getCdrByTime，注意大小写",
                );
                refuse(Code::UnknownAction, why)
            }
        }
    }

    fn by_request(parameters: &Parameters) -> Result<Which, Refusal> {
        let last = parameters.optional("lastresid")?.unwrap_or("0".into());
        if !last.bytes().all(|byte| byte.is_ascii_digit()) {
            let why =
                ("lastresid is not a requestId, nor 0", "lastresid 既不是 requestId，也不是 0");
            return refuse(Code::BadParameter, why);
        }
        let limit = match parameters.optional("limit")? {
            None => None,
            Some(limit) => match limit.parse::<usize>() {
                Ok(limit) => Some(limit),
                Err(_) => {
                    let why = ("limit is not a whole number", "limit 不是整数");
                    return refuse(Code::BadParameter, why);
                }
            },
        };
        match limit {
            // As a client's comment has it.
            Some(0) if digits(&last).is_empty() => {
                let why = (
                    "limit 0 asks for the call of lastresid, and lastresid 0 is none",
                    "limit 为 0 表示查询 lastresid 那一通，而 lastresid 为 0 不指任何一通",
                );
                refuse(Code::BadParameter, why)
            }
            Some(0) => Ok(Which::Of(last.into_owned())),
            limit => Ok(Which::After(last.into_owned(), limit)),
        }
    }

    fn by_time(parameters: &Parameters) -> Result<Which, Refusal> {
        let (date, time) = (parameters.required("pdate")?, parameters.required("ptime")?);
        let date = date.replace(['-', '/'], "");
        if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
            let why = ("pdate is not a year, month and day", "pdate 不是年月日");
            return refuse(Code::BadParameter, why);
        }
        let hour = time.split(':').next().and_then(|hour| hour.parse::<u8>().ok());
        match hour {
            Some(hour @ 0..24) => Ok(Which::Hour(format!("{date}{hour:02}"))),
            _ => {
                let why = ("ptime is not an hour from 0 to 23", "ptime 不是 0 到 23 的小时");
                refuse(Code::BadParameter, why)
            }
        }
    }
}

impl Calls {
    pub(crate) fn add(&mut self, call: Call) {
        if self.0.len() == CALLS {
            self.0.pop_front();
        }
        self.0.push_back(call);
    }

    /// Which function made a call is not looked at: of the functions' numbers only one is known.
    /// A record repeats the one that was asked for.
    pub(crate) fn read(&self, sid: &str, appid: &str, fid: &str, which: &Which) -> Records<'_> {
        let fid = fid.parse().unwrap_or(DIAL_BACK);
        let mut cdr: Vec<Record<'_>> = Vec::new();
        for call in self.0.iter().filter(|it| it.sid == sid && it.appid == appid) {
            let wanted = match which {
                Which::Of(id) => call.request_id == *id,
                Which::Hour(hour) => signature::timestamp(call.begun).starts_with(hour),
                Which::After(id, limit) => {
                    let within = limit.is_none_or(|limit| cdr.len() < limit)
                        // Otherwise the next request would skip them.
                        || cdr.last().is_some_and(|last| last.requestid == call.request_id);
                    within && order(&call.request_id) > order(id)
                }
            };
            if wanted {
                cdr.push(call.record(fid));
            }
        }
        Records { cdr }
    }
}

impl Call {
    fn record(&self, fid: i64) -> Record<'_> {
        let end = clock(self.begun.saturating_add(time::Duration::seconds(DURATION)));
        Record {
            requestid: &self.request_id,
            appid: &self.appid,
            fid,
            caller: &self.caller,
            called: &self.called,
            callerstime: clock(self.begun),
            calleretime: end.clone(),
            calledstime: clock(self.begun.saturating_add(RINGING)),
            calledetime: end,
            tapesurl: "NoTapes",
            duration: DURATION,
            oriamount: AMOUNT,
            custom_parm: &self.custom,
            state_desc: "应答|正常",
        }
    }
}

fn clock(moment: OffsetDateTime) -> String {
    // These components can be written for any moment.
    moment.to_offset(CHINA).format(TIME).unwrap_or_default()
}

/// Digits without leading zeros, which compare like the number they are.
fn order(id: &str) -> (usize, &str) {
    (digits(id).len(), digits(id))
}

fn digits(id: &str) -> &str {
    id.trim_start_matches('0')
}

#[cfg(test)]
mod tests;
