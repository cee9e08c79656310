//! The heads of answers, of servers and of proxies: where one ends, what its status is, and which
//! are only interim. Pure; nothing here reads or waits.
//!
//! What old or careless peers send is taken as RFC 9112 allows: lines that end in a bare LF, empty
//! lines before the status line (2.2), and headers folded over several lines (5.2). The headers
//! themselves are ureq's.

#![forbid(unsafe_code)]

use crate::sys;

/// The largest head of an answer.
pub(super) const MAX_HEAD: usize = 32 * 1024;

/// What the input begins with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// A part of a head, with the status of its answer where that can be told already.
    Unfinished { status: Option<u16> },
    /// So many bytes of no consequence: an empty line, or an interim answer.
    Nothing(usize),
    /// The head of an answer, `length` bytes long.
    Head { status: u16, length: usize },
    /// Something else, with the status of the answer that it began as.
    Strange { why: &'static str, status: Option<u16> },
}

/// Looks at what has come so far, and unfolds the headers in it.
pub(super) fn front(input: &mut [u8]) -> Front {
    if let [b'\n', ..] = input {
        return Front::Nothing(1);
    }
    if let [b'\r', b'\n', ..] = input {
        return Front::Nothing(2);
    }
    if !may_become_a_head(input) {
        return NOT_HTTP;
    }
    let Some(mut end) = next_line(input, 0) else { return unfinished(input.len(), None) };
    let Some(status) = status(&input[..end]) else { return NOT_HTTP };
    // What follows 101 is no HTTP: nothing is to be waited for.
    let is_interim = status < 200 && status != 101;
    let told = Some(status).filter(|_| !is_interim);
    loop {
        let start = end;
        let Some(next) = next_line(input, start) else {
            return unfinished(input.len(), told);
        };
        end = next;
        match input[start] {
            b' ' | b'\t' => unfold(&mut input[..start]),
            b'\n' => break,
            b'\r' if end == start + 2 => break,
            _ if is_interim || sys::position(b':', &input[start..end]).is_some() => {}
            _ => return Front::Strange { why: "has a header without a colon", status: told },
        }
    }
    match end {
        ..=MAX_HEAD if is_interim => Front::Nothing(end),
        ..=MAX_HEAD => Front::Head { status, length: end },
        _ => Front::Strange { why: TOO_LARGE, status: told },
    }
}

/// How much of an answer's body is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All, or so it looks: ureq, which reads it, has the last word.
    Whole,
    /// All but so many bytes.
    Missing(usize),
    /// It ends with a chunk, or with the connection.
    Unknown,
}

/// Tells whether an answer has come whole, so that reading it waits for nothing. What ureq refuses
/// is whole: it refuses it at once.
pub(super) fn extent(status: u16, head: &[u8], body: &[u8]) -> Extent {
    if matches!(status, 100..=199 | 204 | 304) {
        return Extent::Whole;
    }
    let is_1_0 = head.starts_with(b"HTTP/1.0");
    let mut length = None;
    for line in head.split(|&byte| byte == b'\n') {
        let Some(colon) = sys::position(b':', line) else { continue };
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"transfer-encoding") && !is_1_0 {
            let mut codings = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
            if codings.any(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
                return chunks(body);
            }
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            // What is no number, or another one than before, is for ureq to refuse.
            let number = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
            length = number.filter(|number| length.is_none_or(|before| before == *number));
            if length.is_none() {
                return Extent::Whole;
            }
        }
    }
    match length.map(|length: usize| length.saturating_sub(body.len())) {
        None => Extent::Unknown,
        Some(0) => Extent::Whole,
        Some(missing) => Extent::Missing(missing),
    }
}

/// The same of a body in chunks. They end with an empty one and lines up to an empty line; the bytes
/// of such an end may as well lie within a chunk.
fn chunks(mut body: &[u8]) -> Extent {
    loop {
        let Some((line, rest)) = split_at_crlf(body) else { return Extent::Unknown };
        let digits = line.split(|&byte| byte == b';').next().unwrap_or_default();
        let digits = std::str::from_utf8(digits).unwrap_or_default().trim();
        let Ok(length) = usize::from_str_radix(digits, 16) else { return Extent::Whole };
        body = rest;
        if length == 0 {
            break;
        }
        let Some(rest) = body.get(length..) else { return Extent::Missing(length - body.len()) };
        body = match rest {
            [b'\r', b'\n', rest @ ..] => rest,
            [] | [b'\r'] => return Extent::Unknown,
            _ => return Extent::Whole,
        };
    }
    loop {
        match split_at_crlf(body) {
            None => return Extent::Unknown,
            Some(([], _)) => return Extent::Whole,
            Some((_, rest)) => body = rest,
        }
    }
}

fn split_at_crlf(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&bytes[..length], &bytes[length + 2..]))
}

const NOT_HTTP: Front = Front::Strange { why: "is not HTTP", status: None };
const TOO_LARGE: &str = "has a head larger than 32 KiB";

fn unfinished(length: usize, status: Option<u16>) -> Front {
    match length {
        ..=MAX_HEAD => Front::Unfinished { status },
        _ => Front::Strange { why: TOO_LARGE, status },
    }
}

/// Where the line that begins at `start` ends, if it has come whole.
fn next_line(input: &[u8], start: usize) -> Option<usize> {
    sys::position(b'\n', &input[start..]).map(|length| start + length + 1)
}

fn may_become_a_head(input: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"HTTP/1.";
    input.iter().zip(BEGINNING).all(|(byte, expected)| byte == expected) || input == b"\r"
}

/// The number in a complete `HTTP/1.1 200 OK` line.
fn status(line: &[u8]) -> Option<u16> {
    let after_version = line.strip_prefix(b"HTTP/1.")?.get(1..)?;
    let (digits, rest) = after_version.strip_prefix(b" ")?.split_at_checked(3)?;
    let ends = rest.first().is_some_and(|byte| byte.is_ascii_whitespace());
    let number: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (ends && number >= 100).then_some(number)
}

/// Joins a line to the one that follows it.
fn unfold(line: &mut [u8]) {
    for byte in line.iter_mut().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')) {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> Front {
        front(&mut text.as_bytes().to_vec())
    }

    #[test]
    fn an_answer_is_whole_when_its_last_byte_has_come() {
        let extent = |status, text: &str| {
            let Front::Head { length, .. } = look(text) else { panic!("{text}") };
            let (head, body) = text.as_bytes().split_at(length);
            super::extent(status, head, body)
        };
        let long = "HTTP/1.1 200 OK\r\ncontent-LENGTH : 3\r\n\r\n";
        assert_eq!(extent(200, long), Extent::Missing(3));
        assert_eq!(extent(200, &format!("{long}ab")), Extent::Missing(1));
        assert_eq!(extent(200, &format!("{long}abc")), Extent::Whole);
        let chunked = "HTTP/1.1 200 OK\nContent-Length: 1\nTransfer-Encoding: chunked\n\n";
        assert_eq!(extent(200, &format!("{chunked}3\r\nabc\r\n")), Extent::Unknown);
        assert_eq!(extent(200, &format!("{chunked}3\r\nabc\r\n0\r\n\r\n")), Extent::Whole);
        for (body, expected) in [
            ("", Extent::Unknown),
            ("3", Extent::Unknown),
            ("3\r\n", Extent::Missing(3)),
            ("3\r\nab", Extent::Missing(1)),
            ("3\r\nabc", Extent::Unknown),
            ("3\r\nabc\r", Extent::Unknown),
            ("5\r\n0\r\n\r\n", Extent::Unknown),
            ("5\r\n0\r\n\r\n\r\n0\r\n", Extent::Unknown),
            ("5\r\n0\r\n\r\n\r\n0\r\n\r\n", Extent::Whole),
            ("1; a=b\r\n0\r\n0;c\r\nX: 1\r\n", Extent::Unknown),
            ("1; a=b\r\n0\r\n0;c\r\nX: 1\r\n\r\n", Extent::Whole),
            ("0\r\n\r\nHTTP/1.1", Extent::Whole),
            ("x\r\n", Extent::Whole),
            ("\r\n", Extent::Whole),
            ("1\r\nabc", Extent::Whole),
            ("fffffffffffffffffff\r\n", Extent::Whole),
        ] {
            assert_eq!(extent(200, &format!("{chunked}{body}")), expected, "{body:?}");
        }
        let most = usize::MAX - 1;
        assert_eq!(extent(200, &format!("{chunked}{most:x}\r\na")), Extent::Missing(most - 1));
        let in_1_0 = "HTTP/1.0 200 OK\nContent-Length: 1\nTransfer-Encoding: chunked\n\na";
        assert_eq!(extent(200, in_1_0), Extent::Whole);
        let listed = "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, Chunked\n\n0\r\n\r\n";
        assert_eq!(extent(200, listed), Extent::Whole);
        assert_eq!(extent(200, "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\n0"), Extent::Unknown);
        let differing = "HTTP/1.1 200 OK\nContent-Length: 7\nContent-Length: 9\n\n";
        assert_eq!(extent(200, differing), Extent::Whole);
        assert_eq!(extent(101, "HTTP/1.1 101 Switching Protocols\n\n"), Extent::Whole);
        assert_eq!(extent(200, "HTTP/1.0 200 OK\n\nabc"), Extent::Unknown);
        assert_eq!(extent(204, "HTTP/1.0 204 OK\n\n"), Extent::Whole);
        assert_eq!(extent(200, "HTTP/1.1 200 OK\nContent-Length: x\n\n"), Extent::Whole);
    }

    #[test]
    fn a_head_ends_with_an_empty_line() {
        for (text, status) in [
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 200),
            ("HTTP/1.0 503\r\n\r\n", 503),
            ("HTTP/1.1 200 OK\nA: b\n\n", 200),
            ("HTTP/1.1 404 \nA: b\r\n\n", 404),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
        ] {
            let length = text.len();
            assert_eq!(look(text), Front::Head { status, length }, "{text:?}");
            assert_eq!(
                look(&format!("{text}HTTP/1.1")),
                Front::Head { status, length },
                "{text:?}"
            );
            for end in 1..length {
                let part = &text[..end];
                let status = Some(status).filter(|_| part.contains('\n'));
                assert_eq!(look(part), Front::Unfinished { status }, "{part:?}");
            }
        }
        assert_eq!(look(""), Front::Unfinished { status: None });
    }

    #[test]
    fn interim_answers_and_empty_lines_are_nothing() {
        for text in [
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 100\n\n",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nServer: x\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 199 x\r\nA: b\r\n c\r\n\r\n",
            "\r\n",
            "\n",
        ] {
            assert_eq!(look(&format!("{text}HTTP/1.1 200 OK\r\n")), Front::Nothing(text.len()));
        }
        for part in ["\r", "HTTP/1.1 100 Continue\r\nServer: x\r\n"] {
            assert_eq!(look(part), Front::Unfinished { status: None });
        }
    }

    #[test]
    fn folded_headers_become_one_line() {
        let mut head =
            b"HTTP/1.1 200 OK\r\n B: x\r\nRetry-After:\r\n\t5\r\nC: d\n  e\n f\r\n\r\n".to_vec();
        let length = head.len();
        for end in 1..length {
            // However it comes.
            assert!(matches!(front(&mut head[..end]), Front::Unfinished { .. }), "{end}");
        }
        assert_eq!(front(&mut head), Front::Head { status: 200, length });
        let text = String::from_utf8(head).unwrap();
        assert_eq!(text, "HTTP/1.1 200 OK   B: x\r\nRetry-After:  \t5\r\nC: d   e  f\r\n\r\n");
    }

    #[test]
    fn what_is_no_head_is_seen_at_once() {
        for text in [
            "SSH-2.0-x",
            "\x16\x03\x01",
            "HTTP/2 200\r\n",
            "http/1.1 200 OK\r\n",
            "HTTP/1.1 2\r\n",
            "HTTP/1.1 abc\r\n",
            "HTTP/1.1 2000 OK\r\n",
            "HTTP/1.1 099 OK\r\n",
            "HTTP/1.1200 OK\r\n",
            "\rHTTP/1.1 200 OK\r\n",
            "x\nHTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n",
        ] {
            assert!(matches!(look(text), Front::Strange { .. }), "{text:?}");
        }
    }

    #[test]
    fn a_head_has_its_limit() {
        let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "a".repeat(MAX_HEAD));
        assert!(matches!(look(&endless), Front::Strange { .. }));
        assert!(matches!(look(&format!("{endless}\r\n\r\n")), Front::Strange { .. }));
        let largest = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "a".repeat(MAX_HEAD - 24));
        assert_eq!(look(&largest), Front::Head { status: 200, length: MAX_HEAD });
    }
}
