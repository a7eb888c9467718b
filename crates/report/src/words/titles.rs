//! Titles of checks, areas and requirements in other languages.
//!
//! A table holds the English wording beside the translation: a title that has been reworded is no
//! longer found, and then stands in English until somebody translates it anew.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Language;

type Titles = HashMap<&'static str, &'static str>;

/// One line a title: English, a tab, the translation. A line that begins with `#` is a note.
fn read(table: &'static str) -> Titles {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect()
}

static GERMAN: LazyLock<Titles> = LazyLock::new(|| read(include_str!("titles.de.tsv")));
static FRENCH: LazyLock<Titles> = LazyLock::new(|| read(include_str!("titles.fr.tsv")));
static SPANISH: LazyLock<Titles> = LazyLock::new(|| read(include_str!("titles.es.tsv")));

/// The translation; `None` where there is none.
pub(super) fn translated(language: Language, english: &str) -> Option<&'static str> {
    let titles = match language {
        Language::English => return None,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
        Language::Spanish => &SPANISH,
    };
    titles.get(english).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_language_translates_the_same_titles() {
        let keys = |titles: &Titles| titles.keys().copied().collect::<BTreeSet<_>>();
        let german = keys(&GERMAN);
        assert!(german.len() > 120, "{}", german.len());
        assert_eq!(german, keys(&FRENCH));
        assert_eq!(german, keys(&SPANISH));
        for titles in [&GERMAN, &FRENCH, &SPANISH] {
            assert!(titles.values().all(|title| !title.trim().is_empty() && !title.contains('\t')));
        }
    }
}
