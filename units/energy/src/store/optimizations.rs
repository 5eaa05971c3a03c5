//! Optimisations: the platform's jobs of this kind. Lists leave the plans out: they are large.

use chrono::{DateTime, Utc};
use nqba_core::{Ctx, Cursor, Error, Page, Result};
use nqba_runtime::db::{Unique, jobs, map, paged};
use sea_orm::{FromQueryResult, Order, QuerySelect, Select, entity::prelude::*};

/// The kind of job.
pub(crate) const KIND: &str = "optimization";

/// A job without its result.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) subject_id: Uuid,
    pub(crate) status: String,
    pub(crate) progress_ratio: f64,
    pub(crate) request: String,
    pub(crate) summary: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) attempts: i32,
    pub(crate) created_by: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
}

impl From<&jobs::Model> for Row {
    fn from(job: &jobs::Model) -> Self {
        Self {
            id: job.id,
            subject_id: job.subject_id,
            status: job.status.clone(),
            progress_ratio: job.progress_ratio,
            request: job.request.clone(),
            summary: job.summary.clone(),
            error: job.error.clone(),
            attempts: job.attempts,
            created_by: job.created_by,
            created_at: job.created_at,
            started_at: job.started_at,
            ended_at: job.ended_at,
        }
    }
}

fn visible(ctx: &Ctx) -> Select<jobs::Entity> {
    let all = jobs::Entity::find().filter(jobs::Column::Kind.eq(KIND));
    match ctx.teams(crate::NAME) {
        None => all,
        Some(teams) => all.filter(jobs::Column::Team.is_in(teams)),
    }
}

pub(crate) async fn find(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> Result<jobs::Model> {
    let row = visible(ctx).filter(jobs::Column::Id.eq(id)).unique(db).await?;
    row.ok_or_else(|| Error::not_found("optimisation"))
}

/// Newest first.
pub(crate) async fn page(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    site_id: Option<Uuid>,
    limit: u64,
    after: Option<Cursor>,
) -> Result<Page<Row>> {
    let mut query = paged(visible(ctx), jobs::Column::Id, Order::Desc, limit, after.as_ref());
    if let Some(id) = site_id {
        query = query.filter(jobs::Column::SubjectId.eq(id));
    }
    let rows = query
        .select_only()
        .columns([
            jobs::Column::Id,
            jobs::Column::SubjectId,
            jobs::Column::Status,
            jobs::Column::ProgressRatio,
            jobs::Column::Request,
            jobs::Column::Summary,
            jobs::Column::Error,
            jobs::Column::Attempts,
            jobs::Column::CreatedBy,
            jobs::Column::CreatedAt,
            jobs::Column::StartedAt,
            jobs::Column::EndedAt,
        ])
        .into_model::<Row>()
        .all(db)
        .await
        .map_err(map)?;
    Ok(Page::from_surplus(rows, limit, |r| Cursor::by_id(r.id)))
}

/// A site's runs follow it to another team.
pub(crate) async fn move_to_team(db: &impl ConnectionTrait, site_id: Uuid, team: Option<&str>) -> Result<()> {
    jobs::Entity::update_many()
        .col_expr(jobs::Column::Team, Expr::value(team.map(str::to_owned)))
        .filter(jobs::Column::SubjectId.eq(site_id))
        .exec(db)
        .await
        .map_err(map)?;
    Ok(())
}

pub(crate) async fn remove_of_site(db: &impl ConnectionTrait, site_id: Uuid) -> Result<()> {
    jobs::Entity::delete_many().filter(jobs::Column::SubjectId.eq(site_id)).exec(db).await.map_err(map)?;
    Ok(())
}
