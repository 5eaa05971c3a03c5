//! What the unit does; transactions begin and end here.

pub(crate) mod assets;
pub(crate) mod csv;
pub(crate) mod dispatch;
pub(crate) mod optimizations;
pub(crate) mod readings;
pub(crate) mod sites;
pub(crate) mod tariffs;
