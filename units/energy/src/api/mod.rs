//! The route table.

mod assets;
mod dispatch;
mod optimizations;
mod readings;
mod sites;
mod tariffs;

use crate::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sites::list, sites::create))
        .routes(routes!(sites::read, sites::update, sites::remove))
        .routes(routes!(assets::list, assets::create))
        .routes(routes!(assets::read, assets::update, assets::remove))
        .routes(routes!(tariffs::list, tariffs::create))
        .routes(routes!(tariffs::read))
        .routes(routes!(readings::channels))
        .routes(routes!(readings::read, readings::upload))
        .routes(routes!(readings::upload_csv))
        .routes(routes!(optimizations::list, optimizations::create))
        .routes(routes!(optimizations::read, optimizations::cancel))
        .routes(routes!(dispatch::solve))
}
