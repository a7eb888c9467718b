//! Just-in-time access: role holders are reviewed on a rhythm.

use std::collections::BTreeSet;

use model::{
    AccessReview, AccessReviewScope, AttestationAnswer, Evidence, GLOBAL_ADMINISTRATOR, Gap, Id,
    Severity, SubjectKind,
};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::directory::role_data;
use crate::finding::{Finding, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pim-access-reviews",
    title: "Holders of the strongest roles are reviewed twice a year",
    severity: Severity::Medium,
    kind: Kind::AutomaticAndAttested,
    license: License::None,
    reads: role_data![AccessReviews],
    rationale: "Roles pile up: people change jobs and keep what they had.",
    passes_when: "A running access review covers Global Administrator and Privileged Role \
        Administrator at least every six months, its reviewers are not only those who hold these \
        roles, and its decisions are applied by themselves or their application is attested within \
        90 days. A rarer or narrower review is partial, and so is a review by hand attested within \
        90 days, which is what there is without Entra ID P2 or Governance.",
    remediation: &[
        "Create an access review for the holders of both roles, every three or six months.",
        "Name reviewers who know the people and hold neither role, and apply results automatically.",
        "Without a license for reviews: look through all role holders every quarter and record it as \
            an attestation of `pim-access-reviews`.",
        "Entra admin center > Identity Governance > Privileged Identity Management > Microsoft \
            Entra roles > Access reviews.",
    ],
    effort: 2,
    sources: &[source::S2],
    mappings: &[(Framework::CisM365, &["5.3.3", "5.3.2"]), (Framework::Nist80053, &["AC-2"])],
    judge,
};

const STATEMENT: &str = "all holders of administrator roles were looked through by hand within the \
    last 90 days, and what nobody needs was removed.";

const PRIVILEGED_ROLE_ADMINISTRATOR: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";

const ROLES: [(&str, &str); 2] = [
    (GLOBAL_ADMINISTRATOR, "Global Administrator"),
    (PRIVILEGED_ROLE_ADMINISTRATOR, "Privileged Role Administrator"),
];

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let reviews = match context.tenant.access_reviews.read() {
        Ok(reviews) => reviews,
        Err(gap) => {
            let licensed = context.licenses()?.has_pim();
            return if licensed && !attestation::holds(context, CONTROL.id, attestation::QUARTER) {
                Err(gap)
            } else {
                Ok(by_hand(context))
            };
        }
    };
    let mut evidence = Vec::new();
    let mut fully = BTreeSet::new();
    let mut partly = false;
    for review in reviews {
        let roles: Vec<&str> =
            ROLES.iter().filter(|(id, _)| covers(review, id)).map(|(id, _)| *id).collect();
        if roles.is_empty() || !is_running(review) {
            continue;
        }
        partly = true;
        let flaws = flaws(context, review)?;
        if flaws.is_empty() {
            fully.extend(roles.iter().copied());
        }
        let names: Vec<&str> =
            ROLES.iter().filter(|(id, _)| roles.contains(id)).map(|(_, name)| *name).collect();
        let rhythm = months(review)
            .map_or_else(|| "without rhythm".to_owned(), |months| format!("every {months} months"));
        let observed = [&[format!("reviews {}, {rhythm}", names.join(" and "))], flaws.as_slice()];
        let expected =
            if flaws.is_empty() { "" } else { "every six months, by others, with effect" };
        let name = review.display_name.as_deref().unwrap_or(&review.id);
        let observed = observed.concat().join("; ");
        evidence.push(Evidence::new(SubjectKind::Policy, &review.id, name, observed, expected));
    }
    if !partly {
        return Ok(by_hand(context).with(evidence));
    }
    let missing: Vec<&str> =
        ROLES.iter().filter(|(id, _)| !fully.contains(id)).map(|(_, name)| *name).collect();
    let finding = if missing.is_empty() {
        Finding::pass(
            "Holders of Global Administrator and Privileged Role Administrator are reviewed on a \
             rhythm.",
        )
    } else {
        evidence.extend(missing.iter().map(|name| {
            let observed = "no review that meets every condition";
            Evidence::new(SubjectKind::Role, *name, *name, observed, "reviewed every six months")
        }));
        let names = some_names(missing.iter().copied());
        Finding::partial(0.5, format!("There are reviews, but they fall short for {names}."))
            .would_pass_if(format!("{names} were reviewed every six months by somebody else"))
    };
    Ok(finding.with(evidence))
}

/// The finding where no review runs: a review by hand may be attested.
fn by_hand(context: &Context<'_>) -> Finding {
    let newest = attestation::newest(context, CONTROL.id);
    let is_valid =
        newest.is_some_and(|one| attestation::is_valid(context, one, attestation::QUARTER));
    match newest.map(|one| one.answer) {
        Some(AttestationAnswer::Yes) if is_valid => {
            Finding::partial(0.5, "Role holders are reviewed by hand, as attested.")
                .with([Evidence::setting("access reviews", "by hand only", "a recurring review")])
                .with(newest.map(attestation::evidence))
                .would_pass_if("a recurring access review covered both roles")
        }
        _ => attestation::judge(context, CONTROL.id, STATEMENT, attestation::QUARTER),
    }
}

/// Whether it is about the holders of that role.
fn covers(review: &AccessReview, role: &str) -> bool {
    fn queries(scope: &AccessReviewScope) -> Vec<String> {
        let own = scope.query.iter().map(|query| query.to_ascii_lowercase());
        let below = scope.resource_scopes.iter().chain(&scope.principal_scopes);
        own.chain(below.flat_map(queries)).collect()
    }
    let scopes = [&review.scope, &review.instance_enumeration_scope];
    scopes
        .into_iter()
        .flatten()
        .flat_map(queries)
        .any(|query| query.contains("rolemanagement/directory") && query.contains(role))
}

/// Whether it is not over. A word that this version does not know does not count.
fn is_running(review: &AccessReview) -> bool {
    const RUNNING: [&str; 7] = [
        "NotStarted",
        "Starting",
        "Initializing",
        "InProgress",
        "Completing",
        "AutoReviewing",
        "Applying",
    ];
    review
        .status
        .as_deref()
        .is_some_and(|status| RUNNING.iter().any(|word| word.eq_ignore_ascii_case(status)))
}

/// Every how many months it recurs, rounded up; `None`: it does not.
fn months(review: &AccessReview) -> Option<i64> {
    let pattern = review.settings.as_ref()?.recurrence.as_ref()?.pattern.as_ref()?;
    let interval = pattern.interval.unwrap_or(1).max(1);
    match pattern.kind.as_deref()? {
        "daily" => Some(interval.saturating_add(30) / 31),
        "weekly" => Some(interval.saturating_mul(7).saturating_add(30) / 31),
        "absoluteMonthly" | "relativeMonthly" => Some(interval),
        "absoluteYearly" | "relativeYearly" => Some(interval.saturating_mul(12)),
        _ => None,
    }
}

/// What keeps the review from passing, in words.
fn flaws(context: &Context<'_>, review: &AccessReview) -> Result<Vec<String>, Gap> {
    let mut flaws = Vec::new();
    if months(review).is_none_or(|months| months > 6) {
        flaws.push("less often than every six months".to_owned());
    }
    if !somebody_else_reviews(context, review)? {
        flaws.push("reviewed only by those who hold the roles".to_owned());
    }
    let applied = review
        .settings
        .as_ref()
        .is_some_and(|settings| settings.auto_apply_decisions_enabled == Some(true));
    if !applied && !attestation::holds(context, CONTROL.id, attestation::QUARTER) {
        flaws.push("decisions are not applied by themselves".to_owned());
    }
    Ok(flaws)
}

/// Whether some reviewer is not among the holders of the roles. Nobody named: they review
/// themselves.
fn somebody_else_reviews(context: &Context<'_>, review: &AccessReview) -> Result<bool, Gap> {
    let holders: BTreeSet<&Id> = context
        .directory()?
        .holders()?
        .complete()?
        .iter()
        .filter(|holder| ROLES.iter().any(|(role, _)| holder.role == *role))
        .map(|holder| holder.principal.id())
        .collect();
    Ok(review.reviewers.iter().any(|reviewer| {
        let query = reviewer.query.as_deref().unwrap_or_default().to_ascii_lowercase();
        match query.split_once("users/") {
            Some((_, id)) => !holders.contains(&Id::from(id.split('/').next().unwrap_or_default())),
            // Groups, managers, owners: taken for others.
            None => !query.is_empty(),
        }
    }))
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnavailableReason, UnknownReason, Verdict};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn with(change: impl FnOnce(&mut Value)) -> Fixture {
        Fixture::exemplary().edit(Data::AccessReviews, |reviews| change(&mut reviews[0]))
    }

    fn every(kind: &str, interval: i64) -> Fixture {
        with(|review| {
            review["settings"]["recurrence"]["pattern"] =
                json!({ "type": kind, "interval": interval });
        })
    }

    fn attested(fixture: Fixture, answer: &str) -> Fixture {
        fixture.declare(&format!(
            "[[attestation]]\ncontrol = \"pim-access-reviews\"\nby = \"Sam\"\non = 2026-10-01\n\
             answer = \"{answer}\""
        ))
    }

    fn by(reviewers: &Value) -> Fixture {
        with(|review| review["reviewers"] = reviewers.clone())
    }

    #[test]
    fn verdicts() {
        let by_hand = with(|review| review["settings"]["autoApplyDecisionsEnabled"] = json!(false));
        check(&CONTROL)
            .passes("exemplary, every three months", Fixture::exemplary())
            .passes("every six months", every("absoluteMonthly", 6))
            .passes("every 26 weeks", every("weekly", 26))
            .partial("every 27 weeks", 0.5, every("weekly", 27))
            .partial("every seven months", 0.5, every("absoluteMonthly", 7))
            .partial("every year", 0.5, every("absoluteYearly", 1))
            .partial("once", 0.5, with(|review| review["settings"]["recurrence"] = Value::Null))
            .partial(
                "one role",
                0.5,
                with(|review| {
                    review["scope"]["resourceScopes"].as_array_mut().unwrap().pop();
                }),
            )
            .partial("by themselves", 0.5, by(&json!([])))
            .partial("by a holder", 0.5, by(&json!([{ "query": format!("/users/{ADMIN_1}") }])))
            .passes(
                "by a holder and another",
                by(&json!([
                    { "query": format!("/users/{ADMIN_1}") }, { "query": "./manager" }
                ])),
            )
            .partial("without effect", 0.5, by_hand.clone())
            .passes("with effect attested", attested(by_hand, "yes"));
    }

    #[test]
    fn where_no_review_runs_people_may_say_that_they_look() {
        let none = Fixture::exemplary().set(Data::AccessReviews, json!([]));
        let guests = with(|review| {
            review["scope"] =
                json!({ "query": "./members/microsoft.graph.user/?$filter=(userType eq 'Guest')" });
        });
        check(&CONTROL)
            .is("nobody asked", Verdict::Unattested, none.clone())
            .is("a review of guests", Verdict::Unattested, guests)
            .is("over", Verdict::Unattested, with(|review| review["status"] = json!("Completed")))
            .partial("by hand", 0.5, attested(none.clone(), "yes"))
            .is("denied", Verdict::AttestedNo, attested(none, "no"));
    }

    #[test]
    fn licenses_and_holes() {
        let unlicensed = || {
            Fixture::exemplary()
                .unlicensed(&[Plan::EntraIdP2])
                .unavailable(Data::AccessReviews, UnavailableReason::NotLicensed)
        };
        let refused = || Fixture::exemplary().forbidden(Data::AccessReviews);
        check(&CONTROL)
            .is("no license", Verdict::Unattested, unlicensed())
            .partial("no license, by hand", 0.5, attested(unlicensed(), "yes"))
            .unknown("refused", UnknownReason::Permission, refused())
            .partial("refused, by hand", 0.5, attested(refused(), "yes"))
            .unknown(
                "who holds the roles",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::RoleAssignments),
            );
    }
}
