//! The redacted twin: the same documents with pseudonyms for names, for insurers and support.
//!
//! A pseudonym follows from a key and the object: the same in each document and each month, and not to
//! be traced back without the key. Everything that the snapshot names is replaced wherever it occurs in
//! a text about the tenant; and whatever still looks like an address or an id, known or not.

use std::collections::{BTreeMap, HashMap, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::{Context, Result};
use model::{Assessment, Dataset, Snapshot, role_name};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Members of an assessment that hold words of the catalog and of the formats, never of a tenant.
const OURS: [&str; 23] = [
    "schema",
    "sha256",
    "takenAt",
    "checklist",
    "score",
    "areas",
    "title",
    "rationale",
    "passesWhen",
    "remediation",
    "sources",
    "mappings",
    "severity",
    "verdict",
    "area",
    "kind",
    "reason",
    "version",
    "alternatives",
    "fingerprint",
    "assumptions",
    "effort",
    "weight",
];

/// Members that name an object, in any service's spelling, in lower case.
const NAMES: [&str; 21] = [
    "displayname",
    "userprincipalname",
    "mail",
    "mailnickname",
    "othermails",
    "proxyaddresses",
    "name",
    "identity",
    "alias",
    "primarysmtpaddress",
    "windowsemailaddress",
    "emailaddresses",
    "windowsliveid",
    "userdisplayname",
    "principaldisplayname",
    "appdisplayname",
    "technicalnotificationmails",
    "forwardingsmtpaddress",
    "cidraddress",
    "publishername",
    "onpremisessamaccountname",
];

/// Members that identify an object, in lower case; the first that is there counts.
const IDS: [&str; 7] =
    ["id", "userid", "groupid", "externaldirectoryobjectid", "guid", "principalid", "identity"];

/// Datasets whose names are Microsoft's or of nobody.
const NOBODYS: [&str; 6] = [
    "subscribedSkus",
    "secureScores",
    "roleManagementPolicyAssignments",
    "permissionGrantPolicies",
    "authenticationMethodsPolicy",
    "exchangeProtectionAlerts",
];

/// The shortest name that is looked for inside texts; shorter ones only as a whole text.
const SHORTEST: usize = 3;

/// An assessment with pseudonyms for names. Without the snapshot, only what the assessment itself names
/// is known; with it, everything that the tenant holds.
///
/// What people wrote freely (reasons of waivers, confirmations) is left out altogether.
///
/// # Errors
///
/// Practically none: every member is plain data.
pub fn redact(
    assessment: &Assessment,
    snapshot: Option<&Snapshot>,
    key: &[u8],
) -> Result<Assessment> {
    let mut names = Dictionary { key, words: BTreeMap::new() };
    names.add("tenant", assessment.tenant.id.as_str(), assessment.tenant.id.as_str());
    names.add("tenant", assessment.tenant.id.as_str(), &assessment.tenant.display_name);
    if let Some(snapshot) = snapshot {
        names.add("tenant", snapshot.tenant.id.as_str(), &snapshot.tenant.display_name);
        for (dataset, content) in &snapshot.datasets {
            if let Dataset::Collected(collected) = content
                && !NOBODYS.contains(&dataset.as_str())
            {
                let records: Vec<Value> =
                    serde_json::from_str(collected.records.get()).unwrap_or_default();
                for record in &records {
                    names.learn(dataset, record);
                }
            }
        }
    }
    for evidence in assessment.controls.iter().flat_map(|control| &control.evidence) {
        use model::SubjectKind as K;
        let subject = &evidence.subject;
        let kind = match subject.kind {
            K::User | K::Mailbox => "person",
            K::Group => "group",
            K::Policy | K::Rule => "policy",
            K::ServicePrincipal | K::Application => "application",
            K::Domain => "domain",
            K::Location => "location",
            K::Tenant => "tenant",
            K::Role | K::Setting | K::License | K::Dataset => continue,
        };
        let id = if subject.id.is_empty() { &subject.name } else { &subject.id };
        names.add(kind, id, id);
        names.add(kind, id, &subject.name);
    }
    if let Some(sign_ins) = &assessment.sign_ins {
        let examples = sign_ins.questions.iter().filter_map(|question| question.example.as_ref());
        let cells = sign_ins.requirements.iter().flat_map(|requirement| &requirement.cells);
        for example in examples.chain(cells.clone().filter_map(|cell| cell.example.as_ref())) {
            names.add("person", &example.id, &example.id);
            names.add("person", &example.id, &example.name);
        }
        for policy in cells.flat_map(|cell| &cell.policies).chain(&sign_ins.idle_policies) {
            names.add("policy", policy, policy);
        }
    }
    let pseudonyms = names.build(ours(assessment))?;
    let mut document = serde_json::to_value(assessment).context("cannot redact")?;
    walk(&mut document, &pseudonyms);
    for control in document.get_mut("controls").and_then(Value::as_array_mut).into_iter().flatten()
    {
        leave_out(control);
    }
    serde_json::from_value(document).context("cannot redact")
}

/// Ids of controls, frameworks and questions: a group may be called "mfa", and they stay.
fn ours(assessment: &Assessment) -> HashSet<String> {
    let mut ours: HashSet<String> =
        assessment.controls.iter().map(|control| control.id.clone()).collect();
    for framework in &assessment.frameworks {
        ours.insert(framework.id.clone());
        ours.extend(framework.requirements.iter().map(|requirement| requirement.id.clone()));
    }
    if let Some(sign_ins) = &assessment.sign_ins {
        ours.extend(sign_ins.questions.iter().map(|question| question.id.clone()));
        ours.extend(sign_ins.requirements.iter().map(|requirement| requirement.id.clone()));
    }
    ours
}

/// What people wrote freely may say anything.
fn leave_out(control: &mut Value) {
    let verdict = control.get("verdict").and_then(Value::as_str).unwrap_or_default();
    if matches!(verdict, "attested" | "attested-no" | "expired") {
        control["summary"] = Value::from("What a person said of it is left out here.");
        for evidence in
            control.get_mut("evidence").and_then(Value::as_array_mut).into_iter().flatten()
        {
            evidence["observed"] = Value::from("left out here");
            if let Some(subject) = evidence.get_mut("subject") {
                subject["name"] = Value::from("left out here");
            }
        }
    }
    if let Some(waiver) = control.get_mut("waiver").filter(|waiver| waiver.is_object()) {
        for member in ["reason", "owner", "ticket"] {
            waiver[member] = Value::from("left out here");
        }
    }
}

/// Names and ids with the object that each stands for.
struct Dictionary<'k> {
    key: &'k [u8],
    /// By the word: its pseudonym.
    words: BTreeMap<String, String>,
}

impl Dictionary<'_> {
    /// The word stands for the object of this id.
    fn add(&mut self, kind: &str, id: &str, word: &str) {
        let word = word.trim();
        if word.is_empty() || role_name(&word.to_ascii_lowercase()).is_some() {
            return;
        }
        let pseudonym = pseudonym(self.key, kind, id, word);
        self.words.entry(word.to_owned()).or_insert(pseudonym);
    }

    fn learn(&mut self, dataset: &str, record: &Value) {
        let Some(members) = record.as_object() else { return };
        let text = |wanted: &str| {
            let found = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.and_then(|(_, value)| value.as_str()).filter(|text| !text.is_empty())
        };
        let is = |name: &str, flag: bool| members.get(name) == Some(&Value::Bool(flag));
        // What is the same in every tenant says nothing of this one.
        if dataset == "roleDefinitions" && !is("isBuiltIn", false) {
            return;
        }
        if dataset == "authenticationStrengthPolicies" && text("policyType") == Some("builtIn") {
            return;
        }
        let microsoft = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
        if text("appOwnerOrganizationId") == Some(microsoft) {
            return;
        }
        let kind = match dataset {
            "organization" => "tenant",
            "groups" | "groupMembers" => "group",
            "domains" | "exchangeAcceptedDomains" | "exchangeRemoteDomains" => "domain",
            "namedLocations" => "location",
            "servicePrincipals" | "applications" | "appRoleAssignments" => "application",
            "users"
            | "userRegistrationDetails"
            | "riskyUsers"
            | "exchangeMailboxes"
            | "exchangeCasMailboxes"
            | "exchangeUsers"
            | "exchangeVipUsers" => "person",
            _ => "policy",
        };
        let Some(id) = IDS.iter().find_map(|id| text(id)).map(str::to_owned) else { return };
        self.add(kind, &id, &id);
        if matches!(dataset, "servicePrincipals" | "applications")
            && let Some(app) = text("appId")
        {
            self.add(kind, &id, app);
        }
        for (name, value) in members {
            if NAMES.contains(&name.to_ascii_lowercase().as_str()) {
                self.values(kind, &id, value);
            }
        }
        for nested in ["verifiedDomains", "ipRanges"] {
            for item in members.get(nested).and_then(Value::as_array).into_iter().flatten() {
                let named =
                    ["name", "cidrAddress"].iter().find_map(|name| item.get(*name)?.as_str());
                if let Some(name) = named {
                    self.add(if nested == "ipRanges" { "location" } else { "domain" }, name, name);
                }
            }
        }
    }

    fn values(&mut self, kind: &str, id: &str, value: &Value) {
        match value {
            Value::String(text) => {
                // Exchange Online puts the kind of an address before it.
                let plain = text.split_once(':').map_or(text.as_str(), |(_, address)| address);
                self.add(kind, id, text);
                self.add(kind, id, plain);
            }
            Value::Array(items) => items.iter().for_each(|item| self.values(kind, id, item)),
            _ => {}
        }
    }

    fn build(self, ours: HashSet<String>) -> Result<Pseudonyms> {
        let whole: HashMap<String, String> = self
            .words
            .iter()
            .map(|(word, pseudonym)| (word.to_lowercase(), pseudonym.clone()))
            .collect();
        let inside: Vec<(String, String)> =
            self.words.into_iter().filter(|(word, _)| word.chars().count() >= SHORTEST).collect();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(inside.iter().map(|(word, _)| word))
            .context("the tenant has too many names to look for")?;
        let replacements = inside.into_iter().map(|(_, pseudonym)| pseudonym).collect();
        Ok(Pseudonyms { whole, search, replacements, ours, key: self.key.to_vec() })
    }
}

/// What replaces what.
struct Pseudonyms {
    whole: HashMap<String, String>,
    search: AhoCorasick,
    replacements: Vec<String>,
    /// Ids of ours, which are no text about a tenant.
    ours: HashSet<String>,
    key: Vec<u8>,
}

impl Pseudonyms {
    fn replace(&self, text: &str) -> String {
        if self.ours.contains(text) {
            return text.to_owned();
        }
        if let Some(pseudonym) = self.whole.get(&text.to_lowercase()) {
            return pseudonym.clone();
        }
        let mut replaced = String::with_capacity(text.len());
        let mut done = 0;
        for found in self.search.find_iter(text) {
            let before = text.get(..found.start()).and_then(|text| text.chars().next_back());
            let after = text.get(found.end()..).and_then(|text| text.chars().next());
            // Whole words: "Ann" is not in "Annual".
            let inside = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
            if inside(before) || inside(after) {
                continue;
            }
            replaced.push_str(text.get(done..found.start()).unwrap_or_default());
            let pseudonym = self.replacements.get(found.pattern().as_usize());
            replaced.push_str(pseudonym.map_or("redacted", String::as_str));
            done = found.end();
        }
        replaced.push_str(text.get(done..).unwrap_or_default());
        self.unknown(&replaced)
    }

    /// Addresses and ids that nothing in the snapshot explains.
    fn unknown(&self, text: &str) -> String {
        let is_part = |letter: char| letter.is_alphanumeric() || "@._%+-#'".contains(letter);
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_part) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|letter| !is_part(letter)).unwrap_or(from.len());
            let (token, after) = from.split_at(end);
            replaced.push_str(before);
            let bare = token.trim_end_matches(['.', '\'']);
            let known = bare.ends_with(".invalid") || bare.starts_with("00000000-0000-8000-");
            if !known && bare.contains('@') {
                replaced.push_str(&pseudonym(&self.key, "person", bare, bare));
                replaced.push_str(token.get(bare.len()..).unwrap_or_default());
            } else if !known && is_guid(bare) && role_name(&bare.to_ascii_lowercase()).is_none() {
                replaced.push_str(&pseudonym(&self.key, "object", bare, bare));
                replaced.push_str(token.get(bare.len()..).unwrap_or_default());
            } else {
                replaced.push_str(token);
            }
            rest = after;
        }
        replaced.push_str(rest);
        replaced
    }
}

fn walk(value: &mut Value, pseudonyms: &Pseudonyms) {
    match value {
        Value::String(text) => *text = pseudonyms.replace(text),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, pseudonyms)),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                if !OURS.contains(&name.as_str()) {
                    walk(value, pseudonyms);
                }
            }
        }
        _ => {}
    }
}

/// What stands for a word of an object: of the same form, so that documents stay readable.
fn pseudonym(key: &[u8], kind: &str, id: &str, word: &str) -> String {
    let inner = Sha256::new().chain_update(key).chain_update(id.to_lowercase()).finalize();
    let digest = hex::encode(Sha256::new().chain_update(key).chain_update(inner).finalize());
    let short = digest.get(..8).unwrap_or(&digest);
    if is_guid(word) {
        format!("00000000-0000-8000-8000-{}", digest.get(..12).unwrap_or(&digest))
    } else if word.contains('@') {
        format!("{kind}-{short}@redacted.invalid")
    } else if kind == "domain" {
        format!("{kind}-{short}.invalid")
    } else {
        format!("{kind}-{short}")
    }
}

fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut parts = text.split('-');
    lengths.iter().all(|length| {
        parts.next().is_some_and(|part| {
            part.len() == *length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }) && parts.next().is_none()
}
