//! Emergency access accounts: those that the profile declares, and those that look like ones.

use std::collections::BTreeSet;

use model::{GLOBAL_ADMINISTRATOR, Gap, Id, User};
use signin::Excluded;

use crate::context::Context;
use crate::directory::{HolderState, is_enabled};
use crate::people::{is_initial_domain, last_sign_in};

/// The emergency access accounts that the profile declares. Nothing in any API tells them.
pub(crate) struct Emergency<'t> {
    /// Declared, found, enabled, and Global Administrators with an active assignment; by id.
    pub(crate) recognized: Vec<&'t User>,
    /// Declared entries that are not recognized.
    pub(crate) broken: Vec<Broken<'t>>,
    /// Set when roles were not read: then being Global Administrator was not checked.
    pub(crate) roles_gap: Option<Gap>,
}

/// An entry of the profile that is no working emergency access account.
pub(crate) struct Broken<'t> {
    /// The entry, or the account's name where a group stands for it.
    pub(crate) name: String,
    /// The account, where there is one.
    pub(crate) user: Option<&'t User>,
    /// What is wrong with it.
    pub(crate) why: &'static str,
}

impl<'t> Emergency<'t> {
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        let holders = context.directory()?.holders();
        let roles_gap = holders.as_ref().err().cloned();
        let global: BTreeSet<&Id> = holders
            .map(|holders| holders.all.as_slice())
            .unwrap_or_default()
            .iter()
            .filter(|holder| holder.role == GLOBAL_ADMINISTRATOR && holder.tenant_wide)
            .filter(|holder| holder.is_active())
            .filter_map(|holder| holder.principal.user().map(|user| &user.id))
            .collect();
        let mut emergency = Self { recognized: Vec::new(), broken: Vec::new(), roles_gap };
        for name in &context.tenant.profile.accounts.emergency {
            let users = declared(context, name)?;
            if users.is_empty() {
                let why = "no such account in the tenant, nor a group with members";
                emergency.broken.push(Broken { name: name.clone(), user: None, why });
            }
            for user in users {
                let why = if !is_enabled(user)? {
                    "sign-in is blocked"
                } else if emergency.roles_gap.is_none() && !global.contains(&user.id) {
                    "holds no active assignment of Global Administrator"
                } else {
                    emergency.recognized.push(user);
                    continue;
                };
                let name = user.name().to_owned();
                emergency.broken.push(Broken { name, user: Some(user), why });
            }
        }
        emergency.recognized.sort_by_key(|user| &user.id);
        emergency.recognized.dedup_by_key(|user| &user.id);
        Ok(emergency)
    }

    /// Whether the account is a recognized emergency access account.
    pub(crate) fn recognizes(&self, id: &Id) -> bool {
        self.recognized.binary_search_by_key(&id, |user| &user.id).is_ok()
    }
}

/// The accounts behind an entry of the profile: a user by object id or user principal name, or the
/// members of a group by id.
fn declared<'t>(context: &Context<'t>, name: &str) -> Result<Vec<&'t User>, Gap> {
    let directory = context.directory()?;
    if let Some(user) = directory.named(name) {
        return Ok(vec![user]);
    }
    let id = Id::from(name);
    // A user principal name that nobody bears is no group either.
    if name.contains('@') || !directory.is_group(&id)? {
        return Ok(Vec::new());
    }
    directory.users_in(&id)
}

/// Accounts that look like emergency access accounts. They may bring a control to partial, never to
/// a pass: the report asks to confirm them.
#[derive(Default)]
pub(crate) struct Candidates<'t> {
    /// Those that do; by id.
    pub(crate) found: Vec<&'t User>,
    /// Those of which it could not be told whether they do; by id.
    pub(crate) undetermined: Vec<&'t User>,
    /// Why, where that is not a matter of policies: whether an assignment is permanent, or whether
    /// an account is enabled, was not read.
    pub(crate) gap: Option<Gap>,
}

impl<'t> Candidates<'t> {
    /// Enabled, cloud-only, on the initial domain, with a direct and permanent assignment of Global
    /// Administrator, excluded from every enabled Conditional Access policy, and without a sign-in
    /// in the last 30 days as far as sign-ins were read.
    ///
    /// # Errors
    ///
    /// When users or roles were not read.
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        let mut candidates = Self::default();
        let holders = context.directory()?.holders()?;
        for holder in &holders.all {
            let Some(user) = holder.principal.user() else { continue };
            let lasting = matches!(
                holder.state,
                HolderState::Assigned(None) | HolderState::OutsidePim | HolderState::Undecided
            );
            let gap = if holder.state == HolderState::Undecided {
                Some(holders.undecided())
            } else {
                is_enabled(user).err()
            };
            let quiet = match last_sign_in(context, &user.id) {
                Ok(last) => last.is_none_or(|then| context.days_since(then) > 30),
                Err(_) => true,
            };
            if holder.role == GLOBAL_ADMINISTRATOR
                && holder.tenant_wide
                && holder.group.is_none()
                && lasting
                && user.account_enabled != Some(false)
                && !(user.is_synchronized() || user.is_guest() || user.is_external())
                && is_initial_domain(&user.domain())
                && quiet
            {
                match (context.access().excluded_everywhere(&user.id), gap) {
                    (Excluded::No | Excluded::NotAsked, _) => {}
                    (Excluded::Yes, None) => candidates.found.push(user),
                    (Excluded::Undetermined(_), None) => candidates.undetermined.push(user),
                    (_, gap) => {
                        candidates.undetermined.push(user);
                        candidates.gap = gap;
                    }
                }
            }
        }
        for users in [&mut candidates.found, &mut candidates.undetermined] {
            users.sort_by_key(|user| &user.id);
            users.dedup_by_key(|user| &user.id);
        }
        Ok(candidates)
    }
}

/// The accounts that look like emergency access accounts, as [`Candidates::found`].
///
/// # Errors
///
/// When users or roles were not read.
pub(crate) fn candidates<'t>(context: &Context<'t>) -> Result<Vec<&'t User>, Gap> {
    Ok(Candidates::of(context)?.found)
}

#[cfg(test)]
mod tests {
    use model::Data;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// Recognized names, and broken entries with the reason.
    fn look(fixture: &Fixture) -> (Vec<String>, Vec<String>) {
        fixture.look(|context| {
            let emergency = context.emergency().unwrap();
            let broken = |broken: &Broken| format!("{}: {}", broken.name, broken.why);
            (
                emergency.recognized.iter().map(|user| user.name().to_owned()).collect(),
                emergency.broken.iter().map(broken).collect(),
            )
        })
    }

    fn declaring(entries: &[&str]) -> Fixture {
        Fixture::exemplary().profile(&format!("[accounts]\nemergency = {entries:?}"))
    }

    const BOTH: [&str; 2] = ["ea1@larkspur.onmicrosoft.com", "ea2@larkspur.onmicrosoft.com"];

    #[test]
    fn accounts_are_recognized_by_name_id_and_group() {
        let upper = EMERGENCY_2.to_uppercase();
        for entries in
            [&["EA1@larkspur.onmicrosoft.com", upper.as_str(), EMERGENCY_2][..], &[APPROVERS]]
        {
            let fixture = declaring(entries).set(
                Data::GroupMembers,
                json!([{ "groupId": APPROVERS, "memberIds": [EMERGENCY_1, EMERGENCY_2] }]),
            );
            assert_eq!(look(&fixture), (BOTH.map(str::to_owned).to_vec(), vec![]));
        }
        assert_eq!(look(&declaring(&[])), (vec![], vec![]));
    }

    #[test]
    fn an_entry_that_does_not_work_is_named_with_its_reason() {
        let absent = "no such account in the tenant, nor a group with members";
        assert_eq!(
            look(&declaring(&["gone@larkspur.example", PERSON_1, ADMIN_1])).1,
            [
                format!("gone@larkspur.example: {absent}"),
                "person1@larkspur.example: holds no active assignment of Global Administrator".into(),
                "adm-one@larkspur.onmicrosoft.com: holds no active assignment of Global Administrator".into(),
            ]
        );
        let blocked = Fixture::exemplary()
            .edit(Data::Users, |users| users[0]["accountEnabled"] = json!(false));
        assert_eq!(look(&blocked).1, ["ea1@larkspur.onmicrosoft.com: sign-in is blocked"]);
        let empty = declaring(&[APPROVERS])
            .set(Data::GroupMembers, json!([{ "groupId": APPROVERS, "memberIds": [] }]));
        assert_eq!(look(&empty).1, [format!("{APPROVERS}: {absent}")]);
    }

    #[test]
    fn a_role_over_one_unit_does_not_make_an_emergency_account() {
        let scoped = Fixture::exemplary()
            .with_member(
                Data::RoleAssignments,
                "directoryScopeId",
                &json!("/administrativeUnits/d"),
            )
            .with_member(
                Data::RoleAssignmentScheduleInstances,
                "directoryScopeId",
                &json!("/administrativeUnits/d"),
            );
        assert_eq!(look(&scoped).0, [""; 0]);
    }

    #[test]
    fn without_roles_declared_accounts_are_trusted_and_the_hole_is_told() {
        Fixture::exemplary().forbidden(Data::RoleAssignments).look(|context| {
            let emergency = context.emergency().unwrap();
            assert_eq!(emergency.recognized.len(), 2);
            assert!(emergency.roles_gap.is_some());
        });
    }

    #[test]
    fn a_declared_group_that_cannot_be_read_is_a_gap() {
        let fixture = declaring(&[APPROVERS]);
        for data in [Data::GroupMembers, Data::Groups] {
            fixture.clone().without(Data::GroupMembers).forbidden(data).look(|context| {
                assert!(context.emergency().is_err(), "{data}");
                assert!(context.people().is_err(), "{data}");
            });
        }
    }

    fn candidates_of(fixture: &Fixture) -> Vec<String> {
        fixture.look(|context| {
            candidates(context).unwrap().iter().map(|user| user.name().to_owned()).collect()
        })
    }

    /// Candidates that look the part in every respect, and nothing declared.
    #[test]
    fn without_a_declaration_no_control_of_emergency_access_passes() {
        let fixture = declaring(&[]);
        assert_eq!(candidates_of(&fixture).len(), 2);
        for control in crate::catalog().filter(|control| control.area() == "emerg") {
            let finding = fixture.judge(control);
            assert_ne!(finding.verdict, model::Verdict::Pass, "{}: {finding:#?}", control.id);
        }
    }

    #[test]
    fn what_was_not_read_makes_nobody_a_candidate_nor_none() {
        let without_pim = declaring(&[]).forbidden(Data::RoleAssignmentScheduleInstances);
        let state_unread = declaring(&[]).with_member(Data::Users, "accountEnabled", &Value::Null);
        for (fixture, data) in
            [(without_pim, Data::RoleAssignmentScheduleInstances), (state_unread, Data::Users)]
        {
            fixture.look(|context| {
                let candidates = Candidates::of(context).unwrap();
                assert_eq!((candidates.found.len(), candidates.undetermined.len()), (0, 2));
                assert_eq!(candidates.gap.unwrap().data, data);
            });
        }
    }

    #[test]
    fn a_declared_account_whose_state_was_not_read_is_a_gap() {
        let fixture = Fixture::exemplary().with_member(Data::Users, "accountEnabled", &Value::Null);
        fixture.look(|context| {
            assert_eq!(context.emergency().err().unwrap().detail, "accountEnabled");
        });
    }

    #[test]
    fn candidates_look_the_part_in_every_respect() {
        let undeclared = || declaring(&[]);
        assert_eq!(candidates_of(&undeclared()), BOTH);
        let one = |member: &str, value: Value| {
            undeclared().edit(Data::Users, |users| users[0][member] = value)
        };
        for (case, fixture) in [
            ("blocked", one("accountEnabled", json!(false))),
            ("synchronized", one("onPremisesSyncEnabled", json!(true))),
            ("guest", one("userType", json!("Guest"))),
            ("own domain", one("userPrincipalName", json!("ea1@larkspur.example"))),
            (
                "in use",
                undeclared().add(
                    Data::SignInActivity,
                    json!({ "id": EMERGENCY_1, "signInActivity": {
                        "lastSuccessfulSignInDateTime": "2026-10-29T08:00:00Z"
                    } }),
                ),
            ),
            (
                "not excluded from one policy",
                undeclared().edit(Data::ConditionalAccessPolicies, |policies| {
                    policies[0]["conditions"]["users"]["excludeUsers"] = json!([EMERGENCY_2]);
                }),
            ),
            (
                "time-bound",
                undeclared().edit(Data::RoleAssignmentScheduleInstances, |records| {
                    records[0]["endDateTime"] = json!("2027-01-01T00:00:00Z");
                }),
            ),
        ] {
            assert_eq!(candidates_of(&fixture), BOTH[1..], "{case}");
        }
    }
}
