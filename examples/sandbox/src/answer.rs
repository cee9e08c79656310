//! What the platform answers: its codes with their Chinese words, and the shapes of its JSON.

use serde::Serialize;

use crate::words::Words;

/// Why the platform says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    InvalidNumber = -1,
    MissingParameter = -2,
    UnknownAction = -3,
    BadJson = -4,
    PlatformFault = -100,
    BadParameter = -101,
    NumberNotAllowed = -102,
    TooManyRequests = -104,
    NoSuchAccount = -200,
    AccountDisabled = -201,
    BadAuthorization = -202,
    BadSign = -203,
    BalanceTooLow = -204,
    AppCheckFailed = -205,
    NoSuchOrder = -704,
}

impl Code {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Code::InvalidNumber => "号码无效",
            Code::MissingParameter => "缺少必要参数",
            Code::UnknownAction => "无效action",
            Code::BadJson => "无效的JSON",
            Code::PlatformFault => "异常错误",
            Code::BadParameter => "参数不合法",
            Code::NumberNotAllowed => "电话号码不合法",
            Code::TooManyRequests => "请求频率过高",
            Code::NoSuchAccount => "无此用户",
            Code::AccountDisabled => "用户状态失效",
            Code::BadAuthorization => "包头验证信息错误",
            Code::BadSign => "AuthToken验证失败",
            Code::BalanceTooLow => "账户余额不足",
            Code::AppCheckFailed => "应用验证失败",
            Code::NoSuchOrder => "未查询到订单信息",
        }
    }
}

/// A request turned down. The second part is for the log and the page; the platform keeps it to
/// itself.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// With a code of the platform, over HTTP 200.
    Code(Code, Words),
    /// With an HTTP status, by whatever stands in front of the platform.
    Http(u16, Words),
}

pub(crate) fn refuse<T>(code: Code, why: impl Into<Words>) -> Result<T, Refusal> {
    Err(Refusal::Code(code, why.into()))
}

/// What goes back to the caller, and what is told about it to whoever runs the sandbox.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    pub(crate) told: Told,
}

/// What became of a request.
pub(crate) struct Told {
    pub(crate) outcome: Outcome,
    /// What was done, or why it was refused.
    pub(crate) what: Words,
    /// What the caller should do better all the same.
    pub(crate) remarks: Vec<Words>,
    /// Whether the signature was looked at, and right.
    pub(crate) signed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Refused(Code),
    Http(u16),
}

impl Told {
    /// The line for the log.
    pub(crate) fn line(&self) -> String {
        let what = &self.what.en;
        let mut line = match self.outcome {
            Outcome::Done => what.to_string(),
            Outcome::Refused(code) => format!("{} {}: {what}", code as i32, code.words()),
            Outcome::Http(status) => format!("HTTP {status}: {what}"),
        };
        for remark in &self.remarks {
            line += "; but ";
            line += &remark.en;
        }
        line
    }
}

impl Answer {
    pub(crate) fn json(body: &impl Serialize, done: impl Into<Words>) -> Answer {
        Answer::told(body, Outcome::Done, done.into())
    }

    fn told(body: &impl Serialize, outcome: Outcome, what: Words) -> Answer {
        // Strings, numbers and lists of them: this cannot fail.
        let body = serde_json::to_string(body).unwrap_or_default();
        let told = Told { outcome, what, remarks: Vec::new(), signed: false };
        Answer { status: 200, content_type: "application/json;charset=utf-8", body, told }
    }

    pub(crate) fn html(status: u16, why: Words) -> Answer {
        let body = format!(
            "<!doctype html>\n<html><head><title>{status}</title></head>\
             <body><h1>HTTP status {status}</h1></body></html>\n"
        );
        let told =
            Told { outcome: Outcome::Http(status), what: why, remarks: Vec::new(), signed: false };
        Answer { status, content_type: "text/html;charset=utf-8", body, told }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        match refusal {
            Refusal::Http(status, why) => Answer::html(status, why),
            Refusal::Code(code, why) => {
                let body = Envelope {
                    status_code: (code as i32).to_string(),
                    status_msg: code.words(),
                    // As it was seen: these two come without.
                    request_id: (!matches!(code, Code::TooManyRequests | Code::NoSuchOrder))
                        .then_some(""),
                };
                Answer::told(&body, Outcome::Refused(code), why)
            }
        }
    }
}

/// The frame of nearly every answer; the fields stand in the order the platform writes them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope<T, I> {
    pub(crate) status_code: String,
    pub(crate) status_msg: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<I>,
}

impl<T> Envelope<T, String> {
    pub(crate) fn success(status_msg: T, request_id: Option<String>) -> Self {
        Envelope { status_code: "0".to_owned(), status_msg, request_id }
    }
}

/// The code of a refusal, for tests.
#[cfg(test)]
pub(crate) fn code<T>(result: Result<T, Refusal>) -> Option<Code> {
    match result {
        Ok(_) => None,
        Err(Refusal::Code(code, _)) => Some(code),
        Err(Refusal::Http(..)) => panic!("not of the platform"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_shape_of_the_platforms_page() {
        let answer = Answer::from(Refusal::Code(Code::MissingParameter, ("x", "x").into()));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, r#"{"statusCode":"-2","statusMsg":"缺少必要参数","requestId":""}"#);
        assert_eq!(answer.told.line(), "-2 缺少必要参数: x");
    }

    #[test]
    fn two_refusals_have_no_request_id() {
        let answer = Answer::from(Refusal::Code(Code::TooManyRequests, ("", "").into()));
        assert_eq!(answer.body, r#"{"statusCode":"-104","statusMsg":"请求频率过高"}"#);
        let answer = Answer::from(Refusal::Code(Code::NoSuchOrder, ("", "").into()));
        assert_eq!(answer.body, r#"{"statusCode":"-704","statusMsg":"未查询到订单信息"}"#);
    }

    #[test]
    fn the_front_answers_in_html() {
        let answer = Answer::from(Refusal::Http(404, ("x", "x").into()));
        assert_eq!((answer.status, answer.content_type), (404, "text/html;charset=utf-8"));
        assert!(answer.body.contains("404"));
    }
}
