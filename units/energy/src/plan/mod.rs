//! From words and readings to a dispatch problem, and from a solution back to words.

pub(crate) mod build;
pub(crate) mod calendar;
pub(crate) mod convert;
pub(crate) mod prices;
pub(crate) mod request;
pub(crate) mod series;
pub(crate) mod stored;
