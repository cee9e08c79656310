//! The parameters in a request's body: which are there, and the phone numbers among them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::answer::{Code, Refusal, refuse};

/// The JSON object that a request carries.
pub(crate) struct Parameters(Map<String, Value>);

impl Parameters {
    /// Reads the body, whatever its headers call it.
    pub(crate) fn parse(body: &[u8]) -> Result<Parameters, Refusal> {
        if body.is_empty() {
            return refuse(Code::BadJson, ("the body is empty", "请求体为空"));
        }
        if body.starts_with(b"\xef\xbb\xbf") {
            let why = ("the body begins with a byte-order mark", "请求体开头有字节顺序标记（BOM）");
            return refuse(Code::BadJson, why);
        }
        let Ok(text) = std::str::from_utf8(body) else {
            return refuse(Code::BadJson, ("the body is not UTF-8", "请求体不是 UTF-8"));
        };
        match serde_json::from_str(text) {
            Ok(Value::Object(map)) => Ok(Parameters(map)),
            Ok(_) => {
                let why = ("the body is JSON but not an object", "请求体是 JSON，但不是对象");
                refuse(Code::BadJson, why)
            }
            // Only the place: the parser's own words may repeat a part of the body.
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let mut en = format!("the body is not JSON, from line {line} column {column} on");
                let mut zh = format!("请求体不是 JSON，从第 {line} 行第 {column} 列起");
                if looks_like_a_form(text) {
                    en += ": it looks like a form, name=value; send a JSON object";
                    zh += "：看上去是表单（name=value），应发送 JSON 对象";
                }
                refuse(Code::BadJson, (en, zh))
            }
        }
    }

    /// A parameter that has to be there, with something in it. A number counts as its digits.
    pub(crate) fn required(&self, name: &'static str) -> Result<Cow<'_, str>, Refusal> {
        match self.0.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.into()),
            Some(Value::Number(number)) => Ok(number.to_string().into()),
            Some(Value::String(_) | Value::Null) => {
                let why = (format!("{name} is empty"), format!("{name} 为空"));
                refuse(Code::MissingParameter, why)
            }
            Some(_) => {
                let why = (
                    format!("{name} is neither a JSON string nor a number"),
                    format!("{name} 既不是 JSON 字符串，也不是数字"),
                );
                refuse(Code::BadParameter, why)
            }
            None if self.0.keys().any(|key| key.eq_ignore_ascii_case(name)) => {
                let why = (
                    format!("{name} is spelt so, case counts"),
                    format!("参数名应写作 {name}，注意大小写"),
                );
                refuse(Code::MissingParameter, why)
            }
            None if name == "lackstate" && self.0.contains_key("lockstate") => {
                let why = (
                    "lackstate is missing, it is spelt with an a",
                    "缺少 lackstate，第二个字母是 a，不是 o",
                );
                refuse(Code::MissingParameter, why)
            }
            None => {
                let why = (format!("{name} is missing"), format!("缺少 {name}"));
                refuse(Code::MissingParameter, why)
            }
        }
    }

    /// The same for one that may be missing or empty.
    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, Refusal> {
        if self.has(name) { self.required(name).map(Some) } else { Ok(None) }
    }

    /// One that is only noted, so it may be anything: its text, or nothing.
    pub(crate) fn noted(&self, name: &'static str) -> String {
        self.optional(name).ok().flatten().unwrap_or_default().into_owned()
    }

    /// Whether there is something in a parameter.
    pub(crate) fn has(&self, name: &str) -> bool {
        !matches!(self.0.get(name), None | Some(Value::Null))
            && self.0.get(name) != Some(&Value::String(String::new()))
    }

    pub(crate) fn is_number(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(Value::is_number)
    }

    /// Objects in a list; none when there is no list.
    pub(crate) fn objects(&self, name: &'static str) -> Result<Vec<Parameters>, Refusal> {
        let wrong = || {
            let why = (format!("{name} is not a list of objects"), format!("{name} 不是对象数组"));
            refuse(Code::BadParameter, why)
        };
        if !self.has(name) {
            return Ok(Vec::new());
        }
        let Some(Value::Array(list)) = self.0.get(name) else { return wrong() };
        let maps = list.iter().map(|item| item.as_object().cloned().map(Parameters));
        maps.collect::<Option<_>>().map_or_else(wrong, Ok)
    }

    /// Phone numbers, with commas or bars between them.
    pub(crate) fn phones(&self, name: &'static str) -> Result<Vec<String>, Refusal> {
        let numbers = self.required(name)?;
        let numbers = numbers.split([',', '|']);
        numbers.map(|number| phone(name, number).map(|()| number.to_owned())).collect()
    }

    /// A single phone number.
    pub(crate) fn phone(&self, name: &'static str) -> Result<String, Refusal> {
        let number = self.required(name)?;
        phone(name, &number).map(|()| number.into_owned())
    }
}

/// Whether a body that is no JSON is one as browsers send it: `action=lockMeeting&appid=…`.
fn looks_like_a_form(text: &str) -> bool {
    let name = |pair: &str| {
        let (name, _) = pair.split_once('=')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then_some(())
    };
    text.trim().split('&').all(|pair| name(pair).is_some())
}

/// What makes a number "not valid" (-1) and what "not allowed" (-102) isn't documented: here, what
/// is no number at all, and what is too short to be a subscriber's, such as 110.
fn phone(name: &str, number: &str) -> Result<(), Refusal> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    // No number in the world has more than 15 digits.
    if digits.is_empty() || !all_digits || digits.len() > 15 {
        let why = (format!("{name} is not a phone number"), format!("{name} 不是电话号码"));
        return refuse(Code::InvalidNumber, why);
    }
    if digits.len() < 7 {
        let why = (
            format!("{name} is a short number, which can't be called"),
            format!("{name} 是短号码，不能呼叫"),
        );
        return refuse(Code::NumberNotAllowed, why);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::answer::code;

    fn parse(body: &Value) -> Parameters {
        Parameters::parse(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_body_is_one_object_in_utf_8() {
        for body in ["", "[]", "\"a\"", "{\"a\":1", "{} {}", "{\"a\":\"\u{1}\"}", "\u{feff}{}"] {
            assert_eq!(code(Parameters::parse(body.as_bytes())), Some(Code::BadJson), "{body}");
        }
        assert_eq!(code(Parameters::parse(b"{\"a\":\"\xff\"}")), Some(Code::BadJson));
        assert_eq!(code(Parameters::parse(b" {\"a\":1}\n")), None);
    }

    #[test]
    fn what_is_required_is_a_string_or_number_with_something_in_it() {
        let parameters = parse(&json!({
            "a": "x", "b": "", "c": null, "d": 7, "E": "x", "f": true, "g": ["x"],
        }));
        assert_eq!(parameters.required("a").unwrap(), "x");
        assert_eq!(parameters.required("d").unwrap(), "7");
        for name in ["b", "c", "e", "h"] {
            assert_eq!(code(parameters.required(name)), Some(Code::MissingParameter), "{name}");
        }
        for name in ["f", "g"] {
            assert_eq!(code(parameters.required(name)), Some(Code::BadParameter), "{name}");
        }
        assert_eq!(parameters.optional("b").unwrap(), None);
        assert_eq!(code(parameters.optional("f")), Some(Code::BadParameter));
        assert_eq!(["d", "g", "h"].map(|name| parameters.noted(name)), ["7", "", ""]);
    }

    #[test]
    fn phone_numbers_come_as_text_or_number_with_commas_or_bars() {
        let check = |value: Value| code(parse(&json!({ "dst": value })).phones("dst"));
        for good in [
            json!("13800000000"),
            json!(13_800_000_000_u64),
            json!("+8613800000000,01053189990"),
            json!("13800000000|01053189990,13900000000"),
        ] {
            assert_eq!(check(good), None);
        }
        for bad in ["138****0000", "13800000000,", "|13800000000", "1234567890123456"] {
            assert_eq!(check(json!(bad)), Some(Code::InvalidNumber), "{bad}");
        }
        assert_eq!(check(json!(1.5e10)), Some(Code::InvalidNumber));
        assert_eq!(check(json!("110")), Some(Code::NumberNotAllowed));
        assert_eq!(check(json!(110)), Some(Code::NumberNotAllowed));
        let two = parse(&json!({ "src": "13800000000|13900000000" }));
        assert_eq!(code(two.phone("src")), Some(Code::InvalidNumber));
        assert_eq!(two.phones("src").unwrap(), ["13800000000", "13900000000"]);
    }

    #[test]
    fn a_list_of_objects_is_nothing_else() {
        let parameters =
            parse(&json!({"a": [{"x": 1}, {}], "b": [], "c": null, "d": ["x"], "e": {}}));
        let count = |name| parameters.objects(name).map(|list| list.len());
        assert_eq!(["a", "b", "c", "f"].map(|name| count(name).unwrap()), [2, 0, 0, 0]);
        for name in ["d", "e"] {
            assert_eq!(code(count(name)), Some(Code::BadParameter), "{name}");
        }
    }
}
