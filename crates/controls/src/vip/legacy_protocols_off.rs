//! Priority accounts: POP3, IMAP4 and SMTP AUTH are off on their mailboxes.

use model::{CasMailbox, Data, Gap, NotApplicableReason, Plan, Severity, UnknownReason};
use signin::Question;

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::coverage::{Coverage, Mechanism, Protection};
use crate::finding::{Finding, count, some_names};
use crate::legacy::{refused, smtp_auth};
use crate::priority::{Priority, Protected};
use crate::recipients::{address, evidence_on};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "vip-legacy-protocols-off",
    title: "POP3, IMAP4 and SMTP AUTH are off on mailboxes of priority accounts",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeCasMailboxes,
        Data::ExchangeTransportConfig,
        Data::ExchangeVipUsers,
        Data::ExchangeMailboxes,
        Data::SecurityDefaults,
        Data::ConditionalAccessPolicies,
        Data::NamedLocations,
        Data::AuthenticationStrengthPolicies,
        Data::SubscribedSkus,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::UserAuthenticationRequirements,
        Data::CrossTenantAccessPolicy,
        Data::ServicePrincipals,
        Data::SignInActivity,
    ],
    rationale: "Old protocols are the back door of the people whose front door is guarded best.",
    passes_when: "On the mailbox of every priority account PopEnabled and ImapEnabled are false, and \
        SMTP AUTH is off, by the mailbox or, where it does not say, by the organization; SMTP AUTH \
        may be on where security defaults or Conditional Access refuse the account legacy \
        authentication. Where they do and POP3 or IMAP4 are on, an account counts 0.75. SMTP AUTH \
        on and not refused for one of them is a fail.",
    remediation: &[
        "Turn the protocols off on the mailboxes below: Set-CASMailbox -PopEnabled $false \
         -ImapEnabled $false -SmtpClientAuthenticationDisabled $true.",
        "Block legacy authentication for everybody with a Conditional Access policy.",
        "Exchange admin center > Recipients > Mailboxes > Manage email apps settings.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.1.1v1", "MS.EXO.5.1v1"]),
        (Framework::CisM365, &["5.2.2.3", "6.5.4"]),
        (Framework::Nist80053, &["CM-7"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let priority = Priority::of(context)?;
    let (mailboxes, without) = priority.mailboxes(context)?;
    if mailboxes.is_empty() {
        let why = "None of the priority accounts has a mailbox here.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let mut open = Vec::new();
    for protected in &mailboxes {
        open.push((*protected, Protocols::of(context, protected)?));
    }
    // Whether the directory refuses legacy authentication matters only where something is on.
    let asked: Vec<Protected<'_>> =
        open.iter().filter(|(_, on)| on.any()).map(|(protected, _)| *protected).collect();
    let refused = Refused::of(context, &asked);
    let verdict = |doubt: bool| {
        let mut judged = Vec::new();
        for (protected, on) in &open {
            let is_refused = refused.told(protected).unwrap_or(doubt);
            judged.push((protected, on, on.credit(is_refused)));
        }
        decide(&judged)
    };
    let finding = verdict(false);
    if verdict(true) != finding
        && let Some(doubt) = refused.doubt
    {
        return doubt;
    }
    Ok(finding.with(priority.evidence()).judged(mailboxes.len(), &[("no mailbox", without)]))
}

/// The finding on what is on for each mailbox and what that is worth; `None`: a fail for all.
fn decide(judged: &[(&Protected<'_>, &Protocols, Option<f64>)]) -> Finding {
    let short: Vec<_> = judged.iter().filter(|(.., credit)| *credit != Some(1.0)).collect();
    let addresses: Vec<String> =
        short.iter().map(|(protected, ..)| address(protected.mailbox)).collect();
    let names = some_names(addresses.iter().map(String::as_str));
    let people = count(judged.len(), "priority account", "priority accounts");
    let number = u32::try_from(judged.len()).unwrap_or(u32::MAX);
    let mean = judged.iter().filter_map(|(.., credit)| *credit).sum::<f64>() / f64::from(number);
    let finding = if short.is_empty() {
        Finding::pass(format!("Old protocols are off, or refused, for all of {people}."))
    } else if judged.iter().any(|(.., credit)| credit.is_none()) || mean <= 0.0 {
        Finding::fail(format!("Old protocols are open on mailboxes of {names} ({people} in all)."))
    } else {
        Finding::partial(
            mean,
            format!("Old protocols are not all off for {names} ({people} in all)."),
        )
    };
    finding
        .with(judged.iter().map(|(protected, on, credit)| {
            let expected = if *credit == Some(1.0) { "" } else { "POP3, IMAP4 and SMTP AUTH off" };
            let refused = match credit {
                Some(credit) if on.any() && *credit > 0.0 => "; legacy authentication is refused",
                _ => "",
            };
            evidence_on(protected.mailbox, format!("{}{refused}", on.words()), expected)
        }))
        .would_pass_if(format!("POP3, IMAP4 and SMTP AUTH were off on the mailboxes of {names}"))
}

/// Which of the three protocols are on.
struct Protocols {
    pop: bool,
    imap: bool,
    smtp: bool,
}

impl Protocols {
    fn of(context: &Context<'_>, protected: &Protected<'_>) -> Result<Self, Gap> {
        let missing = |name: &str| Gap::field(Data::ExchangeCasMailboxes, name);
        let all = context.tenant.exchange.cas_mailboxes.read()?;
        let settings = all
            .iter()
            .find(|one| one.external_directory_object_id.as_ref() == Some(&protected.user.id))
            .ok_or_else(|| missing(&format!("those of {}", address(protected.mailbox))))?;
        Ok(Self {
            pop: settings.pop_enabled.ok_or_else(|| missing("PopEnabled"))?,
            imap: settings.imap_enabled.ok_or_else(|| missing("ImapEnabled"))?,
            smtp: allows_smtp(context, settings)?,
        })
    }

    fn any(&self) -> bool {
        self.pop || self.imap || self.smtp
    }

    /// What this is worth when legacy authentication is refused to the account, or not. `None`:
    /// nothing, and everything else with it.
    fn credit(&self, is_refused: bool) -> Option<f64> {
        match (self.pop || self.imap, self.smtp, is_refused) {
            (false, false, _) | (false, _, true) => Some(1.0),
            (true, _, true) => Some(0.75),
            (true, false, false) => Some(0.0),
            (_, true, false) => None,
        }
    }

    fn words(&self) -> String {
        let all = [(self.pop, "POP3"), (self.imap, "IMAP4"), (self.smtp, "SMTP AUTH")];
        let on: Vec<&str> = all.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
        if on.is_empty() { "all off".to_owned() } else { format!("{} on", some_names(on)) }
    }
}

/// Whether the mailbox may use SMTP AUTH: its own setting, else the organization's.
fn allows_smtp(context: &Context<'_>, settings: &CasMailbox) -> Result<bool, Gap> {
    let name = "SmtpClientAuthenticationDisabled";
    let missing = || Gap::field(Data::ExchangeCasMailboxes, name);
    match settings.smtp_client_authentication_disabled.ok_or_else(missing)? {
        Some(disabled) => Ok(!disabled),
        None => smtp_auth::organization_allows(context),
    }
}

/// To whom legacy authentication is refused at the directory.
struct Refused<'t> {
    /// The mechanism decides for everybody alike.
    everybody: Option<bool>,
    coverage: Coverage<'t>,
    /// What is to be said where it could not be told.
    doubt: Option<Result<Finding, Gap>>,
}

impl<'t> Refused<'t> {
    fn of(context: &Context<'t>, accounts: &[Protected<'t>]) -> Self {
        let told = |everybody| Self { everybody, coverage: Coverage::default(), doubt: None };
        if accounts.is_empty() {
            return told(Some(true));
        }
        let protection = match Protection::of(context) {
            Ok(protection) => protection,
            Err(gap) => return Self { doubt: Some(Err(gap)), ..told(None) },
        };
        match protection.mechanism {
            Mechanism::SecurityDefaults => return told(Some(true)),
            Mechanism::ConditionalAccess => {}
            // Policies left from an ended license, and per-user MFA, promise nothing.
            Mechanism::LapsedConditionalAccess | Mechanism::PerUserMfa => {
                let doubt = protection.is_sure().err().map(Err);
                let everybody = doubt.is_none().then_some(false);
                return Self { doubt, ..told(everybody) };
            }
        }
        let users = accounts.iter().map(|protected| protected.user);
        let mail = Question::legacy_exchange();
        let mut coverage = Coverage::of(context, users, &mail, "", refused::worth);
        let undetermined = coverage.undetermined.first().map(|(user, why)| {
            let name = user.name();
            let summary = format!(
                "Could not be told whether legacy authentication is refused to {name}: {why}."
            );
            Ok(Finding::unknown(UnknownReason::Undetermined, summary))
        });
        let unsure = protection.is_sure().err();
        if unsure.is_some() {
            // Security defaults may refuse what no policy does.
            coverage.uncovered.clear();
            coverage.weakly.clear();
        }
        Self { everybody: None, coverage, doubt: unsure.map(Err).or(undetermined) }
    }

    /// Whether it is refused to the account; `None` where that could not be told.
    fn told(&self, protected: &Protected<'_>) -> Option<bool> {
        let id = &protected.user.id;
        let mut open = self.coverage.short().map(|(user, _)| user);
        self.everybody
            .or_else(|| self.coverage.covered.iter().any(|user| user.id == *id).then_some(true))
            .or_else(|| open.any(|user| user.id == *id).then_some(false))
    }
}

#[cfg(test)]
mod tests {
    use model::NotApplicableReason;
    use model::UnknownReason::{FieldMissing, Permission, Undetermined};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const MAILBOXES: Data = Data::ExchangeCasMailboxes;

    /// The priority account's mailbox with this setting.
    fn with(fixture: Fixture, member: &str, value: &Value) -> Fixture {
        fixture.edit(MAILBOXES, |mailboxes| mailboxes[0][member] = value.clone())
    }

    /// Conditional Access policies are there, and none blocks legacy authentication.
    fn open() -> Fixture {
        let policies = json!([policy("Terms", grant("compliantDevice"))]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, policies).edit(
            Data::ConditionalAccessPolicies,
            |policies| {
                policies[0]["conditions"]["clientAppTypes"] = json!(["browser"]);
            },
        )
    }

    #[test]
    fn verdicts() {
        let (on, allowed) = (json!(true), json!(false));
        let smtp = "SmtpClientAuthenticationDisabled";
        let two = |fixture: Fixture| {
            fixture.add(Data::ExchangeVipUsers, json!({ "ExternalDirectoryObjectId": PERSON_2 }))
        };
        check(&CONTROL)
            .passes("all off", Fixture::exemplary())
            .passes("all off, and nothing is refused", open())
            .passes("SMTP AUTH on and refused", with(Fixture::exemplary(), smtp, &allowed))
            .fails_on("SMTP AUTH on and open", with(open(), smtp, &allowed), &[PERSON_1])
            .partial("IMAP4 on and refused", 0.75, with(Fixture::exemplary(), "ImapEnabled", &on))
            .fails("IMAP4 on and open", with(open(), "ImapEnabled", &on))
            .partial("one of two has IMAP4 on and open", 0.5, two(with(open(), "ImapEnabled", &on)))
            .fails("one of two has SMTP AUTH on and open", two(with(open(), smtp, &allowed)))
            .fails(
                "null inherits what the organization allows",
                open().with_member(Data::ExchangeTransportConfig, smtp, &allowed),
            )
            .passes(
                "its own setting beats the organization's",
                with(open(), smtp, &on).with_member(Data::ExchangeTransportConfig, smtp, &allowed),
            )
            .passes(
                "refused by security defaults",
                with(open(), smtp, &allowed)
                    .set(Data::ConditionalAccessPolicies, json!([]))
                    .with_member(Data::SecurityDefaults, "isEnabled", &json!(true)),
            )
            .passes(
                "another mailbox does not matter",
                open().edit(MAILBOXES, |mailboxes| mailboxes[1]["PopEnabled"] = json!(true)),
            )
            .not_applicable(
                "no mailbox",
                NotApplicableReason::NoPopulation,
                Fixture::exemplary().edit(Data::ExchangeMailboxes, |mailboxes| {
                    mailboxes.remove(0);
                }),
            );
    }

    #[test]
    fn what_was_not_read_matters_where_it_decides() {
        let on = json!(true);
        let policies = Data::ConditionalAccessPolicies;
        let without_row = || {
            Fixture::exemplary().edit(MAILBOXES, |mailboxes| {
                mailboxes.remove(0);
            })
        };
        check(&CONTROL)
            .passes("policies unread, all off", Fixture::exemplary().forbidden(policies))
            .unknown(
                "policies unread, IMAP4 on",
                Permission,
                with(Fixture::exemplary(), "ImapEnabled", &on).forbidden(policies),
            )
            .unknown(
                "security defaults unread, IMAP4 on and no policy refuses it",
                Permission,
                with(open(), "ImapEnabled", &on).forbidden(Data::SecurityDefaults),
            )
            .unknown(
                "a policy hangs on a group that was not read",
                Undetermined,
                with(Fixture::exemplary(), "ImapEnabled", &on)
                    .edit(policies, |policies| {
                        for policy in policies {
                            policy["conditions"]["users"]["excludeGroups"] = json!([APPROVERS]);
                        }
                    })
                    .forbidden(Data::GroupMembers),
            )
            .unknown("no row", FieldMissing, without_row())
            .unknown(
                "no word",
                FieldMissing,
                with(Fixture::exemplary(), "PopEnabled", &Value::Null),
            )
            .unknown(
                "the organization's setting unread",
                Permission,
                Fixture::exemplary().forbidden(Data::ExchangeTransportConfig),
            )
            .unknown("mailboxes unread", Permission, Fixture::exemplary().forbidden(MAILBOXES));
    }
}
