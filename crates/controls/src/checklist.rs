//! A checklist: which controls are judged, with what limits and weights. It is data.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::{Data, Profile};
use serde::Deserialize;

use crate::{AREAS, Control, Custom, catalog, custom, framework, mappings};

/// Which controls are judged, with what limits and weights.
#[derive(Debug, Clone)]
pub struct Checklist {
    /// Its name.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// Its version: a change that can move a verdict or a score changes it.
    pub version: String,
    /// Its controls, in the order of the catalog.
    pub controls: Vec<&'static Control>,
    /// The provider's own controls, sorted by id.
    pub custom: Vec<Custom>,
    /// Limits where they differ from ours, by name; a profile's own go first.
    pub thresholds: BTreeMap<String, f64>,
    /// Weights where they differ from the severity's, by control.
    pub weights: BTreeMap<String, u32>,
}

/// A checklist as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    id: String,
    title: String,
    version: String,
    /// Every control.
    all: bool,
    /// The controls of these areas.
    areas: Vec<String>,
    /// The controls that map to this framework.
    framework: Option<String>,
    /// These controls, by id.
    controls: Vec<String>,
    /// But not these.
    without: Vec<String>,
    thresholds: BTreeMap<String, f64>,
    weights: BTreeMap<String, u32>,
}

/// A text that is no checklist: what is wrong with it, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistError {
    message: String,
}

impl std::fmt::Display for ChecklistError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ChecklistError {}

/// The files of the built-in checklists, by name.
const BUILT_IN: [(&str, &str); 3] = [
    ("default", include_str!("checklists/default.toml")),
    ("essentials", include_str!("checklists/essentials.toml")),
    ("cisa-scuba", include_str!("checklists/cisa-scuba.toml")),
];

impl Checklist {
    /// The names of the built-in checklists.
    pub const NAMES: [&str; 3] = ["default", "essentials", "cisa-scuba"];

    /// The built-in checklist of that name; an empty name is the default. `None` when there is
    /// none of that name.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name.is_empty() { "default" } else { name };
        let (_, text) = BUILT_IN.into_iter().find(|(known, _)| *known == name)?;
        Self::parse(text).ok()
    }

    /// Reads a checklist: TOML with `id`, `version`, what it has (`all`, `areas`, `framework`,
    /// `controls`, `without`), and perhaps `[thresholds]` and `[weights]`.
    ///
    /// # Errors
    ///
    /// When the text is no such TOML, or names what does not exist.
    pub fn parse(text: &str) -> Result<Self, ChecklistError> {
        let written: Written = toml::from_str(text).map_err(|error| ChecklistError {
            message: format!("no checklist: {}", error.to_string().trim_end()),
        })?;
        let known_controls: Vec<&str> = catalog().map(|control| control.id).collect();
        let known_areas: Vec<&str> = AREAS.iter().map(|area| area.id).collect();
        for id in written.controls.iter().chain(&written.without).chain(written.weights.keys()) {
            known("control", id, &known_controls)?;
        }
        for id in &written.areas {
            known("area", id, &known_areas)?;
        }
        for id in written.thresholds.keys() {
            known("threshold", id, &Profile::THRESHOLDS)?;
        }
        if let Some(id) = written.framework.as_deref().filter(|id| framework(id).is_none()) {
            return Err(ChecklistError { message: format!("no framework {id:?}") });
        }
        let has = |control: &&Control| {
            let listed = |ids: &[String], id: &str| ids.iter().any(|known| known == id);
            let maps = |id: &str| mappings(control).contains_key(id);
            (written.all
                || listed(&written.areas, control.area())
                || written.framework.as_deref().is_some_and(maps)
                || listed(&written.controls, control.id))
                && !listed(&written.without, control.id)
        };
        let controls: Vec<_> = catalog().filter(has).collect();
        if written.id.is_empty() || written.version.is_empty() || controls.is_empty() {
            let message = "expected `id`, `version` and some controls (`all`, `areas`, \
                           `framework` or `controls`)";
            return Err(ChecklistError { message: message.to_owned() });
        }
        Ok(Self {
            id: written.id,
            title: written.title,
            version: written.version,
            controls,
            custom: Vec::new(),
            thresholds: written.thresholds,
            weights: written.weights,
        })
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

    /// How much a control weighs.
    pub fn weight(&self, control: &Control) -> u32 {
        self.weights.get(control.id).copied().unwrap_or_else(|| control.severity.weight())
    }

    /// The profile with the limits of the checklist that it does not set itself.
    pub(crate) fn complete<'p>(&self, profile: &'p Profile) -> Cow<'p, Profile> {
        let own = &profile.checklist.thresholds;
        if self.thresholds.keys().all(|name| own.contains_key(name)) {
            return Cow::Borrowed(profile);
        }
        let mut completed = profile.clone();
        for (name, limit) in &self.thresholds {
            completed.checklist.thresholds.entry(name.clone()).or_insert(*limit);
        }
        Cow::Owned(completed)
    }
}

fn known(kind: &str, id: &str, all: &[&str]) -> Result<(), ChecklistError> {
    if all.contains(&id) {
        return Ok(());
    }
    Err(ChecklistError { message: format!("no {kind} {id:?}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_checklists_are_what_their_names_say() {
        for (name, text) in BUILT_IN {
            assert_eq!(Checklist::parse(text).unwrap().id, name);
        }
        assert_eq!(BUILT_IN.map(|(name, _)| name), Checklist::NAMES);
        let of = |name: &str| Checklist::named(name).unwrap();
        assert_eq!(of("").controls.len(), catalog().count());
        let areas: BTreeSet<&str> = of("essentials").controls.iter().map(|it| it.area()).collect();
        assert_eq!(areas, BTreeSet::from(["base", "mfa", "legacy", "pim", "emerg", "preset"]));
        let cisa = of("cisa-scuba");
        assert!(cisa.controls.iter().all(|it| mappings(it).contains_key("cisa-scuba")));
        assert!(cisa.controls.iter().any(|it| it.id == "legacy-auth-blocked"));
        assert!(!cisa.controls.iter().any(|it| it.id == "att-admin-training"));
        assert!(Checklist::named("none").is_none());
    }

    #[test]
    fn a_checklist_of_ones_own() {
        let checklist = Checklist::parse(
            "id = \"mine\"\nversion = \"1\"\nareas = [\"pw\"]\ncontrols = [\"pim-ga-approval\"]\n\
             without = [\"pw-expiry-off\"]\n[weights]\npim-ga-approval = 2\n\
             [thresholds]\npim-activation = 2\n",
        )
        .unwrap();
        let ids: Vec<&str> = checklist.controls.iter().map(|control| control.id).collect();
        assert_eq!(ids, ["pim-ga-approval", "pw-protection"]);
        assert_eq!(checklist.weight(crate::control("pim-ga-approval").unwrap()), 2);
        let mut profile = Profile::default();
        let limit = |profile: &Profile| profile.threshold("pim-activation", 8.0);
        assert!((limit(&checklist.complete(&profile)) - 2.0).abs() < f64::EPSILON);
        profile.checklist.thresholds.insert("pim-activation".to_owned(), 5.0);
        assert!((limit(&checklist.complete(&profile)) - 5.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_no_checklist_says_so() {
        let message = |text: &str| Checklist::parse(text).unwrap_err().to_string();
        assert!(message("id = ").contains("no checklist"));
        assert!(message("id = \"a\"\nversion = \"1\"\n").contains("some controls"));
        let of = |line: &str| message(&format!("id = \"a\"\nversion = \"1\"\n{line}\n"));
        assert!(of("controls = [\"x\"]").contains("no control \"x\""));
        assert!(of("areas = [\"x\"]").contains("no area \"x\""));
        assert!(of("framework = \"x\"").contains("no framework \"x\""));
        assert!(of("all = true\n[thresholds]\nx = 1").contains("no threshold \"x\""));
        assert!(of("controls_ = []").contains("controls_"));
    }
}
