//! The steps of the chain, one file each.

pub(crate) mod answer;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod body;
pub(crate) mod edge;
pub(crate) mod forward;
pub(crate) mod jwks;
pub(crate) mod limits;
pub(crate) mod may;
pub(crate) mod meters;
pub(crate) mod routes;
pub(crate) mod streams;
pub(crate) mod tokens;
pub(crate) mod who;
