//! The documents' own words, numbers and dates, in the language of their reader.

mod catalog;
mod de;
mod en;
mod es;
mod fr;
mod titles;

use std::ops::Deref;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{NotApplicableReason, Reason, Severity, SubjectKind, UnknownReason, WaiverKind};
use serde::Serialize;

pub(crate) use catalog::Messages;

use crate::status::Status;

/// The language of a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// `en`
    #[default]
    English,
    /// `de`
    German,
    /// `fr`
    French,
    /// `es`
    Spanish,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// As in HTML's `lang`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    /// From its code; empty means English; `None` for any other.
    pub fn from_code(code: &str) -> Option<Self> {
        if code.is_empty() {
            return Some(Self::English);
        }
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
}

/// A text of the checks in the reader's language, or in English where it has none there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Whether it is English in a document of another language.
    pub foreign: bool,
}

/// Speaks one language: its messages by name, and its numbers and dates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    pub(crate) language: Language,
    messages: &'static Messages,
}

impl Deref for Words {
    type Target = Messages;

    fn deref(&self) -> &Messages {
        self.messages
    }
}

impl Words {
    pub(crate) fn of(language: Language) -> Self {
        let messages = match language {
            Language::English => &en::WORDS,
            Language::German => &de::WORDS,
            Language::French => &fr::WORDS,
            Language::Spanish => &es::WORDS,
        };
        Self { language, messages }
    }

    /// The messages, for a template.
    pub(crate) fn messages(self) -> &'static Messages {
        self.messages
    }

    /// Whether English stands out in the document.
    pub(crate) fn is_foreign(self) -> bool {
        self.language != Language::English
    }

    /// An English text of the checks that has a fixed wording, such as a title.
    pub(crate) fn title(self, english: &str) -> Said {
        match titles::translated(self.language, english) {
            Some(text) => Said { text: text.to_owned(), foreign: false },
            None => Said { text: crate::text::name(english), foreign: self.is_foreign() },
        }
    }

    /// The form of a message for so many.
    pub(crate) fn form(self, message: &'static str, number: usize) -> &'static str {
        match message.split_once('|') {
            None => message,
            Some((one, many)) => {
                let is_one = number == 1 || (number == 0 && self.language == Language::French);
                if is_one { one } else { many }
            }
        }
    }

    /// A count with its noun: `{n}` is the number.
    pub(crate) fn count(self, message: &'static str, number: usize) -> String {
        self.count_with(message, number, &[])
    }

    /// As [`Words::count`], with more to fill in.
    pub(crate) fn count_with(
        self,
        message: &'static str,
        number: usize,
        values: &[(&str, &str)],
    ) -> String {
        let shown = self.whole(number);
        let mut all = vec![("n", shown.as_str())];
        all.extend_from_slice(values);
        fill(self.form(message, number), &all)
    }

    /// "4 of 6".
    pub(crate) fn share_of(self, number: usize, all: usize) -> String {
        fill(self.of, &[("n", &self.whole(number)), ("all", &self.whole(all))])
    }

    /// "10,000". Four digits stay together where the language wants it.
    pub(crate) fn whole(self, number: usize) -> String {
        let digits = number.to_string();
        if digits.len() < 5 && self.language == Language::Spanish {
            return digits;
        }
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push_str(self.thousands);
            }
            text.push(digit);
        }
        text
    }

    /// With so many decimals: "70.6".
    pub(crate) fn decimals(self, value: f64, places: usize) -> String {
        let text = format!("{value:.places$}");
        // Nothing is less than nothing.
        let text = match text.strip_prefix('-') {
            Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => rest.to_owned(),
            Some(rest) => format!("−{rest}"),
            None => text,
        };
        text.replace('.', self.decimal)
    }

    /// "70.6".
    pub(crate) fn score(self, value: f64) -> String {
        self.decimals(value, 1)
    }

    /// "+3.3" or "−0.4".
    pub(crate) fn delta(self, value: f64) -> String {
        let text = self.score(value);
        if value > 0.0 && !text.starts_with('−') { format!("+{text}") } else { text }
    }

    /// "+3.3", and "under +0.1" for what would round to nothing.
    pub(crate) fn gain(self, value: f64) -> String {
        if value > 0.0 && value < 0.05 {
            return fill(self.under, &[("n", &format!("+{}", self.score(0.1)))]);
        }
        format!("+{}", self.score(value))
    }

    /// "93%" or "99.6%": a share of 1, never rounded up to the whole nor down to nothing.
    pub(crate) fn share(self, share: f64) -> String {
        let percent = (share * 1000.0).round() / 10.0;
        let percent = if share < 1.0 { percent.min(99.9) } else { percent };
        let percent = if share > 0.0 { percent.max(0.1) } else { percent };
        let places = usize::from(percent.fract() != 0.0);
        fill(self.percent, &[("n", &self.decimals(percent, places))])
    }

    /// "0.976": never rounded up, so that only a whole credit reads 1.000.
    pub(crate) fn share_of_credit(self, credit: f64) -> String {
        self::credit(credit).replace('.', self.decimal)
    }

    /// "a, b and c".
    pub(crate) fn list(self, items: &[String]) -> String {
        match items.split_last() {
            None => String::new(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} {} {last}", rest.join(", "), self.and),
        }
    }

    /// "November 2026".
    pub(crate) fn month(self, moment: Timestamp, zone: &TimeZone) -> String {
        let date = moment.to_zoned(zone.clone()).date();
        let year = date.year().to_string();
        fill(self.month_year, &[("m", self.month_name(date)), ("y", &year)])
    }

    /// "1 November 2026, 02:00 UTC", or "… 03:00 (Europe/Zurich)".
    pub(crate) fn moment(self, moment: Timestamp, zone: &TimeZone) -> String {
        let zoned = moment.to_zoned(zone.clone());
        let place = match zone.iana_name() {
            Some(name) if name != "UTC" => format!("({name})"),
            _ => "UTC".to_owned(),
        };
        let time = format!("{:02}:{:02}", zoned.hour(), zoned.minute());
        let date = self.day(zoned.date());
        fill(self.date_time, &[("date", &date), ("time", &time), ("zone", &place)])
    }

    /// "1 November 2026", in the reader's time zone.
    pub(crate) fn date_of(self, moment: Timestamp, zone: &TimeZone) -> String {
        self.day(moment.to_zoned(zone.clone()).date())
    }

    /// "31 March 2027", from the form of the file formats; text that is no date stays.
    pub(crate) fn stored_date(self, text: &str) -> String {
        text.parse::<Date>().map_or_else(|_| crate::text::name(text), |date| self.day(date))
    }

    fn day(self, date: Date) -> String {
        let day = match (self.language, date.day()) {
            (Language::French, 1) => "1er".to_owned(),
            (_, day) => day.to_string(),
        };
        let year = date.year().to_string();
        fill(self.date, &[("d", &day), ("m", self.month_name(date)), ("y", &year)])
    }

    fn month_name(self, date: Date) -> &'static str {
        let index = usize::try_from(date.month() - 1).unwrap_or(0);
        self.messages.months.split('|').nth(index).unwrap_or_default()
    }

    /// The word that stands beside a status's mark.
    pub(crate) fn status(self, status: Status) -> &'static str {
        match status {
            Status::Pass => self.messages.st_pass,
            Status::Partial => self.messages.st_partial,
            Status::Fail => self.messages.st_fail,
            Status::NotAssessed => self.messages.st_unknown,
            Status::NotConfirmed => self.messages.st_unconfirmed,
            Status::NotLicensed => self.messages.st_unlicensed,
            Status::NotApplicable => self.messages.st_inapplicable,
        }
    }

    /// The word for a severity.
    pub(crate) fn severity_of(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Low => self.messages.sev_low,
            Severity::Medium => self.messages.sev_medium,
            Severity::High => self.messages.sev_high,
            Severity::Critical => self.messages.sev_critical,
        }
    }

    /// The word for an effort of 1 to 3.
    pub(crate) fn effort_of(self, effort: u8) -> &'static str {
        match effort {
            0 | 1 => self.messages.effort_1,
            2 => self.messages.effort_2,
            _ => self.messages.effort_3,
        }
    }

    /// The word for a kind of object.
    pub(crate) fn kind(self, kind: SubjectKind) -> &'static str {
        let messages = self.messages;
        match kind {
            SubjectKind::Tenant => messages.kind_tenant,
            SubjectKind::Policy => messages.kind_policy,
            SubjectKind::User => messages.kind_user,
            SubjectKind::Group => messages.kind_group,
            SubjectKind::Role => messages.kind_role,
            SubjectKind::ServicePrincipal => messages.kind_principal,
            SubjectKind::Application => messages.kind_application,
            SubjectKind::Domain => messages.kind_domain,
            SubjectKind::Mailbox => messages.kind_mailbox,
            SubjectKind::Location => messages.kind_location,
            SubjectKind::Setting => messages.kind_setting,
            SubjectKind::Rule => messages.kind_rule,
            SubjectKind::License => messages.kind_license,
            SubjectKind::Dataset => messages.kind_dataset,
        }
    }

    /// The words for a kind of waiver.
    pub(crate) fn waiver(self, kind: WaiverKind) -> &'static str {
        match kind {
            WaiverKind::RiskAccepted => self.messages.waiver_accepted,
            WaiverKind::MetByOtherMeans => self.messages.waiver_other,
            WaiverKind::FalseFinding => self.messages.waiver_false,
        }
    }

    /// Why something was not judged, in a heading, and what opens it.
    pub(crate) fn gap(self, reason: UnknownReason) -> (&'static str, &'static str) {
        let m = self.messages;
        match reason {
            UnknownReason::Permission => (m.gap_permission, m.gap_permission_do),
            UnknownReason::LicenseMismatch => (m.gap_mismatch, m.gap_mismatch_do),
            UnknownReason::Transient => (m.gap_transient, m.gap_transient_do),
            UnknownReason::Truncated => (m.gap_truncated, m.gap_truncated_do),
            UnknownReason::FieldMissing => (m.gap_field, m.gap_field_do),
            UnknownReason::NotConfigured => (m.gap_profile, m.gap_profile_do),
            UnknownReason::FeatureUnavailable => (m.gap_feature, m.gap_feature_do),
            UnknownReason::NotCollected => (m.gap_collected, m.gap_collected_do),
            UnknownReason::Contradiction => (m.gap_contradiction, m.gap_contradiction_do),
            UnknownReason::Undetermined => (m.gap_undetermined, m.gap_undetermined_do),
            UnknownReason::Policy => (m.gap_policy, m.gap_policy_do),
        }
    }
}

/// A message with its values. What a value holds is never taken for a place to fill.
pub(crate) fn fill(message: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(message.len() + 32);
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        if let Some((_, value)) = values.iter().find(|(key, _)| *key == name) {
            filled.push_str(value);
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// "0.976", for the file formats: never rounded up, so that only a whole credit reads 1.000.
pub(crate) fn credit(credit: f64) -> String {
    format!("{:.3}", (credit * 1000.0 + 1e-6).floor() / 1000.0)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const EN: Language = Language::English;

    #[test]
    fn numbers_are_written_as_in_the_language() {
        let words = Language::ALL.map(Words::of);
        assert_eq!(
            words.map(|it| it.whole(1_234_567)),
            ["1,234,567", "1.234.567", "1\u{A0}234\u{A0}567", "1.234.567"]
        );
        assert_eq!(words.map(|it| it.whole(4886)), ["4,886", "4.886", "4\u{A0}886", "4886"]);
        assert_eq!(words.map(|it| it.score(70.61)), ["70.6", "70,6", "70,6", "70,6"]);
        assert_eq!(
            words.map(|it| it.share(0.996)),
            ["99.6%", "99,6\u{A0}%", "99,6\u{A0}%", "99,6\u{A0}%"]
        );
        assert_eq!(Words::of(EN).gain(0.01), "under +0.1");
        assert_eq!(Words::of(EN).delta(-0.44), "−0.4");
        assert_eq!(Words::of(EN).delta(-0.01), "0.0");
        assert_eq!(Words::of(EN).delta(3.34), "+3.3");
        assert_eq!(credit(0.9999), "0.999");
        assert_eq!(credit(0.976), "0.976");
        assert_eq!(credit(1.0), "1.000");
    }

    #[test]
    fn none_is_singular_in_french_alone() {
        let judged = |language| {
            let words = Words::of(language);
            words.count(words.lapsed, 0)
        };
        assert_eq!(judged(EN), "0 acceptances no longer hold.");
        assert_eq!(judged(Language::French), "0 acceptation n’est plus valable.");
        assert_eq!(judged(Language::German), "0 Annahmen gelten nicht mehr.");
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
            assert_eq!(Words::of(EN).share(share), text);
        }
    }

    #[test]
    fn dates_are_written_as_in_the_language() {
        let moment: Timestamp = "2026-10-31T23:30:00Z".parse().unwrap();
        let zurich = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Zurich").unwrap();
        let words = Language::ALL.map(Words::of);
        assert_eq!(words[0].moment(moment, &TimeZone::UTC), "31 October 2026, 23:30 UTC");
        assert_eq!(
            words.map(|it| it.moment(moment, &zurich)),
            [
                "1 November 2026, 00:30 (Europe/Zurich)",
                "1. November 2026, 00:30 Uhr (Europe/Zurich)",
                "1er novembre 2026 à 00:30 (Europe/Zurich)",
                "1 de noviembre de 2026, 00:30 (Europe/Zurich)"
            ]
        );
        assert_eq!(words[3].month(moment, &zurich), "noviembre de 2026");
        assert_eq!(words[0].stored_date("2027-03-31"), "31 March 2027");
        assert_eq!(words[0].stored_date("soon"), "soon");
    }

    #[test]
    fn every_language_fills_in_the_same_and_says_something() {
        let places = |text: &str| -> BTreeSet<String> {
            text.split('{')
                .skip(1)
                .filter_map(|it| it.split_once('}'))
                .map(|it| it.0.to_owned())
                .collect()
        };
        let english = Words::of(EN).messages().all();
        for language in Language::ALL {
            for ((name, english), (_, text)) in
                english.iter().zip(Words::of(language).messages().all())
            {
                let whole = |text: &str| text.split('|').map(places).collect::<Vec<_>>();
                if *name == "months" {
                    assert_eq!(text.split('|').count(), 12);
                    continue;
                }
                assert_eq!(whole(english), whole(text), "{name} in {}", language.code());
                assert!(!text.is_empty() || *name == "english_texts", "{name}");
                let is_space = ["thousands"].contains(name);
                assert!(is_space || text.trim_end() == text, "{name}");
            }
        }
    }

    #[test]
    fn what_is_filled_in_is_never_filled_again() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "{a}")]), "{b} and {a}");
        assert_eq!(fill("50 {", &[]), "50 ");
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
