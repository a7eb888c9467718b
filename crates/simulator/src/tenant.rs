//! A tenant of the simulated cloud: its records, and what the cloud needs to know beside them.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dataset::DATASETS;
use crate::methods;
use crate::mix::guid;
use crate::permission::{GRAPH, License};
use crate::recipe::{Kind, Made, Recipe};
use crate::table::{Table, text};

/// The moment that the samples were made for, 2026-11-16T04:00:00Z: what a sample says happened
/// "lately" happened shortly before it, and the evidence in its profile is valid at it.
pub const NOW: Timestamp = Timestamp::constant(1_794_801_600, 0);

static SAMPLES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../samples/tenants");

/// Role definitions that every tenant has.
const ROLE_DEFINITIONS: &str = include_str!("../builtin/role-definitions.json");
/// Authentication strengths that every tenant has.
const STRENGTHS: &str = include_str!("../builtin/authentication-strengths.json");
/// The rules of a directory role in Privileged Identity Management that nobody has changed.
const ROLE_SETTINGS: &str = include_str!("../builtin/role-settings.json");

/// People for a tenant whose sample has no recipe of its own.
const PEOPLE: &str = include_str!("../builtin/people.toml");

/// A tenant of the simulated cloud.
#[derive(Debug, Clone)]
pub struct Tenant {
    name: String,
    id: String,
    profile: String,
    settings: Settings,
    tables: BTreeMap<String, Table>,
    /// Where to find a directory object by its id.
    objects: HashMap<String, (Directory, usize)>,
    /// Direct members by group.
    members: HashMap<String, Vec<String>>,
    /// What makes most of the people, where the sample has a recipe.
    recipe: Option<Arc<Recipe>>,
}

/// A kind of directory object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directory {
    User,
    Group,
    ServicePrincipal,
}

/// What the cloud needs to know beside the records: `simulator.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// The scanner's application; a tenant without it has never consented.
    app_id: Option<String>,
    /// The secret that the token endpoint takes.
    secret: String,
    /// Application permissions of Microsoft Graph that are granted.
    pub(crate) graph_permissions: Vec<String>,
    /// Application permissions of Exchange Online that are granted.
    pub(crate) exchange_permissions: Vec<String>,
    /// Application permissions of Security & Compliance that are granted; only the
    /// government clouds `gccHigh` and `dod` ask for one.
    pub(crate) compliance_permissions: Vec<String>,
    /// Template ids of the directory roles that the scanner's service principal holds.
    pub(crate) directory_roles: Vec<String>,
    /// The cloud that the tenant lives in, as in a profile.
    pub(crate) cloud: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            app_id: None,
            secret: "simulated".to_owned(),
            graph_permissions: GRAPH.iter().map(|&name| name.to_owned()).collect(),
            exchange_permissions: vec!["Exchange.ManageAsApp".to_owned()],
            compliance_permissions: vec!["Exchange.ManageAsApp".to_owned()],
            // Global Reader.
            directory_roles: vec!["f2ef992c-3afb-46b9-b7cf-a126ee74c451".to_owned()],
            cloud: "commercial".to_owned(),
        }
    }
}

/// A folder that is no sample.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of records is no JSON array.
    #[error("{file} is no JSON array of records")]
    Json {
        /// Tenant folder and file.
        file: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The settings or the recipe are not valid.
    #[error("{file} is not valid")]
    Toml {
        /// Tenant folder and file.
        file: String,
        /// Where and why.
        source: toml::de::Error,
    },
    /// The files are readable, but do not make a tenant.
    #[error("{file}: {what}")]
    Shape {
        /// Tenant folder and file.
        file: String,
        /// What is wrong.
        what: String,
    },
}

/// The tenants that are part of the program, in the order of their names.
///
/// # Errors
///
/// When a sample that was built in is not valid, which the tests of this crate rule out.
pub fn samples() -> Result<Vec<Tenant>, SampleError> {
    let mut tenants = Vec::new();
    for folder in SAMPLES.dirs() {
        let files = folder
            .files()
            .filter_map(|file| {
                let name = file.path().file_name()?.to_str()?.to_owned();
                Some((name, file.contents_utf8()?.to_owned()))
            })
            .collect();
        tenants.push(Tenant::new(&folder.path().display().to_string(), files)?);
    }
    tenants.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tenants)
}

impl Tenant {
    /// Reads a tenant from a folder: `simulator.toml`, `tenant.toml`, `generate.toml` (each may be
    /// absent) and one `<dataset>.json` for each dataset; one that is absent is empty.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or understood, has a name that no dataset has, or the
    /// organization is missing.
    pub fn read(folder: &Path) -> Result<Self, SampleError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SampleError::Read { path, source }
        };
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if !path.is_file() {
                continue;
            }
            files.insert(name.to_owned(), std::fs::read_to_string(&path).map_err(failed(&path))?);
        }
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
        Self::new(&name, files)
    }

    /// Reads every tenant in the folders of a folder, in the order of their names.
    ///
    /// # Errors
    ///
    /// As [`Tenant::read`].
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, SampleError> {
        let failed = |source| SampleError::Read { path: folder.to_owned(), source };
        let mut folders = BTreeSet::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                folders.insert(path);
            }
        }
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    /// The name of the sample's folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tenant's id, a lower-case GUID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The profile as TOML, such as a scanner keeps of the tenant; empty when the sample has none.
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// The scanner's application in this tenant; `None` when it has never consented to one.
    pub fn app_id(&self) -> Option<&str> {
        self.settings.app_id.as_deref()
    }

    /// The object id of the scanner's service principal; `None` when the sample has none.
    pub(crate) fn scanner(&self) -> Option<String> {
        let app = self.app_id()?;
        let found = self.tables.get("servicePrincipals")?.find("appId", app)?;
        text(&found, "id").map(str::to_owned)
    }

    /// The secret that the simulated token endpoint takes.
    pub fn secret(&self) -> &str {
        &self.settings.secret
    }

    fn new(name: &str, mut files: BTreeMap<String, String>) -> Result<Self, SampleError> {
        let place = |file: &str| format!("{name}/{file}");
        let settings: Settings = parse_toml(&files, name, "simulator.toml")?.unwrap_or_default();
        let recipe: Option<Recipe> = parse_toml(&files, name, "generate.toml")?;
        let profile = files.remove("tenant.toml").unwrap_or_default();

        let mut tables = BTreeMap::<String, Table>::new();
        for (file, content) in &files {
            let Some(dataset) = file.strip_suffix(".json") else { continue };
            if !DATASETS.contains(&dataset) {
                let what = "no dataset has this name".to_owned();
                return Err(SampleError::Shape { file: place(file), what });
            }
            let rows = serde_json::from_str(content)
                .map_err(|source| SampleError::Json { file: place(file), source })?;
            tables.insert(dataset.to_owned(), Table { rows, made: None });
        }
        let id = tables
            .get("organization")
            .and_then(|table| text(table.rows.first()?, "id").map(str::to_owned))
            .ok_or_else(|| SampleError::Shape {
                file: place("organization.json"),
                what: "the organization with its id is missing".to_owned(),
            })?;

        let mut tenant = Self {
            name: name.to_owned(),
            id,
            profile,
            settings,
            tables,
            objects: HashMap::new(),
            members: HashMap::new(),
            recipe: recipe.map(|recipe| Arc::new(recipe.at(NOW))),
        };
        tenant.add_builtin().map_err(|source| SampleError::Json { file: place("*"), source })?;
        tenant.add_made();
        tenant.index();
        Ok(tenant)
    }

    /// Adds what Microsoft puts into every tenant.
    fn add_builtin(&mut self) -> Result<(), serde_json::Error> {
        for (dataset, builtin) in
            [("roleDefinitions", ROLE_DEFINITIONS), ("authenticationStrengthPolicies", STRENGTHS)]
        {
            let mut rows: Vec<Value> = serde_json::from_str(builtin)?;
            let table = self.tables.entry(dataset.to_owned()).or_default();
            rows.append(&mut table.rows);
            table.rows = rows;
        }
        if self.has(License::P2) {
            let rules: Vec<Value> = serde_json::from_str(ROLE_SETTINGS)?;
            let rows = self
                .rows("roleDefinitions")
                .iter()
                .filter_map(|role| text(role, "id"))
                .map(|role| self.role_settings(role, &rules))
                .collect();
            let table = Table { rows, made: None };
            self.tables.insert("roleManagementPolicyAssignments".to_owned(), table);
        }
        // The plain list of users does not have it; the answer for `$select=signInActivity` has.
        let activity = self.tables.remove("signInActivity").unwrap_or_default();
        if let Some(users) = self.tables.get_mut("users") {
            for user in &mut users.rows {
                let found = text(user, "id").and_then(|id| activity.find("id", id));
                let Some(found) = found.and_then(|row| row.get("signInActivity").cloned()) else {
                    continue;
                };
                if let Some(user) = user.as_object_mut() {
                    user.insert("signInActivity".to_owned(), found);
                }
            }
        }
        Ok(())
    }

    /// The settings of a role: the sample's rules where it has any, the unchanged ones elsewhere.
    fn role_settings(&self, role: &str, unchanged: &[Value]) -> Value {
        let changed = self
            .rows("roleManagementPolicyAssignments")
            .iter()
            .find(|row| text(row, "roleDefinitionId") == Some(role))
            .and_then(|row| row.get("policy"));
        let changed_rules = changed.and_then(|policy| policy.get("rules")?.as_array());
        let rules: Vec<_> = unchanged
            .iter()
            .map(|rule| {
                changed_rules
                    .and_then(|rules| rules.iter().find(|row| row.get("id") == rule.get("id")))
                    .unwrap_or(rule)
                    .clone()
            })
            .collect();
        let member = |name| changed.and_then(|policy| policy.get(name)).unwrap_or(&Value::Null);
        let policy =
            format!("DirectoryRole_{}_{}", self.id, guid(0, &format!("{}/{role}", self.id)));
        json!({
            "id": format!("{policy}_{role}"),
            "policyId": policy,
            "scopeId": "/",
            "scopeType": "DirectoryRole",
            "roleDefinitionId": role,
            "policy": {
                "id": policy,
                "displayName": "DirectoryRole",
                "description": "DirectoryRole",
                "isOrganizationDefault": false,
                "scopeId": "/",
                "scopeType": "DirectoryRole",
                "lastModifiedDateTime": member("lastModifiedDateTime"),
                "lastModifiedBy": member("lastModifiedBy"),
                "rules": rules,
            },
        })
    }

    fn add_made(&mut self) {
        let Some(recipe) = &self.recipe else { return };
        for (dataset, kind) in Kind::ALL {
            let table = self.tables.entry(dataset.to_owned()).or_default();
            table.made = Some(Made::new(recipe, kind));
        }
    }

    fn index(&mut self) {
        let kinds = [
            ("users", Directory::User),
            ("groups", Directory::Group),
            ("servicePrincipals", Directory::ServicePrincipal),
        ];
        for (dataset, kind) in kinds {
            for (place, row) in self.rows(dataset).to_vec().iter().enumerate() {
                if let Some(id) = text(row, "id") {
                    self.objects.insert(id.to_owned(), (kind, place));
                }
            }
        }
        for row in self.rows("groupMembers").to_vec() {
            let ids = row.get("memberIds").and_then(Value::as_array).cloned().unwrap_or_default();
            let ids = ids.iter().filter_map(|id| id.as_str().map(str::to_owned));
            if let Some(group) = text(&row, "groupId") {
                self.members.entry(group.to_owned()).or_default().extend(ids);
            }
        }
    }

    /// Moves every time in the records, so that what happened lately at [`NOW`] happens lately at
    /// another moment.
    pub(crate) fn move_by(&mut self, span: SignedDuration) {
        for table in self.tables.values_mut() {
            table.rows.iter_mut().for_each(|row| move_times(row, span));
        }
        if let Some(recipe) = self.recipe.take() {
            let now = recipe.now.checked_add(span).unwrap_or(recipe.now);
            self.recipe = Some(Arc::new(Recipe::clone(&recipe).at(now)));
            self.add_made();
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether a name in a token request means this tenant: its id or one of its domains.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name)
            || self.rows("domains").iter().any(|domain| {
                text(domain, "id").is_some_and(|domain| domain.eq_ignore_ascii_case(name))
            })
    }

    /// The records of a dataset; `None` when the sample has none.
    pub(crate) fn table(&self, dataset: &str) -> Option<&Table> {
        self.tables.get(dataset)
    }

    /// The stored records of a dataset.
    fn rows(&self, dataset: &str) -> &[Value] {
        self.tables.get(dataset).map_or(&[], |table| &table.rows)
    }

    /// Whether the tenant owns an enabled service plan of the kind.
    pub(crate) fn has(&self, license: License) -> bool {
        let is_any = |sku: &Value, member, values: &[&str]| {
            text(sku, member).is_some_and(|value| values.contains(&value))
        };
        self.rows("subscribedSkus").iter().any(|sku| {
            let has_seats = ["enabled", "warning"].iter().any(|state| {
                sku.get("prepaidUnits").and_then(|units| units.get(*state)?.as_u64()) > Some(0)
            });
            is_any(sku, "capabilityStatus", &["Enabled", "Warning"])
                && has_seats
                && sku.get("servicePlans").and_then(Value::as_array).is_some_and(|plans| {
                    plans.iter().any(|plan| {
                        is_any(plan, "servicePlanId", license.plans())
                            && is_any(
                                plan,
                                "provisioningStatus",
                                &["Success", "PendingInput", "PendingActivation"],
                            )
                    })
                })
        })
    }

    /// The same tenant, whose token endpoint takes another secret.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.settings.secret);
        self
    }

    /// The same tenant with so many people from its sample's recipe, or from one of the simulator;
    /// these are members of its largest group. Nobody is held in memory: each is made when asked
    /// for.
    ///
    /// # Errors
    ///
    /// When the simulator's own recipe is not valid, which its tests rule out.
    pub fn with_people(mut self, people: u32) -> Result<Self, SampleError> {
        let recipe = if let Some(recipe) = self.recipe.as_deref() {
            recipe.clone()
        } else {
            let recipe: Recipe = toml::from_str(PEOPLE)
                .map_err(|source| SampleError::Toml { file: "people.toml".to_owned(), source })?;
            let is_default = |domain: &&Value| {
                domain.get("isDefault").and_then(Value::as_bool).unwrap_or_default()
            };
            let domain = self.rows("domains").iter().find(is_default);
            let domain = domain.and_then(|domain| text(domain, "id")).unwrap_or_default();
            let group = self.members.iter().max_by_key(|(id, members)| (members.len(), *id));
            recipe.at(NOW).of(domain, group.map(|(group, _)| group.as_str()))
        };
        self.recipe = Some(Arc::new(recipe.scaled(people)));
        self.add_made();
        Ok(self)
    }

    /// A user, group or service principal by id.
    pub(crate) fn object(&self, id: &str) -> Option<(Directory, Value)> {
        let id = id.to_ascii_lowercase();
        let Some((kind, place)) = self.objects.get(&id).copied() else {
            let place = self.recipe.as_ref()?.place(&id)? as usize;
            let users = self.tables.get("users")?;
            let user = users.get(users.rows.len() + place)?;
            return Some((Directory::User, user.into_owned()));
        };
        let dataset = match kind {
            Directory::User => "users",
            Directory::Group => "groups",
            Directory::ServicePrincipal => "servicePrincipals",
        };
        Some((kind, self.tables.get(dataset)?.get(place)?.into_owned()))
    }

    /// The direct members of a group.
    pub(crate) fn members(&self, group: &str) -> Members<'_> {
        let group = group.to_ascii_lowercase();
        let stored = self.members.get(&group).cloned().unwrap_or_default();
        let made = self.recipe.as_deref().map(|recipe| (recipe, recipe.members(&group)));
        Members { stored, made }
    }

    /// All members of a group, nested ones too, each once, nested groups included.
    pub(crate) fn transitive_members(&self, group: &str) -> Members<'_> {
        let mut all = self.members("");
        let mut seen = BTreeSet::new();
        let mut open = VecDeque::from([group.to_ascii_lowercase()]);
        while let Some(group) = open.pop_front() {
            let members = self.members(&group);
            if let (Some((_, all)), Some((_, more))) = (&mut all.made, members.made) {
                let new: Vec<_> = more.into_iter().filter(|range| !all.contains(range)).collect();
                all.extend(new);
            }
            for member in members.stored {
                if seen.insert(member.clone()) {
                    all.stored.push(member.clone());
                    open.push_back(member);
                }
            }
        }
        all
    }

    /// The per-user MFA state of a user.
    pub(crate) fn mfa_state(&self, user: &str) -> &str {
        self.rows("userAuthenticationRequirements")
            .iter()
            .find(|row| text(row, "userId").is_some_and(|id| id.eq_ignore_ascii_case(user)))
            .and_then(|row| text(row, "perUserMfaState"))
            .unwrap_or("disabled")
    }

    /// The registered authentication methods of a user: the sample's own list, or what the
    /// registration report says of the user.
    pub(crate) fn methods(&self, user: &str) -> Vec<Value> {
        let stored = self
            .rows("userAuthenticationMethods")
            .iter()
            .find(|row| text(row, "userId").is_some_and(|id| id.eq_ignore_ascii_case(user)))
            .and_then(|row| row.get("methods")?.as_array().cloned());
        if let Some(methods) = stored {
            return methods;
        }
        let id = user.to_ascii_lowercase();
        let made = self.recipe.as_ref().and_then(|recipe| Some((recipe, recipe.place(&id)?)));
        let registration = match made {
            Some((recipe, place)) => recipe.registration(place),
            None => self
                .rows("userRegistrationDetails")
                .iter()
                .find(|row| text(row, "id") == Some(&id))
                .cloned(),
        };
        methods::of(&id, registration.as_ref())
    }
}

/// Members of a group: stored ones, then people that a recipe makes.
pub(crate) struct Members<'t> {
    stored: Vec<String>,
    made: Option<(&'t Recipe, Vec<Range<u32>>)>,
}

impl Members<'_> {
    /// These and nobody else.
    pub(crate) fn stored(ids: impl Iterator<Item = String>) -> Self {
        Self { stored: ids.collect(), made: None }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        let made = self.made.as_ref().map_or(&[][..], |(_, ranges)| ranges);
        self.stored.len() + made.iter().map(ExactSizeIterator::len).sum::<usize>()
    }

    /// The id of the member at a place.
    pub(crate) fn get(&self, place: usize) -> Option<String> {
        if let Some(stored) = self.stored.get(place) {
            return Some(stored.clone());
        }
        let (recipe, ranges) = self.made.as_ref()?;
        let mut place = place - self.stored.len();
        for range in ranges {
            match range.clone().nth(place) {
                Some(found) => return Some(recipe.id(found)),
                None => place -= range.len(),
            }
        }
        None
    }

    /// Only those stored members that pass; people that a recipe makes always do.
    pub(crate) fn retain(&mut self, passes: impl Fn(&str) -> bool) {
        self.stored.retain(|id| passes(id));
    }
}

fn parse_toml<T: for<'de> Deserialize<'de>>(
    files: &BTreeMap<String, String>,
    folder: &str,
    file: &str,
) -> Result<Option<T>, SampleError> {
    files
        .get(file)
        .map(|content| {
            toml::from_str(content)
                .map_err(|source| SampleError::Toml { file: format!("{folder}/{file}"), source })
        })
        .transpose()
}

/// Moves each text that is a time; the years that mean "never" stay.
fn move_times(value: &mut Value, span: SignedDuration) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| move_times(item, span)),
        Value::Object(members) => members.values_mut().for_each(|item| move_times(item, span)),
        Value::String(text)
            if text.len() >= 20 && text.get(10..11) == Some("T") && !text.starts_with("9999") =>
        {
            let moved = text.parse::<Timestamp>().ok().and_then(|time| time.checked_add(span).ok());
            if let Some(moved) = moved.filter(|time| *time > Timestamp::UNIX_EPOCH) {
                *text = moved.to_string();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(files: &[(&str, &str)]) -> Result<Tenant, SampleError> {
        let mut all = BTreeMap::from([(
            "organization.json".to_owned(),
            r#"[{"id": "11111111-1111-4111-8111-111111111111"}]"#.to_owned(),
        )]);
        all.extend(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        Tenant::new("test", all)
    }

    #[test]
    fn a_misspelled_dataset_is_an_error_that_names_the_file() {
        let error = tenant(&[("userz.json", "[]")]).unwrap_err().to_string();
        assert_eq!(error, "test/userz.json: no dataset has this name");
    }

    #[test]
    fn members_are_followed_through_nested_and_cyclic_groups() {
        let tenant = tenant(&[(
            "groupMembers.json",
            r#"[{"groupId": "a", "memberIds": ["b", "u1"]},
                {"groupId": "b", "memberIds": ["a", "u2", "u1"]}]"#,
        )])
        .unwrap();
        assert_eq!(tenant.members("a").stored, ["b", "u1"]);
        assert_eq!(tenant.transitive_members("a").stored, ["b", "u1", "a", "u2"]);
    }

    #[test]
    fn times_move_and_never_stays_never() {
        let mut tenant = tenant(&[(
            "users.json",
            r#"[{"id": "u", "createdDateTime": "2026-11-15T04:00:00Z",
                "at": "2026-11-15T04:00:00.0000000+00:00",
                "end": "9999-12-31T00:00:00Z", "start": "0001-01-01T00:00:00Z", "name": "T"}]"#,
        )])
        .unwrap();
        tenant.move_by(SignedDuration::from_hours(24));
        assert_eq!(
            tenant.rows("users"),
            [json!({"id": "u", "createdDateTime": "2026-11-16T04:00:00Z",
                "at": "2026-11-16T04:00:00Z", "end": "9999-12-31T00:00:00Z",
                "start": "0001-01-01T00:00:00Z", "name": "T"})]
        );
    }
}
