//! A checklist: which controls are judged. It is data.

use std::collections::BTreeSet;

use model::Data;

use crate::{Control, Custom, catalog, custom};

/// Which controls are judged.
#[derive(Debug, Clone)]
pub struct Checklist {
    /// Its name.
    pub id: String,
    /// Its version: a change that can move a verdict or a score changes it.
    pub version: String,
    /// Its controls, in the order of the catalog.
    pub controls: Vec<&'static Control>,
    /// The provider's own controls, sorted by id.
    pub custom: Vec<Custom>,
}

/// The version of all built-in checklists.
const VERSION: &str = "2026.11";

/// The areas of `essentials`: the six themes of the source articles.
const ESSENTIAL_AREAS: [&str; 6] = ["base", "mfa", "legacy", "pim", "emerg", "preset"];

impl Checklist {
    /// The names of the built-in checklists.
    pub const NAMES: [&str; 2] = ["default", "essentials"];

    /// The built-in checklist of that name; an empty name is the default. `None` when there is
    /// none of that name.
    pub fn named(name: &str) -> Option<Self> {
        let controls = match name {
            "" | "default" => catalog().collect(),
            "essentials" => {
                catalog().filter(|control| ESSENTIAL_AREAS.contains(&control.area())).collect()
            }
            _ => return None,
        };
        let id = if name.is_empty() { "default" } else { name };
        Some(Self { id: id.to_owned(), version: VERSION.to_owned(), controls, custom: Vec::new() })
    }

    /// With these controls beside the catalog's. The version tells: it names them and their rules.
    #[must_use]
    pub fn with_custom(mut self, mut custom: Vec<Custom>) -> Self {
        custom.sort_by(|one, two| one.id.cmp(&two.id));
        self.version = custom::version(&self.version, &custom);
        self.custom = custom;
        self
    }

    /// Every dataset that some control reads: what a collector has to ask for.
    pub fn data(&self) -> BTreeSet<Data> {
        let catalog = self.controls.iter().flat_map(|control| control.reads);
        let custom = self.custom.iter().flat_map(|control| &control.reads);
        catalog.chain(custom).copied().collect()
    }
}
