//! What the tenant owns: service plans, decided by plan id, never by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Id, SubscribedSku};

/// A capability that some control needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words are in `words`")]
pub enum Plan {
    EntraIdP1,
    EntraIdP2,
    EntraIdGovernance,
    DefenderForOffice365P1,
    DefenderForOffice365P2,
    ExchangeOnline,
    Intune,
    AuditPremium,
    CustomerLockbox,
    WorkloadIdentities,
}

impl Plan {
    /// What Microsoft calls it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::EntraIdP1 => "Microsoft Entra ID P1",
            Self::EntraIdP2 => "Microsoft Entra ID P2",
            Self::EntraIdGovernance => "Microsoft Entra ID Governance",
            Self::DefenderForOffice365P1 => "Microsoft Defender for Office 365 Plan 1",
            Self::DefenderForOffice365P2 => "Microsoft Defender for Office 365 Plan 2",
            Self::ExchangeOnline => "Exchange Online",
            Self::Intune => "Microsoft Intune",
            Self::AuditPremium => "Audit (Premium)",
            Self::CustomerLockbox => "Customer Lockbox (Office 365 E5)",
            Self::WorkloadIdentities => "Microsoft Entra Workload ID Premium",
        }
    }

    /// The service plan ids that give it, national clouds included.
    /// Source: Microsoft's product names and service plan identifiers for licensing.
    const fn ids(self) -> &'static [&'static str] {
        match self {
            Self::EntraIdP1 => &["41781fb2-bc02-4b7c-bd55-b576c07bb09d"],
            Self::EntraIdP2 => &["eec0eb4f-6444-4f95-aba0-50c24d67f998"],
            Self::EntraIdGovernance => &["e866a266-3cff-43a3-acca-0c90a7e00c8b"],
            Self::DefenderForOffice365P1 => {
                &["f20fedf3-f3c3-43c3-8267-2bfdd51c0939", "493ff600-6a2b-4db6-ad37-a7d4eb214516"]
            }
            Self::DefenderForOffice365P2 => {
                &["8e0c0a52-6a6c-4d40-8370-dd62790dcd70", "900018f1-0cdb-4ecb-94d4-90281760fdc6"]
            }
            Self::ExchangeOnline => &[
                "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
                "efb87545-963c-4e0d-99df-69c6916d9eb0",
                "4a82b400-a79f-41a4-b4e2-e94f5787b113",
                "e9b4930a-925f-45e2-ac2a-3f7788ca6fdd",
                "8c3069c0-ccdb-44be-ab77-986203a67df2",
            ],
            Self::Intune => &["c1ec4a95-1f05-45b3-a911-aa3fa01094f5"],
            Self::AuditPremium => &["2f442157-a11c-46b9-ae5b-6e39ff4e5849"],
            Self::CustomerLockbox => {
                &["9f431833-0334-42de-a7dc-70aa40db46db", "89b5d3b1-3855-49fe-b46c-87c66dbc1526"]
            }
            Self::WorkloadIdentities => {
                &["84c289f0-efcb-486f-8581-07f44fc9efad", "7dc0e92d-bf15-401d-907e-0884efe7c760"]
            }
        }
    }

    /// Whether a service plan of that id gives it, or gives a plan that implies it.
    pub(crate) fn is_given_by(self, id: &Id) -> bool {
        self.ids().iter().any(|own| *id == **own)
            || self.implied_by().iter().any(|plan| plan.is_given_by(id))
    }

    /// Plans that imply this one.
    const fn implied_by(self) -> &'static [Self] {
        match self {
            Self::EntraIdP1 => &[Self::EntraIdP2],
            Self::DefenderForOffice365P1 => &[Self::DefenderForOffice365P2],
            _ => &[],
        }
    }
}

/// The service plans a tenant owns, with their seats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Licenses {
    seats: BTreeMap<Id, i64>,
    in_grace: BTreeSet<Id>,
    proven: BTreeSet<Plan>,
}

impl Licenses {
    /// Reads the plans that are present: of a subscription that is enabled or in its grace period,
    /// with at least one seat, provisioned or about to be.
    pub fn of(skus: &[SubscribedSku]) -> Self {
        let mut licenses = Self::default();
        for sku in skus {
            let status = sku.capability_status.as_deref().unwrap_or_default();
            let grace = status.eq_ignore_ascii_case("Warning");
            let units = sku.prepaid_units.unwrap_or_default();
            let seats = units.enabled.unwrap_or(0).max(0) + units.warning.unwrap_or(0).max(0);
            if !(grace || status.eq_ignore_ascii_case("Enabled")) || seats == 0 {
                continue;
            }
            for plan in &sku.service_plans {
                let Some(id) = &plan.service_plan_id else { continue };
                let status = plan.provisioning_status.as_deref().unwrap_or_default();
                if ["Success", "PendingInput", "PendingActivation"].contains(&status) {
                    *licenses.seats.entry(id.clone()).or_default() += seats;
                    if grace {
                        licenses.in_grace.insert(id.clone());
                    }
                }
            }
        }
        licenses
    }

    /// With plans that a service proved by answering, whatever the subscriptions say: bundles and
    /// national clouds use plan ids that no list has.
    #[must_use]
    pub(crate) fn proven(mut self, plans: impl IntoIterator<Item = Plan>) -> Self {
        self.proven.extend(plans);
        self
    }

    /// Whether the tenant owns the plan, or one that implies it.
    pub fn has(&self, plan: Plan) -> bool {
        self.proven.contains(&plan)
            || plan.ids().iter().any(|id| self.seats.contains_key(*id))
            || plan.implied_by().iter().any(|plan| self.has(*plan))
    }

    /// Whether Privileged Identity Management is licensed: Entra ID P2 or Governance.
    pub fn has_pim(&self) -> bool {
        self.has(Plan::EntraIdP2) || self.has(Plan::EntraIdGovernance)
    }

    /// Seats of the plan, or of one that implies it where that has more; 0 when absent.
    pub fn seats(&self, plan: Plan) -> i64 {
        let own = plan.ids().iter().filter_map(|id| self.seats.get(*id)).sum::<i64>();
        // A product with the implying plan mostly holds both: adding up would count it twice.
        plan.implied_by().iter().map(|plan| self.seats(*plan)).fold(own, i64::max)
    }

    /// Whether some subscription with the plan is in its grace period after expiry.
    pub fn in_grace(&self, plan: Plan) -> bool {
        plan.ids().iter().any(|id| self.in_grace.contains(*id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licenses(status: &str, seats: i64, provisioning: &str, plan: &str) -> Licenses {
        let sku = format!(
            r#"{{"capabilityStatus":"{status}","prepaidUnits":{{"enabled":{seats}}},
                "servicePlans":[{{"servicePlanId":"{plan}","provisioningStatus":"{provisioning}"}}]}}"#
        );
        Licenses::of(&[serde_json::from_str(&sku).unwrap()])
    }

    #[test]
    fn a_plan_is_present_by_its_id_when_it_can_be_used() {
        let p2 = "EEC0EB4F-6444-4F95-ABA0-50C24D67F998";
        let owned = licenses("Enabled", 5, "Success", p2);
        assert!(owned.has(Plan::EntraIdP2) && owned.has(Plan::EntraIdP1) && owned.has_pim());
        assert_eq!(owned.seats(Plan::EntraIdP1), 5);
        assert!(licenses("Warning", 5, "PendingInput", p2).in_grace(Plan::EntraIdP2));
        assert!(!licenses("Suspended", 5, "Success", p2).has(Plan::EntraIdP2));
        assert!(!licenses("Enabled", 0, "Success", p2).has(Plan::EntraIdP2));
        assert!(!licenses("Enabled", 5, "Disabled", p2).has(Plan::EntraIdP2));
        assert!(!licenses("Enabled", 5, "Success", "other").has(Plan::EntraIdP1));
    }

    #[test]
    fn an_answer_proves_a_plan() {
        assert!(!Licenses::default().has(Plan::ExchangeOnline));
        assert!(Licenses::default().proven([Plan::ExchangeOnline]).has(Plan::ExchangeOnline));
    }
}
