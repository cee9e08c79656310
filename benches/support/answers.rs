//! The platform's two answers that everything is measured with.

use std::fmt::Write;

const MEMBERS: usize = 200;

/// A lock that was accepted, as on the platform's page: 45 bytes.
pub const LOCK: &str = r#"{"statusCode":"0","statusMsg":"提交成功"}"#;

/// The state of a room with 200 members, in the form of the platform's page: about 17 KB.
pub fn state() -> String {
    let mut answer = r#"{"statusCode":"0","statusMsg":["#.to_owned();
    for member in 0..MEMBERS {
        let comma = if member == 0 { "" } else { "," };
        let (first, last) = (130 + member % 60, 1000 + member * 37 % 9000);
        let presence = if member % 4 == 0 { "不在线" } else { "在线" };
        let muted = if member % 3 == 0 { "已静音" } else { "未静音" };
        write!(
            answer,
            r#"{comma}{{"meid":"120","phone":"{first}****{last}","statusname":"{presence}","ifmutename":"{muted}"}}"#
        )
        .expect("a String takes all");
    }
    answer + "]}"
}
