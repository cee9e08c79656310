//! Pictures of the page, for eyes; and that nothing is wider than a narrow window.

use std::fs;

use ytx_sandbox::{Config, Count, Fault, Member, Room, Sandbox};

use crate::driver::{Browser, Look};
use crate::wrong;

/// A room full of life, and a developer's first ten minutes.
fn lively() -> Sandbox {
    let mut config = Config::default();
    let member = |phone: &str, online, muted| Member { phone: phone.to_owned(), online, muted };
    config.rooms.push(Room {
        confid: "8001".to_owned(),
        locked: true,
        broken: false,
        members: vec![member("136****0807", true, false), member("150****4411", true, true)],
    });
    let sandbox = Sandbox::start(config).unwrap();
    wrong::send_parts(&sandbox, &wrong::right(&wrong::now("%Y%m%d%H%M%S")));
    for wrong in wrong::kinds() {
        wrong::send_parts(&sandbox, &wrong.parts);
    }
    let mut plain = wrong::right(&wrong::now("%Y%m%d%H%M%S"));
    plain.content_type = "application/x-www-form-urlencoded";
    wrong::send_parts(&sandbox, &plain);
    sandbox
}

#[tokio::test]
#[ignore = "breadth"]
async fn pictures_are_taken() {
    let sandbox = lively();
    for (name, language, dark, size) in [
        ("light", "en-US", false, (1280, 880)),
        ("dark", "en-US", true, (1280, 880)),
        ("chinese", "zh-CN", false, (1280, 880)),
        ("narrow", "en-US", false, (360, 740)),
        ("narrow-chinese-dark", "zh-CN", true, (360, 740)),
    ] {
        let Some(page) = Browser::open(sandbox.url(), Look { language, dark, size }).await else {
            return;
        };
        page.see("#requests .code", "-205").await;
        let is_dark =
            page.script("return matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(is_dark, dark);
        let views: &[&str] = if size.0 < 500 {
            &["requests", "rooms", "signature", "faults"]
        } else {
            &["requests", "signature", "faults"]
        };
        for view in views {
            if *view == "signature" {
                page.script("chosen = null").await;
            }
            page.click(&format!("#tab-{view}")).await;
            if *view == "signature" {
                page.write("#sid", "ff8080813c37da53013c804f8072007c").await;
                page.write("#token", "0123456789abcdef0123456789abcdef").await;
                page.write("#stamp", "20260101000000").await;
                page.script("checkSignature(requests.find(it => it.part === 'sign'))").await;
            }
            if *view == "faults" {
                sandbox.inject(Fault::Status(503), Count::Next(3));
                page.see("#faults", "503").await;
            }
            // A browser of telephones would make its window wider for what does not fit.
            let wide = page.script("return document.documentElement.scrollWidth").await;
            assert!(wide.as_u64() <= Some(size.0.into()), "{name} {view}: {wide}");
            let path = page.picture(&format!("{name}-{view}")).await;
            assert!(fs::metadata(&path).unwrap().len() > 10_000, "{}", path.display());
            sandbox.clear_faults();
        }
        page.click("#tab-requests").await;
        page.click("#requests > .refused .line").await;
        page.see("#requests .open pre", "masked").await;
        page.picture(&format!("{name}-opened")).await;
        page.close().await;
    }
}
