//! The sandbox's ready-made account and room, as every example reads them from its environment.

use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID};

pub fn environment(url: &str) -> [(&'static str, &str); 5] {
    [
        ("YTX_BASE_URL", url),
        ("YTX_ACCOUNT_SID", ACCOUNT_SID),
        ("YTX_AUTH_TOKEN", AUTH_TOKEN),
        ("YTX_APPID", APPID),
        ("YTX_CONFID", CONFID),
    ]
}
