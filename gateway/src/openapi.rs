//! One description of the whole API from those of the services.

use axum::{body::Body, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use indexmap::IndexMap;
use nqba_core::{Error, Result};
use nqba_runtime::web::spec::{Access, methods, operations};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr,
        ResponseBuilder, Schema, ServerBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
        tag::TagBuilder,
    },
};

const ABOUT: &str = "The API of NQBA: identity, audit, events and the business units. Sign in with \
    `POST /api/v1/identity/sessions`, or use an API key; send either as `Authorization: Bearer`. Every operation states \
    its permission (`x-nqba-permission`) and which limit counts it (`x-nqba-rate-class`). Errors are problem documents \
    (RFC 9457).";
const PROBLEM: &str = "Problem";

/// Merges the descriptions. Operations between services are left out, and with them the schemas that only they use.
///
/// # Errors
/// When two services claim the same path or operation id, or mean different things by one schema's name.
pub fn aggregate(specs: Vec<OpenApi>) -> Result<OpenApi> {
    let mut merged = Merged::default();
    for spec in specs {
        merged.add(spec)?;
    }
    merged.finish()
}

#[derive(Default)]
struct Merged {
    paths: Vec<(String, PathItem)>,
    ids: BTreeSet<String>,
    schemas: BTreeMap<String, RefOr<Schema>>,
    tags: Vec<String>,
    /// Schemas that operations between services use.
    inner: BTreeSet<String>,
}

impl Merged {
    fn add(&mut self, spec: OpenApi) -> Result<()> {
        let inner: BTreeSet<_> = operations(&spec)
            .map_err(Error::internal)?
            .into_iter()
            .filter(|o| o.access == Access::Internal)
            .map(|o| o.operation_id)
            .collect();
        for (path, item) in spec.paths.paths {
            self.path(path, item, &inner)?;
        }
        for (name, schema) in spec.components.map(|c| c.schemas).unwrap_or_default() {
            self.schema(name, schema)?;
        }
        Ok(())
    }

    fn path(&mut self, path: String, mut item: PathItem, inner: &BTreeSet<String>) -> Result<()> {
        if self.paths.iter().any(|(known, _)| *known == path) {
            return Err(Error::internal(format!("two services claim the path {path}")));
        }
        for (_, operation) in methods(&item) {
            let id = operation.operation_id.clone().unwrap_or_default();
            if inner.contains(&id) {
                self.inner.extend(refs(operation)?);
            }
            for tag in operation.tags.iter().flatten().filter(|_| !inner.contains(&id)) {
                if !self.tags.contains(tag) {
                    self.tags.push(tag.clone());
                }
            }
            if !self.ids.insert(id.clone()) {
                return Err(Error::internal(format!("two operations have the id `{id}`")));
            }
        }
        for slot in slots(&mut item) {
            if slot.as_ref().is_some_and(|o| o.operation_id.as_ref().is_some_and(|id| inner.contains(id))) {
                *slot = None;
            }
            if let Some(operation) = slot {
                operation.responses.responses.entry("default".to_owned()).or_insert_with(refusal);
            }
        }
        if methods(&item).next().is_some() {
            self.paths.push((path, item));
        }
        Ok(())
    }

    fn schema(&mut self, name: String, schema: RefOr<Schema>) -> Result<()> {
        match self.schemas.get(&name) {
            Some(known) if *known != schema => {
                Err(Error::internal(format!("two services mean different things by the schema `{name}`")))
            }
            Some(_) => Ok(()),
            None => {
                self.schemas.insert(name, schema);
                Ok(())
            }
        }
    }

    fn finish(mut self) -> Result<OpenApi> {
        let mut problem = vec![(PROBLEM.to_owned(), nqba_contracts::Problem::schema())];
        nqba_contracts::Problem::schemas(&mut problem);
        for (name, schema) in problem {
            self.schema(name, schema)?;
        }
        self.forget_inner()?;
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An access token, or an API key `nqba_live_…`."))
            .build();
        let components = ComponentsBuilder::new()
            .schemas_from_iter(self.schemas)
            .security_scheme("bearer", SecurityScheme::Http(bearer))
            .build();
        let info = InfoBuilder::new().title("NQBA").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)).build();
        let paths = self.paths.into_iter().fold(PathsBuilder::new(), |all, (path, item)| all.path(path, item));
        let tags: Vec<_> = self.tags.into_iter().map(|name| TagBuilder::new().name(name).build()).collect();
        Ok(OpenApiBuilder::new()
            .info(info)
            .servers(Some([ServerBuilder::new().url("/").build()]))
            .paths(paths.build())
            .components(Some(components))
            .tags(Some(tags))
            .build())
    }

    /// Removes what only operations between services use.
    fn forget_inner(&mut self) -> Result<()> {
        let mut public = BTreeSet::new();
        for (_, item) in &self.paths {
            public.extend(refs(item)?);
        }
        let public = self.reachable(public)?;
        let inner = self.reachable(self.inner.clone())?;
        self.schemas.retain(|name, _| public.contains(name) || !inner.contains(name));
        Ok(())
    }

    fn reachable(&self, from: BTreeSet<String>) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut next: Vec<String> = from.into_iter().collect();
        while let Some(name) = next.pop() {
            if let Some(schema) = self.schemas.get(&name)
                && found.insert(name)
            {
                next.extend(refs(schema)?);
            }
        }
        Ok(found)
    }
}

/// The answer that any operation may give.
fn refusal() -> RefOr<utoipa::openapi::Response> {
    let content = Content::new(Some(Ref::from_schema_name(PROBLEM)));
    let text = "Refused or failed; `code` says why";
    ResponseBuilder::new().description(text).content("application/problem+json", content).build().into()
}

fn slots(item: &mut PathItem) -> [&mut Option<utoipa::openapi::path::Operation>; 8] {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
    ]
}

/// The schemas that something refers to.
fn refs(part: &impl serde::Serialize) -> Result<BTreeSet<String>> {
    fn walk(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(map) => {
                let name =
                    map.get("$ref").and_then(|r| r.as_str()).and_then(|r| r.strip_prefix("#/components/schemas/"));
                found.extend(name.map(str::to_owned));
                map.values().for_each(|v| walk(v, found));
            }
            serde_json::Value::Array(all) => all.iter().for_each(|v| walk(v, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(&serde_json::to_value(part).map_err(Error::internal)?, &mut found);
    Ok(found)
}

/// The description as JSON, the same text each time: what comes out of a hash map stands last, by name.
///
/// # Errors
/// When it cannot be written.
pub fn in_words(spec: &OpenApi) -> Result<String> {
    let text = serde_json::to_string(spec).map_err(Error::internal)?;
    let node: Node = serde_json::from_str(&text).map_err(Error::internal)?;
    serde_json::to_string_pretty(&node.in_order()).map_err(Error::internal)
}

/// JSON that keeps its order.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Node {
    Object(IndexMap<String, Node>),
    Array(Vec<Node>),
    Leaf(Value),
}

impl Node {
    /// Extensions (`x-…`) last, by name; all else as it was.
    fn in_order(self) -> Self {
        match self {
            Self::Object(map) => {
                let mut map: IndexMap<_, _> = map.into_iter().map(|(key, node)| (key, node.in_order())).collect();
                let place = |key: &str| key.starts_with("x-").then(|| key.to_owned());
                map.sort_by(|a, _, b, _| place(a).cmp(&place(b)));
                Self::Object(map)
            }
            Self::Array(all) => Self::Array(all.into_iter().map(Self::in_order).collect()),
            leaf @ Self::Leaf(_) => leaf,
        }
    }
}

/// The description as it is served.
pub(crate) struct Document {
    text: Bytes,
    tag: HeaderValue,
}

impl Document {
    /// # Errors
    /// When the description cannot be written.
    pub(crate) fn new(spec: &OpenApi) -> Result<Self> {
        let text = in_words(spec)?.into_bytes();
        let digest = Sha256::digest(&text);
        let tag = format!("\"{}\"", B64.encode(digest.get(..12).unwrap_or_default()));
        Ok(Self { text: text.into(), tag: HeaderValue::try_from(tag).map_err(Error::internal)? })
    }

    pub(crate) fn serve(&self, headers: &HeaderMap) -> Response {
        let tag = self.tag.to_str().unwrap_or_default();
        let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let same = known.split(',').any(|t| t.trim().trim_start_matches("W/") == tag);
        let mut response = if same { Response::default() } else { Response::new(Body::from(self.text.clone())) };
        if same {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let out = response.headers_mut();
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        out.insert(header::ETAG, self.tag.clone());
        response
    }
}
