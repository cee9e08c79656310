//! The functions of the platform, and the parameters of a request's body.

use serde_json::{Map, Value};

use crate::answer::{Code, Refusal};

/// A function, addressed by version, func and funcURL.
pub(crate) struct Function {
    func: &'static str,
    url: &'static str,
    versions: &'static [&'static str],
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Locks rooms and tells who is in them.
    Meeting,
    /// Calls or texts the phone numbers in these parameters. What else it takes is not looked at.
    Phones(&'static [&'static str]),
    /// Asks for the account's money.
    Balance,
    /// Something this sandbox only nods at.
    Other,
}

/// Meetings are only on this version. Of the rest, published clients use one or the other.
const MEETINGS: &[&str] = &["201612"];
const EITHER: &[&str] = &["201512", "201612"];

/// Functions that published clients call. Only the first one is on the platform's page.
#[rustfmt::skip]
static FUNCTIONS: [Function; 7] = [
    Function { func: "call", url: "TeleMeeting.wx", versions: MEETINGS, kind: Kind::Meeting },
    Function { func: "call", url: "DailbackCall.wx", versions: EITHER, kind: Kind::Phones(&["src", "dst"]) },
    Function { func: "call", url: "NoticeCall.wx", versions: EITHER, kind: Kind::Phones(&["dst"]) },
    Function { func: "call", url: "MeetingQuery.wx", versions: EITHER, kind: Kind::Other },
    Function { func: "sms", url: "TemplateSMS.wx", versions: EITHER, kind: Kind::Phones(&["mobile"]) },
    Function { func: "traffic", url: "Traffic.wx", versions: EITHER, kind: Kind::Other },
    Function { func: "account", url: "getBlance.wx", versions: EITHER, kind: Kind::Balance },
];

impl Function {
    /// An address that leads nowhere is a parameter out of range: the page lists version, func
    /// and funcURL among the parameters. Callers' text is not repeated in the log, here and
    /// everywhere: a slip of the pen may have put a Sign into it.
    pub(crate) fn find(version: &str, func: &str, url: &str) -> Result<&'static Function, Refusal> {
        let refuse = |why: String| Err(Refusal::Code(Code::BadParameter, why));
        let Some(function) = FUNCTIONS.iter().find(|it| it.func == func && it.url == url) else {
            let any_case = |it: &&Function| {
                it.func.eq_ignore_ascii_case(func) && it.url.eq_ignore_ascii_case(url)
            };
            return refuse(match FUNCTIONS.iter().find(any_case) {
                Some(meant) => format!("{} is spelt so, case counts", meant.name()),
                None => "there is no such func and funcURL".to_owned(),
            });
        };
        if !function.versions.contains(&version) {
            let known = function.versions.join(" or ");
            return refuse(format!("{} is of version {known}", function.name()));
        }
        Ok(function)
    }

    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.func, self.url)
    }
}

/// The JSON object that a request carries.
pub(crate) struct Parameters(Map<String, Value>);

impl Parameters {
    pub(crate) fn parse(body: &[u8]) -> Result<Parameters, Refusal> {
        let refuse = |why| Err(Refusal::Code(Code::BadJson, why));
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Parameters(map)),
            Ok(_) => refuse("the body is JSON but not an object".to_owned()),
            // Only the place: the parser's own words may repeat a part of the body.
            Err(error) => refuse(format!(
                "the body is not JSON, from line {} column {} on",
                error.line(),
                error.column()
            )),
        }
    }

    /// A parameter that has to be there: a string with something in it.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        let missing = |why| Err(Refusal::Code(Code::MissingParameter, why));
        match self.0.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            Some(Value::String(_) | Value::Null) => missing(format!("{name} is empty")),
            Some(_) => {
                let why = format!("{name} is not a JSON string");
                Err(Refusal::Code(Code::BadParameter, why))
            }
            None if self.0.keys().any(|key| key.eq_ignore_ascii_case(name)) => {
                missing(format!("{name} is spelt so, case counts"))
            }
            None if name == "lackstate" && self.0.contains_key("lockstate") => {
                missing("lackstate is missing, it is spelt with an a".to_owned())
            }
            None => missing(format!("{name} is missing")),
        }
    }

    /// Phone numbers, separated by commas. What makes one "not valid" (-1) and what "not allowed"
    /// (-102) isn't documented: here, what is no number at all, and what is too short to be a
    /// subscriber's, such as 110.
    pub(crate) fn phones(&self, name: &'static str) -> Result<(), Refusal> {
        for number in self.required(name)?.split(',') {
            let digits = number.strip_prefix('+').unwrap_or(number);
            let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
            // No number in the world has more than 15 digits.
            if digits.is_empty() || !all_digits || digits.len() > 15 {
                let why = format!("{name} is not a phone number");
                return Err(Refusal::Code(Code::InvalidNumber, why));
            }
            if digits.len() < 7 {
                let why = format!("{name} is a short number, which can't be called");
                return Err(Refusal::Code(Code::NumberNotAllowed, why));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T, Refusal>) -> Option<Code> {
        match result {
            Ok(_) => None,
            Err(Refusal::Code(code, _)) => Some(code),
            Err(Refusal::Http(..)) => panic!("not of the platform"),
        }
    }

    #[test]
    fn functions_are_found_by_their_exact_address() {
        let find = |version, func, url| code(Function::find(version, func, url));
        assert_eq!(find("201612", "call", "TeleMeeting.wx"), None);
        assert_eq!(find("201512", "call", "NoticeCall.wx"), None);
        assert_eq!(find("201512", "call", "TeleMeeting.wx"), Some(Code::BadParameter));
        assert_eq!(find("201612", "sms", "TeleMeeting.wx"), Some(Code::BadParameter));
        assert_eq!(find("201612", "call", "telemeeting.wx"), Some(Code::BadParameter));
    }

    #[test]
    fn a_body_is_one_object() {
        for body in ["", "[]", "\"a\"", "{\"a\":1", "{} {}", "{\"a\":\"\u{1}\"}"] {
            assert_eq!(code(Parameters::parse(body.as_bytes())), Some(Code::BadJson), "{body}");
        }
        assert_eq!(code(Parameters::parse(b"{\"a\":\"\xff\"}")), Some(Code::BadJson));
        assert_eq!(code(Parameters::parse(b" {\"a\":1}\n")), None);
    }

    #[test]
    fn what_is_required_is_a_string_with_something_in_it() {
        let body = br#"{"a":"x","b":"","c":null,"d":1,"E":"x"}"#;
        let parameters = Parameters::parse(body).unwrap();
        assert_eq!(code(parameters.required("a")), None);
        assert_eq!(code(parameters.required("b")), Some(Code::MissingParameter));
        assert_eq!(code(parameters.required("c")), Some(Code::MissingParameter));
        assert_eq!(code(parameters.required("d")), Some(Code::BadParameter));
        assert_eq!(code(parameters.required("e")), Some(Code::MissingParameter));
        assert_eq!(code(parameters.required("f")), Some(Code::MissingParameter));
    }

    #[test]
    fn phone_numbers() {
        let check = |value: &str| {
            let body = serde_json::json!({ "dst": value }).to_string();
            code(Parameters::parse(body.as_bytes()).unwrap().phones("dst"))
        };
        assert_eq!(check("13800000000"), None);
        assert_eq!(check("+8613800000000,01053189990"), None);
        assert_eq!(check("138****0000"), Some(Code::InvalidNumber));
        assert_eq!(check("13800000000,"), Some(Code::InvalidNumber));
        assert_eq!(check("1234567890123456"), Some(Code::InvalidNumber));
        assert_eq!(check("110"), Some(Code::NumberNotAllowed));
    }
}
