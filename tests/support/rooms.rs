//! A server that reads in a confid what it has to answer, so that a test's expectations stand beside
//! the answers they are about.

use std::time::Duration;

use super::behaviour::behave;
use super::server::{self, Reply, Request, Step};

/// What a confid such as "name;1u;<2m;503" has the server answer: to each request the next of
/// these, and then the last. "<" waits for "go 1 name;…", the number being the request's.
pub fn script(request: &Request) -> Reply {
    let key = request.key();
    if let Some(gate) = key.strip_prefix("await ") {
        return [vec![Step::Await(gate.to_owned())], server::echo(request)].concat();
    }
    if key.starts_with("go ") {
        return server::echo(request);
    }
    let answers: Vec<&str> = key.split(';').skip(1).collect();
    let Some(answer) = answers.get(request.earlier).or(answers.last()) else {
        return behave(request);
    };
    if *answer == "turns" {
        return room(if request.earlier.is_multiple_of(2) { "1u" } else { "2u" });
    }
    match answer.strip_prefix('<') {
        Some(answer) => {
            let gate = format!("go {} {key}", request.earlier);
            [vec![Step::Await(gate)], told(answer)].concat()
        }
        None => told(answer),
    }
}

/// One answer: an HTTP status, perhaps with "+" and a Retry-After; a refusal; a word; or members.
fn told(answer: &str) -> Reply {
    const LATER: [&str; 2] =
        ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:49:39 GMT"];
    let failing = |headers: &[&str]| vec![Step::Send(server::http(503, headers, b"<html>"))];
    if let Some((_, after)) = answer.split_once('+') {
        return match after {
            "date" => failing(&LATER),
            seconds => failing(&[&format!("Retry-After: {seconds}")]),
        };
    }
    match answer.parse::<i32>() {
        Ok(code @ ..0) => {
            server::json(format!(r#"{{"statusCode" : "{code}","statusMsg":"n\u006f"}}"#))
        }
        Ok(status) => {
            vec![Step::Send(server::http(status.try_into().unwrap(), &[], b"<html>"))]
        }
        Err(_) => match answer {
            "silence" => vec![Step::Stall],
            "late" => [vec![Step::Pause(Duration::from_millis(400))], told("1u")].concat(),
            "long" => {
                let zeros = "0,".repeat(500_000);
                server::json(format!(r#"{{"statusCode":"0","x":[{zeros}0],"statusMsg":[]}}"#))
            }
            "list" => server::json(r#"{"statusCode":"0","statusMsg":"ok"}"#),
            "seven" => server::json(r#"{"statusCode":"7","statusMsg":[]}"#),
            "odd 1" => list(&format!(" {ODD} ,\r\n{PLAIN}\n")),
            "odd 2" => list(&format!("{PLAIN},{}", ODD.replace(r"1\u0033\/1", "13/1"))),
            "odd 3" => list(PLAIN),
            members => room(members),
        },
    }
}

const ODD: &str = concat!(
    "{ \"ifmutename\" : \"\\u672a静音\",\t\"x\":[1, {\"phone\":null}],",
    "\"phone\":\"1\\u0033\\/1\",\r\n\"statusname\":\"在线\", \"meid\":\"\\ud83d\\ude00\" }"
);
const PLAIN: &str = r#"{"meid":"","phone":"7","statusname":"在线","ifmutename":"已静音"}"#;

fn list(rows: &str) -> Reply {
    server::json(format!("\u{feff}{{\"statusCode\" : 0, \"statusMsg\":[{rows}]}}"))
}

/// Members as "1u 2m": the number and how they are, `m` muted, `u` not, `x` another word for it,
/// `p` a presence that is neither word, and a capital for off line. Their meid is their place.
fn room(members: &str) -> Reply {
    let rows = members.split_whitespace().enumerate().map(|(place, member)| {
        let (phone, letter) = member.split_at(member.len() - 1);
        let presence = match letter {
            "p" => "呼叫中",
            "M" | "U" => "不在线",
            _ => "在线",
        };
        let mute = match letter {
            "m" | "M" => "已静音",
            "x" => "?",
            _ => "未静音",
        };
        format!(
            r#"{{"meid":"{place}","phone":"{phone}","statusname":"{presence}","ifmutename":"{mute}"}}"#
        )
    });
    let rows: Vec<String> = rows.collect();
    server::json(format!(r#"{{"statusCode":"0","statusMsg":[{}]}}"#, rows.join(",")))
}
