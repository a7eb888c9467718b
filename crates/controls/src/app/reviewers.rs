//! Who answers requests for admin consent.

use model::{Data, Gap, Id};

use crate::context::Context;

/// How many enabled reviewers answer requests; `None`: users cannot ask.
pub(super) fn live_reviewers(context: &Context<'_>) -> Result<Option<usize>, Gap> {
    let policy = context.tenant.admin_consent_request_policy.one()?;
    let missing = |what: &str| Gap::field(Data::AdminConsentRequestPolicy, what);
    if !policy.is_enabled.ok_or_else(|| missing("isEnabled"))? {
        return Ok(None);
    }
    let (mut live, mut gap) = (0, None);
    for reviewer in &policy.reviewers {
        let query = reviewer.query.as_deref().unwrap_or_default();
        match reviewers(context, query) {
            Ok(number) => live += number,
            Err(hole) => gap = Some(hole),
        }
    }
    // One that is known to be there is enough, whoever the others are.
    match gap {
        Some(gap) if live == 0 => Err(gap),
        _ => Ok(Some(live)),
    }
}

/// How many enabled accounts a reviewer's query names: a user, a group, or the holders of a role.
fn reviewers(context: &Context<'_>, query: &str) -> Result<usize, Gap> {
    let directory = context.directory()?;
    let query = query.to_ascii_lowercase();
    let after = |word: &str| {
        let rest = query.split_once(word)?.1;
        let end =
            rest.find(|one: char| !(one.is_ascii_hexdigit() || one == '-')).unwrap_or(rest.len());
        rest.get(..end).filter(|id| !id.is_empty()).map(Id::from)
    };
    if let Some(role) = after("roledefinitionid eq '") {
        let holders = &directory.holders()?.all;
        let mut users: Vec<&Id> = holders
            .iter()
            .filter(|holder| holder.role == role)
            .filter_map(|holder| holder.principal.user().filter(|user| user.is_enabled()))
            .map(|user| &user.id)
            .collect();
        users.dedup();
        Ok(users.len())
    } else if let Some(group) = after("groups/") {
        Ok(directory.users_in(&group)?.iter().filter(|user| user.is_enabled()).count())
    } else if let Some(user) = after("users/") {
        Ok(usize::from(directory.user(&user).is_some_and(model::User::is_enabled)))
    } else {
        Err(Gap::field(Data::AdminConsentRequestPolicy, "a reviewer of a known kind"))
    }
}
