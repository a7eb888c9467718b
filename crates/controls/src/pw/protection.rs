//! Passwords: banned words and lockout are set sensibly.

use model::{Data, DirectorySetting, Evidence, Gap, Plan, Severity};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::Finding;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pw-protection",
    title: "Banned words and lockout hinder password guessing",
    severity: Severity::Low,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::GroupSettings, Data::SubscribedSkus, Data::Organization],
    rationale: "Attackers try the company's name with a year and an exclamation mark first, on \
        every account, slowly.",
    passes_when: "An account is locked after at most 10 failed sign-ins (threshold `lockout-tries`) \
        for at least 60 seconds (threshold `lockout-seconds`); with Entra ID P1, the custom list of \
        banned words is on and not empty; and in hybrid tenants the check on premises is on and \
        enforced. Values that are not set are Microsoft's defaults: 10 tries, 60 seconds, no list. \
        A looser lockout is a fail, anything else missing is partial.",
    remediation: &[
        "Enter the names of the company, its products, places and teams as banned words and enforce \
            the list.",
        "Set the lockout threshold to at most 10 and its duration to at least 60 seconds.",
        "Where passwords are synchronized from on premises, install password protection on the \
            domain controllers and set it to enforced.",
        "Entra admin center > Protection > Authentication methods > Password protection.",
    ],
    effort: 1,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisM365, &["5.2.3.2", "5.2.3.3", "5.2.3.8", "5.2.3.9"]),
        (
            Framework::Eidsca,
            &["EIDSCA.PR01", "EIDSCA.PR02", "EIDSCA.PR03", "EIDSCA.PR05", "EIDSCA.PR06"],
        ),
    ],
    judge,
};

/// The template "Password Rule Settings".
const TEMPLATE: &str = "5cf42378-d67d-4f36-ba46-e8b86229381d";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let settings = context.tenant.group_settings.read()?;
    // No object, or no value: Microsoft's defaults.
    let settings = settings.iter().find(|one| one.template_id.as_deref() == Some(TEMPLATE));
    let value = |name: &str| settings.and_then(|settings| settings.value(name));
    let limit = |name: &str, default: f64| context.tenant.profile.threshold(name, default);
    let tries = number(value("LockoutThreshold"), "LockoutThreshold", 10.0)?;
    let seconds = number(value("LockoutDurationInSeconds"), "LockoutDurationInSeconds", 60.0)?;
    let (most, least) = (limit("lockout-tries", 10.0), limit("lockout-seconds", 60.0));
    let lockout = [
        evidence("LockoutThreshold", &tries.to_string(), tries <= most, &format!("at most {most}")),
        evidence(
            "LockoutDurationInSeconds",
            &seconds.to_string(),
            seconds >= least,
            &format!("at least {least}"),
        ),
    ];
    let locked = format!("Accounts are locked after {tries} failed sign-ins for {seconds} seconds");
    if tries > most || seconds < least {
        return Ok(Finding::fail(format!("{locked}, which is looser than it should be."))
            .with(lockout)
            .would_pass_if(format!(
                "accounts were locked after at most {most} tries for at least {least} seconds, and \
                 banned words were checked"
            )));
    }
    if !context.has(Plan::EntraIdP1)? {
        return Ok(Finding::pass(format!(
            "{locked}; a list of banned words of one's own takes Microsoft Entra ID P1."
        ))
        .with(lockout));
    }
    let rules = banned_words(context, settings)?;
    let missing: Vec<&str> = rules
        .iter()
        .filter(|one| !one.expected.is_empty())
        .map(|one| one.expected.as_str())
        .collect();
    let finding = if missing.is_empty() {
        Finding::pass(format!("{locked}, and passwords with banned words are refused."))
    } else {
        Finding::partial(0.5, format!("{locked}, but banned words are not checked everywhere."))
            .would_pass_if(missing.join("; "))
    };
    Ok(finding.with(lockout).with(rules))
}

/// The settings on banned words; the words themselves are never shown.
fn banned_words(
    context: &Context<'_>,
    settings: Option<&DirectorySetting>,
) -> Result<Vec<Evidence>, Gap> {
    let value = |name: &str| settings.and_then(|settings| settings.value(name)).unwrap_or_default();
    let is_on = |name: &str| value(name).eq_ignore_ascii_case("true");
    let words =
        value("BannedPasswordList").split('\t').filter(|word| !word.trim().is_empty()).count();
    let mut rules = vec![
        evidence(
            "EnableBannedPasswordCheck",
            if is_on("EnableBannedPasswordCheck") { "on" } else { "off" },
            is_on("EnableBannedPasswordCheck"),
            "the custom list were on",
        ),
        evidence(
            "BannedPasswordList",
            &format!("{words} words"),
            words > 0,
            "the custom list had words",
        ),
    ];
    let hybrid = context.tenant.organization.one()?.on_premises_sync_enabled == Some(true);
    if hybrid {
        let mode = value("BannedPasswordCheckOnPremisesMode");
        let enforced =
            mode.eq_ignore_ascii_case("Enforced") && is_on("EnableBannedPasswordCheckOnPremises");
        let shown = match (mode, is_on("EnableBannedPasswordCheckOnPremises")) {
            (_, false) => "off",
            ("", true) => "Audit, the default",
            (mode, true) => mode,
        };
        let expected = "the check on premises were enforced";
        rules.push(evidence("BannedPasswordCheckOnPremisesMode", shown, enforced, expected));
    }
    Ok(rules)
}

fn evidence(name: &str, observed: &str, holds: bool, expected: &str) -> Evidence {
    Evidence::setting(name, observed, if holds { "" } else { expected })
}

/// A number of the settings; the default where it is not set.
fn number(value: Option<&str>, name: &str, default: f64) -> Result<f64, Gap> {
    match value.map(str::trim) {
        None | Some("") => Ok(default),
        Some(text) => text
            .parse::<u32>()
            .map(f64::from)
            .map_err(|_| Gap::field(Data::GroupSettings, &format!("a number as {name}"))),
    }
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    fn with(name: &str, value: &str) -> Fixture {
        Fixture::exemplary().edit(Data::GroupSettings, |settings| {
            let values = settings[0]["values"].as_array_mut().unwrap();
            values.iter_mut().find(|one| one["name"] == name).unwrap()["value"] = json!(value);
        })
    }

    fn without(name: &str) -> Fixture {
        Fixture::exemplary().edit(Data::GroupSettings, |settings| {
            settings[0]["values"].as_array_mut().unwrap().retain(|one| one["name"] != name);
        })
    }

    fn hybrid(fixture: Fixture) -> Fixture {
        fixture.with_member(Data::Organization, "onPremisesSyncEnabled", &json!(true))
    }

    fn without_p1(fixture: Fixture) -> Fixture {
        fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
    }

    #[test]
    fn verdicts() {
        let defaults = || Fixture::exemplary().set(Data::GroupSettings, json!([]));
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("eleven tries", with("LockoutThreshold", "11"), &["LockoutThreshold"])
            .fails_on(
                "a short lockout",
                with("LockoutDurationInSeconds", "59"),
                &["LockoutDurationInSeconds"],
            )
            .passes("stricter", with("LockoutThreshold", "5"))
            .passes("not set", without("LockoutThreshold"))
            .partial("list off", 0.5, with("EnableBannedPasswordCheck", "False"))
            .partial("list empty", 0.5, with("BannedPasswordList", "\t"))
            .partial("no settings at all", 0.5, defaults())
            .passes("without P1 the lockout is judged", without_p1(defaults()))
            .fails("without P1, too loose", without_p1(with("LockoutThreshold", "50")));
    }

    #[test]
    fn hybrid_tenants_enforce_it_on_premises() {
        let mode = "BannedPasswordCheckOnPremisesMode";
        check(&CONTROL)
            .passes("enforced", hybrid(Fixture::exemplary()))
            .partial("audit only", 0.5, hybrid(with(mode, "Audit")))
            .partial("audit by default", 0.5, hybrid(without(mode)))
            .partial("off", 0.5, hybrid(with("EnableBannedPasswordCheckOnPremises", "false")))
            .passes("cloud-only", with(mode, "Audit"));
    }

    #[test]
    fn the_words_are_never_shown() {
        let finding = Fixture::exemplary().judge(&CONTROL);
        assert!(!format!("{finding:?}").contains("joinery"), "{finding:?}");
    }

    #[test]
    fn unreadable() {
        let refused = UnknownReason::Permission;
        let not_number = with("LockoutThreshold", "ten");
        for data in [Data::GroupSettings, Data::SubscribedSkus, Data::Organization] {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL).unknown("no number", UnknownReason::FieldMissing, not_number);
    }
}
