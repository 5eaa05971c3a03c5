//! The engine by properties and by values that were solved by hand.

mod hand;
mod invalid;
mod properties;
mod reference;
mod support;
