//! Query strings and path parameters. A wrong key is named as `?key`; an id that is none names nothing.

use super::Problem;
use axum::{
    extract::{
        FromRequestParts,
        path::ErrorKind,
        rejection::PathRejection::{self, FailedToDeserializePathParams},
    },
    http::request::Parts,
};
use nqba_core::{Code, Error, Result};
use serde::de::DeserializeOwned;

/// The query string.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self).map_err(Problem)
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    let reader = serde_html_form::Deserializer::from_bytes(text.as_bytes());
    serde_path_to_error::deserialize(reader).map_err(|e| {
        let mut key = e.path().iter().next().map(ToString::to_string).unwrap_or_default();
        let text = e.inner().to_string();
        let named = |start: &str| text.strip_prefix(start).and_then(|t| t.split('`').next());
        let code = if let Some(field) = named("unknown field `") {
            field.clone_into(&mut key);
            "unknown_key"
        } else if let Some(field) = named("missing field `") {
            field.clone_into(&mut key);
            "missing"
        } else {
            "wrong_type"
        };
        if key == "." || key == "?" {
            key.clear();
        }
        Error::invalid(format!("?{key}"), code, format!("In the query: {}.", super::json::plain(&text)))
    })
}

/// Path parameters.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(e) if is_ours(&e) => Err(Error::internal(e).into()),
            // An id that is none names nothing.
            Err(e) => Err(Error::new(Code::NotFound, "There is no such record.").because(e).into()),
        }
    }
}

/// Whether the handler asks for parameters that its route does not have: no caller can mend that.
fn is_ours(e: &PathRejection) -> bool {
    match e {
        FailedToDeserializePathParams(e) => {
            matches!(e.kind(), ErrorKind::WrongNumberOfParameters { .. } | ErrorKind::UnsupportedType { .. })
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Q {
        limit: Option<u64>,
        #[serde(default)]
        channel: Vec<String>,
    }

    #[test]
    fn keys_are_read_and_wrong_ones_named() {
        let q: Q = parse("limit=3&channel=load&channel=p%20v").unwrap();
        assert_eq!((q.limit, q.channel), (Some(3), vec!["load".to_owned(), "p v".to_owned()]));
        assert_eq!(parse::<Q>("limit=x").unwrap_err().fields()[0].pointer, "?limit");
        assert_eq!(parse::<Q>("limt=1").unwrap_err().fields()[0].pointer, "?limt");
    }

    #[tokio::test]
    async fn an_id_that_is_none_is_not_found() {
        use tower::ServiceExt;
        let read = |Path(id): Path<uuid::Uuid>| async move { id.to_string() };
        let router = axum::Router::new().route("/sites/{site_id}", axum::routing::get(read));
        for (path, status) in [
            ("/sites/018f0000-0000-7000-8000-000000000000", 200),
            ("/sites/7", 404),
            ("/sites/%FF", 404),
            ("/sites/%00", 404),
        ] {
            let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
            assert_eq!(router.clone().oneshot(request).await.unwrap().status(), status, "{path}");
        }
    }
}
