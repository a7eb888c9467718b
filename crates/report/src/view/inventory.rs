//! Who holds privileged roles, and how mail is protected.

use jiff::tz::TimeZone;
use model::Assessment;
use serde::Serialize;

use crate::text;
use crate::words::{Words, fill};

/// How many rows a list shows.
const ROWS: usize = 60;
/// How many paths to power one account shows.
const PATHS: usize = 12;

/// Who holds privileged roles, and how mail is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InventoryView {
    /// One row an account.
    pub administrators: Vec<AdministratorRow>,
    /// Why there is no row; empty when there is one.
    pub administrators_missing: &'static str,
    /// That there are more; empty when all are shown.
    pub administrators_note: String,
    /// One row a kind of protection; empty: it could not be read.
    pub mail: Vec<MailRow>,
    /// Mailboxes outside both presets, each with the reason, and that there are more.
    pub outside: Vec<(String, String)>,
    /// That there are more; empty when all are shown.
    pub outside_note: String,
}

/// A holder of privileged roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdministratorRow {
    /// Its name.
    pub name: String,
    /// What it is, or that it is an emergency access account.
    pub kind: String,
    /// Each role with the path to it, in English.
    pub paths: Vec<String>,
    /// Registered methods; a dash where they were not read.
    pub methods: String,
    /// The last sign-in; a dash where there is none or it was not read.
    pub last_sign_in: String,
}

/// Mailboxes with the same protection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailRow {
    /// The preset, or that there is none.
    pub protection: String,
    /// How many mailboxes.
    pub mailboxes: String,
}

pub(super) fn view(w: Words, assessment: &Assessment, zone: &TimeZone) -> InventoryView {
    let inventory = &assessment.inventory;
    let administrators: Option<Vec<_>> = inventory.administrators.as_ref().map(|all| {
        all.iter()
            .take(ROWS)
            .map(|one| AdministratorRow {
                name: text::name(&one.name),
                kind: if one.emergency { w.tile_emergency } else { w.kind(one.kind) }.to_owned(),
                paths: one.paths.iter().take(PATHS).map(|path| text::name(path)).collect(),
                methods: match &one.methods {
                    Some(methods) if !methods.is_empty() => text::name(&methods.join(", ")),
                    Some(_) => w.none.to_owned(),
                    None => "–".to_owned(),
                },
                last_sign_in: one
                    .last_sign_in
                    .map_or_else(|| "–".to_owned(), |then| w.date_of(then, zone)),
            })
            .collect()
    });
    let mail: Option<Vec<_>> = inventory.mail.as_ref().map(|groups| {
        groups
            .iter()
            .map(|group| MailRow {
                protection: match group.preset.as_str() {
                    "" => w.none.to_owned(),
                    preset => text::name(preset),
                },
                mailboxes: w.whole(group.mailboxes),
            })
            .collect()
    });
    let groups = inventory.mail.as_deref().unwrap_or_default();
    let outside: Vec<(String, String)> = groups
        .iter()
        .flat_map(|group| &group.outside)
        .take(ROWS)
        .map(|(address, why)| (text::name(address), text::name(why)))
        .collect();
    let all: usize = groups.iter().filter(|it| it.preset.is_empty()).map(|it| it.mailboxes).sum();
    let holders = inventory.administrators.as_ref().map_or(0, Vec::len);
    InventoryView {
        administrators_missing: match &administrators {
            None => w.privileged_unread,
            Some(all) if all.is_empty() => w.privileged_none,
            Some(_) => "",
        },
        administrators: administrators.unwrap_or_default(),
        administrators_note: more(w, holders.saturating_sub(ROWS)),
        mail: mail.unwrap_or_default(),
        outside_note: more(w, all.saturating_sub(outside.len())),
        outside,
    }
}

fn more(w: Words, number: usize) -> String {
    if number == 0 { String::new() } else { fill(w.more_rows, &[("n", &w.whole(number))]) }
}
