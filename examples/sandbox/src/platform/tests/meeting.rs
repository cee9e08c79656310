//! Rooms: made, locked and looked into.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_lock_is_set_and_taken_off() {
    let mut platform = platform();
    let answer = send(&mut platform, &meeting(&lock(CONFID, "1")), NOW);
    assert_eq!(
        answer.body,
        r#"{"statusCode":"0","statusMsg":"提交成功","requestId":"20260101000000000000000000001"}"#
    );
    assert!(platform.rooms().find(CONFID).unwrap().locked);
    assert_eq!(code(&send(&mut platform, &meeting(&lock(CONFID, "0")), NOW)), 0);
    assert!(!platform.rooms().find(CONFID).unwrap().locked);
}

#[test]
fn a_state_lists_the_members_in_the_pages_shape() {
    let mut platform = platform();
    let member = |online, muted| Member { phone: "131****1314".to_owned(), online, muted };
    platform.rooms_mut().set_member("120", member(false, true));
    let answer = send(&mut platform, &meeting(&state(APPID, "120")), NOW);
    assert_eq!(
        answer.body,
        r#"{"statusCode":"0","statusMsg":[{"meid":"120","phone":"131****1314","statusname":"不在线","ifmutename":"已静音"}]}"#
    );
    platform.rooms_mut().set_member("120", member(true, false)); // the same one
    let answer = send(&mut platform, &meeting(&state(APPID, "120")), NOW);
    assert!(answer.body.ends_with(r#""statusname":"在线","ifmutename":"未静音"}]}"#));
    assert_eq!(answer.body.matches("phone").count(), 1);

    let answer = send(&mut platform, &meeting(&state(APPID, "003")), NOW);
    assert_eq!(answer.body, r#"{"statusCode":"0","statusMsg":[]}"#);
}

#[test]
fn parameters_are_checked() {
    let without = |name: &str| {
        let mut body = lock(CONFID, "1");
        body.as_object_mut().unwrap().remove(name);
        code_of(&meeting(&body))
    };
    for name in ["action", "appid", "confid", "lackstate"] {
        assert_eq!(without(name), -2, "{name}");
    }
    let with = |name: &str, value: Value| {
        let mut body = lock(CONFID, "1");
        body[name] = value;
        code_of(&meeting(&body))
    };
    assert_eq!(with("action", json!("lockmeeting")), -3);
    assert_eq!(with("lackstate", json!("2")), -101);
    assert_eq!(with("lackstate", json!(true)), -101);
    assert_eq!(with("lackstate", json!(2)), -101);
    assert_eq!(with("confid", json!(2)), -101);
    assert_eq!(with("confid", json!(["002"])), -101);
    assert_eq!(with("confid", json!("004")), -101);
    assert_eq!(with("confid", json!("100")), -100);
}

#[test]
fn a_meetings_numbers_pass_with_a_remark() {
    let mut platform = platform();
    platform
        .rooms_mut()
        .set_member("200", Member { phone: "1".to_owned(), online: true, muted: false });
    let mut body = lock("200", "1");
    body["confid"] = json!(200);
    body["lackstate"] = json!(1);
    let answer = send(&mut platform, &meeting(&body), NOW);
    assert_eq!(code(&answer), 0);
    assert!(platform.rooms().find("200").unwrap().locked);
    let [remark] = remarks(&answer)[..] else { panic!("{}", answer.told.line()) };
    assert!(remark.starts_with("confid and lackstate are JSON numbers"), "{remark}");
    body["confid"] = json!(2);
    let answer = send(&mut platform, &meeting(&body), NOW);
    assert!(answer.told.line().contains("leading zeros"), "{}", answer.told.line());
}

fn phones(platform: &Platform, confid: &str) -> Vec<String> {
    platform.rooms().find(confid).unwrap().members.iter().map(|it| it.phone.clone()).collect()
}

#[test]
fn a_whole_conference_is_played_through() {
    let mut platform = platform();
    let mut body = create(&json!([
        {"name": "a", "phone": "13112341314"},
        {"name": "b", "phone": 18_912_345_326_u64},
        {"name": "a once more", "phone": "+8613112341314"},
    ]));
    body["creator"] = json!("13800000001");
    let answer = send(&mut platform, &meeting(&body), NOW);
    assert_eq!(
        answer.body,
        r#"{"statusCode":"0","statusMsg":"提交成功","requestId":"20260101000000000000000000001","meid":"101"}"#
    );
    assert!(
        answer.told.line().contains("room 101 is made, with 3 members"),
        "{}",
        answer.told.line()
    );
    assert!(answer.told.line().contains("is a guess"), "{}", answer.told.line());
    assert!(remarks(&answer).is_empty(), "{}", answer.told.line());

    let state = send(&mut platform, &meeting(&state(APPID, "101")), NOW);
    let state: Value = serde_json::from_str(&state.body).unwrap();
    let member = |phone: &str| json!({"meid": "101", "phone": phone, "statusname": "在线", "ifmutename": "未静音"});
    let members = ["138****0001", "131****1314", "189****5326"].map(member);
    assert_eq!(state["statusMsg"], json!(members));

    assert_eq!(code(&send(&mut platform, &meeting(&lock("101", "1")), NOW)), 0);
    assert!(platform.rooms().find("101").unwrap().locked);
    let next = send(&mut platform, &meeting(&body), NOW);
    assert!(next.body.ends_with(r#""meid":"102"}"#), "{}", next.body);
    assert!(!platform.rooms().find("102").unwrap().locked);
}

#[test]
fn a_room_is_made_of_what_it_cannot_do_without() {
    let mut platform = platform();
    let mut made = |body: &Value| code(&send(&mut platform, &meeting(body), NOW));
    let least =
        json!({"action": "createMeeting", "appid": APPID, "parties": [{"phone": "13112341314"}]});
    assert_eq!(made(&least), 0);
    let alone = json!({"action": "createMeeting", "appid": APPID, "creator": "13112341314"});
    assert_eq!(made(&alone), 0);
    let mut named = least.clone();
    named["creator"] = json!("somebody's name");
    assert_eq!(made(&named), 0);
    named["confid"] = json!("0815");
    assert_eq!(made(&named), 0);
    assert_eq!(made(&named), -101, "the number is taken");
    for rest in ["101", "102", "103", "0815"] {
        assert_eq!(phones(&platform, rest), ["131****1314"], "{rest}");
    }
}

#[test]
fn a_room_that_makes_no_sense_is_refused_and_not_made() {
    let with = |name: &str, value: Value| {
        let mut platform = platform();
        let mut body = create(&json!([{"name": "a", "phone": "13112341314"}]));
        body[name] = value;
        let answer = send(&mut platform, &meeting(&body), NOW);
        assert!(platform.rooms().find("101").is_none());
        code(&answer)
    };
    assert_eq!(with("appid", json!("")), -2);
    assert_eq!(with("appid", json!("no-conference-app")), -205);
    assert_eq!(with("parties", json!(null)), -2);
    assert_eq!(with("parties", json!([])), -2);
    assert_eq!(with("parties", json!("13112341314")), -101);
    assert_eq!(with("parties", json!(["13112341314"])), -101);
    assert_eq!(with("parties", json!([{"name": "a"}])), -2);
    assert_eq!(with("parties", json!([{"phone": "nobody"}])), -1);
    assert_eq!(with("parties", json!([{"phone": "110"}])), -102);
    assert_eq!(with("confid", json!(CONFID)), -101);
    assert_eq!(with("confid", json!("my room")), -101);
    assert_eq!(with("confid", json!([7])), -101);
    assert_eq!(with("action", json!("createmeeting")), -3);
}

#[test]
fn a_refused_lock_changes_nothing() {
    let mut platform = platform();
    let mut body = lock(CONFID, "1");
    body["appid"] = json!("no-such-app");
    send(&mut platform, &meeting(&body), NOW);
    assert!(!platform.rooms().find(CONFID).unwrap().locked);
}
