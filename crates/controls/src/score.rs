//! The score: weights, credits, coverage, caps, grade.
//!
//! Score = 100 × Σ(weight × credit) ÷ Σ weight over the assessed controls. What is not applicable
//! is left out; what is unknown or unanswered counts in the coverage alone.

use std::collections::BTreeMap;

use model::{Area, Cap, ControlResult, Grade, Score, Verdict};

use crate::{AREAS, Custom, Kind, control};

/// Below this coverage a grade is provisional.
const PROVISIONAL_BELOW: f64 = 0.8;

/// Below this coverage there is no grade: not enough was read.
const NO_GRADE_BELOW: f64 = 0.6;

/// Below this share of attested weight the grade is at most B.
const ATTESTATION_AT_LEAST: f64 = 0.8;

/// The sums of one group of controls. Points are in thousandths, so that sums are exact and do
/// not depend on the order.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    points: u64,
    assessed: u32,
    unknown: u32,
    unanswered: u32,
}

impl Sums {
    fn of<'c>(controls: impl IntoIterator<Item = &'c ControlResult>) -> Self {
        let mut sums = Self::default();
        for control in controls {
            match (control.verdict, control.credit) {
                (Verdict::NotApplicable, _) => {}
                (Verdict::Unattested | Verdict::Expired, _) => sums.unanswered += control.weight,
                (verdict, Some(credit)) if verdict.is_assessed() => {
                    sums.assessed += control.weight;
                    sums.points += u64::from(control.weight) * thousandths(credit);
                }
                _ => sums.unknown += control.weight,
            }
        }
        sums
    }

    fn applicable(self) -> u32 {
        self.assessed + self.unknown + self.unanswered
    }

    /// 100 × points ÷ weight, in thousandths of a point; `None` for no weight.
    #[expect(clippy::cast_precision_loss, reason = "sums of weights are far below 2^52")]
    fn percent(points: u64, weight: u32) -> Option<f64> {
        (weight > 0).then(|| points as f64 / f64::from(weight) / 10.0)
    }

    fn value(self) -> Option<f64> {
        Self::percent(self.points, self.assessed)
    }

    /// The score if everything unknown were a fail. Attestations are left out.
    fn low(self) -> Option<f64> {
        Self::percent(self.points, self.assessed + self.unknown)
    }

    /// The score if everything unknown were a pass. Attestations are left out.
    fn high(self) -> Option<f64> {
        let unknown = u64::from(self.unknown) * 1000;
        Self::percent(self.points + unknown, self.assessed + self.unknown)
    }

    fn coverage(self) -> f64 {
        share(self.assessed, self.applicable()).unwrap_or(0.0)
    }
}

/// How the score follows from the findings, to be followed by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arithmetic {
    /// Sum of weight × credit over the assessed controls, in thousandths.
    pub points: u64,
    /// Weight of the assessed controls.
    pub assessed: u32,
    /// Weight of the unknown controls.
    pub unknown: u32,
    /// Weight of the controls that people should confirm and have not.
    pub unanswered: u32,
    /// Weight of the controls that do not apply; it counts nowhere.
    pub not_applicable: u32,
    /// Of the controls that only people can confirm: weight confirmed, and weight in all.
    pub attested: Option<(u32, u32)>,
    /// The grade by the number alone; `None` when too little was read.
    pub band: Option<Grade>,
    /// Why the grade may still move; empty when it may not.
    pub provisional: Vec<String>,
}

impl Arithmetic {
    /// Weight of the controls that apply.
    pub fn applicable(&self) -> u32 {
        self.assessed + self.unknown + self.unanswered
    }
}

/// How the score of these controls comes about.
pub fn arithmetic<'c>(controls: impl IntoIterator<Item = &'c ControlResult> + Clone) -> Arithmetic {
    let sums = Sums::of(controls.clone());
    let attested = Sums::of(controls.clone().into_iter().filter(|result| {
        control(&result.id).is_some_and(|control| control.kind == Kind::Attestation)
    }));
    let not_applicable = controls
        .clone()
        .into_iter()
        .filter(|result| result.verdict == Verdict::NotApplicable)
        .map(|result| result.weight)
        .sum();
    let coverage = sums.coverage();
    let mut provisional = Vec::new();
    if coverage < PROVISIONAL_BELOW {
        provisional.push("less than 80 % of the weight was assessed".to_owned());
    }
    if let (Some(low), Some(high)) = (sums.low().map(band), sums.high().map(band))
        && low != high
    {
        let (low, high) = (low.letter(), high.letter());
        provisional.push(format!("what is unknown decides between {low} and {high}"));
    }
    let capping = controls.into_iter().filter(|result| {
        result.verdict == Verdict::Unknown && CAPPING.iter().any(|id| result.id == *id)
    });
    provisional.extend(capping.map(|result| format!("{} is unknown and could cap it", result.id)));
    Arithmetic {
        points: sums.points,
        assessed: sums.assessed,
        unknown: sums.unknown,
        unanswered: sums.unanswered,
        not_applicable,
        attested: (attested.applicable() > 0).then(|| (attested.assessed, attested.applicable())),
        band: sums.value().filter(|_| coverage >= NO_GRADE_BELOW).map(band),
        provisional,
    }
}

/// The score of all controls.
pub(crate) fn score(controls: &[ControlResult]) -> Score {
    let sums = Sums::of(controls);
    let arithmetic = arithmetic(controls);
    let attestation = arithmetic.attested.and_then(|(part, whole)| share(part, whole));
    let caps = caps(controls, attestation);
    let grade = arithmetic
        .band
        .map(|band| caps.iter().map(|cap| cap.grade).max().map_or(band, |cap| cap.max(band)));
    Score {
        value: sums.value().map(shown),
        grade,
        provisional: !arithmetic.provisional.is_empty(),
        coverage: three_decimals(sums.coverage()),
        low: sums.low().map(shown),
        high: sums.high().map(shown),
        attestation: attestation.map(three_decimals),
        caps,
        points: exact(sums.points),
        assessed_weight: sums.assessed,
        applicable_weight: sums.applicable(),
    }
}

/// The score of each area that has a control in the list, in the order of the catalog.
pub(crate) fn areas(controls: &[ControlResult]) -> Vec<Area> {
    AREAS
        .iter()
        .map(|area| (area.id, area.title))
        .chain([(Custom::AREA, Custom::AREA_TITLE)])
        .filter_map(|(id, title)| {
            let mine: Vec<_> = controls.iter().filter(|result| result.area == id).collect();
            if mine.is_empty() {
                return None;
            }
            let sums = Sums::of(mine.iter().copied());
            let mut verdicts = BTreeMap::new();
            for result in &mine {
                *verdicts.entry(result.verdict).or_default() += 1;
            }
            Some(Area {
                id: id.to_owned(),
                title: title.to_owned(),
                value: sums.value().map(shown),
                assessed_weight: sums.assessed,
                applicable_weight: sums.applicable(),
                verdicts,
            })
        })
        .collect()
}

/// The grade of an unrounded score, before caps.
fn band(value: f64) -> Grade {
    match value {
        value if value >= 90.0 => Grade::A,
        value if value >= 80.0 => Grade::B,
        value if value >= 70.0 => Grade::C,
        value if value >= 55.0 => Grade::D,
        _ => Grade::F,
    }
}

/// Controls that can cap the grade: while one is unknown, the grade is provisional.
const CAPPING: [&str; 10] = [
    "base-protection-enforced",
    "mfa-admins-required",
    "mfa-users-required",
    "mfa-admins-registered",
    "legacy-auth-blocked",
    "hybrid-sync-account-clean",
    "priv-external-principals",
    "emerg-accounts-exist",
    "emerg-ca-excluded",
    "log-unified-audit",
];

/// A failed control that caps: the grade at most, and what the reader is told.
const CAPS: [(&str, Grade, &str); 10] = [
    ("mfa-admins-required", Grade::D, "nothing here forces MFA on an administrator"),
    (
        "base-protection-enforced",
        Grade::D,
        "neither security defaults nor an equal set of policies",
    ),
    ("mfa-users-required", Grade::D, "nothing forces MFA on most people"),
    ("mfa-admins-registered", Grade::C, "administrators without a usable method"),
    ("legacy-auth-blocked", Grade::C, "old protocols get round MFA"),
    ("hybrid-sync-account-clean", Grade::C, "a person holds the role that is exempt from MFA"),
    ("priv-external-principals", Grade::C, "an outsider holds a strong role"),
    ("emerg-accounts-exist", Grade::B, "one mistake can lock everyone out"),
    ("emerg-ca-excluded", Grade::B, "one mistake can lock everyone out"),
    ("log-unified-audit", Grade::B, "nobody could reconstruct an incident"),
];

/// The grade at which a fail of the control holds the tenant; `None`: it caps nothing by itself.
pub(crate) fn cap_of(id: &str) -> Option<Grade> {
    CAPS.iter().find(|(control, ..)| *control == id).map(|(_, grade, _)| *grade)
}

/// Everything that caps the grade, the lowest grade first.
fn caps(controls: &[ControlResult], attestation: Option<f64>) -> Vec<Cap> {
    let find = |id: &str| controls.iter().find(|result| result.id == id);
    let fails = |id: &str| find(id).is_some_and(|result| result.verdict == Verdict::Fail);
    let cap = |grade, control: &str, because: &str| Cap {
        grade,
        control: control.to_owned(),
        because: because.to_owned(),
    };
    let mut caps = Vec::new();
    if fails("base-protection-enforced") && fails("mfa-admins-required") {
        let because = "no basic protection and administrators on passwords";
        caps.push(cap(Grade::F, "base-protection-enforced", because));
    }
    for (id, grade, because) in CAPS {
        if fails(id) {
            caps.push(cap(grade, id, because));
        }
    }
    if find("mfa-users-required").is_some_and(|result| {
        result.verdict == Verdict::Partial && result.credit.is_some_and(|credit| credit < 0.9)
    }) {
        caps.push(cap(Grade::C, "mfa-users-required", "a group of people is left out of MFA"));
    }
    for result in controls {
        if result.verdict == Verdict::Unknown && result.severity == model::Severity::Critical {
            caps.push(cap(Grade::B, &result.id, "could not be checked"));
        }
    }
    let unproven = "no proof yet for what only people can confirm";
    let unmonitored = find("emerg-monitored").is_some_and(|result| {
        !matches!(result.verdict, Verdict::Attested | Verdict::NotApplicable)
    });
    if unmonitored {
        caps.push(cap(Grade::B, "emerg-monitored", unproven));
    } else if attestation.is_some_and(|share| share < ATTESTATION_AT_LEAST) {
        let open = controls
            .iter()
            .find(|result| matches!(result.verdict, Verdict::Unattested | Verdict::Expired));
        caps.push(cap(Grade::B, open.map_or("", |result| &result.id), unproven));
    }
    caps.sort_by(|one, two| two.grade.cmp(&one.grade).then_with(|| one.control.cmp(&two.control)));
    caps
}

/// A credit in thousandths, as the score counts it: never rounded up, 0.9999 is not 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a credit lies between 0 and 1"
)]
pub fn thousandths(credit: f64) -> u64 {
    (credit.clamp(0.0, 1.0) * 1000.0 + 1e-6).floor() as u64
}

#[expect(clippy::cast_precision_loss, reason = "sums of weights are far below 2^52")]
fn exact(points: u64) -> f64 {
    points as f64 / 1000.0
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// The score as it is printed: to one decimal, and never rounded up into a better grade.
fn shown(value: f64) -> f64 {
    let rounded = (value * 10.0).round() / 10.0;
    if band(rounded) == band(value) { rounded } else { (value * 10.0).floor() / 10.0 }
}

fn three_decimals(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
