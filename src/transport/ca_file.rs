//! Reads the certificates of a ca_file: all that it shows, or a refusal that names the block. One
//! that is passed over without a word is missed much later, in a handshake that says
//! "UnknownIssuer".

#![forbid(unsafe_code)]

use std::fs;
use std::ops::Range;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::error::Error;
use crate::sys;

/// Certificate bundles are some hundred kilobytes; far more is not one.
const LARGEST: u64 = 16 * 1024 * 1024;

pub(super) fn read(path: &Path) -> Result<RootCertStore, Error> {
    let refuse = |why: &str| Error::argument(format!("ca_file {why}"));
    let unreadable =
        |error: std::io::Error| refuse(&format!("cannot be read: {}", sys::reason(&error)));
    // A pipe or a device could hold the caller up for ever.
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(refuse("is not a file"));
    }
    if about.len() > LARGEST {
        return Err(refuse("is larger than 16 MiB"));
    }
    roots(&fs::read(path).map_err(unreadable)?).map_err(|why| refuse(&why))
}

/// The certificates in a file's content; else why it is not usable.
fn roots(content: &[u8]) -> Result<RootCertStore, String> {
    if content.starts_with(b"\xFF\xFE") || content.starts_with(b"\xFE\xFF") {
        return Err("is UTF-16 text: save it as UTF-8 or ASCII".to_owned());
    }
    let mut roots = RootCertStore::empty();
    let mut rest = 0..content.len();
    for number in 1.. {
        let Some(edge) = find_edge(&content[rest.clone()]) else { break };
        rest.start += edge;
        let edge = rest.start;
        // Counted only where it is told: a file can have very many blocks.
        let refuse = |why: String| {
            let line = 1 + content[..edge].iter().filter(|&&byte| byte == b'\n').count();
            format!("block {number} (line {line}) {why}")
        };
        let block = Block::read(content, &mut rest).map_err(refuse)?;
        if let Some(certificate) = block.certificate().map_err(refuse)? {
            let added = roots.add(certificate);
            added.map_err(|error| refuse(format!("is no certificate: {error}")))?;
        }
    }
    if roots.is_empty() { Err("holds no PEM certificate".to_owned()) } else { Ok(roots) }
}

const DASHES: &[u8] = b"-----";

/// One block of PEM.
struct Block<'a> {
    label: &'a str,
    body: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads the block that `rest` begins with, and leaves what follows it.
    fn read(content: &'a [u8], rest: &mut Range<usize>) -> Result<Block<'a>, String> {
        let label = edge(content, rest, b"BEGIN ").ok_or("does not begin with a BEGIN line")?;
        let body = rest.start;
        let no_end = || format!("({label}) has no END line");
        rest.start += find_dashes(&content[rest.clone()]).ok_or_else(no_end)?;
        let body = &content[body..rest.start];
        match edge(content, rest, b"END ") {
            Some(end) if end == label => Ok(Block { label, body }),
            Some(end) => Err(format!("({label}) ends with END {end}")),
            None => Err(no_end()),
        }
    }

    /// The certificate in it; `None` for what cannot be one and takes none away.
    fn certificate(&self) -> Result<Option<CertificateDer<'static>>, String> {
        let Block { label, body } = self;
        match *label {
            "CERTIFICATE" | "X509 CERTIFICATE" => {
                let base64: Vec<u8> =
                    body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                let der = STANDARD
                    .decode(base64)
                    .map_err(|error| format!("({label}) is not Base64: {error}"))?;
                Ok(Some(der.into()))
            }
            "TRUSTED CERTIFICATE" => Err("is a TRUSTED CERTIFICATE, whose trust settings are \
                 OpenSSL's own: convert it by \"openssl x509\""
                .to_owned()),
            _ if ["PRIVATE KEY", "PUBLIC KEY", "PARAMETERS"]
                .iter()
                .any(|harmless| label.ends_with(harmless)) =>
            {
                Ok(None)
            }
            _ => Err(format!("is {label}, which is not read here: keep CERTIFICATE blocks only")),
        }
    }
}

/// Takes `-----{which}LABEL-----` off the front.
fn edge<'a>(content: &'a [u8], rest: &mut Range<usize>, which: &[u8]) -> Option<&'a str> {
    let after = content.get(rest.clone())?.strip_prefix(DASHES)?.strip_prefix(which)?;
    let length = find_dashes(after)?;
    let label = std::str::from_utf8(after.get(..length)?).ok()?;
    rest.start += DASHES.len() + which.len() + length + DASHES.len();
    (!label.is_empty() && !label.contains(['\n', '\r'])).then_some(label)
}

fn find_dashes(bytes: &[u8]) -> Option<usize> {
    bytes.windows(DASHES.len()).position(|window| window == DASHES)
}

/// Where the first edge of a block begins, or what was meant as one. No byte is looked at more
/// than a few times: a file can be all dashes.
fn find_edge(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    loop {
        start += bytes.get(start..)?.iter().position(|&byte| byte == b'-')?;
        let rest = &bytes[start..];
        let run = rest.iter().take_while(|&byte| matches!(byte, b'-' | b' ')).count();
        let (dashes, word) = rest.split_at(run);
        let first = dashes.windows(3).position(|window| window == b"---");
        if let Some(first) = first.filter(|_| is_edge_word(word)) {
            return Some(start + first);
        }
        start += run;
    }
}

/// Whether BEGIN or END stands here: not the "--- Endpoint CA ---" of a comment.
fn is_edge_word(bytes: &[u8]) -> bool {
    let word = bytes.split(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
    word.eq_ignore_ascii_case(b"BEGIN") || word.eq_ignore_ascii_case(b"END")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn certificate(name: &str) -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        parameters.self_signed(&key).unwrap().pem().replace("\r\n", "\n")
    }

    fn count(content: &str) -> Result<usize, String> {
        roots(content.as_bytes()).map(|roots| roots.len())
    }

    fn why(content: &str) -> String {
        count(content).unwrap_err()
    }

    #[test]
    fn all_that_a_file_shows_is_read() {
        let (one, two) = (certificate("one"), certificate("two"));
        let (one, two) = (one.trim_end(), two.trim_end());
        for both in [
            format!("{one}\n{two}\n"),
            format!("\u{feff}{one}\n\u{feff}{two}"),
            format!("{one}{two}"), // two files joined
            format!("{one}\n{two}").replace('\n', "\r\n"),
            format!("{one}\n{two}").replace('\n', "\r"),
            format!("# the first\n{one}\n\nSubject: the second---\n  {two}"),
            format!("--- Endpoint CA ---\n{one}\n----- beginning of two -----\n{two}"),
            format!("{one}\n{two}").replace("CERTIFICATE", "X509 CERTIFICATE"),
            format!(
                "-----BEGIN RSA PRIVATE KEY-----\nA: b-c\n\n!\n-----END RSA PRIVATE KEY-----\n{one}\n{two}"
            ),
            format!("{one}\n-----BEGIN EC PARAMETERS-----\nBg==\n-----END EC PARAMETERS-----{two}"),
        ] {
            assert_eq!(count(&both), Ok(2), "{both}");
        }
        assert_eq!(count(&one.replace('\n', " ")), Ok(1));
    }

    #[test]
    fn a_block_that_cannot_be_read_is_named() {
        let (one, two) = (certificate("one"), certificate("two"));
        let lines = one.lines().count();
        let begin = "-----BEGIN CERTIFICATE-----\n";
        let end = "-----END CERTIFICATE-----\n";
        for (bad, expected) in [
            (two.replace(end, ""), "(CERTIFICATE) has no END line"),
            (two.replace(end, begin), "(CERTIFICATE) has no END line"),
            (two.replace(end, "-----END X-----"), "(CERTIFICATE) ends with END X"),
            (two.replace(end, "----END CERTIFICATE----"), "(CERTIFICATE) has no END line"),
            (two.replace(begin, ""), "does not begin with a BEGIN line"),
            (
                two.replace(begin, "----BEGIN CERTIFICATE-----\n"),
                "does not begin with a BEGIN line",
            ),
            (
                two.replace(begin, "-----begin CERTIFICATE-----\n"),
                "does not begin with a BEGIN line",
            ),
            (two.replace(begin, "-----BEGIN CERTIFICATE\n"), "does not begin with a BEGIN line"),
            (two.replace("MII", "#MII"), "(CERTIFICATE) is not Base64"),
            (two.replacen("MII", "", 1), "is n"),
            (format!("{begin}{end}"), "is no certificate"),
            (format!("{begin}AAAA\n{end}"), "is no certificate"),
            (two.replace("CERTIFICATE", "TRUSTED CERTIFICATE"), "is a TRUSTED CERTIFICATE"),
            (two.replace("CERTIFICATE", "X509 CRL"), "is X509 CRL"),
            (two.replace("CERTIFICATE", "PKCS7"), "is PKCS7"),
        ] {
            let why = why(&format!("{one}{bad}"));
            assert!(why.contains(expected), "{why}\n{bad}");
            let line = 1 + lines + bad.lines().position(|line| line.contains("--")).unwrap();
            assert!(why.starts_with(&format!("block 2 (line {line}) ")), "{why}\n{bad}");
        }
    }

    #[test]
    fn the_largest_files_are_read_in_no_time() {
        let one = certificate("one");
        let key = "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n";
        let start = Instant::now();
        for filling in ["-", "--- ", key] {
            let file = filling.repeat(4_000_000 / filling.len()) + "\n" + &one;
            assert_eq!(count(&file), Ok(1), "{filling}");
        }
        // A second and less without optimization; where each block costs the whole file, hours.
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }

    #[test]
    fn a_file_without_certificates_is_said_to_be_one() {
        for content in ["", "x", "-----", "a - b -- c", "Front---End"] {
            let expected = if content.contains("End") { "block 1" } else { "holds no" };
            assert!(why(content).starts_with(expected), "{content}");
        }
        assert!(roots(b"\xFF\xFE-\0").unwrap_err().contains("UTF-16"));
    }
}
