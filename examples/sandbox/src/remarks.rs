//! What an accepted request should do better. The platform takes all of this from clients that
//! work, or nothing shows that it doesn't; its page asks for something else.

use time::OffsetDateTime;

use crate::parameters::Parameters;
use crate::platform::Request;
use crate::signature;
use crate::words::Words;

/// No published client sends these as numbers.
const STRINGS: [&str; 4] = ["action", "appid", "confid", "lackstate"];

/// The remarks for the log's line, each a clause of its own.
pub(crate) fn on(
    request: &Request<'_>,
    parameters: &Parameters,
    signed: OffsetDateTime,
    now: OffsetDateTime,
) -> Vec<Words> {
    let mut remarks: Vec<Words> = signature::remark(signed, now).into_iter().collect();
    remarks.extend(media_type(request.content_type).map(Words::from));
    remarks.extend(charset(request.content_type).map(Words::from));
    remarks.extend(content_encoding(request.content_encoding).map(Words::from));
    if request.is_chunked {
        let remark = (
            "the body came in chunks: the page shows content-length",
            "请求体是分块发送的：平台页面上用的是 content-length",
        );
        remarks.push(remark.into());
    }
    remarks.extend(numbers(parameters));
    remarks
}

/// The same in both languages.
type Both = (&'static str, &'static str);

fn media_type(content_type: Option<&str>) -> Option<Both> {
    let Some(content_type) = content_type else {
        return Some((
            "there is no Content-Type: the page asks for application/json;charset=utf-8",
            "没有 Content-Type：平台页面要求 application/json;charset=utf-8",
        ));
    };
    let name = content_type.split(';').next().unwrap_or_default().trim();
    (!name.eq_ignore_ascii_case("application/json")).then_some((
        "Content-Type is not application/json, which the page asks for",
        "Content-Type 不是平台页面要求的 application/json",
    ))
}

fn charset(content_type: Option<&str>) -> Option<Both> {
    let fields = content_type?.split(';').skip(1).filter_map(|field| field.split_once('='));
    let mut names =
        fields.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset")).map(|(_, it)| it);
    let name = names.next()?.trim().trim_matches('"');
    (!name.eq_ignore_ascii_case("utf-8")).then_some((
        "Content-Type's charset is not utf-8, as which the body is read",
        "Content-Type 的字符集不是 utf-8，而请求体按 utf-8 读取",
    ))
}

fn content_encoding(value: Option<&str>) -> Option<Both> {
    (!value?.trim().eq_ignore_ascii_case("identity")).then_some((
        "Content-Encoding is about compression: the body has none",
        "Content-Encoding 说的是压缩，而请求体没有压缩",
    ))
}

fn numbers(parameters: &Parameters) -> Option<Words> {
    let numbers: Vec<&str> =
        STRINGS.into_iter().filter(|name| parameters.is_number(name)).collect();
    let are = match numbers.len() {
        0 => return None,
        1 => "is a JSON number",
        _ => "are JSON numbers",
    };
    let en = format!("{} {are}: nothing shows that the platform takes that", numbers.join(" and "));
    let zh = format!("{} 是 JSON 数字：没有迹象表明平台接受", numbers.join("、"));
    Some((en, zh).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_own_content_type_is_as_it_should_be() {
        for good in [
            "application/json",
            "application/json;charset=utf-8;",
            "Application/JSON ; Charset=\"UTF-8\"",
        ] {
            assert_eq!((media_type(Some(good)), charset(Some(good))), (None, None), "{good}");
        }
    }

    #[test]
    fn another_content_type_is_remarked_on() {
        assert!(media_type(None).unwrap().0.contains("no Content-Type"));
        assert_eq!(charset(None), None);
        for (value, other_media, other_charset) in [
            ("application/x-www-form-urlencoded; charset=UTF-8", true, false),
            ("application/x-www-from-urlencoded", true, false),
            ("text/plain; charset=ISO-8859-1", true, true),
            ("application/json; charset=gbk", false, true),
            ("application/json; q=1; charset=utf8", false, true),
            ("", true, false),
        ] {
            let found = (media_type(Some(value)).is_some(), charset(Some(value)).is_some());
            assert_eq!(found, (other_media, other_charset), "{value}");
        }
    }

    #[test]
    fn a_charset_is_no_content_encoding() {
        assert_eq!(content_encoding(None), None);
        assert_eq!(content_encoding(Some("identity")), None);
        assert!(content_encoding(Some("UTF-8")).unwrap().0.contains("Content-Encoding"));
    }

    #[test]
    fn numbers_are_remarked_on_where_no_client_sends_them() {
        let of = |body: &str| {
            numbers(&Parameters::parse(body.as_bytes()).unwrap()).map(|words| words.en)
        };
        assert_eq!(of(r#"{"src":1,"dst":2,"credit":3,"templateId":4,"confid":"5"}"#), None);
        assert!(of(r#"{"confid":5}"#).unwrap().starts_with("confid is a JSON number"));
        let two = of(r#"{"lackstate":1,"confid":5}"#).unwrap();
        assert!(two.starts_with("confid and lackstate are JSON numbers"), "{two}");
    }
}
