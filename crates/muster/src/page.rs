//! The documentation of a control, with the permissions that reading for it takes.

use controls::{Control, Page};
use model::Data;

/// The page of a control.
pub fn page(control: &Control) -> Page {
    controls::page(control, permissions)
}

/// What it takes to read a dataset, in words.
fn permissions(data: Data) -> String {
    let mut needs: Vec<String> = collect::permissions(data)
        .iter()
        .map(|permission| match permission.only_for {
            None => format!("`{}`", permission.name),
            Some(what) => format!("`{}` (only for {what})", permission.name),
        })
        .collect();
    if collect::needs_directory_role(data) {
        needs.push("a directory role that may read".to_owned());
    }
    if needs.is_empty() { "no permission".to_owned() } else { needs.join(" and ") }
}
