//! What the sandbox knows: accounts, applications, rooms and their members, and a ready-made set
//! of each with which every answer of the platform can be had.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

/// The ready-made account in good standing. Made up, like everything here.
pub const ACCOUNT_SID: &str = "ff8080813c37da53013c804f8072007c";
/// The made-up auth token of all ready-made accounts.
pub const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// The ready-made application that may control conferences.
pub const APPID: &str = "ff8080813fc70a7b013fc72312324213";
/// The ready-made room with members in it.
pub const CONFID: &str = "002";

/// How a sandbox is set up. [`Config::default`] listens on a free port of 127.0.0.1, is quiet and
/// knows the ready-made data.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// Which of the platform's two environments is played.
    pub environment: Environment,
    /// The accounts that exist.
    pub accounts: Vec<Account>,
    /// The applications that exist. Any account may use them.
    pub apps: Vec<App>,
    /// The rooms that exist.
    pub rooms: Vec<Room>,
    /// How far a timestamp may be from now, to either side. In JSON: seconds.
    #[serde(deserialize_with = "seconds")]
    pub validity: Duration,
    /// The most requests within one second of the clock; each one more is answered with -104.
    /// `None`: no limit.
    pub throttle: Option<u32>,
    /// Names that the page and `/sandbox/…` may be asked for by, beside the addresses of this
    /// machine and `localhost`.
    pub hosts: Vec<String>,
    /// Keep the log to [`Sandbox::log`](crate::Sandbox::log) instead of writing it to stderr too.
    pub quiet: bool,
}

/// One of the platform's environments. An application belongs to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// sandbox.ytx.net
    Test,
    /// api.ytx.net
    Production,
}

/// An account of the platform. It has no `Debug`, so that its token can't be printed by chance.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The account SID.
    pub sid: String,
    /// The auth token.
    pub token: String,
    /// Whether the platform has shut it off (-201).
    #[serde(default)]
    pub disabled: bool,
    /// Its money. An account with nothing left may only ask for its balance (-204).
    #[serde(default = "enough")]
    pub balance: f64,
}

/// An application of the platform; what it lacks is answered with -205.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its number.
    pub appid: String,
    /// The environment it belongs to.
    #[serde(default = "test")]
    pub environment: Environment,
    /// Whether it has the telephone-conference feature.
    #[serde(default = "yes")]
    pub conference: bool,
    /// Whether it is online.
    #[serde(default = "yes")]
    pub online: bool,
    /// The addresses that may use it; none listed means any.
    #[serde(default)]
    pub whitelist: Vec<IpAddr>,
}

/// A conference room.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Its number, the `meid` that creating it would have returned.
    pub confid: String,
    /// Whether it is locked.
    #[serde(default)]
    pub locked: bool,
    /// Whether the platform breaks down over it: every request for it is answered with -100.
    #[serde(default)]
    pub broken: bool,
    /// Who is in it.
    #[serde(default)]
    pub members: Vec<Member>,
}

/// A member of a conference.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The phone number as the platform shows it, its middle hidden: `131****1314`.
    pub phone: String,
    /// 在线, or 不在线.
    pub online: bool,
    /// 已静音, or 未静音.
    pub muted: bool,
}

impl Config {
    /// Reads a configuration from JSON. What it doesn't mention is as in [`Config::default`]; a
    /// list that it does mention takes the place of the ready-made one.
    ///
    /// # Errors
    /// When it isn't JSON, or has a field this sandbox doesn't know.
    pub fn from_json(json: &str) -> Result<Config, serde_json::Error> {
        serde_json::from_str(json)
    }
}

impl Default for Config {
    fn default() -> Config {
        let good = Account {
            sid: ACCOUNT_SID.to_owned(),
            token: AUTH_TOKEN.to_owned(),
            disabled: false,
            balance: enough(),
        };
        let disabled =
            Account { sid: "disabled-account".to_owned(), disabled: true, ..good.clone() };
        let poor = Account { sid: "poor-account".to_owned(), balance: 0.0, ..good.clone() };

        let app = App {
            appid: APPID.to_owned(),
            environment: Environment::Test,
            conference: true,
            online: true,
            whitelist: Vec::new(),
        };
        let named = |appid: &str| App { appid: appid.to_owned(), ..app.clone() };
        // An address set aside for documentation: no caller has it.
        let elsewhere = IpAddr::from(Ipv4Addr::new(192, 0, 2, 1));
        let apps = vec![
            app.clone(),
            App { environment: Environment::Production, ..named("production-app") },
            App { conference: false, ..named("no-conference-app") },
            App { online: false, ..named("not-online-app") },
            App { whitelist: vec![elsewhere], ..named("whitelisted-app") },
        ];

        let member = |phone: &str, online, muted| Member { phone: phone.to_owned(), online, muted };
        let members = vec![
            member("131****1314", false, true),
            member("189****5326", true, false),
            member("138****0001", true, true),
            member("010****7788", true, false),
            member("139****2468", false, false),
        ];
        let room = |confid: &str, broken, members| Room {
            confid: confid.to_owned(),
            locked: false,
            broken,
            members,
        };

        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            environment: Environment::Test,
            accounts: vec![good, disabled, poor],
            apps,
            rooms: vec![
                room(CONFID, false, members),
                room("003", false, Vec::new()),
                room("100", true, Vec::new()),
            ],
            validity: Duration::from_secs(24 * 60 * 60),
            throttle: None,
            hosts: Vec::new(),
            quiet: true,
        }
    }
}

fn enough() -> f64 {
    12.5
}

fn test() -> Environment {
    Environment::Test
}

fn yes() -> bool {
    true
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_sets_what_it_mentions_and_leaves_the_rest() {
        let config = Config::from_json(
            r#"{"listen": "127.0.0.1:9", "validity": 600, "environment": "production",
                "accounts": [{"sid": "me", "token": "secret"}],
                "rooms": [{"confid": "7", "members":
                    [{"phone": "1", "online": true, "muted": false}]}]}"#,
        )
        .unwrap();
        assert_eq!(config.listen.port(), 9);
        assert_eq!(config.validity, Duration::from_secs(600));
        assert_eq!(config.environment, Environment::Production);
        assert_eq!(config.accounts.len(), 1);
        assert!(!config.accounts[0].disabled && config.accounts[0].balance > 0.0);
        assert_eq!(config.rooms[0].members[0].phone, "1");
        assert!(config.apps.iter().any(|app| app.appid == APPID));
    }

    #[test]
    fn a_misspelt_field_is_an_error_and_not_ignored() {
        for json in [
            r#"{"acounts": []}"#,
            r#"{"accounts": [{"sid": "s", "token": "t", "balanse": 1}]}"#,
            r#"{"rooms": [{"confid": "1", "lock": true}]}"#,
        ] {
            assert!(Config::from_json(json).is_err(), "{json}");
        }
    }
}
