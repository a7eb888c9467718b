use std::cell::Cell;
use std::collections::BTreeSet;

use model::{
    Application, CasMailbox, ExchangeUser, Group, Mailbox, Organization, RoleDefinition,
    ServicePrincipal, SignInActivity, User,
};
use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use super::*;

#[test]
fn every_dataset_has_one_recipe() {
    for data in Data::ALL {
        let count = RECIPES.iter().filter(|recipe| recipe.data == *data).count();
        assert_eq!(count, 1, "{data}");
    }
}

#[test]
fn nothing_is_asked_that_could_change_a_tenant() {
    for recipe in RECIPES {
        let writes = recipe.permissions.iter().find(|name| name.contains("Write"));
        assert_eq!(writes, None, "{}", recipe.data);
        if let How::Cmdlet(cmdlet) = &recipe.how {
            assert!(cmdlet.name.starts_with("Get-"), "{}", cmdlet.name);
            let parameters = serde_json::from_str::<serde_json::Value>(cmdlet.parameters);
            assert!(parameters.unwrap().is_object());
        }
    }
}

/// Asks a type for the names of its members, as they are in JSON.
struct Members<'a>(&'a Cell<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Members<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.set(fields);
        Err(Error::custom("asked for the names only"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn members<'de, T: Deserialize<'de>>() -> BTreeSet<&'static str> {
    let names = Cell::new([].as_slice());
    T::deserialize(Members(&names)).err().unwrap();
    assert!(!names.get().is_empty());
    names.get().iter().copied().collect()
}

/// The members that the typed view of a dataset reads, and those of them that a path of their own
/// gives; `None` where nothing is selected.
fn read_and_added(data: Data) -> Option<(BTreeSet<&'static str>, &'static [&'static str])> {
    const NONE: &[&str] = &[];
    const OWNERS: &[&str] = &["ownerIds"];
    Some(match data {
        Data::Organization => (members::<Organization>(), NONE),
        Data::Users => (members::<User>(), NONE),
        Data::SignInActivity => (members::<SignInActivity>(), NONE),
        Data::Groups => (members::<Group>(), OWNERS),
        Data::RoleDefinitions => (members::<RoleDefinition>(), &["isPrivileged"]),
        Data::ServicePrincipals => {
            (members::<ServicePrincipal>(), &["ownerIds", "customSecurityAttributes"])
        }
        Data::Applications => (members::<Application>(), OWNERS),
        Data::ExchangeCasMailboxes => (members::<CasMailbox>(), NONE),
        Data::ExchangeMailboxes => (members::<Mailbox>(), NONE),
        Data::ExchangeUsers => (members::<ExchangeUser>(), NONE),
        _ => return None,
    })
}

/// What is selected of a dataset; `None`: everything comes.
fn selected(recipe: &Recipe) -> Option<BTreeSet<&'static str>> {
    let list = match &recipe.how {
        How::Cmdlet(cmdlet) => Some(cmdlet.select).filter(|select| !select.is_empty())?,
        How::Lists(paths) => after_select(paths.first()?)?,
        How::FirstPage(path) | How::Object(path) | How::Azure(path) => after_select(path)?,
        How::Several => match recipe.data {
            Data::Groups => GROUP_SELECT,
            Data::RoleDefinitions => after_select(ROLE_DEFINITIONS)?,
            Data::ServicePrincipals => after_select(SERVICE_PRINCIPALS)?,
            Data::Applications => after_select(APPLICATIONS)?,
            _ => return None,
        },
        How::Nowhere(_) => return None,
    };
    Some(list.split(',').collect())
}

fn after_select(path: &'static str) -> Option<&'static str> {
    path.split_once("$select=")?.1.split('&').next()
}

#[test]
fn what_judges_read_is_selected() {
    for recipe in RECIPES {
        let Some(selected) = selected(recipe) else { continue };
        let data = recipe.data;
        let (read, added) = read_and_added(data)
            .unwrap_or_else(|| panic!("{data} selects members: name its typed view above"));
        let missing: Vec<_> =
            read.iter().filter(|name| !selected.contains(*name) && !added.contains(name)).collect();
        assert!(missing.is_empty(), "{data}: {missing:?} are read and never asked for");
    }
}

#[test]
fn names_of_members_are_those_of_json() {
    assert!(members::<User>().contains("userPrincipalName"));
    assert!(members::<CasMailbox>().contains("PopEnabled"));
}
