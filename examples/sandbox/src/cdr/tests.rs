//! What calls are read back, and how they are written.

use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::answer::code;

const BEGUN: OffsetDateTime = datetime!(2026-01-01 10:59:58 +8);

fn call(request_id: &str, called: &str) -> Call {
    Call {
        request_id: request_id.to_owned(),
        sid: "sid".to_owned(),
        appid: "app".to_owned(),
        caller: "13800000000".to_owned(),
        called: called.to_owned(),
        begun: BEGUN,
        custom: "order 7".to_owned(),
    }
}

fn which(body: &Value) -> Result<Which, Refusal> {
    let parameters = Parameters::parse(body.to_string().as_bytes()).unwrap();
    Which::read(body["action"].as_str().unwrap(), &parameters)
}

fn called(calls: &Calls, body: &Value) -> Vec<String> {
    let which = which(body).unwrap();
    let records = calls.read("sid", "app", "4", &which);
    records.cdr.iter().map(|record| record.called.to_owned()).collect()
}

fn three_requests() -> Calls {
    let mut calls = Calls::default();
    for (id, number) in [("9", "a"), ("10", "b"), ("10", "c"), ("11", "d")] {
        calls.add(call(id, number));
    }
    calls
}

#[test]
fn a_record_has_the_fields_that_were_seen_in_their_order() {
    let mut calls = Calls::default();
    calls.add(call("1", "13900000000"));
    let records = calls.read("sid", "app", "4", &Which::After("0".to_owned(), None));
    assert_eq!(
        serde_json::to_string(&records).unwrap(),
        "{\"cdr\":[{\"requestid\":\"1\",\"appid\":\"app\",\"fid\":4,\"caller\":\"13800000000\",\
         \"called\":\"13900000000\",\"callerstime\":\"2026-01-01 10:59:58\",\
         \"calleretime\":\"2026-01-01 11:00:12\",\"calledstime\":\"2026-01-01 11:00:02\",\
         \"calledetime\":\"2026-01-01 11:00:12\",\"tapesurl\":\"NoTapes\",\"duration\":14,\
         \"oriamount\":0.15,\"customParm\":\"order 7\",\"stateDesc\":\"应答|正常\"}]}"
    );
}

#[test]
fn calls_come_in_portions_after_the_last_request() {
    let calls = three_requests();
    let ask = |last: Value, limit: Value| {
        called(&calls, &json!({"action": "getCdrByResId", "lastresid": last, "limit": limit}))
    };
    assert_eq!(ask(json!("0"), json!(1)), ["a"]);
    assert_eq!(ask(json!("9"), json!("1")), ["b", "c"]);
    assert_eq!(ask(json!(10), json!(5)), ["d"]);
    assert_eq!(ask(json!("11"), json!(5)), [""; 0]);
    assert_eq!(ask(json!("0"), json!(null)), ["a", "b", "c", "d"]);
    assert_eq!(ask(json!("10"), json!(0)), ["b", "c"]);
}

#[test]
fn calls_of_an_hour_are_those_that_began_in_it() {
    let calls = three_requests();
    let ask = |date: Value, hour: Value| {
        called(&calls, &json!({"action": "getCdrByTime", "pdate": date, "ptime": hour})).len()
    };
    assert_eq!(ask(json!("20260101"), json!("10")), 4);
    assert_eq!(ask(json!("2026-01-01"), json!("10:30:00")), 4);
    assert_eq!(ask(json!(20_260_101), json!(10)), 4);
    assert_eq!(ask(json!("20260101"), json!("11")), 0);
    assert_eq!(ask(json!("20260101"), json!("1")), 0);
    assert_eq!(ask(json!("20260102"), json!("10")), 0);
}

#[test]
fn calls_of_others_are_not_shown() {
    let calls = three_requests();
    let all = Which::After("0".to_owned(), None);
    assert_eq!(calls.read("sid", "app", "4", &all).cdr.len(), 4);
    assert!(calls.read("another", "app", "4", &all).cdr.is_empty());
    assert!(calls.read("sid", "another", "4", &all).cdr.is_empty());
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (body, expected) in [
        (json!({"action": "getCdrByTime", "ptime": "10"}), Code::MissingParameter),
        (json!({"action": "getCdrByTime", "pdate": "20260101"}), Code::MissingParameter),
        (json!({"action": "getCdrByTime", "pdate": "today", "ptime": 1}), Code::BadParameter),
        (json!({"action": "getCdrByTime", "pdate": "20260101", "ptime": "24"}), Code::BadParameter),
        (json!({"action": "getCdrByResId", "lastresid": "x"}), Code::BadParameter),
        (json!({"action": "getCdrByResId", "limit": "-1"}), Code::BadParameter),
        (json!({"action": "getCdrByResId", "limit": 0}), Code::BadParameter),
        (json!({"action": "getcdrbyresid"}), Code::UnknownAction),
    ] {
        assert_eq!(code(which(&body)), Some(expected), "{body}");
    }
}

#[test]
fn the_oldest_calls_are_forgotten() {
    let mut calls = Calls::default();
    for number in 0..=CALLS {
        calls.add(call(&(number + 1).to_string(), "a"));
    }
    assert_eq!(calls.0.len(), CALLS);
    assert_eq!(calls.0[0].request_id, "2");
}
