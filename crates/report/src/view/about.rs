//! Facts about the report itself.

use jiff::tz::TimeZone;

use super::details::Fact;
use crate::words::{Words, fill};
use crate::{Source, text};

pub(super) fn about(w: Words, source: &Source<'_>, zone: &TimeZone) -> Vec<Fact> {
    let assessment = source.assessment;
    let checklist = format!(
        "{} {}",
        text::name(&assessment.checklist.id),
        text::name(&assessment.checklist.version)
    );
    let accounts = source.sign_ins.map_or_else(String::new, |answers| {
        let population = &answers.population;
        w.count_with(
            w.sign_ins_population,
            population.accounts,
            &[
                ("disabled", &w.whole(population.disabled)),
                ("classes", &w.whole(population.classes)),
            ],
        )
    });
    let coverage = fill(w.coverage_meaning, &[("share", &w.share(assessment.score.coverage))]);
    let fact = |name, text| Fact { name, text, foreign: false };
    [
        fact(w.about_snapshot, w.moment(assessment.snapshot.taken_at, zone)),
        fact(w.about_checklist, checklist),
        fact(w.about_coverage, coverage),
        fact(w.about_accounts, accounts),
    ]
    .into_iter()
    .filter(|fact| !fact.text.is_empty())
    .collect()
}
