//! Every operation, from the description that the running server gives of itself.

use crate::client::{Answer, Api, Content};
use http::StatusCode;
use http_body_util::BodyExt;
use nqba_runtime::web::spec::{Access, OperationSpec, RateClass, operations};
use serde_json::{Value, json};

/// An operation: what the gateway reads of it, and all that is said of it.
pub struct Operation {
    pub spec: OperationSpec,
    pub told: Value,
}

/// Every operation of the server.
pub async fn all(api: &Api) -> Vec<Operation> {
    let document = api.get("/openapi.json").await.expect(200).json();
    let specs = operations(&serde_json::from_value(bare(&document)).expect("the description is OpenAPI")).unwrap();
    let told = |s: &OperationSpec| document["paths"][&s.path][s.method.as_str().to_lowercase()].clone();
    let all: Vec<_> = specs.into_iter().map(|spec| Operation { told: told(&spec), spec }).collect();
    assert!(all.len() > 30 && all.iter().all(|o| o.told.is_object()), "{} operations", all.len());
    all
}

/// What the gateway looks at.
fn bare(document: &Value) -> Value {
    let mut bare = document.clone();
    bare["components"] = json!({});
    for item in bare["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            let kept = |key: &String| key == "operationId" || key.starts_with("x-");
            operation.as_object_mut().unwrap().retain(|key, _| kept(key));
            operation["responses"] = json!({});
        }
    }
    bare
}

impl Operation {
    pub fn id(&self) -> &str {
        &self.spec.operation_id
    }

    pub fn is_public(&self) -> bool {
        self.spec.access == Access::Public
    }

    /// Whether it ends the session that calls it.
    pub fn signs_out(&self) -> bool {
        self.id() == "sessions_sign_out"
    }

    /// The path, its parameters filled in.
    pub fn path(&self, fill: impl Fn(&str) -> String) -> String {
        let parts = self.spec.path.split('/');
        let name = |p: &str| p.strip_prefix('{').and_then(|p| p.strip_suffix('}')).map(str::to_owned);
        parts.map(|p| name(p).map_or_else(|| p.to_owned(), |n| fill(&n))).collect::<Vec<_>>().join("/")
    }

    /// The path with ids that nothing has.
    pub fn nowhere(&self) -> String {
        self.path(|_| nqba_core::new_id().to_string())
    }

    /// The media type of its body, if it has one.
    pub fn takes(&self) -> Option<&str> {
        let content = self.told["requestBody"]["content"].as_object()?;
        content.keys().next().map(String::as_str)
    }

    /// The example of its body.
    pub fn example(&self) -> Option<&Value> {
        self.told["requestBody"]["content"][self.takes()?].get("example")
    }

    /// Whether it names that header among its parameters.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.told["parameters"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == name))
    }

    /// An empty body of its type.
    pub fn empty(&self) -> Content<'_> {
        self.takes().map(|kind| (kind, if kind == "application/json" { b"{}".to_vec() } else { Vec::new() }))
    }

    /// Calls it; of a live stream only the head is read.
    pub async fn call(&self, api: &Api, path: &str, content: Content<'_>, headers: &[(&str, &str)]) -> Answer {
        let at = format!("{} {path}", self.spec.method);
        let response = api.open(self.spec.method.clone(), path, content, headers).await;
        let (parts, body) = response.unwrap_or_else(|e| panic!("{at}: {e}")).into_parts();
        let endless = self.spec.rate_class == RateClass::Stream && parts.status == StatusCode::OK;
        let body = if endless { Vec::new() } else { body.collect().await.expect(&at).to_bytes().to_vec() };
        Answer { status: parts.status, headers: parts.headers, body }
    }
}
