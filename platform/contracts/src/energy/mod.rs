//! FLYFOX AI (energy): sites, assets, tariffs, readings, optimisations, inline dispatch.
//!
//! Powers in kW are means over a step, energies in kWh, prices in the site's currency per kWh. A timestamp is the start
//! of its interval.

mod dispatch;
mod events;
mod optimizations;
mod readings;
mod sites;
mod tariffs;

pub use dispatch::*;
pub use events::*;
pub use optimizations::*;
pub use readings::*;
pub use sites::*;
pub use tariffs::*;
