//! Emergency access: credentials are offline and shared safely, and drills happen.

use model::{Evidence, Gap, Severity};

use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::context_on;
use crate::directory::role_data;
use crate::finding::Finding;
use crate::people::last_sign_in;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "emerg-procedure",
    title: "Emergency credentials are kept offline, and drills happen",
    severity: Severity::Medium,
    kind: Kind::Attestation,
    license: License::None,
    reads: role_data![SignInActivity],
    rationale: "A key that nobody finds, or a password that a former colleague still knows, helps \
        nobody or the wrong person.",
    passes_when: "Within the last 90 days somebody has confirmed, in an attestation of the tenant \
        profile: random passwords of at least 16 characters and the security keys lie in at least \
        two fireproof places, only named people get at them, each account was signed in with during \
        the last 90 days and after every change of staff, and a written procedure says when and how \
        they are used. Last password changes and sign-ins are shown as hints and decide nothing.",
    remediation: &[
        "Write down when the accounts are used, by whom, and who is told.",
        "Store passwords and keys in at least two fireproof places that different people can open.",
        "Put a drill into the calendar every quarter and after every change of staff.",
        "Record each drill in the tenant profile as an attestation of `emerg-procedure`.",
        "For the sign-ins of a drill: Entra admin center > Users > the account > Sign-in logs.",
    ],
    effort: 2,
    sources: &[source::S3],
    mappings: &[(Framework::CisM365, &["1.1.2"]), (Framework::Nist80053, &["AC-2"])],
    judge,
};

const STATEMENT: &str = "credentials of the emergency access accounts are strong, offline and in \
    two places, only named people get at them, sign-in was tested within 90 days and after each \
    change of staff, and a written procedure exists.";

#[expect(clippy::unnecessary_wraps, reason = "every control's judgement has this type")]
fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    Ok(attestation::judge(context, CONTROL.id, STATEMENT, attestation::QUARTER)
        .with(hints(context)))
}

/// When passwords were changed and accounts last signed in, as far as that was read.
fn hints(context: &Context<'_>) -> Vec<Evidence> {
    let Ok(emergency) = context.emergency() else { return Vec::new() };
    emergency
        .recognized
        .iter()
        .map(|user| {
            let changed = user.last_password_change_date_time.map_or_else(
                || "password change not recorded".to_owned(),
                |time| format!("password changed {time:.0}"),
            );
            let last = match last_sign_in(context, &user.id) {
                Ok(Some(time)) => format!(", last sign-in {time:.0}"),
                Ok(None) => ", no sign-in recorded".to_owned(),
                Err(_) => String::new(),
            };
            context_on(user, format!("{changed}{last}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::{Data, UnavailableReason, Verdict};

    use super::*;
    use crate::testing::*;

    fn attested(rest: &str) -> Fixture {
        Fixture::exemplary().declare(&format!(
            "[[attestation]]\ncontrol = \"emerg-procedure\"\nby = \"Sam\"\n{rest}"
        ))
    }

    #[test]
    fn verdicts() {
        let nothing = Data::ALL.iter().fold(attested("on = 2026-10-01"), |fixture, data| {
            fixture.unavailable(*data, UnavailableReason::Forbidden)
        });
        check(&CONTROL)
            .is("nobody asked", Verdict::Unattested, Fixture::exemplary())
            .is("confirmed", Verdict::Attested, attested("on = 2026-10-01"))
            .is("confirmed, nothing readable", Verdict::Attested, nothing)
            .is("too long ago", Verdict::Expired, attested("on = 2026-07-01"))
            .is("denied", Verdict::AttestedNo, attested("on = 2026-10-01\nanswer = \"no\""));
    }

    #[test]
    fn hints_name_each_account() {
        let finding = Fixture::exemplary().judge(&CONTROL);
        assert_eq!(finding.evidence.len(), 2);
        assert_eq!(
            finding.evidence[0].observed,
            "password changed 2025-11-01T09:00:00Z, no sign-in recorded"
        );
    }
}
