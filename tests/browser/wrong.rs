//! Requests as people write them by hand, and what the page says of those that are wrong.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use serde_json::json;
use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, Sandbox};

use crate::driver::{Browser, Look};
use crate::start;
use crate::support::cc::succeed;

/// Sends a POST, and waits for its answer.
pub fn send(sandbox: &Sandbox, target: &str, headers: &str, body: &str) {
    let mut stream = TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap();
    let length = body.len();
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
}

/// What a request is made of. Each kind of wrong request spoils one thing.
pub struct Parts {
    pub hashed: String,
    pub joined: String,
    pub content_type: &'static str,
    pub body: String,
}

pub fn right(stamp: &str) -> Parts {
    let body = json!({"action": "lockMeeting", "appid": APPID, "confid": "002", "lackstate": "1"});
    Parts {
        hashed: format!("{ACCOUNT_SID}{AUTH_TOKEN}{stamp}"),
        joined: format!("{ACCOUNT_SID}|{stamp}"),
        content_type: "application/json;charset=utf-8",
        body: body.to_string(),
    }
}

/// By the shell's own tools, as someone would who tries it by hand.
fn shell(script: &str, text: &str) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", text]);
    succeed(command).trim().to_owned()
}

pub fn now(format: &str) -> String {
    shell("TZ=CST-8 date +\"$1\"", format)
}

pub fn send_parts(sandbox: &Sandbox, parts: &Parts) {
    let sign = shell("printf %s \"$1\" | md5sum", &parts.hashed)[..32].to_owned();
    let authorization = shell("printf %s \"$1\" | base64 -w 0", &parts.joined);
    let target = format!("/201612/sid/{ACCOUNT_SID}/call/TeleMeeting.wx?Sign={sign}");
    let headers = format!(
        "Accept: application/json\r\nContent-Type: {}\r\nAuthorization: {authorization}\r\n",
        parts.content_type
    );
    send(sandbox, &target, &headers, &parts.body);
}

/// A kind of wrong request, and what the page has to say of it in both languages.
pub struct Wrong {
    pub name: &'static str,
    pub parts: Parts,
    pub code: &'static str,
    pub told: [&'static str; 2],
}

pub fn kinds() -> Vec<Wrong> {
    let stamp = now("%Y%m%d%H%M%S");
    let with = |change: &dyn Fn(&mut Parts)| {
        let mut parts = right(&stamp);
        change(&mut parts);
        parts
    };
    let kind = |name, code, told, change: &dyn Fn(&mut Parts)| Wrong {
        name,
        parts: with(change),
        code,
        told,
    };
    vec![
        kind(
            "a wrong token",
            "-203",
            ["so the token or sid differ", "所以是令牌或 sid 不同"],
            &|it| it.hashed = it.hashed.replace(AUTH_TOKEN, "another"),
        ),
        kind(
            "a timestamp as other interfaces have it",
            "-202",
            ["since 1970; it is yyyyMMddHHmmss", "应为 yyyyMMddHHmmss"],
            &|it| it.joined = format!("{ACCOUNT_SID}|{}", now("%s")),
        ),
        kind(
            "another timestamp in Authorization than in Sign",
            "-203",
            ["both have to be UTC+8", "两处都要用 UTC+8"],
            &|it| {
                it.joined =
                    format!("{ACCOUNT_SID}|{}", shell("TZ=UTC date +\"$1\"", "%Y%m%d%H%M%S"))
            },
        ),
        kind(
            "an MD5 of the wrong order",
            "-203",
            ["the order is account SID, token, timestamp", "应为账户 SID、令牌、时间戳"],
            &|it| it.hashed = format!("{AUTH_TOKEN}{ACCOUNT_SID}{stamp}"),
        ),
        kind("a body without confid", "-2", ["confid is missing", "缺少 confid"], &|it| {
            it.body = it.body.replace("confid", "room")
        }),
        kind(
            "an appid of the other environment",
            "-205",
            ["test appids go to the sandbox host", "测试 appid 用沙箱地址"],
            &|it| it.body = it.body.replace(APPID, "production-app"),
        ),
        kind(
            "a form for a body",
            "-4",
            ["it looks like a form, name=value; send a JSON object", "应发送 JSON 对象"],
            &|it| {
                it.body = format!("action=lockMeeting&appid={APPID}&confid=002&lackstate=1");
                it.content_type = "application/x-www-form-urlencoded";
            },
        ),
    ]
}

#[tokio::test]
#[ignore = "breadth"]
async fn why_a_request_is_refused_stands_on_the_page() {
    for (place, language) in ["en-US", "zh-CN"].into_iter().enumerate() {
        let sandbox = start();
        let look = Look { language, ..Look::default() };
        let Some(page) = Browser::open(sandbox.url(), look).await else { return };
        for (number, wrong) in (1..).zip(kinds()) {
            send_parts(&sandbox, &wrong.parts);
            let row = format!("#requests > .refused[data-number='{number}']");
            println!("{}", wrong.name);
            page.see(&format!("{row} .code"), wrong.code).await;
            page.see(&format!("{row} .why"), wrong.told[place]).await;
        }
        let mut plain = right(&now("%Y%m%d%H%M%S"));
        plain.content_type = "text/plain";
        send_parts(&sandbox, &plain);
        let remark = ["Content-Type is not application/json", "Content-Type 不是"][place];
        page.see("#requests > .remarked .remark", remark).await;
        page.close().await;
    }
}
