//! The catalog of controls, what they share, and the score.
//!
//! [`assess`] is a pure function of a tenant (snapshot and profile) and a checklist: same input,
//! same assessment. A control is one file with one `static`; see [`Control`].

mod alerts;
mod app;
mod assess;
mod att;
mod attestation;
mod base;
mod by_id;
mod ca;
#[cfg(test)]
mod catalog_tests;
mod checklist;
mod context;
mod control;
mod coverage;
mod custom;
mod directory;
mod emerg;
mod emergency;
mod exo;
mod finding;
mod fingerprint;
mod frameworks;
mod guest;
mod hybrid;
mod inventory;
mod legacy;
mod log;
mod mail_policies;
mod mfa;
mod names;
mod page;
mod pam;
mod people;
mod pim;
mod preset;
mod priority;
mod privileged;
mod productivity;
mod pw;
mod reach;
mod recipients;
mod risk;
mod role_settings;
mod score;
#[cfg(test)]
mod score_tests;
mod scuba;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod traps;
mod vip;
mod waiver;

pub use assess::assess;
pub use checklist::{Checklist, ChecklistError};
pub use control::{AreaInfo, Control, Framework, Kind, License};
pub use custom::{Custom, CustomJudge};
pub use finding::Finding;
pub use frameworks::{FrameworkInfo, RequirementInfo, framework, frameworks, mapped, mappings};
pub use names::{UnknownControl, check_names};
pub use page::{Body, Page, Section, index, license, page};
pub use score::{Arithmetic, arithmetic, thousandths};
pub use waiver::pin;

use control::area;

/// Every area with its controls, in the order of reports.
pub static AREAS: &[AreaInfo] = &[
    area("base", "Baseline", base::CONTROLS),
    area("mfa", "Multifactor authentication", mfa::CONTROLS),
    area("legacy", "Legacy authentication", legacy::CONTROLS),
    area("ca", "Conditional Access", ca::CONTROLS),
    area("risk", "Risk", risk::CONTROLS),
    area("priv", "Privileged accounts", privileged::CONTROLS),
    area("pim", "Just-in-time access", pim::CONTROLS),
    area("pam", "Privileged access management", pam::CONTROLS),
    area("emerg", "Emergency access", emerg::CONTROLS),
    area("guest", "Guests", guest::CONTROLS),
    area("app", "Applications", app::CONTROLS),
    area("pw", "Passwords", pw::CONTROLS),
    area("hybrid", "Hybrid identity", hybrid::CONTROLS),
    area("preset", "Preset security policies", preset::CONTROLS),
    area("vip", "Priority accounts", vip::CONTROLS),
    area("exo", "Exchange Online", exo::CONTROLS),
    area("log", "Logs and alerts", log::CONTROLS),
    area("att", "Practices", att::CONTROLS),
];

/// Every control of the catalog, in the order of reports.
pub fn catalog() -> impl Iterator<Item = &'static Control> {
    AREAS.iter().flat_map(|area| area.controls.iter().copied())
}

/// The control of that id.
pub fn control(id: &str) -> Option<&'static Control> {
    catalog().find(|control| control.id == id)
}
