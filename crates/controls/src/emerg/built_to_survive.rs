//! Emergency access: the accounts are built to survive.

use model::{Data, Domain, Evidence, GLOBAL_ADMINISTRATOR, Gap, Severity, SubjectKind, User};

use super::none_recognized;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{context_on, violation_on};
use crate::directory::{Holder, HolderState, role_data};
use crate::finding::{Finding, count, ratio, some_names};
use crate::people::is_initial_domain;
use crate::pw::Expiry;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "emerg-configuration",
    title: "Emergency access accounts do not share what may fail",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![Domains, Organization],
    rationale: "An emergency access account that hangs on synchronization, federation, activation \
        or an expiring password is gone in the very emergency it is for.",
    passes_when: "Each emergency access account that the profile declares (1) is cloud-only, (2) \
        has its user principal name on a managed domain that Microsoft gives, ending in \
        onmicrosoft.com, (3) holds Global Administrator directly, (4) actively and without end, \
        (5) is a member, not a guest, and (6) has a password that never expires, by its own policy \
        or the domain's. Synchronized, federated, eligible only, blocked or missing is a fail; \
        anything else missing is partial, with the share of the six conditions that hold.",
    remediation: &[
        "Correct what is listed below; where the name or origin is wrong, create a new account.",
        "Assign Global Administrator directly, active and permanent.",
        "Set the password to never expire, or the domain's passwords.",
        "Remove entries that no longer exist from the tenant profile.",
        "Entra admin center > Users > the account > Properties, and Roles & admins > Global \
            Administrator.",
    ],
    effort: 1,
    sources: &[source::S3, source::S2],
    mappings: &[
        (Framework::CisM365, &["1.1.2"]),
        (Framework::CisaScuba, &["MS.AAD.7.3v1", "MS.AAD.6.1v1"]),
        (Framework::Maester, &["MT.1005"]),
        (Framework::Nist80053, &["AC-6(5)"]),
    ],
    judge,
};

const CONDITIONS: usize = 6;

/// Conditions that do not hold for one account, in words.
#[derive(Default)]
struct Flaws {
    fatal: Vec<String>,
    others: Vec<String>,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let emergency = context.emergency()?;
    if let Some(gap) = &emergency.roles_gap {
        return Err(gap.clone());
    }
    if emergency.recognized.is_empty() {
        return Ok(none_recognized());
    }
    let mut evidence = Vec::new();
    let mut flawed = Vec::new();
    let (mut fatal, mut met) = (!emergency.broken.is_empty(), 0);
    for user in &emergency.recognized {
        let flaws = flaws(context, user)?;
        fatal |= !flaws.fatal.is_empty();
        let all = [flaws.fatal, flaws.others].concat();
        met += CONDITIONS - all.len();
        if all.is_empty() {
            evidence.push(context_on(user, "all six conditions hold"));
        } else {
            flawed.push(user.name());
            evidence.push(violation_on(user, all.join("; "), EXPECTED));
        }
    }
    for broken in &emergency.broken {
        flawed.push(broken.name.as_str());
        let id = broken.user.map_or(broken.name.as_str(), |user| &user.id);
        evidence.push(Evidence::new(SubjectKind::User, id, &broken.name, broken.why, EXPECTED));
    }
    let judged = emergency.recognized.len() + emergency.broken.len();
    let accounts = count(judged, "emergency access account", "emergency access accounts");
    let names = some_names(flawed.iter().copied());
    let summary = format!("{} of {accounts} may fail when needed: {names}.", flawed.len());
    let finding = if flawed.is_empty() {
        Finding::pass(format!("All conditions hold for {accounts}."))
    } else if fatal {
        Finding::fail(summary)
    } else {
        Finding::partial(ratio(met, CONDITIONS * judged), summary)
    };
    Ok(finding
        .would_pass_if(format!("all six conditions held for {names}"))
        .with(evidence)
        .judged(judged, &[]))
}

const EXPECTED: &str = "cloud-only, on a managed onmicrosoft.com domain, Global Administrator \
    directly, actively and without end, member, password that never expires";

fn flaws(context: &Context<'_>, user: &User) -> Result<Flaws, Gap> {
    let mut flaws = Flaws::default();
    if user.is_synchronized() {
        flaws.fatal.push("synchronized from on premises".to_owned());
    }
    let name = user.domain();
    let missing = || Gap::field(Data::Domains, &format!("the domain {name}"));
    let domains = context.tenant.domains.read()?;
    let domain = domains.iter().find(|domain| domain.id == *name).ok_or_else(missing)?;
    if domain.authentication_type.is_none() {
        return Err(missing());
    }
    if domain.is_federated() {
        flaws.fatal.push(format!("signs in through the federated domain {name}"));
    } else if !is_initial_domain(&name) && domain.is_initial != Some(true) {
        flaws.others.push(format!("its name is on the domain {name}"));
    }
    role_flaws(context, user, &mut flaws)?;
    if user.is_guest() || user.is_external() {
        flaws.others.push("a guest".to_owned());
    }
    if let Some(expiry) = expiry(context, user, domain)? {
        flaws.others.push(expiry);
    }
    Ok(flaws)
}

/// What is wrong with how the account holds Global Administrator.
fn role_flaws(context: &Context<'_>, user: &User, flaws: &mut Flaws) -> Result<(), Gap> {
    let holders = context.directory()?.holders()?;
    let paths: Vec<&Holder> = holders
        .all
        .iter()
        .filter(|path| path.role == GLOBAL_ADMINISTRATOR && path.tenant_wide && path.is_active())
        .filter(|path| path.principal.id() == &user.id)
        .collect();
    let lasting = |path: &&&Holder| {
        matches!(path.state, HolderState::Assigned(None) | HolderState::OutsidePim)
    };
    let is_direct = |path: &&Holder| path.group.is_none();
    if paths.iter().filter(lasting).any(is_direct) {
        return Ok(());
    }
    if paths.iter().any(|path| path.state == HolderState::Undecided) {
        return Err(holders.undecided());
    }
    if !paths.iter().any(|path| path.is_standing()) {
        flaws.fatal.push("eligible only: it has to activate Global Administrator".to_owned());
        return Ok(());
    }
    if !paths.iter().any(is_direct) {
        flaws.others.push("Global Administrator through a group only".to_owned());
    }
    if !paths.iter().any(|path| lasting(&path)) {
        flaws.others.push("its assignment of Global Administrator ends".to_owned());
    }
    Ok(())
}

/// When its password expires, in words; `None`: never.
fn expiry(context: &Context<'_>, user: &User, domain: &Domain) -> Result<Option<String>, Gap> {
    let policies = user.password_policies.as_deref().unwrap_or_default();
    let is_exempt = policies
        .split(',')
        .any(|policy| policy.trim().eq_ignore_ascii_case("DisablePasswordExpiration"));
    if is_exempt {
        return Ok(None);
    }
    let expiry = Expiry::of(context, domain)?;
    Ok((expiry != Expiry::Never).then(|| expiry.words()))
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The first emergency access account changed.
    fn with(member: &str, value: &Value) -> Fixture {
        Fixture::exemplary().edit(Data::Users, |users| users[0][member] = value.clone())
    }

    fn domain(index: usize, member: &str, value: &Value) -> impl Fn(Fixture) -> Fixture {
        move |fixture| fixture.edit(Data::Domains, |domains| domains[index][member] = value.clone())
    }

    /// The first account holds its role through the approvers' group only.
    fn through_a_group() -> Fixture {
        Fixture::exemplary()
            .edit(Data::RoleAssignments, |records| records[0]["principalId"] = json!(APPROVERS))
            .edit(Data::RoleAssignmentScheduleInstances, |records| {
                records[0]["principalId"] = json!(APPROVERS);
            })
            .set(
                Data::GroupMembers,
                json!([{ "groupId": APPROVERS, "memberIds": [EMERGENCY_1], "transitive": false }]),
            )
    }

    #[test]
    fn verdicts() {
        let activated =
            Fixture::exemplary().edit(Data::RoleAssignmentScheduleInstances, |records| {
                records[0]["assignmentType"] = json!("Activated");
            });
        let ending = Fixture::exemplary().edit(Data::RoleAssignmentScheduleInstances, |records| {
            records[0]["endDateTime"] = json!("2027-01-01T00:00:00Z");
        });
        let custom = json!("ea1@larkspur.example");
        let listed = |fixture: Fixture| {
            fixture
                .profile(&format!("[accounts]\nemergency = [\"{EMERGENCY_1}\", \"{EMERGENCY_2}\"]"))
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("synchronized", with("onPremisesSyncEnabled", &json!(true)), &[EMERGENCY_1])
            .fails_on(
                "federated",
                domain(0, "authenticationType", &json!("Federated"))(listed(with(
                    "userPrincipalName",
                    &custom,
                ))),
                &[EMERGENCY_1],
            )
            .partial("another domain", 0.917, listed(with("userPrincipalName", &custom)))
            .fails_on("only activated", activated, &[EMERGENCY_1])
            .fails_on("blocked", with("accountEnabled", &json!(false)), &[EMERGENCY_1])
            .partial("with an end", 0.917, ending)
            .partial("through a group", 0.917, through_a_group())
            .partial("a guest", 0.917, with("userType", &json!("Guest")));
    }

    #[test]
    fn a_stale_entry_of_the_profile_is_a_fail() {
        let stale = Fixture::exemplary().profile(&format!(
            "[accounts]\nemergency = [\"{EMERGENCY_1}\", \"{EMERGENCY_2}\", \"{APP}\"]"
        ));
        check(&CONTROL).fails_on("an id that is gone", stale, &[APP]).not_applicable(
            "nobody declared",
            NotApplicableReason::NoPopulation,
            Fixture::exemplary().profile(""),
        );
    }

    #[test]
    fn passwords() {
        let expiring = || with("passwordPolicies", &Value::Null);
        let created = |when: &str| {
            let unset = domain(1, "passwordValidityPeriodInDays", &Value::Null)(expiring());
            unset.with_member(Data::Organization, "createdDateTime", &json!(when))
        };
        check(&CONTROL)
            .passes("the domain's never expire", expiring())
            .passes(
                "several policies",
                domain(1, "passwordValidityPeriodInDays", &json!(90))(with(
                    "passwordPolicies",
                    &json!("DisableStrongPassword, DisablePasswordExpiration"),
                ))
                .edit(Data::Users, |users| {
                    users[1]["passwordPolicies"] = json!("DisablePasswordExpiration");
                }),
            )
            .partial(
                "after 90 days",
                0.917,
                domain(1, "passwordValidityPeriodInDays", &json!(90))(expiring()),
            )
            .passes("not set in a newer tenant", created("2021-11-01T00:00:00Z"))
            .partial("not set in an older tenant", 0.917, created("2019-01-01T00:00:00Z"));
    }

    #[test]
    fn licenses_and_holes() {
        let refused = UnknownReason::Permission;
        for data in [
            Data::Users,
            Data::Domains,
            Data::RoleAssignments,
            Data::RoleAssignmentScheduleInstances,
        ] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL).passes(
            "without PIM every assignment is permanent",
            Fixture::exemplary().unlicensed(&[model::Plan::EntraIdP2]),
        );
    }
}
