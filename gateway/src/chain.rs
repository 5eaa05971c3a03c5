//! The chain: every step that a call takes, in order. `Gate::steps` is the list; each step is a file in `door/`.
//!
//! The order of answers follows from it: who are you (401), may you (403, 404), how often (429), how much (413), and
//! only then what the unit says.

use crate::{
    door::{
        answer, audit, body, edge,
        forward::{self, Acting},
        limits::{self, Limits, Told},
        may,
        meters::{InFlight, Meters},
        routes::{Found, Route, Table},
        streams::{self, Ends, Streams},
        who::{Verified, Who, word},
    },
    health::Health,
    openapi::Document,
    own::Own,
};
use axum::{Router, body::Body, extract::Request, response::Response};
use futures::FutureExt;
use http::{HeaderMap, HeaderValue, Method, header};
use nqba_core::{ActorKind, Clock, Code, Error, Result, TraceParent};
use nqba_runtime::{
    Runtime,
    config::Settings,
    mount::{Caller, Mount},
    signing::ContextSigner,
    web::{audit as changes, spec::RateClass},
};
use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// What the gate is put together from.
pub(crate) struct Parts {
    pub(crate) routes: Table,
    pub(crate) identity: Mount,
    pub(crate) signer: ContextSigner,
    pub(crate) pages: Router,
    pub(crate) health: Health,
    pub(crate) document: Document,
}

/// The door.
pub(crate) struct Gate {
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    tasks: TaskTracker,
    routes: Table,
    signer: ContextSigner,
    pages: Router,
    health: Health,
    document: Document,
    who: Who,
    limits: Limits,
    streams: Arc<Streams>,
    recorder: crate::app::records::Recorder,
    revoked: crate::revoked::Revoked,
    in_flight: InFlight,
    elsewhere: Elsewhere,
}

/// Meters of what is no operation.
struct Elsewhere {
    pages: Meters,
    documents: Meters,
    unknown: Meters,
}

/// What is known of a call, from its first byte on.
struct Call {
    began: Instant,
    method: Method,
    trace: TraceParent,
    joined: bool,
    client_ip: IpAddr,
    codings: Option<HeaderValue>,
    told: Told,
    place: Place,
    actor: ActorKind,
}

/// What a call turned out to be for.
enum Place {
    Unknown,
    Pages,
    Documents,
    Operation(Arc<Route>),
}

impl Call {
    fn request_id(&self) -> &str {
        self.trace.trace_id()
    }
}

impl Gate {
    pub(crate) fn new(runtime: &Runtime, own: &Own, parts: Parts) -> Self {
        let Parts { routes, identity, signer, pages, health, document } = parts;
        let identity = Caller::new(identity, "identity", signer.clone());
        let meters = |route: &str| Meters::new(route, &Method::GET, crate::NAME);
        Self {
            who: Who::new(identity, own, &runtime.clock, routes.permissions()),
            limits: Limits::new(&runtime.settings.limits, &limits::seconds()),
            settings: Arc::clone(&runtime.settings),
            clock: Arc::clone(&runtime.clock),
            stop: runtime.stop.clone(),
            tasks: runtime.tasks.clone(),
            streams: Arc::default(),
            recorder: own.recorder.clone(),
            revoked: own.revoked.clone(),
            in_flight: InFlight::new(),
            elsewhere: Elsewhere { pages: meters("pages"), documents: meters("documents"), unknown: meters("none") },
            routes,
            signer,
            pages,
            health,
            document,
        }
    }

    /// Takes a call in and answers it, whatever happens on the way.
    pub(crate) async fn handle(self: Arc<Self>, request: Request) -> Response {
        let _passing = self.in_flight.enter();
        let mut call = self.begin(&request);
        let steps = AssertUnwindSafe(self.steps(&mut call, request)).catch_unwind().await;
        let outcome = steps.unwrap_or_else(|_| Err(Error::internal("a step of the chain panicked")));
        let response = outcome.unwrap_or_else(|e| forward::refusal(&e, call.request_id()));
        self.finish(call, response).await
    }

    /// The steps, in order.
    async fn steps(self: &Arc<Self>, call: &mut Call, mut request: Request) -> Result<Response> {
        if let Err(e) = edge::one_length(request.headers()) {
            return Ok(closing(forward::refusal(&e, call.request_id())));
        }
        let trusted = self.settings.http.trusts(edge::peer(request.extensions()));
        edge::clean(request.headers_mut(), trusted);
        if let Some(probe) = self.probe(call, request.method(), request.uri().path()).await {
            return Ok(probe);
        }
        self.limits.by_address(call.client_ip, &mut call.told)?;
        let route = match self.operation(call, &request)? {
            Step::Operation(route) => route,
            Step::Answer(response) => return Ok(response),
            Step::Pages => return Ok(Box::pin(self.page(request)).await),
        };
        let who = match route.needs {
            Some(_) => Some(self.who.of(request.headers()).await?),
            None => None,
        };
        call.actor = who.as_ref().map_or(ActorKind::Anonymous, |w| w.actor.kind);
        let scopes = who.as_ref().map_or(Ok(&[][..]), |w| may::check(&route, w))?;
        self.limits.by_caller(route.spec.rate_class, counted_as(&route, who.as_deref(), call), &mut call.told)?;
        let cut = body::confine(&mut request, route.body_limit)?;
        let acting =
            Acting { who: who.as_deref(), scopes, trace: &call.trace, joined: call.joined, client_ip: call.client_ip };
        forward::dress(&mut request, &route, &acting, &self.signer, self.clock.now());
        if route.spec.mutating {
            return Box::pin(self.recorded(call, request, route, who, cut)).await;
        }
        match who.filter(|_| route.is_stream()) {
            Some(who) => Box::pin(self.streamed(request, &route, who)).await,
            None => forward::forward(request, &route, cut).await,
        }
    }

    fn begin(&self, request: &Request) -> Call {
        let headers = request.headers();
        let (trace, joined) = edge::trace(headers);
        Call {
            began: Instant::now(),
            method: request.method().clone(),
            trace,
            joined,
            client_ip: edge::client(headers, edge::peer(request.extensions()), &self.settings.http),
            codings: answer::accepted_codings(headers),
            told: Told::default(),
            place: Place::Unknown,
            actor: ActorKind::Anonymous,
        }
    }

    /// Probes are answered before any limit: a probe that is turned away looks like a process that is dead.
    async fn probe(&self, call: &mut Call, method: &Method, path: &str) -> Option<Response> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let response = match path {
            "/livez" => Health::live(),
            "/readyz" => Box::pin(self.health.ready()).await,
            _ => return None,
        };
        call.place = Place::Documents;
        Some(response)
    }

    /// Which operation this is, or what else.
    fn operation(&self, call: &mut Call, request: &Request) -> Result<Step> {
        let path = request.uri().path();
        match self.routes.find(request.method(), path) {
            Found::Route(route) => {
                call.place = Place::Operation(Arc::clone(route));
                Ok(Step::Operation(Arc::clone(route)))
            }
            Found::OtherMethods(allow) => {
                let text = format!("{} is not offered on this path.", request.method());
                let e = Error::new(Code::MethodNotAllowed, text);
                let mut response = forward::refusal(&e, call.request_id());
                response.headers_mut().insert(header::ALLOW, allow.clone());
                Ok(Step::Answer(response))
            }
            Found::Nothing if path == "/api" || path.starts_with("/api/") => Err(Error::not_found("path")),
            Found::Nothing => {
                let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
                if path == "/openapi.json" && is_read {
                    call.place = Place::Documents;
                    return Ok(Step::Answer(self.document.serve(request.headers())));
                }
                call.place = Place::Pages;
                Ok(Step::Pages)
            }
        }
    }

    async fn page(&self, request: Request) -> Response {
        match self.pages.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// A call that changes something: its record is open before it goes on, and closed however it ends. It runs to its
    /// end also when the caller breaks off, so that the record says what came of it.
    async fn recorded(
        self: &Arc<Self>,
        call: &Call,
        request: Request,
        route: Arc<Route>,
        who: Option<Arc<Verified>>,
        cut: Option<body::Cut>,
    ) -> Result<Response> {
        let gate = Arc::clone(self);
        let (client_ip, request_id) = (call.client_ip, call.request_id().to_owned());
        let path = request.uri().path().to_owned();
        let within = route.time_limit.unwrap_or(Duration::from_secs(self.settings.http.request_timeout_s));
        let run = self.tasks.spawn(async move {
            let late = |e| Error::new(Code::Timeout, "The body did not come in time.").because(e);
            let (request, asked) = tokio::time::timeout(within, audit::asked(request)).await.map_err(late)??;
            let row = audit::record(&route, who.as_deref(), &path, &request_id, client_ip, asked);
            let record = gate.recorder.open(row).await?;
            let response =
                forward::forward(request, &route, cut).await.unwrap_or_else(|e| forward::refusal(&e, &request_id));
            Ok(closed(record, response))
        });
        run.await.map_err(|e| Error::internal(format!("a recorded call ended abnormally: {e}")))?
    }

    async fn streamed(&self, request: Request, route: &Route, who: Arc<Verified>) -> Result<Response> {
        let place = self.streams.enter(who.actor.id)?;
        let response = forward::forward(request, route, None).await?;
        let ends = Ends { who, revoked: self.revoked.clone(), clock: Arc::clone(&self.clock), stop: self.stop.clone() };
        Ok(streams::confine(response, ends, place))
    }

    /// What every answer gets: headers, a smaller form, a measurement and a line in the log.
    async fn finish(&self, call: Call, mut response: Response) -> Response {
        let headers = response.headers_mut();
        answer::secure(headers, call.request_id());
        let meters = match &call.place {
            Place::Pages => &self.elsewhere.pages,
            Place::Documents => &self.elsewhere.documents,
            Place::Unknown => &self.elsewhere.unknown,
            Place::Operation(route) => &route.meters,
        };
        if !matches!(call.place, Place::Pages) {
            answer::caching(headers);
            self.limits.tell(&call.told, headers);
            if let Some(codings) = call.codings {
                response = Box::pin(answer::compress(response, codings)).await;
            }
        }
        let (took, status) = (call.began.elapsed(), response.status().as_u16());
        meters.record(status, took);
        tracing::info!(
            target: "nqba_gateway::access",
            trace_id = call.trace.trace_id(),
            method = call.method.as_str(),
            route = meters.route(),
            status,
            dur_ms = took.as_secs_f64() * 1e3,
            client_ip = %call.client_ip,
            actor = word(call.actor),
            "answered"
        );
        response
    }
}

/// What the look-up of an operation leads to.
enum Step {
    Operation(Arc<Route>),
    Answer(Response),
    Pages,
}

/// As whom a call counts: its actor; or its address where nobody is signed in, and for sign-ins always.
fn counted_as(route: &Route, who: Option<&Verified>, call: &Call) -> u128 {
    match who {
        Some(who) if route.spec.rate_class != RateClass::SignIn => who.actor.id.as_u128(),
        _ => limits::address_key(call.client_ip),
    }
}

fn closed(record: crate::app::records::OpenRecord, mut response: Response<Body>) -> Response {
    let told = changes::take(response.headers_mut());
    let text = |value| Some(audit::without_secrets(value)).filter(|v| !v.is_null()).map(|v| v.to_string());
    let (before, after) = told.map_or((None, None), |c| (text(c.before), text(c.after)));
    record.close(response.status().as_u16(), before, after);
    response
}

fn closing(mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
