//! What forces people through MFA in a tenant: security defaults, Conditional Access, per-user MFA.

use std::collections::BTreeSet;

use model::{Data, Evidence, Gap, Id, Plan, SubjectKind, User, Verdict};

use super::Coverage;
use crate::by_id::ById;
use crate::context::Context;
use crate::finding::Finding;

/// What carries requirements on sign-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// Security defaults: the whole of it, for everybody.
    SecurityDefaults,
    /// Conditional Access: licensed, and some policy is enabled.
    ConditionalAccess,
    /// Enabled Conditional Access policies without a license: left from one that ended, and
    /// nothing tells whether they are still enforced.
    LapsedConditionalAccess,
    /// At most per-user MFA.
    PerUserMfa,
}

/// What to do about per-user MFA alone.
pub(crate) const OTHER_MECHANISM: &str =
    "security defaults were on, or enabled policies required MFA of all users";

/// The mechanism of a tenant, and what stands in the way of being sure.
pub(crate) struct Protection {
    pub(crate) mechanism: Mechanism,
    /// Set when security defaults could not be read: they may be on, so that only a pass is sure.
    doubt: Option<Gap>,
}

impl Protection {
    /// # Errors
    ///
    /// When the policies or licenses could not be read and security defaults do not decide alone,
    /// or when both are in force, which cannot be.
    pub(crate) fn of(context: &Context<'_>) -> Result<Self, Gap> {
        let policies = context.tenant.conditional_access_policies.read();
        let enforced = policies.as_ref().is_ok_and(|policies| {
            policies.iter().any(|one| one.is_enforced() && !one.is_for_workload_identities())
        });
        let doubt = match context.security_defaults() {
            Ok(true) if enforced && context.has(Plan::EntraIdP1) != Ok(false) => {
                return Err(Gap::contradiction(
                    Data::SecurityDefaults,
                    "security defaults and Conditional Access policies exclude each other, and \
                     both are on; the settings may have changed during the scan",
                ));
            }
            Ok(true) => {
                return Ok(Self { mechanism: Mechanism::SecurityDefaults, doubt: None });
            }
            Ok(false) => None,
            Err(gap) => Some(gap),
        };
        policies?;
        let mechanism = match (enforced, context.has(Plan::EntraIdP1)?) {
            (true, true) => Mechanism::ConditionalAccess,
            (true, false) => Mechanism::LapsedConditionalAccess,
            (false, _) => Mechanism::PerUserMfa,
        };
        Ok(Self { mechanism, doubt })
    }

    /// The pass that security defaults give by themselves; `None` when they are not on.
    pub(crate) fn by_security_defaults(&self, summary: &str) -> Option<Finding> {
        (self.mechanism == Mechanism::SecurityDefaults).then(|| {
            Finding::pass(format!("Security defaults are on: {summary}")).with([Evidence::setting(
                "security defaults",
                "on",
                "",
            )])
        })
    }

    /// Confirms that security defaults are off: needed before saying that something is not
    /// enforced.
    ///
    /// # Errors
    ///
    /// When security defaults were not read.
    pub(crate) fn is_sure(&self) -> Result<(), Gap> {
        self.doubt.clone().map_or(Ok(()), Err)
    }

    /// The finding with the limits of the mechanism: policies left from an ended license and
    /// per-user MFA never make a pass.
    ///
    /// # Errors
    ///
    /// When security defaults were not read and could still make it a pass.
    pub(crate) fn limit(&self, context: &Context<'_>, finding: Finding) -> Result<Finding, Gap> {
        if finding.verdict == Verdict::Pass && self.mechanism == Mechanism::ConditionalAccess {
            return Ok(finding);
        }
        self.is_sure()?;
        let (words, change) = match self.mechanism {
            Mechanism::LapsedConditionalAccess => (
                "but only by policies left from an ended license",
                "Microsoft Entra ID P1 were licensed again, or security defaults took over",
            ),
            Mechanism::PerUserMfa => ("but only by per-user MFA", OTHER_MECHANISM),
            _ => return Ok(finding),
        };
        let limited = match finding.verdict {
            Verdict::Pass => Finding {
                population: finding.population,
                ..Finding::partial(
                    0.5,
                    format!("{} {words}.", finding.summary.trim_end_matches('.')),
                )
                .with(finding.evidence)
                .with([Evidence::tenant(words, change)])
                .would_pass_if(change)
            },
            Verdict::Partial => {
                Finding { credit: finding.credit.map(|credit| credit.min(0.5)), ..finding }
            }
            _ => finding,
        };
        Ok(match self.mechanism {
            Mechanism::LapsedConditionalAccess => limited.with(left_over(context)),
            _ => limited,
        })
    }
}

/// The enabled policies of a tenant without a license for them.
fn left_over(context: &Context<'_>) -> Vec<Evidence> {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    policies
        .iter()
        .filter(|policy| policy.is_enforced() && !policy.is_for_workload_identities())
        .map(|policy| {
            let observed = "left from an ended license: confirm whether it is still enforced";
            Evidence::context(SubjectKind::Policy, policy.id.as_str(), policy.name(), observed)
        })
        .collect()
}

/// Which accounts have per-user MFA enforced, the only state in which nobody else can register
/// first.
///
/// # Errors
///
/// When per-user MFA states were not read.
pub(crate) fn per_user_enforced<'t>(
    context: &Context<'t>,
    accounts: impl IntoIterator<Item = &'t User>,
) -> Result<Coverage<'t>, Gap> {
    let requirements = context.tenant.user_authentication_requirements.read()?;
    let states: ById<'_, Option<&str>> =
        requirements.iter().map(|one| (&one.user_id, one.per_user_mfa_state.as_deref())).collect();
    let mut coverage = Coverage::default();
    for user in accounts {
        match states.get(&user.id).copied().flatten() {
            Some("enforced") => coverage.covered.push(user),
            Some(state @ ("enabled" | "disabled")) => {
                coverage.uncovered.push((user, format!("per-user MFA is {state}")));
            }
            _ => coverage.undetermined.push((user, "its per-user MFA was not read".to_owned())),
        }
    }
    Ok(coverage)
}

/// Accounts that per-user MFA is in use on, as far as that was read.
pub(crate) fn with_per_user_mfa<'t>(context: &Context<'t>) -> BTreeSet<&'t Id> {
    let requirements = context.tenant.user_authentication_requirements.read().unwrap_or_default();
    let in_use = requirements
        .iter()
        .filter(|one| matches!(one.per_user_mfa_state.as_deref(), Some("enabled" | "enforced")));
    in_use.map(|one| &one.user_id).collect()
}
