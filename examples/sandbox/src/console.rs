//! What the sandbox has beside the platform: its page at `/`, and under `/sandbox/` what it knows
//! and a hand on it, both in JSON. The guide sandbox.md has the table of all paths.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use axum::body::Body;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode, request};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use crate::events::event;
use crate::journal::Link;
use crate::server::{Inner, Shared};

mod guard;
mod hand;

const PAGE: &str = include_str!("console/page.html");

/// What stands in the page where the nonce of an answer goes.
const NONCE: &str = "@nonce@";

/// No request to `/sandbox/` is nearly this large, unless it makes a room with very many members.
pub(crate) const LARGEST_BODY: usize = 1024 * 1024;

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A request turned down: an HTTP status, and why.
#[derive(Debug)]
struct Failure(StatusCode, String);

fn fail<T>(status: StatusCode, why: impl Into<String>) -> Result<T, Failure> {
    Err(Failure(status, why.into()))
}

/// Whether a request is for what is here, and not for the platform. A POST to `/` is one of a
/// client that left the path out: the platform's 404 tells it so.
pub(crate) fn is_for(head: &request::Parts) -> bool {
    match head.uri.path() {
        "/" => matches!(head.method, Method::GET | Method::HEAD),
        path => path == "/sandbox" || path.starts_with("/sandbox/"),
    }
}

/// The body is none when it was too large or did not come whole.
pub(crate) fn answer(
    shared: &Shared,
    head: &request::Parts,
    body: Option<&[u8]>,
    link: &Link,
) -> Response {
    if let Err(why) = guard::check(head, link, &shared.hosts) {
        return failed(&Failure(StatusCode::FORBIDDEN, why.to_owned()));
    }
    if head.uri.path() == "/" {
        return page();
    }
    let name = head.uri.path().strip_prefix("/sandbox/").unwrap_or_default();
    let is_get = matches!(head.method, Method::GET | Method::HEAD);
    let query = head.uri.query().unwrap_or_default();
    let answer = match (name, body) {
        ("events", _) if head.method == Method::GET => match events(shared) {
            Ok(response) => return response,
            Err(failure) => Err(failure),
        },
        ("state" | "room" | "requests" | "request", _) if is_get => read(shared, name, query),
        (name, Some(body)) if hand::NAMES.contains(&name) && head.method == Method::POST => {
            hand::carry_out(shared, name, body)
        }
        (name, None) if hand::NAMES.contains(&name) && head.method == Method::POST => {
            fail(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large, or did not come whole")
        }
        (name, _) => return not_here(name),
    };
    match answer {
        Ok((status, value)) => reply(status, &value),
        Err(failure) => failed(&failure),
    }
}

/// A path that does not exist, or not with this method.
fn not_here(name: &str) -> Response {
    let read = matches!(name, "state" | "room" | "requests" | "request" | "events");
    let allowed = match (read, hand::NAMES.contains(&name)) {
        (false, false) => {
            return failed(&Failure(StatusCode::NOT_FOUND, "there is no such path".to_owned()));
        }
        (true, true) => "GET, POST",
        (true, false) => "GET",
        (false, true) => "POST",
    };
    let why = format!("the method is not {}", allowed.replace(", ", " or "));
    let mut response = failed(&Failure(StatusCode::METHOD_NOT_ALLOWED, why));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// The page may load nothing, may be framed by nobody, and asks nobody but this server. Its own
/// script and style are known by the nonce; what else finds its way in does not run.
fn page() -> Response {
    let nonce = random();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let body = PAGE.replace(NONCE, &nonce);
    let mut response = plain(StatusCode::OK, "text/html;charset=utf-8", body.into());
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// 128 bits that nobody can guess, in hex.
pub(crate) fn random() -> String {
    // Its keys are the system's random numbers.
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}

fn events(shared: &Shared) -> Result<Response, Failure> {
    let mut inner = shared.lock();
    // The state and what comes after it leave no gap: the lock is held over both.
    let first = event("state", &state(shared, &inner));
    let mut begin = b"retry: 500\n".to_vec(); // in milliseconds, when the stream has ended
    begin.extend_from_slice(&first);
    match inner.listeners.add(begin.into()) {
        Some(stream) => Ok(plain(StatusCode::OK, "text/event-stream", Body::new(stream))),
        None => fail(StatusCode::SERVICE_UNAVAILABLE, "too many listen already"),
    }
}

type Answered = Result<(StatusCode, Value), Failure>;

fn ok(value: impl Serialize) -> Answered {
    match serde_json::to_value(value) {
        Ok(value) => Ok((StatusCode::OK, value)),
        Err(_) => fail(StatusCode::INTERNAL_SERVER_ERROR, "it cannot be written as JSON"),
    }
}

fn read(shared: &Shared, name: &str, query: &str) -> Answered {
    let inner = shared.lock();
    match name {
        "room" => {
            let Some(confid) = parameter(query, "confid") else {
                return fail(StatusCode::BAD_REQUEST, "confid is missing in the query");
            };
            match inner.platform.rooms().find(&confid) {
                Some(room) => ok(room),
                None => hand::no_room(),
            }
        }
        "request" => {
            let number = parameter(query, "number").and_then(|number| number.parse().ok());
            let Some(number) = number else {
                return fail(StatusCode::BAD_REQUEST, "number is missing in the query");
            };
            match inner.journal.find(number) {
                Some(entry) => ok(entry.whole()),
                None => fail(StatusCode::NOT_FOUND, "there is no such request, or no more"),
            }
        }
        "requests" => {
            let confid = parameter(query, "confid");
            let only_refused = parameter(query, "refused").is_some_and(|it| it != "0");
            let after = match parameter(query, "after").map(|after| after.parse()) {
                None => 0,
                Some(Ok(after)) => after,
                Some(Err(_)) => {
                    return fail(StatusCode::BAD_REQUEST, "after is not a request's number");
                }
            };
            let wanted = inner.journal.all().filter(|entry| {
                entry.number > after
                    && (!only_refused || entry.is_refused())
                    && confid.as_ref().is_none_or(|confid| entry.is_about(confid))
            });
            ok(wanted.map(|entry| entry.line()).collect::<Vec<_>>())
        }
        _ => ok(state(shared, &inner)),
    }
}

/// Everything a page shows.
fn state(shared: &Shared, inner: &Inner) -> Value {
    let lines: Vec<_> = inner.journal.all().map(|entry| entry.line()).collect();
    json!({
        "run": shared.run,
        "version": env!("CARGO_PKG_VERSION"),
        "listen": shared.listen,
        "open": !shared.listen.ip().to_canonical().is_loopback(),
        "connections": shared.connections(),
        "settings": settings(inner),
        "rooms": inner.platform.rooms().all(),
        "requests": lines,
    })
}

/// What can be set: the clock, the faults, the rate.
pub(crate) fn settings(inner: &Inner) -> Value {
    let faults: Vec<Value> =
        inner.faults.list().map(|(fault, count)| hand::fault(fault, count)).collect();
    json!({
        "environment": inner.platform.environment(),
        "clock_seconds": inner.clock.whole_seconds(),
        "per_second": inner.platform.throttle(),
        "faults": faults,
    })
}

/// The value of a name in a query.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(it, _)| *it == name)?;
    Some(decoded(value))
}

/// Percent-encoding taken off; what is none is left as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let hex = more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let hex = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(hex.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if hex.is_some() { &more[2..] } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn reply(status: StatusCode, value: &Value) -> Response {
    plain(status, "application/json;charset=utf-8", value.to_string().into())
}

fn failed(failure: &Failure) -> Response {
    reply(failure.0, &json!({ "error": failure.1 }))
}

fn plain(status: StatusCode, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CORP, "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
