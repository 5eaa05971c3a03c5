//! JSON in and out. What does not fit is named by its JSON pointer.

use super::Problem;
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use nqba_core::{Code, Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use sha2::{Digest, Sha256};

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// A JSON body with the hash of its bytes, for idempotency keys.
#[derive(Debug, Clone)]
pub struct RawJson<T> {
    /// The value.
    pub value: T,
    /// SHA-256 of the bytes as they came.
    pub sha256: [u8; 32],
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => {
                let mut response = Response::new(Body::from(bytes));
                let kind = HeaderValue::from_static("application/json");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                response
            }
            Err(e) => Problem(Error::internal(e)).into_response(),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Self(RawJson::from_request(request, state).await?.value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for RawJson<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let given = if kind.is_empty() { "nothing is said".to_owned() } else { format!("`{kind}` is said") };
            let text = format!("The body must be application/json; in Content-Type {given}.");
            return Err(Error::new(Code::UnsupportedMediaType, text).into());
        }
        let bytes = read(request, state).await?;
        Ok(Self { value: parse(&bytes)?, sha256: Sha256::digest(&bytes).into() })
    }
}

/// The operation's own maximum, bytes, put into the request's extensions by whoever knows it.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// The whole body, up to the [`BodyLimit`] in the request's extensions.
///
/// # Errors
/// `too_large`, with the maximum, when a limit was hit; `malformed` when the client broke off.
pub async fn read<S: Send + Sync>(request: Request, _: &S) -> Result<Bytes> {
    let limit = request.extensions().get::<BodyLimit>().map_or(MAX_BODY, |l| l.0);
    axum::body::to_bytes(request.into_body(), limit).await.map_err(|e| {
        let cause = std::error::Error::source(&e);
        if cause.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>) {
            Error::new(Code::TooLarge, format!("The body is larger than {limit} bytes, the maximum here.")).because(e)
        } else {
            Error::new(Code::Malformed, "The body could not be read to its end.").because(e)
        }
    })
}

/// No operation takes more; each states its own maximum, which the gateway keeps.
const MAX_BODY: usize = 128 * 1024 * 1024;

/// Reads JSON.
///
/// # Errors
/// `malformed` when it is no JSON; `invalid`, with a pointer, when it does not fit the type.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|e| refuse(e.path(), e.inner(), bytes))?;
    reader.end().map_err(|e| refuse_syntax(&e))?;
    Ok(value)
}

fn refuse_syntax(e: &serde_json::Error) -> Error {
    let text = format!("The body is no valid JSON (line {}, column {}): {}.", e.line(), e.column(), reason(e));
    Error::new(Code::Malformed, text)
}

/// What serde says, without the place, and short: it repeats what the caller sent.
fn reason(e: &serde_json::Error) -> String {
    let text = e.to_string();
    let text = &plain(text.rsplit_once(" at line ").map_or(text.as_str(), |(t, _)| t));
    if text.chars().count() <= MAX_REASON {
        return text.to_owned();
    }
    text.chars().take(MAX_REASON).chain("…".chars()).collect()
}

/// In the words of JSON, not of our types.
pub(super) fn plain(text: &str) -> String {
    let Some((given, expected)) = text.split_once(", expected ") else { return text.to_owned() };
    // A text that the caller sent is repeated as it was.
    let given = if given.contains('"') { given.to_owned() } else { WORDS.iter().fold(given.to_owned(), reworded) };
    let wanted = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if expected.starts_with("struct ") || expected.contains("enum ") => "an object",
        other => other,
    };
    format!("{given}, expected {wanted}")
}

/// Our library's words and JSON's.
const WORDS: [(&str, &str); 6] = [
    ("floating point", "number"),
    ("integer", "number"),
    ("sequence", "list"),
    ("invalid length", "list of length"),
    ("map", "object"),
    ("unit value", "null"),
];

#[allow(clippy::needless_pass_by_value, reason = "a step of a fold")]
fn reworded(text: String, (from, to): &(&str, &str)) -> String {
    text.replace(from, to)
}

const MAX_REASON: usize = 300;
/// Larger bodies are not read a second time to say more exactly where they do not fit.
const MAX_LOOKED_INTO: usize = 1024 * 1024;

fn refuse(path: &Path, e: &serde_json::Error, bytes: &[u8]) -> Error {
    let text = e.to_string();
    // A number beyond 64 bits is JSON all the same; serde counts it as broken syntax.
    let too_big = text.starts_with("number out of range");
    if (e.is_syntax() || e.is_eof()) && !too_big {
        return refuse_syntax(e);
    }
    let body = if bytes.len() <= MAX_LOOKED_INTO { serde_json::from_slice(bytes).ok() } else { None };
    let mut pointer = pointer(path, body.as_ref());
    let named = |start: &str| text.strip_prefix(start)?.split('`').next().map(|f| format!("/{}", escape(f)));
    let code = if let Some(field) = named("missing field `") {
        pointer.push_str(&field);
        "missing"
    } else if let Some(field) = named("unknown field `") {
        // The path ends with the field itself, unless a tagged enum was read from a buffer.
        if !pointer.ends_with(&field) {
            pointer.push_str(&field);
        }
        "unknown_field"
    } else if let Some(field) = named("duplicate field `") {
        pointer.push_str(&field);
        "duplicate_field"
    } else {
        let at = body.as_ref().and_then(|b| b.pointer(&pointer));
        if let Some(inner) = at.zip(unexpected(&text)).and_then(|(at, found)| only_leaf(at, &found)) {
            pointer.push_str(&inner);
        }
        match (too_big, text.starts_with("unknown variant")) {
            (true, _) => "out_of_range",
            (_, true) => "unknown_variant",
            _ => "wrong_type",
        }
    };
    let mut sentence = reason(e);
    if let Some(first) = sentence.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    Error::invalid(pointer, code, format!("{sentence}."))
}

/// An RFC 6901 pointer. A variant's name is a key where the enum is written as an object, and nothing where as a word.
fn pointer(path: &Path, body: Option<&Value>) -> String {
    let mut found = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => found.push_str(&format!("/{index}")),
            Segment::Map { key } => found.push_str(&format!("/{}", escape(key))),
            Segment::Enum { variant } => {
                let longer = format!("{found}/{}", escape(variant));
                if body.is_none_or(|b| b.pointer(&longer).is_some()) {
                    found = longer;
                }
            }
            Segment::Unknown => {}
        }
    }
    found
}

/// The scalar that serde complains about, read from its message.
fn unexpected(text: &str) -> Option<Value> {
    if let Some(variant) = text.strip_prefix("unknown variant `") {
        return Some(variant.split_once("`, ")?.0.into());
    }
    let (found, _) =
        text.strip_prefix("invalid type: ").or(text.strip_prefix("invalid value: "))?.split_once(", expected ")?;
    let ticked = |kind: &str| found.strip_prefix(kind)?.strip_prefix(" `")?.strip_suffix('`');
    let quoted = found.strip_prefix("string ");
    if found == "null" || found == "unit value" || found == "Option value" {
        return Some(Value::Null);
    }
    serde_json::from_str(quoted.or(ticked("integer")).or(ticked("floating point")).or(ticked("boolean"))?).ok()
}

/// Where in `value` the scalar stands, if it stands there once. Internally tagged enums are read from a buffer that
/// has forgotten its path; the complaint then points at the enum, and this finds the field.
fn only_leaf(value: &Value, scalar: &Value) -> Option<String> {
    fn walk(value: &Value, scalar: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(k, v)| walk(v, scalar, &format!("{at}/{}", escape(k)), found)),
            Value::Array(all) => all.iter().enumerate().for_each(|(i, v)| walk(v, scalar, &format!("{at}/{i}"), found)),
            leaf if leaf == scalar => found.push(at.to_owned()),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, scalar, "", &mut found);
    if found.len() == 1 { found.pop() } else { None }
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        eta: f64,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        items: Vec<Inner>,
        name: String,
    }

    fn refused(text: &str) -> (Code, String, String) {
        let e = parse::<Outer>(text.as_bytes()).unwrap_err();
        let f = e.fields().first().cloned();
        (e.code(), f.clone().map(|f| f.pointer).unwrap_or_default(), f.map(|f| f.code).unwrap_or_default())
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_pointer() {
        let case = |text: &str, pointer: &str, code: &str| {
            assert_eq!(refused(text), (Code::Invalid, pointer.to_owned(), code.to_owned()), "{text}");
        };
        case(r#"{"items":[{"eta":1},{"eta":"NaN"}],"name":"x"}"#, "/items/1/eta", "wrong_type");
        case(r#"{"items":[{"eta":1,"eta2":1}],"name":"x"}"#, "/items/0/eta2", "unknown_field");
        case(r#"{"items":[{}],"name":"x"}"#, "/items/0/eta", "missing");
        case(r#"{"items":[]}"#, "/name", "missing");
        case(r#"{"items":7,"name":"x"}"#, "/items", "wrong_type");
        case(r#"{"items":[],"name":null}"#, "/name", "wrong_type");
    }

    #[test]
    fn types_are_told_in_the_words_of_json() {
        let said = |text: &str| parse::<Outer>(text.as_bytes()).unwrap_err().message().to_owned();
        let eta = |value: &str| said(&format!(r#"{{"items":[{{"eta":{value}}}],"name":"x"}}"#));
        assert_eq!(eta(r#""map""#), "Invalid type: string \"map\", expected a number.");
        assert_eq!(eta("{}"), "Invalid type: object, expected a number.");
        assert_eq!(said("[]"), "List of length 0, expected an object.");
        assert_eq!(said("1.5"), "Invalid type: number `1.5`, expected an object.");
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for text in ["", "{", r#"{"items":[{"eta":NaN}],"name":"x"}"#, r#"{"items":[],"name":"x"} x"#, "\u{1}"] {
            assert_eq!(refused(text).0, Code::Malformed, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(parse::<serde_json::Value>(deep.as_bytes()).unwrap_err().code(), Code::Malformed);
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
    #[allow(dead_code)]
    enum Tagged {
        Battery { eta: f64, size_kwh: f64, note: Option<String> },
        Load {},
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[allow(dead_code)]
    enum Plain {
        Word,
        Object { eta: f64 },
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Mixed {
        #[serde(default)]
        tagged: Vec<Tagged>,
        plain: Option<Plain>,
        #[serde(rename = "a/b~c")]
        odd: Option<u8>,
        same: Option<Box<Same>>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Same {
        same: u8,
    }

    #[test]
    fn enums_and_odd_names_are_pointed_into() {
        let case = |text: &str, pointer: &str, code: &str| {
            let e = parse::<Mixed>(text.as_bytes()).unwrap_err();
            let f = e.fields().first().unwrap_or_else(|| panic!("{text}: {e}"));
            assert_eq!((e.code(), f.pointer.as_str(), f.code.as_str()), (Code::Invalid, pointer, code), "{text}: {e}");
        };
        let tagged = |inner: &str| format!(r#"{{"tagged":[{{"type":"load"}},{inner}]}}"#);
        case(&tagged(r#"{"type":"battery","eta":"NaN","size_kwh":1}"#), "/tagged/1/eta", "wrong_type");
        case(&tagged(r#"{"type":"battery","eta":null,"size_kwh":1}"#), "/tagged/1/eta", "wrong_type");
        case(&tagged(r#"{"type":"battery","eta":true,"size_kwh":1}"#), "/tagged/1/eta", "wrong_type");
        case(&tagged(r#"{"type":"battery","eta":1,"size_kwh":1,"note":7}"#), "/tagged/1/note", "wrong_type");
        case(&tagged(r#"{"type":"battery","eta":"x","size_kwh":"x"}"#), "/tagged/1", "wrong_type");
        case(&tagged(r#"{"type":"battery","eta":1}"#), "/tagged/1/size_kwh", "missing");
        case(&tagged(r#"{"type":"battery","eta":1,"size_kwh":1,"x":1}"#), "/tagged/1/x", "unknown_field");
        case(&tagged(r#"{"type":"batery"}"#), "/tagged/1/type", "unknown_variant");
        case(&tagged(r#"{"eta":1}"#), "/tagged/1/type", "missing");
        case(r#"{"plain":"words"}"#, "/plain", "unknown_variant");
        case(r#"{"plain":{"object":{"eta":"x"}}}"#, "/plain/object/eta", "wrong_type");
        case(r#"{"a/b~c":"x"}"#, "/a~1b~0c", "wrong_type");
        case(r#"{"a/b~c":300}"#, "/a~1b~0c", "wrong_type");
        case(r#"{"same":{}}"#, "/same/same", "missing");
        case(r#"{"plain":null,"plain":null}"#, "/plain", "duplicate_field");
        case(r#"{"plain":{"object":{"eta":1e999}}}"#, "/plain/object/eta", "out_of_range");
        let long = format!(r#"{{"plain":"{}"}}"#, "é".repeat(100_000));
        assert!(parse::<Mixed>(long.as_bytes()).unwrap_err().message().len() < 1000);
    }

    async fn extracted(kind: Option<&'static str>, limit: usize) -> std::result::Result<RawJson<Vec<u8>>, Error> {
        let mut request = Request::new(Body::from("[1, 2]"));
        if let Some(kind) = kind {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        request.extensions_mut().insert(BodyLimit(limit));
        RawJson::from_request(request, &()).await.map_err(|p| p.0)
    }

    #[tokio::test]
    async fn a_body_is_taken_if_it_is_json_and_small_enough() {
        let taken = extracted(Some("application/json; charset=utf-8"), 6).await.unwrap();
        assert_eq!((taken.value, taken.sha256), (vec![1, 2], Sha256::digest("[1, 2]").into()));
        let refused = extracted(Some("application/json"), 5).await.unwrap_err();
        assert_eq!(refused.code(), Code::TooLarge);
        assert!(refused.message().contains("5 bytes"), "{refused}");
        for kind in [None, Some("text/plain"), Some("application/jsonx")] {
            assert_eq!(extracted(kind, 6).await.unwrap_err().code(), Code::UnsupportedMediaType, "{kind:?}");
        }
    }
}
