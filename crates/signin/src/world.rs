//! What was read of a tenant, as far as signing in is concerned.

use model::{
    AuthenticationStrengthPolicy, ConditionalAccessPolicy, CrossTenantAccessPolicy, Gap, Id, Tenant,
};

use crate::assumption::Reading;
use crate::compile::directory::Directory;
use crate::compile::network::Locations;
use crate::compile::people::Surroundings;
use crate::compile::policy::Policy;
use crate::compile::targets::Attributes;
use crate::explain::location_words;
use crate::suites::{self, Suites};
use crate::tri::Tri;

/// What was read of a tenant.
pub(crate) struct World<'t> {
    pub(crate) tenant: &'t Tenant<'t>,
    /// Policies for users, in an order that does not depend on the snapshot's.
    pub(crate) policies: Vec<&'t ConditionalAccessPolicy>,
    pub(crate) directory: Directory,
    pub(crate) suites: Suites,
    pub(crate) attributes: Attributes,
    pub(crate) locations: Locations,
    strengths: &'t [AuthenticationStrengthPolicy],
    /// Whether security defaults are on.
    pub(crate) defaults: Tri,
    /// Why that is not known; empty: it is.
    pub(crate) defaults_gap: String,
    /// Whether security defaults were read as on next to an enabled policy; the policy counts.
    pub(crate) both_read: bool,
    trust: Result<&'t CrossTenantAccessPolicy, Gap>,
}

impl<'t> World<'t> {
    /// Reads everything.
    ///
    /// # Errors
    ///
    /// When the accounts or the policies cannot be read: then nothing can be said.
    pub(crate) fn of(tenant: &'t Tenant<'t>) -> Result<Self, Gap> {
        let on = tenant.security_defaults.one().and_then(|defaults| {
            let missing = || Gap::field(tenant.security_defaults.data(), "isEnabled");
            defaults.is_enabled.ok_or_else(missing)
        });
        let all = match (tenant.conditional_access_policies.read(), &on) {
            (Ok(all), _) => all,
            // The two exclude each other, so there is no enabled policy.
            (Err(_), Ok(true)) => &[],
            (Err(gap), _) => return Err(gap),
        };
        let mut policies: Vec<&ConditionalAccessPolicy> =
            all.iter().filter(|policy| !policy.is_for_workload_identities()).collect();
        policies.sort_by(|one, other| {
            (&one.id, &one.display_name, &one.state).cmp(&(
                &other.id,
                &other.display_name,
                &other.state,
            ))
        });
        let enforced = all.iter().any(ConditionalAccessPolicy::is_enforced);
        let both_read = enforced && matches!(on, Ok(true));
        let (defaults, defaults_gap) = match on {
            // Microsoft lets nobody have both.
            _ if enforced => (Tri::No, String::new()),
            Ok(on) => (Tri::from(on), String::new()),
            Err(gap) => (Tri::Maybe, gap.to_string()),
        };
        let directory = Directory::of(tenant, &policies)?;
        let filters = policies.iter().any(|policy| {
            let apps = policy.conditions.applications.as_ref();
            apps.is_some_and(|apps| apps.application_filter.is_some())
        });
        Ok(Self {
            tenant,
            directory,
            suites: Suites::of(tenant),
            attributes: Attributes::of(tenant, filters),
            locations: Locations::of(tenant),
            strengths: tenant.authentication_strength_policies.read().unwrap_or_default(),
            defaults,
            defaults_gap,
            both_read,
            trust: tenant.cross_tenant_access_policy.one(),
            policies,
        })
    }

    /// What besides policies binds accounts.
    pub(crate) fn surroundings(&self) -> Surroundings<'t> {
        Surroundings { defaults: self.defaults, trust: self.trust.as_ref().ok().copied() }
    }

    /// Why it is not known whose device claims are trusted.
    pub(crate) fn trust_gap(&self) -> String {
        match &self.trust {
            Err(gap) => gap.to_string(),
            Ok(_) => {
                "the cross-tenant access settings do not say which device claims are trusted, \
                      or the home tenant is not known"
                    .to_owned()
            }
        }
    }

    /// What people call the account.
    pub(crate) fn user_name(&self, id: &Id) -> String {
        let users = self.tenant.users.read().unwrap_or_default();
        let number = self.directory.users.find(id);
        let user = number
            .and_then(|number| users.get(number as usize))
            .filter(|user| user.id == *id)
            .or_else(|| users.iter().find(|user| user.id == *id));
        user.map_or_else(|| id.to_string(), |user| user.name().to_owned())
    }

    /// What people call the group.
    pub(crate) fn group_name(&self, id: &str) -> String {
        let groups = self.tenant.groups.read().unwrap_or_default();
        let group = groups.iter().find(|group| *group.id == *id);
        let name = group.map(|group| group.display_name.as_str()).filter(|name| !name.is_empty());
        name.unwrap_or(id).to_owned()
    }

    /// What people call the application or suite.
    pub(crate) fn app_name(&self, id: &Id) -> String {
        let named = match id.as_str() {
            "all" => Some("all resources"),
            "office365" => Some("Office 365"),
            "microsoftadminportals" => Some("Microsoft Admin Portals"),
            id => suites::app_name(id),
        };
        if let Some(name) = named {
            return name.to_owned();
        }
        let principals = self.tenant.service_principals.read().unwrap_or_default();
        let principal = principals.iter().find(|principal| principal.app_id == *id);
        let name = principal.map(|principal| principal.display_name.as_str());
        name.filter(|name| !name.is_empty()).unwrap_or(id).to_owned()
    }

    /// What people call the location.
    pub(crate) fn location_name(&self, id: &Id) -> String {
        let locations = self.tenant.named_locations.read().unwrap_or_default();
        location_words(locations.iter().find(|location| location.id == *id), id)
    }

    /// Reads the policies that are wanted.
    pub(crate) fn compile(
        &self,
        wanted: impl Fn(&ConditionalAccessPolicy) -> bool,
        reading: Reading,
    ) -> Vec<Policy<'t>> {
        self.policies
            .iter()
            .filter(|policy| wanted(policy))
            .map(|policy| Policy::of(policy, self.strengths, reading))
            .collect()
    }
}

/// Whether the policy is neither disabled nor report-only.
pub(crate) fn may_be_enforced(policy: &ConditionalAccessPolicy) -> bool {
    policy.state != "disabled" && !policy.is_report_only()
}
