//! What the sandbox has to say about a request, in the two languages of its page, and which part of
//! the request it is about. The log has the English. No words repeat a token, a Sign or an
//! Authorization, nor a caller's text that may be one.

use std::borrow::Cow;

use serde::Serialize;

/// One thing to say, in both languages.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Words {
    pub(crate) en: Cow<'static, str>,
    pub(crate) zh: Cow<'static, str>,
    /// What of the signature it is about, where it is about that.
    #[serde(skip)]
    pub(crate) part: Option<Part>,
}

/// The parts of a signature, in the order they are looked at: when one is wrong, those before it
/// were right, and those behind it have not been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// That there is a Sign in the query.
    Query,
    /// The account SID in the path.
    Account,
    /// That Authorization is there, in Base64, and has two parts.
    Authorization,
    /// The account SID in Authorization.
    Sid,
    /// The timestamp in Authorization: its form, and how old it is.
    Timestamp,
    /// The digest.
    Sign,
}

impl Words {
    pub(crate) fn about(mut self, part: Part) -> Words {
        self.part = Some(part);
        self
    }
}

impl From<(&'static str, &'static str)> for Words {
    fn from((en, zh): (&'static str, &'static str)) -> Words {
        Words { en: en.into(), zh: zh.into(), part: None }
    }
}

impl From<(String, String)> for Words {
    fn from((en, zh): (String, String)) -> Words {
        Words { en: en.into(), zh: zh.into(), part: None }
    }
}
