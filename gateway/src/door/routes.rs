//! Which operation a call is: read once from the upstreams' descriptions, then looked up.

use super::meters::Meters;
use crate::Upstream;
use axum::{Router, middleware};
use http::{HeaderValue, Method};
use nqba_core::{Error, Permission, Result};
use nqba_runtime::{
    config::Http,
    mount::Mount,
    web::{
        problem,
        spec::{Access, OperationSpec, RateClass, operations},
    },
};
use std::{collections::HashSet, sync::Arc, time::Duration};

const ROOT: &str = "/api/v1/";

/// An operation, with everything that the steps need of it.
pub(crate) struct Route {
    pub(crate) spec: OperationSpec,
    /// The upstream's name.
    pub(crate) unit: &'static str,
    pub(crate) mount: Mount,
    /// The permission it needs and that permission's place in [`Table::permissions`]; none if public.
    pub(crate) needs: Option<(usize, Permission)>,
    pub(crate) body_limit: usize,
    /// None for live streams.
    pub(crate) time_limit: Option<Duration>,
    pub(crate) meters: Meters,
}

impl Route {
    pub(crate) fn is_stream(&self) -> bool {
        self.spec.rate_class == RateClass::Stream
    }
}

/// Every operation that can be called from outside.
pub(crate) struct Table {
    paths: matchit::Router<Offered>,
    permissions: Vec<Permission>,
}

/// What is offered on a path.
struct Offered {
    methods: Vec<Arc<Route>>,
    allow: HeaderValue,
}

/// What a lookup finds.
pub(crate) enum Found<'a> {
    Route(&'a Arc<Route>),
    /// The path, with other methods: the value of `Allow`.
    OtherMethods(&'a HeaderValue),
    Nothing,
}

impl Table {
    /// Reads the descriptions.
    ///
    /// # Errors
    /// When an operation does not say what it needs, lies outside the API, or is claimed twice.
    pub(crate) fn new(upstreams: Vec<Upstream>, http: &Http) -> Result<Self> {
        let mut table = Self { paths: matchit::Router::new(), permissions: Vec::new() };
        let (mut names, mut ids) = (HashSet::new(), HashSet::new());
        for upstream in upstreams {
            if !names.insert(upstream.name) {
                return Err(Error::internal(format!("two upstreams are named `{}`", upstream.name)));
            }
            let specs = operations(&upstream.spec).map_err(Error::internal)?;
            if let Some(twice) = specs.iter().find(|s| !ids.insert(s.operation_id.clone())) {
                return Err(Error::internal(format!("two operations have the id `{}`", twice.operation_id)));
            }
            table.add_all(upstream, specs, http)?;
        }
        Ok(table)
    }

    fn add_all(&mut self, upstream: Upstream, specs: Vec<OperationSpec>, http: &Http) -> Result<()> {
        let mount = rendered(upstream.mount);
        let mut by_path: Vec<(String, Vec<OperationSpec>)> = Vec::new();
        // An inner operation is not there at all when asked for from outside.
        for spec in specs.into_iter().filter(|s| s.access != Access::Internal) {
            match by_path.iter_mut().find(|(path, _)| *path == spec.path) {
                Some((_, all)) => all.push(spec),
                None => by_path.push((spec.path.clone(), vec![spec])),
            }
        }
        for (path, specs) in by_path {
            if !path.starts_with(ROOT) {
                return Err(Error::internal(format!("{path} of `{}` does not begin with {ROOT}", upstream.name)));
            }
            let methods: Vec<_> =
                specs.into_iter().map(|spec| Arc::new(self.route(upstream.name, &mount, spec, http))).collect();
            let allow = allow(&methods)?;
            self.paths
                .insert(&path, Offered { methods, allow })
                .map_err(|e| Error::internal(format!("{path} of `{}`: {e}", upstream.name)))?;
        }
        Ok(())
    }

    fn route(&mut self, unit: &'static str, mount: &Mount, spec: OperationSpec, http: &Http) -> Route {
        let needs = match &spec.access {
            Access::Permission(p) => Some((self.permission(p), p.clone())),
            Access::Public | Access::Internal => None,
        };
        let seconds = spec.timeout_s.unwrap_or(http.request_timeout_s);
        Route {
            unit,
            mount: mount.clone(),
            needs,
            body_limit: spec.body_limit_bytes.unwrap_or(http.body_limit_bytes),
            time_limit: (spec.rate_class != RateClass::Stream).then(|| Duration::from_secs(seconds)),
            meters: Meters::new(spec.path.clone(), &spec.method, unit),
            spec,
        }
    }

    fn permission(&mut self, permission: &Permission) -> usize {
        self.permissions.iter().position(|p| p == permission).unwrap_or_else(|| {
            self.permissions.push(permission.clone());
            self.permissions.len() - 1
        })
    }

    /// How many different permissions operations need.
    pub(crate) fn permissions(&self) -> usize {
        self.permissions.len()
    }

    /// The operation. `HEAD` is served as `GET`.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let Ok(found) = self.paths.at(path) else { return Found::Nothing };
        let with = |method: &Method| found.value.methods.iter().find(|r| r.spec.method == *method);
        let route = with(method).or_else(|| if method == Method::HEAD { with(&Method::GET) } else { None });
        route.map_or(Found::OtherMethods(&found.value.allow), Found::Route)
    }
}

fn allow(methods: &[Arc<Route>]) -> Result<HeaderValue> {
    let mut names: Vec<&str> = methods.iter().map(|r| r.spec.method.as_str()).collect();
    if names.contains(&"GET") && !names.contains(&"HEAD") {
        names.push("HEAD");
    }
    HeaderValue::try_from(names.join(", ")).map_err(Error::internal)
}

/// An upstream in this process renders its own problems. One elsewhere may not answer at all; what is said then gets
/// the request's id here.
fn rendered(mount: Mount) -> Mount {
    match mount {
        local @ Mount::Local(_) => local,
        remote @ Mount::Remote(_) => {
            Mount::Local(Router::new().fallback_service(remote).layer(middleware::from_fn(problem::render)))
        }
    }
}
