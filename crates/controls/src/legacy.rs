//! Legacy authentication: clients that cannot do MFA.

mod exchange_policies_closed;
mod modern_authentication_on;
mod pop_imap_off;
pub(crate) mod refused;
pub(crate) mod smtp_auth;
mod smtp_auth_confined;
mod smtp_auth_off;
mod unused;

use std::collections::BTreeSet;

use model::{AuthenticationPolicy, Data, Gap, Plan, RoleSet};

use crate::context::Context;
use crate::{Control, priority};

pub(crate) static CONTROLS: &[&Control] = &[
    &refused::CONTROL,
    &unused::CONTROL,
    &modern_authentication_on::CONTROL,
    &smtp_auth_off::CONTROL,
    &smtp_auth_confined::CONTROL,
    &pop_imap_off::CONTROL,
    &exchange_policies_closed::CONTROL,
];

/// The switches of an Exchange authentication policy that allow basic authentication.
///
/// # Errors
///
/// When the policy does not say whether it allows SMTP AUTH, the one that is left.
fn open_switches(policy: &AuthenticationPolicy) -> Result<Vec<&str>, Gap> {
    let missing = || Gap::field(Data::ExchangeAuthenticationPolicies, "AllowBasicAuthSmtp");
    let smtp = policy.allow_basic_auth_smtp.ok_or_else(missing)?.then_some("AllowBasicAuthSmtp");
    let others = policy.other.iter().filter(|(name, value)| {
        let spelled = value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"));
        name.starts_with("AllowBasicAuth") && (value.as_bool() == Some(true) || spelled)
    });
    Ok(smtp.into_iter().chain(others.map(|(name, _)| name.as_str())).collect())
}

/// Object ids of accounts worth more to an attacker: administrators, priority accounts, emergency
/// access accounts.
///
/// # Errors
///
/// When any of these were not read. A tenant without the license for tags has none.
fn accounts_worth_more(context: &Context<'_>) -> Result<BTreeSet<String>, Gap> {
    let admins = context.directory()?.admins(RoleSet::Administrators)?;
    let emergency = context.emergency()?.recognized.iter().copied();
    let users = admins.into_iter().map(|(user, _)| user).chain(emergency);
    let mut found: BTreeSet<String> = users.map(|user| user.id.as_str().to_owned()).collect();
    match priority::named(context) {
        Ok(named) => found.extend(named.into_iter().map(|one| one.id)),
        Err(_) if !context.has(Plan::DefenderForOffice365P2)? => {}
        Err(gap) => return Err(gap),
    }
    Ok(found)
}
