//! Typed views of what Microsoft Graph returns: only what some control or report uses.
//!
//! Names are Graph's. A member that may be absent or null is an `Option`; what null means is said
//! where Microsoft documents it. Unknown members are ignored here and kept in the snapshot.

mod applications;
mod directory;
mod methods;
mod policies;
mod risk;
mod roles;

pub use applications::*;
pub use directory::*;
pub use methods::*;
pub use policies::*;
pub use risk::*;
pub use roles::*;
