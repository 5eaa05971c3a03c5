//! One envelope for every fact: CloudEvents 1.0.2 with the distributed-tracing, correlation and partitioning extensions.

use crate::{Ctx, TraceParent};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A typed fact. The type's name carries its version; a breaking change is a new type.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `com.nqba.<unit>.<aggregate>.<fact>.v1`
    const TYPE: &'static str;
    /// The aggregate the fact is about; events of one aggregate are delivered in order.
    fn subject(&self) -> String;
}

/// The envelope on the wire (CloudEvents JSON, structured mode).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Always `1.0`.
    pub specversion: String,
    /// Unique with `source`; the inbox's key.
    pub id: Uuid,
    /// `/nqba/units/<unit>`.
    pub source: String,
    /// `com.nqba.<unit>.<aggregate>.<fact>.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The aggregate's id.
    pub subject: String,
    /// When the fact came to be.
    pub time: DateTime<Utc>,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// W3C trace of the request or event that caused this.
    pub traceparent: TraceParent,
    /// The chain this belongs to: the same in every event that follows from one request.
    pub correlationid: Uuid,
    /// The event that directly caused this, if one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub causationid: Option<Uuid>,
    /// Order is kept among events of one key.
    pub partitionkey: String,
    /// The fact itself.
    pub data: serde_json::Value,
}

/// What an envelope takes from the context in which the fact came to be.
#[derive(Debug, Clone)]
pub struct EventMeta {
    /// The trace.
    pub traceparent: TraceParent,
    /// The chain of cause.
    pub correlation_id: Uuid,
    /// The direct cause.
    pub causation_id: Option<Uuid>,
}

impl From<&Ctx> for EventMeta {
    fn from(ctx: &Ctx) -> Self {
        Self {
            traceparent: ctx.traceparent.clone(),
            correlation_id: ctx.correlation_id,
            causation_id: ctx.causation_id,
        }
    }
}

impl Envelope {
    /// Wraps a fact of `unit`.
    ///
    /// # Errors
    /// Only if the payload cannot be written as JSON (a map with keys that are no strings).
    pub fn wrap<E: Event>(
        unit: &str,
        event: &E,
        meta: EventMeta,
        now: DateTime<Utc>,
    ) -> Result<Self, serde_json::Error> {
        let subject = event.subject();
        Ok(Self {
            specversion: "1.0".to_owned(),
            id: crate::new_id(),
            source: format!("/nqba/units/{unit}"),
            kind: E::TYPE.to_owned(),
            partitionkey: subject.clone(),
            subject,
            time: now,
            datacontenttype: "application/json".to_owned(),
            traceparent: meta.traceparent,
            correlationid: meta.correlation_id,
            causationid: meta.causation_id,
            data: serde_json::to_value(event)?,
        })
    }

    /// The fact, typed.
    ///
    /// # Errors
    /// When the payload does not fit the type.
    pub fn data<E: Event>(&self) -> Result<E, serde_json::Error> {
        E::deserialize(&self.data)
    }

    /// The unit that stated the fact.
    #[must_use]
    pub fn unit(&self) -> &str {
        self.source.rsplit('/').next().unwrap_or_default()
    }

    /// A context to act in because of this event: the system's, in the event's chain.
    #[must_use]
    pub fn ctx(&self, deadline: DateTime<Utc>) -> Ctx {
        let mut ctx = Ctx::system(deadline);
        ctx.traceparent = self.traceparent.child();
        self.traceparent.trace_id().clone_into(&mut ctx.request_id);
        ctx.correlation_id = self.correlationid;
        ctx.causation_id = Some(self.id);
        ctx
    }
}
