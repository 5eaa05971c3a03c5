//! Inline dispatch over HTTP.

use crate::{App, app::dispatch as app};
use axum::{extract::State, http::StatusCode};
use nqba_contracts::{
    Problem as ProblemDocument,
    energy::{DispatchProblem, DispatchRefusal, DispatchResult},
};
use nqba_core::Permission;
use nqba_runtime::{
    idempotency::{Idempotency, Reply},
    web::{Acting, ApiResult, RawJson},
};

/// Solve a dispatch problem given inline
///
/// Stateless: the same model that serves stored sites. Proved optimal within `mip_rel_gap`, or the best plan at
/// `time_limit_s` with its gap. What cannot be met is 422 with the code `infeasible` and `violations[]`, the
/// requirements that cannot hold together.
#[utoipa::path(
    post, path = "/api/v1/energy/dispatch", operation_id = "dispatch_solve", tag = "energy",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call harmless for 24 h")),
    request_body(content = DispatchProblem, example = json!({
        "step_hours": 1.0, "steps": 4, "currency": "EUR",
        "sites": [{"id": "depot", "grid": {"import_max_kw": 100.0, "export_max_kw": 0.0, "import_price_per_kwh": [0.1, 0.1, 0.4, 0.4], "export_price_per_kwh": [0.0, 0.0, 0.0, 0.0]},
            "assets": [
                {"type": "load", "id": "load", "demand_kw": [20.0, 20.0, 30.0, 30.0]},
                {"type": "battery", "id": "battery", "charge_max_kw": 20.0, "discharge_max_kw": 20.0, "soc_min_kwh": 0.0, "soc_max_kwh": 40.0, "eta_charge": 0.95, "eta_discharge": 0.95, "soc_initial_kwh": 0.0, "soc_final_op": ">=", "soc_final_kwh": 0.0}]}]
    })),
    responses(
        (status = 200, description = "The plan, its cost, both baselines and the savings", body = DispatchResult),
        (status = 413, description = "Larger than 16 MiB", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold, or the requirements cannot hold together", body = DispatchRefusal, content_type = "application/problem+json"),
        (status = 503, description = "Every solver is busy", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(
        ("x-nqba-permission" = json!("energy:dispatch:run")), ("x-nqba-rate-class" = json!("solve")),
        ("x-nqba-readonly" = json!(true)), ("x-nqba-body-limit-bytes" = json!(16_777_216)), ("x-nqba-timeout-s" = json!(90)),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn solve(
    State(state): State<App>,
    Acting(ctx): Acting,
    key: Idempotency,
    RawJson { value: problem, sha256 }: RawJson<DispatchProblem>,
) -> ApiResult<Reply> {
    ctx.require(&Permission::of("energy:dispatch:run"))?;
    if !key.is_given() {
        return Ok(Reply::json(StatusCode::OK, &app::solve(&state, problem).await?)?);
    }
    // Looked up first, so that nothing is solved twice; the one writer is not held while it is solved.
    let tx = state.db.begin().await?;
    if let Some(kept) = key.begin(&tx, &sha256).await? {
        return Ok(kept);
    }
    tx.rollback().await?;
    let solved = app::solve(&state, problem).await?;
    let tx = state.db.begin().await?;
    match key.begin(&tx, &sha256).await? {
        Some(kept) => Ok(kept),
        None => Ok(key.commit(tx, Reply::json(StatusCode::OK, &solved)?).await?),
    }
}
