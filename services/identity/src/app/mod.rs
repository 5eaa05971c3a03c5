//! What identity does; transactions begin and end here.

pub(crate) mod api_keys;
pub(crate) mod housekeeping;
pub(crate) mod introspections;
pub(crate) mod me;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod users;
