//! The documents' own words, numbers and dates. English; a second language starts here.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{NotApplicableReason, Reason, Severity, SubjectKind, UnknownReason, WaiverKind};

/// The documents' language, as in HTML's `lang`.
pub(crate) const LANGUAGE: &str = "en";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// "10,000".
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 check", "12 checks": a count with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// "70.6".
pub(crate) fn points(value: f64) -> String {
    format!("{value:.1}")
}

/// "+3.3", and "under +0.1" for what would round to nothing.
pub(crate) fn gain(value: f64) -> String {
    if value > 0.0 && value < 0.05 { "under +0.1".to_owned() } else { format!("+{value:.1}") }
}

/// "93%" or "99.6%": a share of 1, never rounded up to the whole nor down to nothing.
pub(crate) fn percent(share: f64) -> String {
    let percent = (share * 1000.0).round() / 10.0;
    let percent = if share < 1.0 { percent.min(99.9) } else { percent };
    let percent = if share > 0.0 { percent.max(0.1) } else { percent };
    if percent.fract() == 0.0 { format!("{percent:.0}%") } else { format!("{percent:.1}%") }
}

/// "0.976": never rounded up, so that only a whole credit reads 1.000.
pub(crate) fn credit(credit: f64) -> String {
    format!("{:.3}", (credit * 1000.0 + 1e-6).floor() / 1000.0)
}

/// "a, b and c".
pub(crate) fn list(items: &[String]) -> String {
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// "November 2026".
pub(crate) fn month(moment: Timestamp, zone: &TimeZone) -> String {
    let date = moment.to_zoned(zone.clone()).date();
    format!("{} {}", month_name(date), date.year())
}

/// "1 November 2026, 02:00 UTC", or "… 03:00 (Europe/Zurich)".
pub(crate) fn date_time(moment: Timestamp, zone: &TimeZone) -> String {
    let zoned = moment.to_zoned(zone.clone());
    let place = match zone.iana_name() {
        Some(name) if name != "UTC" => format!("({name})"),
        _ => "UTC".to_owned(),
    };
    format!("{}, {:02}:{:02} {place}", day(zoned.date()), zoned.hour(), zoned.minute())
}

/// "31 March 2027", from the form of the file formats; text that is no date stays.
pub(crate) fn stored_date(text: &str) -> String {
    text.parse::<Date>().map_or_else(|_| crate::text::name(text), day)
}

fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), month_name(date), date.year())
}

fn month_name(date: Date) -> &'static str {
    usize::try_from(date.month() - 1)
        .ok()
        .and_then(|index| MONTHS.get(index))
        .copied()
        .unwrap_or("")
}

/// The word for a severity.
pub(crate) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

/// The word for an effort of 1 to 3.
pub(crate) const fn effort(effort: u8) -> &'static str {
    match effort {
        0 | 1 => "Minutes",
        2 => "Hours",
        _ => "Days",
    }
}

/// The word for a kind of object.
pub(crate) const fn kind(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Tenant => "tenant",
        SubjectKind::Policy => "policy",
        SubjectKind::User => "user",
        SubjectKind::Group => "group",
        SubjectKind::Role => "role",
        SubjectKind::ServicePrincipal => "service principal",
        SubjectKind::Application => "application",
        SubjectKind::Domain => "domain",
        SubjectKind::Mailbox => "mailbox",
        SubjectKind::Location => "location",
        SubjectKind::Setting => "setting",
        SubjectKind::Rule => "rule",
        SubjectKind::License => "license",
        SubjectKind::Dataset => "dataset",
    }
}

/// The words for a kind of waiver.
pub(crate) const fn waiver(kind: WaiverKind) -> &'static str {
    match kind {
        WaiverKind::RiskAccepted => "Risk accepted",
        WaiverKind::MetByOtherMeans => "Met by other means",
        WaiverKind::FalseFinding => "Disputed finding",
    }
}

/// A reason of the file formats: its stored word.
pub(crate) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Unknown(reason) => match reason {
            UnknownReason::Permission => "permission",
            UnknownReason::LicenseMismatch => "license-mismatch",
            UnknownReason::Transient => "transient",
            UnknownReason::Truncated => "truncated",
            UnknownReason::FieldMissing => "field-missing",
            UnknownReason::NotConfigured => "not-configured",
            UnknownReason::FeatureUnavailable => "feature-unavailable",
            UnknownReason::NotCollected => "not-collected",
            UnknownReason::Contradiction => "contradiction",
            UnknownReason::Undetermined => "undetermined",
            UnknownReason::Policy => "policy",
        },
        Reason::NotApplicable(reason) => match reason {
            NotApplicableReason::License => "license",
            NotApplicableReason::NoPopulation => "no-population",
            NotApplicableReason::OtherModel => "other-model",
        },
    }
}

/// Why something was not judged, in a heading, and what opens it.
pub(crate) const fn gap(reason: UnknownReason) -> (&'static str, &'static str) {
    match reason {
        UnknownReason::Permission => (
            "A permission is missing",
            "Grant the scanner the permission or role named below and scan again.",
        ),
        UnknownReason::LicenseMismatch => (
            "The service says it is not licensed, although it is",
            "It usually passes by itself; if it comes back, ask Microsoft support.",
        ),
        UnknownReason::Transient => (
            "The service did not answer in time",
            "The next scan may read it; nothing needs to be changed in the tenant.",
        ),
        UnknownReason::Truncated => (
            "Only part of the data came",
            "Half a list is never judged; the next scan may read it whole.",
        ),
        UnknownReason::FieldMissing => {
            ("An answer lacked a value", "The service left out a value that the check needs.")
        }
        UnknownReason::NotConfigured => (
            "The tenant's profile lacks an input",
            "Add it to the profile, for example the emergency access accounts, and judge again.",
        ),
        UnknownReason::FeatureUnavailable => (
            "The service does not offer it here",
            "This cloud does not have the feature, or its answers have changed shape.",
        ),
        UnknownReason::NotCollected => (
            "The data was not collected",
            "The snapshot does not hold it; scan again to collect it.",
        ),
        UnknownReason::Contradiction => {
            ("Two sources contradict each other", "The evidence names both; neither was trusted.")
        }
        UnknownReason::Undetermined => {
            ("Some sign-ins could not be decided", "What was read does not settle who is covered.")
        }
        UnknownReason::Policy => (
            "A custom control gave no valid answer",
            "Its policy failed or ran into a limit; whoever wrote it has to mend it.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(count(1, "check", "checks"), "1 check");
        assert_eq!(count(0, "check", "checks"), "0 checks");
        assert_eq!(gain(0.01), "under +0.1");
        assert_eq!(gain(3.34), "+3.3");
        assert_eq!(credit(0.9999), "0.999");
        assert_eq!(credit(0.976), "0.976");
        assert_eq!(credit(1.0), "1.000");
    }

    #[test]
    fn a_share_is_whole_only_when_it_is() {
        for (share, text) in [
            (1.0, "100%"),
            (0.9999, "99.9%"),
            (0.93, "93%"),
            (0.996, "99.6%"),
            (0.0001, "0.1%"),
            (0.0, "0%"),
        ] {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn dates() {
        let moment: Timestamp = "2026-10-31T23:30:00Z".parse().unwrap();
        let zurich = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Zurich").unwrap();
        assert_eq!(date_time(moment, &TimeZone::UTC), "31 October 2026, 23:30 UTC");
        assert_eq!(date_time(moment, &zurich), "1 November 2026, 00:30 (Europe/Zurich)");
        assert_eq!(month(moment, &zurich), "November 2026");
        assert_eq!(stored_date("2027-03-31"), "31 March 2027");
        assert_eq!(stored_date("soon"), "soon");
    }

    #[test]
    fn stored_words_are_those_of_the_file_format() {
        for value in [
            Reason::Unknown(UnknownReason::Permission),
            Reason::Unknown(UnknownReason::LicenseMismatch),
            Reason::Unknown(UnknownReason::Transient),
            Reason::Unknown(UnknownReason::Truncated),
            Reason::Unknown(UnknownReason::FieldMissing),
            Reason::Unknown(UnknownReason::NotConfigured),
            Reason::Unknown(UnknownReason::FeatureUnavailable),
            Reason::Unknown(UnknownReason::NotCollected),
            Reason::Unknown(UnknownReason::Contradiction),
            Reason::Unknown(UnknownReason::Undetermined),
            Reason::Unknown(UnknownReason::Policy),
            Reason::NotApplicable(NotApplicableReason::License),
            Reason::NotApplicable(NotApplicableReason::NoPopulation),
            Reason::NotApplicable(NotApplicableReason::OtherModel),
        ] {
            assert_eq!(serde_json::to_value(value).unwrap(), reason(value));
        }
    }
}
