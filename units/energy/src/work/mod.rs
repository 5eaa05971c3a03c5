//! What runs without a request.

pub(crate) mod optimizations;
