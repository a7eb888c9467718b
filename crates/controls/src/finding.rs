//! What a control's judgement returns.

use model::{Evidence, LeftOut, NotApplicableReason, Population, Reason, UnknownReason, Verdict};

/// The outcome of one control, before waivers.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// 0 to 1; `None` when not assessed.
    pub credit: Option<f64>,
    /// Why `unknown` or `not-applicable`.
    pub reason: Option<Reason>,
    /// One sentence in plain words, true for this tenant.
    pub summary: String,
    /// Who was judged.
    pub population: Option<Population>,
    /// What was observed.
    pub evidence: Vec<Evidence>,
    /// The smallest change that makes it pass.
    pub would_pass_if: Option<String>,
}

impl Finding {
    fn new(verdict: Verdict, credit: Option<f64>, summary: impl Into<String>) -> Self {
        Self {
            verdict,
            credit,
            reason: None,
            summary: summary.into(),
            population: None,
            evidence: Vec::new(),
            would_pass_if: None,
        }
    }

    /// The requirement holds for everybody judged.
    pub fn pass(summary: impl Into<String>) -> Self {
        Self::new(Verdict::Pass, Some(1.0), summary)
    }

    /// Holds for part, or through a weaker mechanism. The credit lies strictly between 0 and 1.
    pub fn partial(credit: f64, summary: impl Into<String>) -> Self {
        Self::new(Verdict::Partial, Some(credit.clamp(0.001, 0.999)), summary)
    }

    /// Does not hold, on data that was read completely.
    pub fn fail(summary: impl Into<String>) -> Self {
        Self::new(Verdict::Fail, Some(0.0), summary)
    }

    /// Could not be judged. Prefer returning a `Gap`, which names the dataset.
    pub fn unknown(reason: UnknownReason, summary: impl Into<String>) -> Self {
        Self { reason: Some(Reason::Unknown(reason)), ..Self::new(Verdict::Unknown, None, summary) }
    }

    /// The control cannot exist in this tenant.
    pub fn not_applicable(reason: NotApplicableReason, summary: impl Into<String>) -> Self {
        Self {
            reason: Some(Reason::NotApplicable(reason)),
            ..Self::new(Verdict::NotApplicable, None, summary)
        }
    }

    /// People must confirm it and have not: `unattested` or `expired`.
    pub fn unanswered(verdict: Verdict, summary: impl Into<String>) -> Self {
        Self::new(verdict, None, summary)
    }

    /// People confirmed it: full credit.
    pub fn attested(summary: impl Into<String>) -> Self {
        Self::new(Verdict::Attested, Some(1.0), summary)
    }

    /// People said that it does not hold: no credit.
    pub fn attested_no(summary: impl Into<String>) -> Self {
        Self::new(Verdict::AttestedNo, Some(0.0), summary)
    }

    /// With these facts.
    #[must_use]
    pub fn with(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// With the population judged, and what was left out by reason.
    #[must_use]
    pub fn judged(mut self, judged: usize, left_out: &[(&str, usize)]) -> Self {
        let left_out = left_out
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(why, count)| LeftOut { why: (*why).to_owned(), count: *count })
            .collect();
        self.population = Some(Population { judged, left_out });
        self
    }

    /// With the smallest change that makes it pass. Ignored on a pass.
    #[must_use]
    pub fn would_pass_if(mut self, change: impl Into<String>) -> Self {
        if matches!(self.verdict, Verdict::Partial | Verdict::Fail | Verdict::AttestedNo) {
            self.would_pass_if = Some(change.into());
        }
        self
    }
}

/// "1 person", "12 people": a count with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// The names, at most five, and how many more: "a, b and 3 more".
pub(crate) fn some_names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<&str> = names.into_iter().collect();
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>();
    match (names.len().saturating_sub(SHOWN), shown.split_last()) {
        (_, None) => String::new(),
        (0, Some((last, []))) => (*last).to_owned(),
        (0, Some((last, rest))) => format!("{} and {last}", rest.join(", ")),
        (more, Some(_)) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A share of a whole, never rounded up: 41 of 42 is below 1.
#[expect(clippy::cast_precision_loss, reason = "counts of accounts are far below 2^52")]
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
