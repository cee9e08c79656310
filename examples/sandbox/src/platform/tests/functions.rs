//! What is no meeting: calls, texts, orders, the balance.

use serde_json::{Value, json};

use super::*;

fn dial(body: &Value) -> Call {
    call(ACCOUNT_SID, "201512", "call/DailbackCall.wx", body)
}

#[test]
fn other_functions_check_phone_numbers_and_the_application() {
    let dial = |dst: &str, appid: &str| {
        let body =
            json!({"action": "callDailBack", "appid": appid, "src": "13800000000", "dst": dst});
        code_of(&dial(&body))
    };
    assert_eq!(dial("13800000001", APPID), 0);
    assert_eq!(dial("13800000001", "no-conference-app"), 0);
    assert_eq!(dial("13800000001", "not-online-app"), -205);
    assert_eq!(dial("nobody", APPID), -1);
    assert_eq!(dial("110", APPID), -102);
    assert_eq!(dial("", APPID), -2);
}

#[test]
fn what_clients_send_as_numbers_is_taken_as_numbers() {
    let body = json!({
        "action": "callDailBack", "appid": APPID, "src": 13_800_000_000_u64,
        "dst": 13_900_000_000_u64, "srctimeout": 30, "dsttimeout": 50, "credit": 180,
        "customParm": ["anything", {"at": "all"}],
    });
    let answer = send(&mut platform(), &dial(&body), NOW);
    assert_eq!(code(&answer), 0);
    assert!(remarks(&answer).is_empty(), "{}", answer.told.line());
    for (function, body) in [
        ("call/NoticeCall.wx", json!({"dst": "13800000000|13900000000", "templateId": 7})),
        ("call/CodeCallOut.wx", json!({"dst": 13_800_000_000_u64, "code": 4711, "time": 3})),
        ("sms/TemplateSMS.wx", json!({"mobile": 13_800_000_000_u64, "datas": ["a", 1]})),
        ("haoma/NumberTag.wx", json!({"phone": 13_800_000_000_u64})),
    ] {
        let mut body = body;
        body["action"] = json!("any");
        body["appid"] = json!(APPID);
        let answer = send(&mut platform(), &call(ACCOUNT_SID, "201612", function, &body), NOW);
        assert_eq!(code(&answer), 0, "{}", answer.told.line());
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let id = body["requestId"].as_str().unwrap();
        assert!(id.len() == 29 && id.bytes().all(|it| it.is_ascii_digit()), "{id}");
        assert!(remarks(&answer).is_empty(), "{}", answer.told.line());
    }
}

#[test]
fn calls_are_read_back_without_a_status_code() {
    let mut platform = platform();
    let body = json!({
        "action": "callDailBack", "appid": APPID, "src": "13800000000", "dst": "13900000000",
        "customParm": 7,
    });
    send(&mut platform, &dial(&body), NOW);
    let body = json!({
        "action": "templateNoticeCall", "appid": APPID, "dst": "13811111111|13822222222",
        "dstclid": "01053189990",
    });
    send(&mut platform, &call(ACCOUNT_SID, "201512", "call/NoticeCall.wx", &body), NOW);
    let refused = json!({"action": "callDailBack", "appid": APPID, "src": "1", "dst": "1"});
    send(&mut platform, &dial(&refused), NOW);

    let mut read = |body: &Value| {
        let call = call(ACCOUNT_SID, "201512", "call/CallCdr.wx", body);
        let answer = send(&mut platform, &call, NOW);
        serde_json::from_str::<Value>(&answer.body).unwrap()
    };
    let by_id = json!({
        "action": "getCdrByResId", "appid": APPID, "fid": "4", "lastresid": "0", "limit": 1,
    });
    let answer = read(&by_id);
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    let [record] = &answer["cdr"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!(record["requestid"], "20260101000000000000000000001");
    assert_eq!(
        (&record["caller"], &record["called"]),
        (&json!("13800000000"), &json!("13900000000"))
    );
    assert_eq!((&record["fid"], &record["customParm"]), (&json!(4), &json!("7")));
    assert_eq!(record["callerstime"], "2026-01-01 00:00:00");

    let by_time = json!({
        "action": "getCdrByTime", "appid": APPID, "fid": "1", "pdate": "20260101", "ptime": "00",
    });
    let answer = read(&by_time);
    let sides: Vec<_> =
        answer["cdr"].as_array().unwrap().iter().map(|it| (&it["caller"], &it["called"])).collect();
    let notice = json!("01053189990");
    assert_eq!(sides.len(), 3);
    assert_eq!(sides[1..], [(&notice, &json!("13811111111")), (&notice, &json!("13822222222"))]);
    assert_eq!(answer["cdr"][2]["fid"], 1);

    assert_eq!(
        read(&json!({"action": "getCdrByResId", "appid": "not-online-app"}))["statusCode"],
        "-205"
    );
    assert_eq!(read(&json!({"action": "getCdrs", "appid": APPID}))["statusCode"], "-3");
    assert_eq!(read(&json!({"action": "getCdrByResId"}))["statusCode"], "-2");
}

#[test]
fn an_order_is_taken_and_never_found() {
    let order = |action: &str| {
        let body = json!({"action": action, "appid": APPID, "customParm": "7"});
        code_of(&call(ACCOUNT_SID, "201612", "Unicom/Order.wx", &body))
    };
    assert_eq!(order("productOrder"), 0);
    assert_eq!(order("getOrderResult"), -704);
}

#[test]
fn the_balance_comes_without_a_status_code_even_when_it_is_gone() {
    for (sid, balance) in [(ACCOUNT_SID, "12.5"), ("poor-account", "0.0")] {
        let body = json!({"action": "queryBlance", "appid": APPID});
        let call = call(sid, "201612", "account/getBlance.wx", &body);
        let answer = send(&mut platform(), &call, NOW);
        assert_eq!(answer.content_type, "application/json;charset=utf-8");
        assert_eq!(answer.body, format!(r#"{{"AccountSID":"{sid}","Blance":{balance}}}"#));
    }
}
