//! Test tenants: an exemplary one, and small changes to it.
//!
//! Every control passes, or is attested, on [`Fixture::exemplary`]; a test breaks one thing at a
//! time. The datasets are written as Graph and Exchange Online return them, by area in the files
//! below.

mod exchange;
mod identity;

use std::collections::BTreeMap;

use model::{
    Collected, Data, Dataset, NotApplicableReason, Plan, Profile, Reason, Snapshot, Tenant,
    Unavailable, UnavailableReason, UnknownReason, Verdict,
};
use serde_json::{Value, json};

use crate::context::Context;
use crate::finding::Finding;
use crate::{Control, assess};

pub(crate) use exchange::{
    anti_phish_policy, attachments_policy, links_policy, mail_rule, spam_policy,
};
pub(crate) use identity::*;

/// The moment of every test snapshot.
pub(crate) const NOW: &str = "2026-11-01T02:00:00Z";

/// A tenant under test.
#[derive(Clone)]
pub(crate) struct Fixture {
    datasets: BTreeMap<Data, Result<Vec<Value>, UnavailableReason>>,
    profile: String,
}

impl Fixture {
    /// A tenant that meets every control: E5, cloud-only, Conditional Access, PIM, presets.
    pub(crate) fn exemplary() -> Self {
        let mut fixture = Self { datasets: BTreeMap::new(), profile: identity::PROFILE.to_owned() };
        for (data, records) in identity::datasets().into_iter().chain(exchange::datasets()) {
            fixture = fixture.set(data, records);
        }
        fixture
    }

    /// With these records, an array, in place of the dataset's.
    pub(crate) fn set(mut self, data: Data, records: Value) -> Self {
        let Value::Array(records) = records else { panic!("the records of {data} are no list") };
        self.datasets.insert(data, Ok(records));
        self
    }

    /// With the dataset's records changed.
    pub(crate) fn edit(mut self, data: Data, change: impl FnOnce(&mut Vec<Value>)) -> Self {
        let Some(Ok(records)) = self.datasets.get_mut(&data) else { panic!("{data} is not set") };
        change(records);
        self
    }

    /// With much broken: no policies, and every switch of the settings thrown. Who people are, what
    /// they hold and what the tenant owns stay as they were.
    pub(crate) fn contrary(self) -> Self {
        fn throw(value: &mut Value) {
            match value {
                Value::Bool(on) => *on = !*on,
                Value::Array(items) => items.iter_mut().for_each(throw),
                Value::Object(members) => members.values_mut().for_each(throw),
                _ => {}
            }
        }
        let kept = [
            Data::Organization,
            Data::SubscribedSkus,
            Data::Domains,
            Data::SecurityDefaults,
            Data::Users,
            Data::Groups,
            Data::RoleDefinitions,
            Data::ServicePrincipals,
        ];
        let datasets: Vec<Data> = self.datasets.keys().copied().collect();
        datasets
            .into_iter()
            .filter(|data| !kept.contains(data))
            .fold(self, |fixture, data| {
                fixture.edit(data, |records| records.iter_mut().for_each(throw))
            })
            .edit(Data::ConditionalAccessPolicies, Vec::clear)
    }

    /// With one more record.
    pub(crate) fn add(self, data: Data, record: Value) -> Self {
        self.edit(data, |records| records.push(record))
    }

    /// With a member of every record of the dataset set to this value.
    pub(crate) fn with_member(self, data: Data, member: &str, value: &Value) -> Self {
        self.edit(data, |records| {
            for record in records {
                record[member] = value.clone();
            }
        })
    }

    /// With the dataset unavailable for this reason.
    pub(crate) fn unavailable(mut self, data: Data, reason: UnavailableReason) -> Self {
        self.datasets.insert(data, Err(reason));
        self
    }

    /// With the dataset refused for lack of permission.
    pub(crate) fn forbidden(self, data: Data) -> Self {
        self.unavailable(data, UnavailableReason::Forbidden)
    }

    /// With the dataset not mentioned at all.
    pub(crate) fn without(mut self, data: Data) -> Self {
        self.datasets.remove(&data);
        self
    }

    /// With these lines of TOML added to the profile.
    pub(crate) fn declare(mut self, toml: &str) -> Self {
        self.profile.push_str(toml);
        self.profile.push('\n');
        self
    }

    /// With another profile; the `[tenant]` table is added.
    pub(crate) fn profile(mut self, toml: &str) -> Self {
        self.profile = format!("{}{toml}\n", identity::PROFILE_HEAD);
        self
    }

    /// Without these plans: taken out of every subscription, and refused by the services that
    /// ask for them. Name the plans that imply one too.
    pub(crate) fn unlicensed(self, plans: &[Plan]) -> Self {
        let gone: Vec<&str> =
            plans.iter().flat_map(|plan| identity::plan_ids(*plan)).copied().collect();
        let fixture = self.edit(Data::SubscribedSkus, |skus| {
            for sku in skus {
                let Some(plans) = sku["servicePlans"].as_array_mut() else { continue };
                plans.retain(|plan| !gone.contains(&plan["servicePlanId"].as_str().unwrap()));
            }
        });
        plans.iter().flat_map(|plan| refused_without(*plan)).fold(fixture, |fixture, data| {
            fixture.unavailable(*data, UnavailableReason::NotLicensed)
        })
    }

    /// With security defaults on, and so without any policy.
    pub(crate) fn with_security_defaults(self) -> Self {
        self.with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
            .set(Data::ConditionalAccessPolicies, json!([]))
    }

    /// The snapshot itself.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let datasets = self
            .datasets
            .iter()
            .map(|(data, state)| {
                let dataset = match state {
                    Ok(records) => Dataset::Collected(Collected::new("test", records).unwrap()),
                    Err(reason) => Dataset::Unavailable(Unavailable {
                        reason: *reason,
                        detail: String::new(),
                        source: "test".to_owned(),
                        at: None,
                    }),
                };
                (data.name().to_owned(), dataset)
            })
            .collect();
        Snapshot {
            tenant: model::TenantInfo { id: TENANT.into(), ..Default::default() },
            taken_at: NOW.parse().unwrap(),
            collector: model::Collector::default(),
            datasets,
            other: model::Members::new(),
        }
    }

    /// The declared profile.
    pub(crate) fn parsed_profile(&self) -> Profile {
        Profile::parse(&self.profile).unwrap()
    }

    /// What a look at the derived facts of this tenant gives.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Context<'_>) -> T) -> T {
        let (snapshot, profile) = (self.snapshot(), self.parsed_profile());
        let tenant = Tenant::new(&snapshot, &profile);
        look(&Context::new(&tenant))
    }

    /// What the control reads of this tenant.
    pub(crate) fn read_by(&self, control: &'static Control) -> Vec<Data> {
        let (snapshot, profile) = (self.snapshot(), self.parsed_profile());
        let tenant = Tenant::new(&snapshot, &profile);
        assess::finding(&Context::new(&tenant), control);
        tenant.read_so_far()
    }

    /// The control's finding on this tenant, licenses considered.
    pub(crate) fn judge(&self, control: &'static Control) -> Finding {
        let (snapshot, profile) = (self.snapshot(), self.parsed_profile());
        let tenant = Tenant::new(&snapshot, &profile);
        let mut finding = assess::finding(&Context::new(&tenant), control);
        finding.evidence.sort();
        finding
    }
}

/// What a service refuses to a tenant without the plan.
fn refused_without(plan: Plan) -> &'static [Data] {
    match plan {
        Plan::EntraIdP1 => {
            &[Data::UserRegistrationDetails, Data::SignInActivity, Data::LegacySignIns]
        }
        Plan::EntraIdP2 => &[
            Data::RoleAssignmentScheduleInstances,
            Data::RoleEligibilityScheduleInstances,
            Data::GroupEligibilityScheduleInstances,
            Data::RiskyUsers,
        ],
        Plan::ExchangeOnline => &[Data::ExchangeMailboxes, Data::ExchangeCasMailboxes],
        _ => &[],
    }
}

/// A table of cases for one control; each line panics with its name when it does not hold.
pub(crate) struct Check(&'static Control);

/// Checks a control.
pub(crate) fn check(control: &'static Control) -> Check {
    Check(control)
}

#[expect(clippy::needless_pass_by_value, reason = "a table of cases reads better so")]
impl Check {
    fn expect(self, case: &str, fixture: &Fixture, verdict: Verdict) -> (Self, Finding) {
        let finding = fixture.judge(self.0);
        assert_eq!(finding.verdict, verdict, "{}: {case}: {finding:#?}", self.0.id);
        (self, finding)
    }

    pub(crate) fn passes(self, case: &str, fixture: Fixture) -> Self {
        self.expect(case, &fixture, Verdict::Pass).0
    }

    pub(crate) fn fails(self, case: &str, fixture: Fixture) -> Self {
        let (this, finding) = self.expect(case, &fixture, Verdict::Fail);
        assert!(!finding.evidence.is_empty(), "{case}: a fail names its evidence");
        assert!(finding.would_pass_if.is_some(), "{case}: a fail says what would pass");
        this
    }

    /// Fails, and the evidence names exactly these subjects (by id) as violations.
    pub(crate) fn fails_on(self, case: &str, fixture: Fixture, subjects: &[&str]) -> Self {
        let (this, finding) = self.expect(case, &fixture, Verdict::Fail);
        let mut violations: Vec<&str> = finding
            .evidence
            .iter()
            .filter(|evidence| !evidence.expected.is_empty())
            .map(|evidence| evidence.subject.id.as_str())
            .collect();
        violations.sort_unstable();
        violations.dedup();
        let mut expected = subjects.to_vec();
        expected.sort_unstable();
        assert_eq!(violations, expected, "{}: {case}: {finding:#?}", this.0.id);
        this
    }

    /// Partial, with this credit to three decimals.
    pub(crate) fn partial(self, case: &str, credit: f64, fixture: Fixture) -> Self {
        let (this, finding) = self.expect(case, &fixture, Verdict::Partial);
        let found = finding.credit.unwrap();
        assert!((found - credit).abs() < 0.0006, "{case}: credit {found}, expected {credit}");
        assert!(finding.would_pass_if.is_some(), "{case}: a partial says what would pass");
        this
    }

    pub(crate) fn unknown(self, case: &str, reason: UnknownReason, fixture: Fixture) -> Self {
        let (this, finding) = self.expect(case, &fixture, Verdict::Unknown);
        assert_eq!(finding.reason, Some(Reason::Unknown(reason)), "{case}: {finding:#?}");
        this
    }

    pub(crate) fn not_applicable(
        self,
        case: &str,
        reason: NotApplicableReason,
        fixture: Fixture,
    ) -> Self {
        let (this, finding) = self.expect(case, &fixture, Verdict::NotApplicable);
        assert_eq!(finding.reason, Some(Reason::NotApplicable(reason)), "{case}: {finding:#?}");
        this
    }

    /// Any other verdict: attested, attested-no, unattested, expired.
    pub(crate) fn is(self, case: &str, verdict: Verdict, fixture: Fixture) -> Self {
        self.expect(case, &fixture, verdict).0
    }
}

/// A Conditional Access policy as Graph returns it: enabled, all users but the emergency access
/// accounts, all resources, no condition, and these grant controls.
#[expect(clippy::needless_pass_by_value, reason = "a table of cases reads better so")]
pub(crate) fn policy(name: &str, grant: Value) -> Value {
    json!({
        "id": format!("e0000000-0000-4000-8000-{:012x}", name.bytes().fold(7_u64, |hash, byte| {
            (hash * 31 + u64::from(byte)) % (1 << 47)
        })),
        "templateId": null, "displayName": name,
        "createdDateTime": "2026-02-01T08:00:00Z", "modifiedDateTime": null, "state": "enabled",
        "conditions": {
            "userRiskLevels": [], "signInRiskLevels": [], "clientAppTypes": ["all"],
            "servicePrincipalRiskLevels": [], "insiderRiskLevels": null, "platforms": null,
            "locations": null, "devices": null, "clientApplications": null,
            "authenticationFlows": null,
            "applications": {
                "includeApplications": ["All"], "excludeApplications": [],
                "includeUserActions": [], "includeAuthenticationContextClassReferences": [],
                "applicationFilter": null
            },
            "users": {
                "includeUsers": ["All"], "excludeUsers": [EMERGENCY_1, EMERGENCY_2],
                "includeGroups": [], "excludeGroups": [], "includeRoles": [], "excludeRoles": [],
                "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null
            }
        },
        "grantControls": grant,
        "sessionControls": null
    })
}

/// Grant controls with one built-in control.
pub(crate) fn grant(control: &str) -> Value {
    json!({
        "operator": "OR", "builtInControls": [control], "customAuthenticationFactors": [],
        "termsOfUse": [], "authenticationStrength": null
    })
}

/// Grant controls with the built-in strength "Phishing-resistant MFA".
pub(crate) fn phishing_resistant() -> Value {
    json!({
        "operator": "OR", "builtInControls": [], "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": {
            "id": "00000000-0000-0000-0000-000000000004", "displayName": "Phishing-resistant MFA",
            "policyType": "builtIn", "requirementsSatisfied": "mfa",
            "allowedCombinations":
                ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"],
            "combinationConfigurations": []
        }
    })
}
