//! What the gateway does because of events.

pub(crate) mod revocations;
pub(crate) mod signing_keys;
