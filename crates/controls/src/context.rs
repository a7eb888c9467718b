//! What judgements share: facts derived from a tenant, each computed when first asked for.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use model::{Gap, Id, Licenses, Plan, SignInTimes, Tenant, Timestamp};
use signin::Access;

use crate::directory::Directory;
use crate::emergency::Emergency;
use crate::people::People;

/// A tenant with the facts that several controls derive from it.
pub struct Context<'t> {
    /// The tenant: typed records and profile.
    pub tenant: &'t Tenant<'t>,
    directory: OnceCell<Result<Directory<'t>, Gap>>,
    people: OnceCell<Result<People<'t>, Gap>>,
    emergency: OnceCell<Result<Emergency<'t>, Gap>>,
    access: OnceCell<Access<'t>>,
    sign_in_times: OnceCell<Result<BTreeMap<&'t Id, &'t SignInTimes>, Gap>>,
}

impl<'t> Context<'t> {
    pub(crate) fn new(tenant: &'t Tenant<'t>) -> Self {
        Self {
            tenant,
            directory: OnceCell::new(),
            people: OnceCell::new(),
            emergency: OnceCell::new(),
            access: OnceCell::new(),
            sign_in_times: OnceCell::new(),
        }
    }

    /// Users, groups and who holds which role.
    pub(crate) fn directory(&self) -> Result<&Directory<'t>, Gap> {
        shared(self.directory.get_or_init(|| Directory::of(self.tenant)))
    }

    /// People: enabled members that are persons.
    pub(crate) fn people(&self) -> Result<&People<'t>, Gap> {
        shared(self.people.get_or_init(|| People::of(self)))
    }

    /// The emergency access accounts that the profile declares.
    pub(crate) fn emergency(&self) -> Result<&Emergency<'t>, Gap> {
        shared(self.emergency.get_or_init(|| Emergency::of(self)))
    }

    /// Who can sign in how: Conditional Access, security defaults, per-user MFA, exactly.
    pub(crate) fn access(&self) -> &Access<'t> {
        self.access.get_or_init(|| Access::new(self.tenant))
    }

    /// Last sign-ins by user; users who never signed in are absent.
    pub(crate) fn sign_in_times(&self) -> Result<&BTreeMap<&'t Id, &'t SignInTimes>, Gap> {
        shared(self.sign_in_times.get_or_init(|| {
            let records = self.tenant.sign_in_activity.read()?;
            Ok(records
                .iter()
                .filter_map(|record| Some((&record.id, record.sign_in_activity.as_ref()?)))
                .collect())
        }))
    }

    /// The service plans that the tenant owns.
    pub(crate) fn licenses(&self) -> Result<Licenses, Gap> {
        self.tenant.licenses()
    }

    /// Whether the tenant owns the plan.
    pub(crate) fn has(&self, plan: Plan) -> Result<bool, Gap> {
        Ok(self.licenses()?.has(plan))
    }

    /// Whether security defaults are on.
    pub(crate) fn security_defaults(&self) -> Result<bool, Gap> {
        let defaults = &self.tenant.security_defaults;
        let missing = || Gap::field(defaults.data(), "isEnabled");
        defaults.one()?.is_enabled.ok_or_else(missing)
    }

    /// Whether the number is at most the profile's threshold of that name.
    pub(crate) fn within(&self, number: usize, threshold: &str, default: f64) -> bool {
        let limit = self.tenant.profile.threshold(threshold, default);
        u32::try_from(number).is_ok_and(|number| f64::from(number) <= limit)
    }

    /// When the snapshot was taken.
    pub(crate) fn now(&self) -> Timestamp {
        self.tenant.now()
    }

    /// Whole days between that moment and the snapshot; negative for the future.
    pub(crate) fn days_since(&self, then: Timestamp) -> i64 {
        self.now().duration_since(then).as_secs().div_euclid(86_400)
    }
}

fn shared<T>(result: &Result<T, Gap>) -> Result<&T, Gap> {
    result.as_ref().map_err(Gap::clone)
}
