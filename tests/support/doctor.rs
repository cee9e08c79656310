//! `ytx doctor` of `examples/c/ytx`: what it has said, and that nothing of that is secret.

use std::fs;
use std::process::Command;

use ytx_sandbox::AUTH_TOKEN;

use super::cc::{self, Program};
use super::room::{command, ended};

/// What the doctor has said, and the code it has ended with.
pub struct Said {
    pub code: i32,
    pub out: String,
}

impl Said {
    /// It has ended at this step with this code, and tells to do this. On the way to it all went well.
    #[track_caller]
    pub fn ends(&self, code: i32, step: &str, advice: &str) {
        let out = &self.out;
        assert_eq!(self.code, code, "{out}");
        let lines: Vec<&str> = out.lines().collect();
        let (last, steps) = lines.split_last().unwrap();
        assert!(last.starts_with("What to do: ") && last.contains(advice), "{out}");
        let failed: Vec<_> = steps.iter().filter(|line| line.contains("FAILED")).collect();
        let [failed] = failed[..] else { panic!("{out}") };
        assert!(failed.starts_with(step), "{out}");
        let page = fs::read_to_string(cc::root().join(".packaging/tools/ytx.1.in")).unwrap();
        assert!(page.contains(&format!(".It {code}\n")), "{code} is not in the manual");
    }

    #[track_caller]
    pub fn has(&self, words: &str) -> &Said {
        assert!(self.out.contains(words), "{words} is not in\n{}", self.out);
        self
    }
}

pub fn asked(command: &Command) -> Said {
    let (code, out, error) = ended(command);
    assert_eq!(error, "", "{out}");
    // Neither the token, nor what is made of it, nor a query with it.
    for secret in [AUTH_TOKEN, "sesame", "Sign", "Authorization", "?"] {
        assert!(!out.contains(secret), "{secret} is in\n{out}");
    }
    Said { code, out }
}

pub fn ask(program: &Program, url: &str, arguments: &str) -> Said {
    asked(&command(program, url, &format!("doctor {arguments}")))
}
