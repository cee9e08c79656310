//! What the platform answers: its codes with their Chinese words, and the shapes of its JSON.

use serde::Serialize;

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

/// A request turned down. The second part is for the log; the platform keeps it to itself.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// With a code of the platform, over HTTP 200.
    Code(Code, String),
    /// With an HTTP status, by whatever stands in front of the platform.
    Http(u16, String),
}

pub(crate) fn refuse<T>(code: Code, why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Code(code, why.into()))
}

/// What goes back to the caller, and what is written to the log about it.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    pub(crate) note: String,
}

impl Answer {
    pub(crate) fn json(body: &impl Serialize, note: String) -> Answer {
        // Strings, numbers and lists of them: this cannot fail.
        let body = serde_json::to_string(body).unwrap_or_default();
        Answer { status: 200, content_type: "application/json;charset=utf-8", body, note }
    }

    pub(crate) fn html(status: u16, why: &str) -> Answer {
        let note = format!("HTTP {status}: {why}");
        let body = format!(
            "<!doctype html>\n<html><head><title>{status}</title></head>\
             <body><h1>HTTP status {status}</h1></body></html>\n"
        );
        Answer { status, content_type: "text/html;charset=utf-8", body, note }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        match refusal {
            Refusal::Http(status, why) => Answer::html(status, &why),
            Refusal::Code(code, why) => {
                let number = code as i32;
                let note = format!("{number} {}: {why}", code.words());
                let body = Envelope {
                    status_code: number.to_string(),
                    status_msg: code.words(),
                    // As it was seen: these two come without.
                    request_id: (!matches!(code, Code::TooManyRequests | Code::NoSuchOrder))
                        .then_some(""),
                };
                Answer::json(&body, note)
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
        let answer = Answer::from(Refusal::Code(Code::MissingParameter, "x".to_owned()));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, r#"{"statusCode":"-2","statusMsg":"缺少必要参数","requestId":""}"#);
        assert_eq!(answer.note, "-2 缺少必要参数: x");
    }

    #[test]
    fn two_refusals_have_no_request_id() {
        let answer = Answer::from(Refusal::Code(Code::TooManyRequests, String::new()));
        assert_eq!(answer.body, r#"{"statusCode":"-104","statusMsg":"请求频率过高"}"#);
        let answer = Answer::from(Refusal::Code(Code::NoSuchOrder, String::new()));
        assert_eq!(answer.body, r#"{"statusCode":"-704","statusMsg":"未查询到订单信息"}"#);
    }

    #[test]
    fn the_front_answers_in_html() {
        let answer = Answer::from(Refusal::Http(404, "x".to_owned()));
        assert_eq!((answer.status, answer.content_type), (404, "text/html;charset=utf-8"));
        assert!(answer.body.contains("404"));
    }
}
