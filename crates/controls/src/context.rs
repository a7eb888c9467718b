//! What judgements share: facts derived from a tenant, each computed when first asked for.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use model::{Gap, Licenses, Mailbox, Plan, SignInTimes, Tenant, Timestamp};
use signin::{Access, Question};

use crate::by_id::ById;
use crate::coverage::Coverage;
use crate::directory::Directory;
use crate::emergency::Emergency;
use crate::legacy::refused;
use crate::mfa::registration::Registrations;
use crate::mfa::users_required;
use crate::people::People;
use crate::recipients::recipients;

/// A tenant with the facts that several controls derive from it.
pub struct Context<'t> {
    /// The tenant: typed records and profile.
    pub tenant: &'t Tenant<'t>,
    directory: OnceCell<Result<Directory<'t>, Gap>>,
    people: OnceCell<Result<People<'t>, Gap>>,
    emergency: OnceCell<Result<Emergency<'t>, Gap>>,
    access: OnceCell<Access<'t>>,
    sign_in_times: OnceCell<Result<ById<'t, &'t SignInTimes>, Gap>>,
    registrations: OnceCell<Result<Registrations<'t>, Gap>>,
    recipients: OnceCell<Result<Vec<&'t Mailbox>, Gap>>,
    mfa_of_people: OnceCell<Result<Coverage<'t>, Gap>>,
    legacy_of_people: OnceCell<Result<Coverage<'t>, Gap>>,
    risk_of_people: RefCell<BTreeMap<Question, Rc<Coverage<'t>>>>,
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
            registrations: OnceCell::new(),
            recipients: OnceCell::new(),
            mfa_of_people: OnceCell::new(),
            legacy_of_people: OnceCell::new(),
            risk_of_people: RefCell::default(),
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
    pub(crate) fn sign_in_times(&self) -> Result<&ById<'t, &'t SignInTimes>, Gap> {
        shared(self.sign_in_times.get_or_init(|| {
            let records = self.tenant.sign_in_activity.read()?;
            Ok(records
                .iter()
                .filter_map(|record| Some((&record.id, record.sign_in_activity.as_ref()?)))
                .collect())
        }))
    }

    /// The methods that each account registered.
    pub(crate) fn registrations(&self) -> Result<&Registrations<'t>, Gap> {
        shared(self.registrations.get_or_init(|| Registrations::of(self)))
    }

    /// Every mailbox that receives mail, sorted by address.
    pub(crate) fn recipients(&self) -> Result<&[&'t Mailbox], Gap> {
        shared(self.recipients.get_or_init(|| recipients(self.tenant))).map(Vec::as_slice)
    }

    /// Which people are forced through MFA by policies.
    pub(crate) fn mfa_of_people(&self) -> Result<&Coverage<'t>, Gap> {
        shared(self.mfa_of_people.get_or_init(|| users_required::coverage(self)))
    }

    /// Which people legacy authentication is refused to by policies.
    pub(crate) fn legacy_of_people(&self) -> Result<&Coverage<'t>, Gap> {
        shared(self.legacy_of_people.get_or_init(|| refused::coverage(self)))
    }

    /// Which people risk policies answer for at the risk of that question, as `look` finds.
    pub(crate) fn risk_of_people(
        &self,
        question: &Question,
        look: impl FnOnce() -> Result<Coverage<'t>, Gap>,
    ) -> Result<Rc<Coverage<'t>>, Gap> {
        if let Some(known) = self.risk_of_people.borrow().get(question) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(look()?);
        self.risk_of_people.borrow_mut().insert(question.clone(), Rc::clone(&found));
        Ok(found)
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
