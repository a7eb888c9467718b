//! What CISA's rules look at, from an import of its tool's export or from a snapshot of our own.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{Cloud, ConditionalAccessPolicy, Data, Gap, GapCause, Plan, UnavailableReason};
use serde_json::{Map, Value};

use crate::context::Context;

/// A tenant as CISA's rules see it.
pub(crate) struct Facts<'c, 't> {
    pub(super) context: &'c Context<'t>,
    /// What an import kept for these rules; `None` for a snapshot of our own.
    export: Option<Map<String, Value>>,
    /// The configuration of CISA's tool; null where there is none.
    config: Value,
    records: RefCell<BTreeMap<Data, Rc<[Value]>>>,
}

/// Exclusions from a Conditional Access policy that are documented, all in lower case.
#[derive(Default)]
pub(super) struct Documented {
    pub(super) users: BTreeSet<String>,
    pub(super) groups: BTreeSet<String>,
    pub(super) applications: BTreeSet<String>,
    pub(super) guests: BTreeSet<String>,
}

impl<'c, 't> Facts<'c, 't> {
    pub(super) fn new(context: &'c Context<'t>) -> Self {
        let other = &context.tenant.snapshot.other;
        let member = |name: &str| {
            other.get(name).and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok())
        };
        let export = match member("scubagear") {
            Some(Value::Object(export)) => Some(export),
            _ => None,
        };
        let config = member("scubaConfig").unwrap_or_default();
        Self { context, export, config, records: RefCell::default() }
    }

    /// Every record of a dataset, as plain JSON, in an order of its own: the one in which the service
    /// answers says nothing.
    pub(super) fn records(&self, data: Data) -> Result<Rc<[Value]>, Gap> {
        if let Some(known) = self.records.borrow().get(&data) {
            return Ok(Rc::clone(known));
        }
        let mut records = self.context.tenant.plain(data)?;
        records.sort_by_cached_key(Value::to_string);
        let records: Rc<[Value]> = records.into();
        self.records.borrow_mut().insert(data, Rc::clone(&records));
        Ok(records)
    }

    /// As [`Facts::records`], where a missing license means that there are none.
    pub(super) fn records_if_licensed(&self, data: Data) -> Result<Rc<[Value]>, Gap> {
        match self.records(data) {
            Err(gap) if gap.is_not_licensed() => Ok(Rc::from([])),
            other => other,
        }
    }

    /// Conditional Access policies.
    pub(super) fn policies(&self) -> Result<&'t [ConditionalAccessPolicy], Gap> {
        self.context.tenant.conditional_access_policies.read()
    }

    /// Whether this is an import of CISA's tool's export.
    pub(super) fn is_import(&self) -> bool {
        self.export.is_some()
    }

    /// A list that the import kept.
    pub(super) fn kept(&self, name: &str) -> Option<&[Value]> {
        self.export.as_ref()?.get(name)?.as_array().map(Vec::as_slice)
    }

    /// A list that the import kept; a hole in that dataset where the export lacks it.
    pub(super) fn kept_or(&self, name: &str, data: Data, key: &str) -> Result<&[Value], Gap> {
        self.kept(name).ok_or_else(|| Gap {
            data,
            cause: GapCause::Unavailable(UnavailableReason::NotCollected),
            detail: format!("the export has no `{key}`"),
        })
    }

    /// Whether the import kept that flag as true.
    pub(super) fn is_flagged(&self, name: &str) -> bool {
        self.export.as_ref().is_some_and(|export| export.get(name) == Some(&Value::Bool(true)))
    }

    /// Whether the tenant owns a service plan, by the name that CISA's tool looks for. An export
    /// without service plans counts as one without the plan.
    pub(super) fn owns(&self, name: &str, plan: Plan) -> Result<bool, Gap> {
        if let Some(plans) = self.kept("servicePlans") {
            let is = |plan: &&Value| plan.get("servicePlanName").is_some_and(|it| it == name);
            return Ok(plans.iter().any(|plan| is(&plan)));
        }
        match self.context.has(plan) {
            Err(gap) if self.is_import() && is_not_collected(&gap) => Ok(false),
            owned => owned,
        }
    }

    /// Whether the tenant owns Defender for Office 365; true where an export does not tell.
    pub(super) fn owns_defender(&self) -> Result<bool, Gap> {
        match &self.export {
            Some(export) => Ok(export.get("defenderLicense") != Some(&Value::Bool(false))),
            None => self.context.has(Plan::DefenderForOffice365P1),
        }
    }

    /// An entry of the configuration by product or section and policy.
    pub(super) fn configured(&self, section: &str, policy: &str) -> Option<&Value> {
        get(get(&self.config, section)?, policy)
    }

    /// A list of texts in the configuration, trimmed.
    pub(super) fn listed(&self, section: &str, policy: &str, path: &[&str]) -> BTreeSet<String> {
        let mut place = self.configured(section, policy);
        for name in path {
            place = place.and_then(|it| get(it, name));
        }
        texts(place).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
    }

    /// The exclusions from a policy that are documented: by the configuration of CISA's tool; in a
    /// snapshot of our own by the profile, which declares the emergency access accounts.
    pub(super) fn documented(&self, policy: &str) -> Documented {
        let listed = |kind| {
            let all = self.listed("Aad", policy, &["CapExclusions", kind]);
            all.into_iter().map(|it| it.to_lowercase()).collect()
        };
        let mut documented = Documented {
            users: listed("Users"),
            groups: listed("Groups"),
            applications: listed("Applications"),
            guests: listed("GuestUserTypes"),
        };
        if !self.is_import() {
            for name in &self.context.tenant.profile.accounts.emergency {
                let user = self.context.directory().ok().and_then(|it| it.named(name));
                documented.users.extend(user.map(|user| user.id.to_string()));
                documented.users.insert(name.to_lowercase());
                documented.groups.insert(name.to_lowercase());
            }
        }
        documented
    }

    /// Where the tenant lives.
    pub(super) fn cloud(&self) -> Cloud {
        self.context.tenant.snapshot.tenant.cloud
    }

    /// The day of the snapshot.
    pub(super) fn today(&self) -> Date {
        self.context.now().to_zoned(TimeZone::UTC).date()
    }
}

/// Whether nobody asked for the dataset, or the export lacks it.
pub(super) fn is_not_collected(gap: &Gap) -> bool {
    gap.cause == GapCause::Unavailable(UnavailableReason::NotCollected)
}

/// A member by name in any case, as PowerShell reads it.
fn get<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    let object = object.as_object()?;
    object.get(name).or_else(|| {
        object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

/// The texts of a list, or the single text; nulls and others are left out.
pub(super) fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let (list, single) = match value {
        Some(Value::Array(list)) => (list.as_slice(), None),
        Some(Value::String(text)) => (&[][..], Some(text.as_str())),
        _ => (&[][..], None),
    };
    list.iter().filter_map(Value::as_str).chain(single)
}

/// The objects of a list, or the single object.
pub(super) fn objects(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (list, single) = match value {
        Some(Value::Array(list)) => (list.as_slice(), None),
        Some(object @ Value::Object(_)) => (&[][..], Some(object)),
        _ => (&[][..], None),
    };
    list.iter().filter(|it| it.is_object()).chain(single)
}

/// A text member; empty where there is none.
pub(super) fn word<'v>(record: &'v Value, member: &str) -> &'v str {
    record.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a member is true.
pub(super) fn is_on(record: &Value, member: &str) -> bool {
    match record.get(member) {
        Some(Value::Bool(on)) => *on,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Whether a member holds nothing: absent, null, or an empty list or text.
pub(super) fn is_empty(record: &Value, member: &str) -> bool {
    match record.get(member) {
        None | Some(Value::Null) => true,
        Some(Value::Array(list)) => list.iter().all(Value::is_null),
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

/// Whether a rule or policy is that preset: its identity says so, with a number behind.
pub(super) fn is_preset(record: &Value, preset: &str) -> bool {
    let wanted = format!("{preset} Preset Security Policy").to_lowercase();
    identity(record).to_lowercase().contains(&wanted)
}

/// The identity of a rule or policy of Exchange Online; the name where there is none.
pub(super) fn identity(record: &Value) -> &str {
    match word(record, "Identity") {
        "" => word(record, "Name"),
        identity => identity,
    }
}

/// Whether a rule is switched on.
pub(super) fn is_enabled(rule: &Value) -> bool {
    word(rule, "State").eq_ignore_ascii_case("Enabled")
}
