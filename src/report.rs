//! The JSON that the library writes itself, where the platform did not answer.

#![forbid(unsafe_code)]

use serde::Serialize;

use crate::error::{Error, Kind};
use crate::status;
use crate::sys::Text;

/// The order of the fields is the contract's example; statusCode and statusMsg are strings, as
/// the platform's are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    status_code: String,
    status_msg: &'a str,
    error: &'a str,
    retryable: bool,
    sent: bool,
    http_status: Option<u16>,
    attempts: u32,
}

/// The platform's answer where it gave one, else a report. `None` only when there is no memory.
pub(crate) fn json(error: Error) -> Option<Text> {
    // An accepted answer that cannot be read is a failure all the same: its own words say "0".
    if error.kind != Kind::Response
        && let Some(answer) = error.answer
    {
        return Some(answer.into_text());
    }
    let code = error.status();
    let report = Report {
        status_code: code.to_string(),
        status_msg: error.message(),
        error: status::describe(code).and_then(|s| s.name.to_str().ok()).unwrap_or("YTX_UNKNOWN"),
        retryable: error.is_retryable(),
        sent: error.was_sent(),
        http_status: error.http_status(),
        attempts: error.attempts(),
    };
    // It cannot fail: there is no map with odd keys in it.
    Text::copy(&serde_json::to_string(&report).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the C contract.
    #[test]
    fn the_contracts_example() {
        let error = Error {
            sent: true,
            attempts: 1,
            ..Error::new(Kind::Timeout, "no answer from api.ytx.net:80 within 15000 ms")
        };
        assert_eq!(
            &*json(error).unwrap(),
            r#"{"statusCode":"1004","statusMsg":"no answer from api.ytx.net:80 within 15000 ms","error":"YTX_E_TIMEOUT","retryable":true,"sent":true,"httpStatus":null,"attempts":1}"#
        );
    }

    #[test]
    fn a_failing_gateway_is_retryable_only_while_it_may_recover() {
        for (http, retryable) in [(502, true), (503, true), (504, true), (500, false), (404, false)]
        {
            let error = Error { http_status: Some(http), ..Error::new(Kind::Http, "x") };
            assert!(json(error).unwrap().contains(&format!("\"retryable\":{retryable}")), "{http}");
        }
    }
}
