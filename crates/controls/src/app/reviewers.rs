//! Who answers requests for admin consent.

use std::collections::BTreeSet;

use model::{Data, Gap, Id, User};

use crate::context::Context;
use crate::directory::is_enabled;

/// How many enabled reviewers answer requests; `None`: users cannot ask.
///
/// # Errors
///
/// When none is known to, and of some it was not read.
pub(super) fn live_reviewers(context: &Context<'_>) -> Result<Option<usize>, Gap> {
    let policy = context.tenant.admin_consent_request_policy.one()?;
    let missing = |what: &str| Gap::field(Data::AdminConsentRequestPolicy, what);
    if !policy.is_enabled.ok_or_else(|| missing("isEnabled"))? {
        return Ok(None);
    }
    let (mut live, mut gap) = (BTreeSet::new(), None);
    for reviewer in &policy.reviewers {
        match reviewers(context, reviewer.query.as_deref().unwrap_or_default()) {
            Ok(users) => {
                for user in users {
                    match is_enabled(user) {
                        Ok(true) => drop(live.insert(&user.id)),
                        Ok(false) => {}
                        Err(hole) => gap = Some(hole),
                    }
                }
            }
            Err(hole) => gap = Some(hole),
        }
    }
    // One that is known to be there is enough, whoever the others are.
    match gap {
        Some(gap) if live.is_empty() => Err(gap),
        _ => Ok(Some(live.len())),
    }
}

/// The accounts that a reviewer's query names: a user, the members of a group, or the holders of a
/// role.
fn reviewers<'t>(context: &Context<'t>, query: &str) -> Result<Vec<&'t User>, Gap> {
    let directory = context.directory()?;
    let query = query.to_ascii_lowercase();
    let after = |word: &str| {
        let rest = query.split_once(word)?.1;
        let end =
            rest.find(|one: char| !(one.is_ascii_hexdigit() || one == '-')).unwrap_or(rest.len());
        rest.get(..end).filter(|id| !id.is_empty()).map(Id::from)
    };
    if let Some(role) = after("roledefinitionid eq '") {
        let holders = directory.holders()?.all.iter().filter(|holder| holder.role == role);
        Ok(holders.filter_map(|holder| holder.principal.user()).collect())
    } else if let Some(group) = after("groups/") {
        directory.users_in(&group)
    } else if let Some(user) = after("users/") {
        Ok(directory.user(&user).into_iter().collect())
    } else {
        Err(Gap::field(Data::AdminConsentRequestPolicy, "a reviewer of a known kind"))
    }
}
