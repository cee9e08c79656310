//! The functions of the platform, and how each is addressed.

use crate::answer::{Code, Refusal, refuse};
use crate::words::Words;

/// A function, addressed by version, func and funcURL.
pub(crate) struct Function {
    func: &'static str,
    url: &'static str,
    versions: &'static [&'static str],
    pub(crate) kind: Kind,
}

/// What else these take is not looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Makes and locks rooms, and tells who is in them.
    Meeting,
    /// Calls the numbers in `to`. A `from` that is required is called as well.
    Call { from: &'static str, required: bool, to: &'static str },
    /// Tells of the calls that were made.
    Cdr,
    /// Texts the numbers in this parameter.
    Text(&'static str),
    /// Asks for the account's money.
    Balance,
    /// Orders something, and asks what has become of it.
    Order,
    /// Something this sandbox only nods at.
    Other,
}

/// Meetings are only on this version. Of the rest, published clients use one or the other.
const MEETINGS: &[&str] = &["201612"];
const EITHER: &[&str] = &["201512", "201612"];

const DIAL_BACK: Kind = Kind::Call { from: "src", required: true, to: "dst" };
/// Here the platform is the caller, and shows the called this number.
const ANNOUNCE: Kind = Kind::Call { from: "dstclid", required: false, to: "dst" };

/// Functions that published clients call. Only the first one is on the platform's page.
#[rustfmt::skip]
static FUNCTIONS: [Function; 11] = [
    Function { func: "call", url: "TeleMeeting.wx", versions: MEETINGS, kind: Kind::Meeting },
    Function { func: "call", url: "DailbackCall.wx", versions: EITHER, kind: DIAL_BACK },
    Function { func: "call", url: "NoticeCall.wx", versions: EITHER, kind: ANNOUNCE },
    Function { func: "call", url: "CodeCallOut.wx", versions: EITHER, kind: ANNOUNCE },
    Function { func: "call", url: "CallCdr.wx", versions: EITHER, kind: Kind::Cdr },
    Function { func: "call", url: "MeetingQuery.wx", versions: EITHER, kind: Kind::Other },
    Function { func: "sms", url: "TemplateSMS.wx", versions: EITHER, kind: Kind::Text("mobile") },
    Function { func: "traffic", url: "Traffic.wx", versions: EITHER, kind: Kind::Other },
    Function { func: "account", url: "getBlance.wx", versions: EITHER, kind: Kind::Balance },
    Function { func: "haoma", url: "NumberTag.wx", versions: EITHER, kind: Kind::Other },
    Function { func: "Unicom", url: "Order.wx", versions: EITHER, kind: Kind::Order },
];

impl Function {
    /// An address that leads nowhere is a parameter out of range: the page lists version, func
    /// and funcURL among the parameters. Callers' text is not repeated in the log, here and
    /// everywhere: a slip of the pen may have put a Sign into it.
    pub(crate) fn find(version: &str, func: &str, url: &str) -> Result<&'static Function, Refusal> {
        let refuse = |why: Words| refuse(Code::BadParameter, why);
        let Some(function) = FUNCTIONS.iter().find(|it| it.func == func && it.url == url) else {
            let any_case = |it: &&Function| {
                it.func.eq_ignore_ascii_case(func) && it.url.eq_ignore_ascii_case(url)
            };
            return refuse(match FUNCTIONS.iter().find(any_case) {
                Some(meant) => {
                    let name = meant.name();
                    let en = format!("{name} is spelt so, case counts");
                    (en, format!("正确写法是 {name}，注意大小写")).into()
                }
                None => ("there is no such func and funcURL", "没有这样的 func 和 funcURL").into(),
            });
        };
        if !function.versions.contains(&version) {
            let (name, versions) = (function.name(), function.versions);
            let en = format!("{name} is of version {}", versions.join(" or "));
            return refuse((en, format!("{name} 的版本是 {}", versions.join(" 或 "))).into());
        }
        Ok(function)
    }

    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.func, self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::code;

    #[test]
    fn functions_are_found_by_their_exact_address() {
        let find = |version, func, url| code(Function::find(version, func, url));
        assert_eq!(find("201612", "call", "TeleMeeting.wx"), None);
        assert_eq!(find("201512", "call", "NoticeCall.wx"), None);
        assert_eq!(find("201512", "call", "CallCdr.wx"), None);
        assert_eq!(find("201612", "haoma", "NumberTag.wx"), None);
        assert_eq!(find("201612", "Unicom", "Order.wx"), None);
        assert_eq!(find("201612", "unicom", "Order.wx"), Some(Code::BadParameter));
        assert_eq!(find("201512", "call", "TeleMeeting.wx"), Some(Code::BadParameter));
        assert_eq!(find("201612", "sms", "TeleMeeting.wx"), Some(Code::BadParameter));
        assert_eq!(find("201612", "call", "telemeeting.wx"), Some(Code::BadParameter));
    }
}
