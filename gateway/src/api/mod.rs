//! The route table of the gateway's own operations.

mod records;
mod stream;

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(records::list)).routes(routes!(stream::follow))
}
