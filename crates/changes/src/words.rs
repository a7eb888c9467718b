//! Members and values in people's words.

use serde_json::Value;

use crate::names::Names;

/// How many names a sentence holds before it counts the rest.
const MOST_NAMES: usize = 12;

/// Members whose names say little, by the end of their path.
const MEMBERS: [(&str, &str); 22] = [
    ("state", "state"),
    ("accountEnabled", "sign-in"),
    ("isEnabled", "switch"),
    ("userType", "kind of account"),
    ("perUserMfaState", "per-user MFA"),
    ("isMfaRegistered", "registered for MFA"),
    ("defaultUserRolePermissions.allowedToCreateApps", "users may register applications"),
    (
        "defaultUserRolePermissions.allowedToCreateSecurityGroups",
        "users may create security groups",
    ),
    ("defaultUserRolePermissions.allowedToCreateTenants", "users may create tenants"),
    ("defaultUserRolePermissions.allowedToReadOtherUsers", "users may read other users"),
    ("allowInvitesFrom", "who may invite guests"),
    ("guestUserRoleId", "what guests may see"),
    ("onPremisesSyncEnabled", "synchronized from on premises"),
    ("passwordValidityPeriodInDays", "days until a password expires"),
    ("authenticationType", "how the domain signs in"),
    ("grantControls.operator", "all or one of the grant controls"),
    ("grantControls.authenticationStrength", "required authentication strength"),
    ("capabilityStatus", "status"),
    ("provisioningStatus", "provisioning"),
    ("appRoleAssignmentRequired", "assignment required"),
    ("membershipRule", "membership rule"),
    ("UnifiedAuditLogIngestionEnabled", "audit logging"),
];

/// Lists with a verb: what is said of an item that came and of one that went.
const LISTS: [(&str, &str, &str); 16] = [
    ("exclude", "now excludes", "no longer excludes"),
    ("include", "now covers", "no longer covers"),
    ("builtInControls", "now requires", "no longer requires"),
    ("clientAppTypes", "now applies to the clients", "no longer applies to the clients"),
    (
        "signInRiskLevels",
        "now applies to the sign-in risk",
        "no longer applies to the sign-in risk",
    ),
    ("userRiskLevels", "now applies to the user risk", "no longer applies to the user risk"),
    ("memberIds", "has the new members", "lost the members"),
    ("owners", "is now owned by", "is no longer owned by"),
    ("passwordCredentials", "has a new secret", "lost a secret"),
    ("keyCredentials", "has a new certificate", "lost a certificate"),
    ("technicalNotificationMails", "now sends notices to", "no longer sends notices to"),
    ("allowedCombinations", "now allows", "no longer allows"),
    ("partners", "has new settings for the tenant", "has no settings any more for the tenant"),
    ("servicePlans", "has the new service plan", "lost the service plan"),
    ("verifiedDomains", "has the new domain", "lost the domain"),
    ("ipRanges", "now has the addresses", "no longer has the addresses"),
];

/// A member's path as a person says it.
pub(crate) fn member(path: &[String], names: &Names) -> String {
    let joined = path.join(".");
    if let Some((_, words)) = MEMBERS.iter().find(|(end, _)| {
        joined == *end || joined.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'))
    }) {
        let before = path.iter().find(|part| names.of_id(part) != **part);
        return match before {
            Some(part) => format!("{words} of {}", names.of_id(part)),
            None => (*words).to_owned(),
        };
    }
    let parts: Vec<String> = path
        .iter()
        .filter(|part| !matches!(part.as_str(), "conditions" | "policy" | "rules" | "properties"))
        .map(|part| {
            let name = names.of_id(part);
            if name == *part { spaced(part) } else { name }
        })
        .collect();
    parts.join(", ")
}

/// What is said of the items that a list gained and lost.
pub(crate) fn list(path: &[String], gained: &[Value], lost: &[Value], names: &Names) -> String {
    let member_name = path.last().map_or("", String::as_str);
    let verbs = LISTS.iter().find(|(start, ..)| member_name.starts_with(start));
    let inside = match path {
        // Which item of a list of objects it is about.
        [.., before, _] if names.of_id(before) != *before => {
            format!(" for {}", names.of_id(before))
        }
        _ => String::new(),
    };
    let say = |items: &[Value], verb: &str| format!("{verb}{inside} {}", values(items, names));
    let (come, go) = if let Some((_, come, go)) = verbs {
        ((*come).to_owned(), (*go).to_owned())
    } else {
        let words = member(path, names);
        (format!("gained in \"{words}\":"), format!("lost in \"{words}\":"))
    };
    match (gained.is_empty(), lost.is_empty()) {
        (true, _) => say(lost, &go),
        (_, true) => say(gained, &come),
        _ => format!("{}; {}", say(lost, &go), say(gained, &come)),
    }
}

/// Several values, the first of them by name.
fn values(items: &[Value], names: &Names) -> String {
    let mut words: Vec<String> = items.iter().map(|item| value(item, names)).collect();
    words.sort();
    let more = words.len().saturating_sub(MOST_NAMES);
    words.truncate(MOST_NAMES);
    match more {
        0 => words.join(", "),
        more => format!("{} and {more} more", words.join(", ")),
    }
}

/// A value as a person says it.
pub(crate) fn value(item: &Value, names: &Names) -> String {
    match item {
        Value::String(text) => match text.as_str() {
            "true" | "enabled" => "on".to_owned(),
            "false" | "disabled" => "off".to_owned(),
            "enabledForReportingButNotEnforced" => "report-only".to_owned(),
            "mfa" => "MFA".to_owned(),
            "block" => "to block".to_owned(),
            "compliantDevice" => "a compliant device".to_owned(),
            "domainJoinedDevice" => "a hybrid joined device".to_owned(),
            text => names.of_id(text),
        },
        Value::Array(items) => values(items, names),
        Value::Object(members) => {
            let own = ["displayName", "id", "name", "userPrincipalName", "cidrAddress"]
                .iter()
                .find_map(|name| members.get(*name)?.as_str());
            let query = members.get("query").and_then(Value::as_str);
            if let Some(name) = own.or_else(|| query?.rsplit('/').next()) {
                return names.of_id(name);
            }
            let say = |(name, part): (&String, &Value)| {
                format!("{} {}", spaced(name), value(part, names))
            };
            members.iter().map(say).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// `camelCaseWords` and `words_with_lines` as "camel case words"; abbreviations stay together.
pub(crate) fn spaced(text: &str) -> String {
    if text.contains('_') {
        return text.split('_').map(spaced).collect::<Vec<_>>().join(" ");
    }
    let letters: Vec<char> = text.chars().collect();
    let mut words = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let next = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase() && next.is_some_and(|next| next.is_lowercase()))
            });
        if starts {
            words.push(' ');
        }
        let single = !next.is_some_and(|next| next.is_uppercase())
            && !before.is_some_and(|before| before.is_uppercase());
        if letter.is_uppercase() && single {
            words.extend(letter.to_lowercase());
        } else {
            words.push(*letter);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_spaced() {
        for (member, words) in [
            ("allowedToCreateApps", "allowed to create apps"),
            ("EnableATPForSPOTeamsODB", "enable ATP for SPO teams ODB"),
            ("PhishThresholdLevel", "phish threshold level"),
            ("smtpClientAuthenticationDisabled", "smtp client authentication disabled"),
        ] {
            assert_eq!(spaced(member).to_lowercase(), words.to_lowercase());
        }
    }
}
