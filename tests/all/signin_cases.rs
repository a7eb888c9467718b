//! Who gets in: the answers about sign-ins against tenants whose answers are known.
//!
//! The plain judge in `naive` is itself tested here: against answers worked out by hand, and against
//! its own verdict on single sign-ins. Whatever computes answers goes through [`gives_the_fixtures`]
//! and [`agrees_with_the_judge`].

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use proptest::prelude::{ProptestConfig, Strategy, any};
use proptest::proptest;
use serde_json::{Value, json};

use crate::naive::{Answers, Device, Question, SignIn, Tenant, Values, fixtures, shape};
use crate::random_tenant::{Choices, seeded, tenants};

/// What computes the answers about a tenant in the format `ca-tenant/1`.
type Computes = fn(&Value) -> Answers;

fn naive_answers(tenant: &Value) -> Answers {
    Tenant::new(tenant).answers()
}

/// Every fixture gets the answers worked out by hand, each proved by a sign-in that gets in.
pub(crate) fn gives_the_fixtures(compute: Computes) {
    for fixture in fixtures::all() {
        let answers = compute(&fixture.tenant);
        for (question, expected) in &fixture.accounts {
            let found = answers.accounts.get(question).cloned().unwrap_or_default();
            assert_eq!(found, *expected, "{}: {question}", fixture.name);
        }
        let excluded_by = serde_json::to_value(&answers.excluded_by).expect("plain maps");
        assert_eq!(excluded_by, fixture.excluded_by, "{}", fixture.name);
        Tenant::new(&fixture.tenant).replay(&answers).expect(fixture.name);
    }
}

/// The same accounts as the judge finds, and a witness for each that the judge lets in.
pub(crate) fn agrees_with_the_judge(tenant: &Value, compute: Computes) {
    let judge = Tenant::new(tenant);
    let (expected, found) = (judge.answers(), compute(tenant));
    assert_eq!(found.accounts, expected.accounts, "{tenant}");
    assert_eq!(found.excluded_by, expected.excluded_by, "{tenant}");
    judge.replay(&found).unwrap_or_else(|error| panic!("{error}\n{tenant}"));
}

#[test]
fn judge_gives_the_fixtures() {
    gives_the_fixtures(naive_answers);
}

/// An unknown grant control leaves undetermined what it alone decides: 1 with a single factor, 2
/// with two. 3 needs only a click, 4 is blocked, and no legacy client meets any control.
#[test]
fn judge_reads_unknown_controls_both_ways() {
    let assigned =
        |number| shape::assignment(&shape::user_id(number), shape::GLOBAL_ADMINISTRATOR, "/");
    let mut tenant = shape::tenant("unknown-controls");
    tenant["users"] = (1..=4).map(|number| shape::user(number, shape::Kind::Member)).collect();
    tenant["roleAssignmentScheduleInstances"] = (1..=4).map(assigned).collect();
    let mut click = shape::one_of(&["brandNew"]);
    click["termsOfUse"] = json!(["7e550000-0000-4000-8000-000000000001"]);
    tenant["conditionalAccessPolicies"] = json!([
        shape::policy(1, &shape::only(&[1]), &shape::one_of(&["mfa", "brandNew"])),
        shape::policy(2, &shape::only(&[2]), &shape::all_of(&["mfa", "brandNew"])),
        shape::policy(3, &shape::only(&[3]), &click),
        shape::policy(4, &shape::only(&[4]), &shape::one_of(&["block", "brandNew"])),
    ]);

    for (met, question, expected) in [
        (false, "Q1", &[3][..]),
        (true, "Q1", &[1, 3]),
        (false, "Q3", &[1, 3]),
        (true, "Q3", &[1, 2, 3]),
        (true, "Q2", &[]),
    ] {
        let answers = Tenant::if_unknown_controls_are_met(&tenant, met).answers();
        let expected: BTreeSet<String> = expected.iter().copied().map(shape::user_id).collect();
        assert_eq!(answers.accounts[question], expected, "{question}, {met}");
    }
}

/// Answers that came with tenants from elsewhere: the folder named by `MUSTER_CASES`, when set,
/// holds one folder a tenant, with `tenant.json` and `answers.json`.
#[test]
fn judge_gives_the_answers_of_other_cases() {
    let Some(folder) = std::env::var_os("MUSTER_CASES") else { return };
    gives_the_cases(std::path::Path::new(&folder), naive_answers);
}

pub(crate) fn gives_the_cases(folder: &std::path::Path, compute: Computes) {
    let read = |path: std::path::PathBuf| -> Value {
        serde_json::from_slice(&std::fs::read(path).expect("a readable file")).expect("JSON")
    };
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).expect("a folder of cases") {
        let case = entry.expect("an entry").path();
        if !case.join("tenant.json").exists() {
            continue;
        }
        let tenant = read(case.join("tenant.json"));
        let expected = Answers::from_json(&read(case.join("answers.json")));
        let judge = Tenant::new(&tenant);
        judge.replay(&expected).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
        let found = compute(&tenant);
        assert_eq!(found.accounts, expected.accounts, "{}", case.display());
        assert_eq!(found.excluded_by, expected.excluded_by, "{}", case.display());
        judge.replay(&found).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
        cases += 1;
    }
    assert!(cases > 0, "no cases in {}", folder.display());
}

/// A sign-in of random parts: those that the tenant mentions, and now and then others.
pub(crate) fn random_sign_in(choices: &mut Choices, values: &Values) -> SignIn {
    let mut sign_in = SignIn::plain(&choices.one(&values.apps));
    sign_in.client = choices
        .one(&["browser", "other", "exchangeActiveSync", "mobileAppsAndDesktopClients"])
        .to_owned();
    let platforms = ["windows", "iOS", "android", "macOS", "linux", "windowsPhone", "unknown"];
    sign_in.platform = choices.one(&platforms).to_owned();
    sign_in.ip = choices.one(&values.ips);
    if choices.percent(20) {
        let byte = |choices: &mut Choices| u8::try_from(choices.below(256)).expect("a byte");
        sign_in.ip = [byte(choices), byte(choices), byte(choices), byte(choices)].into();
    }
    sign_in.country = choices.one(&values.countries);
    if choices.percent(50) {
        sign_in.gps_country = Some(choices.one(&values.countries));
    }
    sign_in.sign_in_risk = choices.one(&["none", "low", "medium", "high"]).to_owned();
    sign_in.user_risk = choices.one(&["none", "low", "medium", "high"]).to_owned();
    sign_in.insider_risk = choices.one(&["none", "minor", "moderate", "elevated"]).to_owned();
    sign_in.flow =
        choices.one(&["none", "none", "deviceCodeFlow", "authenticationTransfer"]).to_owned();
    sign_in.managed_app = choices.percent(20);
    if choices.percent(50) {
        sign_in.device = choices.one(&values.devices);
    }
    sign_in
}

/// Enumeration leaves nothing out: no sign-in gets in whose account is not in the answer. And it
/// makes nothing up: each of its witnesses gets in.
fn enumeration_is_right(tenant: &Value, choices: &mut Choices) -> usize {
    let judge = Tenant::new(tenant);
    let answers = judge.answers();
    judge.replay(&answers).unwrap_or_else(|error| panic!("{error}\n{tenant}"));
    let (values, users) = (Values::of(&judge), judge.user_ids());
    let mut got_in = 0;
    for _ in 0..60 {
        let sign_in = random_sign_in(choices, &values);
        let user = choices.one(&users);
        for question in Question::ALL {
            if judge.in_question(user, question, &sign_in).is_ok() {
                got_in += 1;
                let answer = &answers.accounts[question.name()];
                let witness = sign_in.to_json(user);
                assert!(answer.contains(user), "{} {witness}\n{tenant}", question.name());
                assert_eq!(SignIn::from_json(&witness), Ok(sign_in.clone()));
            }
        }
    }
    got_in
}

/// Whatever an address, a device or an application may be, one of the values to try is like it: in
/// the same locations, matched by the same filters.
fn values_stand_for_all(tenant: &Value, choices: &mut Choices) {
    let judge = Tenant::new(tenant);
    let values = Values::of(&judge);
    let plain = SignIn::plain(&values.apps[0]);
    let outcomes = |condition: &str, sign_in: &SignIn| -> Vec<bool> {
        let policies = judge.policies().iter();
        policies.map(|policy| judge.condition(condition, policy, sign_in)).collect()
    };

    let named = tenant["namedLocations"].as_array().expect("a list").iter();
    let locations: Vec<&str> = named
        .filter_map(|location| location["id"].as_str())
        .chain(["AllTrusted", "00000000-0000-0000-0000-000000000000"])
        .collect();
    let locations_of = |ip| -> Vec<bool> {
        let sign_in = SignIn { ip, ..plain.clone() };
        locations.iter().map(|location| judge.in_location(location, &sign_in)).collect()
    };
    let like: BTreeSet<_> = values.ips.iter().copied().map(locations_of).collect();
    for _ in 0..20 {
        let ip = random_ip(choices);
        assert!(like.contains(&locations_of(ip)), "{ip}\n{tenant}");
    }

    let with_device = |device: &Device| {
        let known = (device.registered, device.compliant, device.trust_type.clone());
        (known, outcomes("devices", &SignIn { device: device.clone(), ..plain.clone() }))
    };
    let like: BTreeSet<_> = values.devices.iter().map(with_device).collect();
    for _ in 0..20 {
        let device = random_device(choices);
        assert!(like.contains(&with_device(&device)), "{device:?}\n{tenant}");
    }

    let of_app = |app: &str| outcomes("applications", &SignIn::plain(app));
    let like: BTreeSet<_> = values.apps.iter().map(|app| of_app(app)).collect();
    let app = shape::guid(0x0a99_0000, choices.below(1000));
    assert!(like.contains(&of_app(&app)), "{app}\n{tenant}");
}

/// An address in, beside or far from the networks of random tenants.
fn random_ip(choices: &mut Choices) -> IpAddr {
    let mut low = || u16::try_from(choices.below(1 << 16)).expect("below");
    let v4 = |prefix: u32, host: u16| IpAddr::from((prefix | u32::from(host)).to_be_bytes());
    let v6 = |a, b, c, h| IpAddr::from([a, b, c, 0, 0, 0, 0, h]);
    let addresses = [
        v4(0xc000_0200, low() % 256),
        v4(0xc633_6400, low() % 512),
        v4(0xcb00_7100, low() % 256),
        v4(u32::from(low()) << 16, low()),
        v6(0x2001, 0xdb8, 0, low() % 3),
        v6(0x2001, 0xdb8, low() % 8, 1),
        v6(low(), low(), low(), low()),
    ];
    choices.one(&addresses)
}

/// A device with whatever attributes the filters of random tenants speak of.
fn random_device(choices: &mut Choices) -> Device {
    if choices.percent(10) {
        return Device::default();
    }
    let mut attributes = BTreeMap::new();
    let pieces = ["PAW", "paw-", "kiosk", "1", "VIP", "aw", "Company", "x", "Personal", ""];
    for name in ["extensionAttribute1", "displayName", "deviceOwnership"] {
        if choices.percent(80) {
            let length = choices.below(4);
            let value: String = (0..length).map(|_| choices.one(&pieces)).collect();
            attributes.insert(name.to_owned(), value.into());
        }
    }
    if choices.percent(60) {
        let labels = choices.some(&["M365Managed", "MultiUser", "M365", "other"]);
        attributes.insert("systemLabels".to_owned(), labels.into());
    }
    Device {
        registered: true,
        compliant: choices.percent(50),
        trust_type: Some(choices.one(&["AzureAD", "ServerAD", "Workplace"]).to_owned()),
        attributes,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn judge_agrees_with_itself(tenant in tenants(), points in points()) {
        let mut choices = Choices::new(points);
        values_stand_for_all(&tenant, &mut choices);
        enumeration_is_right(&tenant, &mut choices);
        agrees_with_the_judge(&tenant, naive_answers_backwards);
    }
}

/// The answers do not depend on the order in which Graph lists things.
fn naive_answers_backwards(tenant: &Value) -> Answers {
    let mut tenant = tenant.clone();
    for (collection, items) in tenant.as_object_mut().expect("a tenant") {
        if let Value::Array(items) = items {
            items.reverse();
        }
        if collection == "groupMembers" {
            let groups = items.as_object_mut().expect("members by group");
            groups.values_mut().filter_map(Value::as_array_mut).for_each(|list| list.reverse());
        }
    }
    naive_answers(&tenant)
}

fn points() -> impl Strategy<Value = Vec<u16>> {
    proptest::collection::vec(any::<u16>(), 2000)
}

/// The same on tenants that every run repeats.
#[test]
fn judge_agrees_with_itself_on_seeds() {
    let mut got_in = 0;
    for seed in 0..100 {
        let (tenant, mut choices) = (seeded(seed), Choices::seeded(seed + 1_000_000));
        values_stand_for_all(&tenant, &mut choices);
        got_in += enumeration_is_right(&tenant, &mut choices);
    }
    assert!(got_in > 1000, "only {got_in} random sign-ins got in");
}

/// Random tenants are worth judging: for every question there are many accounts on either side.
#[test]
fn random_tenants_are_undecided() {
    let (mut asked, mut answered) = (0, BTreeMap::<String, usize>::new());
    for seed in 0..100 {
        let tenant = seeded(seed);
        let judge = Tenant::new(&tenant);
        asked += judge.user_ids().len();
        for (question, accounts) in judge.answers().accounts {
            *answered.entry(question).or_default() += accounts.len();
        }
    }
    println!("{asked} accounts: {answered:?}");
    for (question, answered) in answered {
        let rare = question == "Q3" || question == "Q5";
        let least = if rare { asked / 50 } else { asked / 10 };
        assert!((least..asked * 9 / 10).contains(&answered), "{question}: {answered} of {asked}");
    }
}
