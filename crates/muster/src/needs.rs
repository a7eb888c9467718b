//! What a checklist takes: permissions and roles, each with the controls that it serves.

use std::collections::{BTreeMap, BTreeSet};

use collect::Permission;
use controls::{Checklist, Control};
use model::Data;

/// A permission that a checklist takes.
#[derive(Debug)]
pub struct Need {
    /// Which.
    pub permission: &'static Permission,
    /// The datasets that take it.
    pub data: Vec<Data>,
    /// The controls that read them, by id, in the order of the catalog.
    pub controls: Vec<&'static str>,
}

/// Every application permission that some control of the checklist needs, by service and name.
pub fn needs(checklist: &Checklist) -> Vec<Need> {
    let mut by_permission: BTreeMap<&'static Permission, BTreeSet<Data>> = BTreeMap::new();
    for data in collect::needed(&checklist.data()) {
        for permission in collect::permissions(data) {
            by_permission.entry(permission).or_default().insert(data);
        }
    }
    by_permission
        .into_iter()
        .map(|(permission, data)| Need {
            permission,
            controls: controls_on(checklist, &data),
            data: data.into_iter().collect(),
        })
        .collect()
}

/// The datasets of the checklist that take a directory role of the scanner's service principal.
pub fn role_data(checklist: &Checklist) -> BTreeSet<Data> {
    let needed = collect::needed(&checklist.data()).into_iter();
    needed.filter(|data| collect::needs_directory_role(*data)).collect()
}

/// The controls of the checklist that some of the datasets serve, by id, in the order of the
/// catalog.
pub fn controls_on(checklist: &Checklist, data: &BTreeSet<Data>) -> Vec<&'static str> {
    let reads = |control: &&&Control| {
        let reads = control.reads.iter().copied().collect();
        !collect::needed(&reads).is_disjoint(data)
    };
    checklist.controls.iter().filter(reads).map(|control| control.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Vec<Need> {
        needs(&Checklist::named(name).unwrap())
    }

    #[test]
    fn every_control_is_served_and_the_smaller_checklist_takes_no_more() {
        let (all, few) = (of("default"), of("essentials"));
        let names = |needs: &[Need]| -> BTreeSet<&str> {
            needs.iter().map(|need| need.permission.name).collect()
        };
        assert!(names(&few).is_subset(&names(&all)));
        assert!(few.len() < all.len());
        for control in controls::catalog() {
            assert!(all.iter().any(|need| need.controls.contains(&control.id)), "{}", control.id);
        }
        // Nobody reads delegated permissions, so nobody asks for the whole directory.
        assert!(!names(&all).contains("Directory.Read.All"));
    }

    #[test]
    fn what_is_always_read_serves_every_control() {
        let all = of("default");
        let organization = all.iter().find(|it| it.permission.name == "Organization.Read.All");
        assert_eq!(organization.unwrap().controls.len(), controls::catalog().count());
    }
}
