//! Rules, and whom they reach.

use serde_json::{Value, json};

use super::*;
use crate::testing::*;

const CHIEFS: &str = "b0000000-0000-4000-8000-000000000009";

/// A member of a rule, and its value.
type Change<'a> = (&'a str, Value);

/// Addresses that the Strict rule of mail protection reaches, with these members changed.
fn reached(fixture: &Fixture, members: &[Change<'_>]) -> Result<Vec<String>, Gap> {
    let data = Data::ExchangeEopProtectionPolicyRules;
    let fixture = fixture.clone().edit(data, |rules| {
        rules[0]["SentTo"] = Value::Null;
        for (member, value) in members {
            rules[0][*member] = value.clone();
        }
    });
    fixture.look(|context| {
        let rules = context.tenant.exchange.eop_protection_policy_rules.read()?;
        let presets = Presets::of(context, rules);
        let mut found = Vec::new();
        for mailbox in context.recipients()? {
            if presets.effective(mailbox)? == Some(Preset::Strict) {
                found.push(address(mailbox).replace("@larkspur.example", ""));
            }
        }
        Ok(found)
    })
}

/// With a group of these members, named by address in rules.
fn chiefs(members: &Value) -> Fixture {
    Fixture::exemplary()
        .add(
            Data::Groups,
            json!({ "id": CHIEFS, "displayName": "Chiefs", "mail": "Chiefs@larkspur.example" }),
        )
        .add(
            Data::GroupMembers,
            json!({ "groupId": CHIEFS, "memberIds": members, "transitive": false }),
        )
}

const EVERYBODY: [&str; 5] = ["office", "person1", "person2", "person3", "person4"];

#[test]
fn conditions_are_joined_and_exceptions_win() {
    let plain = Fixture::exemplary();
    let some = json!(["PERSON1@larkspur.example", "person2@larkspur.example"]);
    let domain = json!(["larkspur.example"]);
    let cases: [(&str, &[Change], &[&str]); 9] = [
        ("no condition reaches everybody", &[], &EVERYBODY),
        ("names", &[("SentTo", some.clone())], &["person1", "person2"]),
        ("a bare string", &[("SentTo", json!("person3@larkspur.example"))], &["person3"]),
        ("a domain", &[("RecipientDomainIs", domain.clone())], &EVERYBODY),
        ("a domain above", &[("RecipientDomainIs", json!(["example"]))], &EVERYBODY),
        ("no suffix of a name", &[("RecipientDomainIs", json!(["spur.example"]))], &[]),
        (
            "both must hold",
            &[("SentTo", some.clone()), ("RecipientDomainIs", json!(["brook.example"]))],
            &[],
        ),
        ("an exception wins", &[("ExceptIfSentTo", some)], &["office", "person3", "person4"]),
        ("a domain excepted", &[("ExceptIfRecipientDomainIs", domain)], &[]),
    ];
    for (case, members, expected) in cases {
        assert_eq!(reached(&plain, members).unwrap(), expected, "{case}");
    }
    for state in [json!("Disabled"), json!("Unheard"), Value::Null] {
        assert_eq!(reached(&plain, &[("State", state)]).unwrap(), [""; 0]);
    }
}

#[test]
fn an_alias_names_a_mailbox() {
    let fixture = Fixture::exemplary().edit(Data::ExchangeMailboxes, |mailboxes| {
        mailboxes[0]["EmailAddresses"] =
            json!(["SMTP:person1@larkspur.example", "smtp:chief@larkspur.example"]);
    });
    let alias = [("SentTo", json!(["Chief@larkspur.example"]))];
    assert_eq!(reached(&fixture, &alias).unwrap(), ["person1"]);
}

#[test]
fn groups_are_followed_and_an_unread_one_matters_only_where_it_decides() {
    let group = json!(["chiefs@larkspur.example"]);
    let fixture = chiefs(&json!([PERSON_1, APPROVERS]));
    let included = [("SentToMemberOf", group.clone())];
    assert_eq!(reached(&fixture, &included).unwrap(), ["person1", "person2", "person3"]);
    let excepted = [("ExceptIfSentToMemberOf", group.clone())];
    assert_eq!(reached(&fixture, &excepted).unwrap(), ["office", "person4"]);

    let unread = Fixture::exemplary();
    let told = |rule: &[Change<'_>]| reached(&unread, rule);
    assert_eq!(told(&included).unwrap_err().data, Data::Groups);
    assert_eq!(told(&excepted).unwrap_err().data, Data::Groups);
    let nobody = json!(["nobody@larkspur.example"]);
    for other in ["SentToMemberOf", "ExceptIfSentToMemberOf"] {
        let rule = [(other, group.clone()), ("SentTo", nobody.clone())];
        assert_eq!(told(&rule).unwrap(), [""; 0], "outside anyway");
        let rule = [(other, group.clone()), ("ExceptIfRecipientDomainIs", json!(["example"]))];
        assert_eq!(told(&rule).unwrap(), [""; 0], "excepted anyway");
    }
}

#[test]
fn a_group_is_meant_by_address_before_name_and_twins_are_told_apart() {
    let twin = |fixture: Fixture, mail: Value| {
        fixture.add(
            Data::Groups,
            json!({ "id": "b0000000-0000-4000-8000-000000000008",
                    "displayName": "Chiefs@larkspur.example", "mail": mail }),
        )
    };
    let fixture = chiefs(&json!([PERSON_1]));
    let by = |name: &str| [("SentToMemberOf", json!([name]))];
    let named = twin(fixture.clone(), Value::Null);
    assert_eq!(reached(&named, &by("chiefs@larkspur.example")).unwrap(), ["person1"]);
    assert_eq!(reached(&fixture, &by("Chiefs")).unwrap(), ["person1"]);
    let two = fixture.edit(Data::Groups, |groups| {
        let mut other = groups[1].clone();
        other["id"] = json!("b0000000-0000-4000-8000-000000000007");
        other["mail"] = Value::Null;
        groups.push(other);
    });
    assert_eq!(reached(&two, &by("Chiefs")).unwrap_err().data, Data::Groups);
}

#[test]
fn a_mailbox_without_type_address_or_account_is_a_gap() {
    let without = |member: &str| {
        chiefs(&json!([PERSON_1]))
            .edit(Data::ExchangeMailboxes, |mailboxes| mailboxes[0][member] = Value::Null)
    };
    for member in ["RecipientTypeDetails", "PrimarySmtpAddress"] {
        assert_eq!(reached(&without(member), &[]).unwrap_err().detail, member);
    }
    let unnamed = without("ExternalDirectoryObjectId");
    assert_eq!(reached(&unnamed, &[]).unwrap(), EVERYBODY);
    let group = [("ExceptIfSentToMemberOf", json!(["chiefs@larkspur.example"]))];
    assert_eq!(reached(&unnamed, &group).unwrap_err().detail, "ExternalDirectoryObjectId");
}

#[test]
fn an_unread_group_of_strict_does_not_hide_standard() {
    Fixture::exemplary()
        .edit(Data::ExchangeEopProtectionPolicyRules, |rules| {
            rules[0]["SentToMemberOf"] = json!(["gone@larkspur.example"]);
        })
        .look(|context| {
            let rules = context.tenant.exchange.eop_protection_policy_rules.read().unwrap();
            let presets = Presets::of(context, rules);
            let chief = context.recipients().unwrap()[1];
            assert!(presets.effective(chief).is_err());
            assert_eq!(presets.any(chief), Ok(true));
        });
}
