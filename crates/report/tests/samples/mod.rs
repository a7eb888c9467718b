//! Hand-made assessments: perfect, disastrous, all unknown, empty, hostile, large, and a small
//! practice as one meets it.

#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "data for tests; each test binary and the example use a part"
)]

use std::collections::BTreeMap;

use model::{
    Area, Assessment, Cap, ChecklistRef, ControlResult, Evidence, Grade, LeftOut,
    NotApplicableReason, Population, Reason, Score, Severity, SnapshotRef, SubjectKind, TenantRef,
    UnknownReason, Verdict, WaiverKind, WaiverNote,
};

const AREAS: [(&str, &str); 9] = [
    ("base", "Baseline"),
    ("mfa", "Multi-factor authentication"),
    ("legacy", "Legacy authentication"),
    ("priv", "Privileged accounts"),
    ("pim", "Just-in-time access"),
    ("emerg", "Emergency access"),
    ("preset", "Preset security policies"),
    ("exo", "Mail"),
    ("log", "Logs and alerts"),
];

/// Id, compliant state, severity, effort, first step.
type Row = (&'static str, &'static str, Severity, u8, &'static str);

const CONTROLS: [Row; 30] = [
    (
        "base-protection-enforced",
        "The tenant runs on security defaults or on an equal set of policies",
        Severity::Critical,
        2,
        "Switch security defaults on, or enable the four Conditional Access policies that replace \
         them.",
    ),
    (
        "base-model-fits-licence",
        "The protection model matches what is paid for",
        Severity::Medium,
        2,
        "Replace security defaults by Conditional Access policies, since the licenses include them.",
    ),
    (
        "mfa-admins-required",
        "Every administrator is forced through MFA",
        Severity::Critical,
        1,
        "Take the account out of the exclusion group of the policy that requires MFA.",
    ),
    (
        "mfa-admins-registered",
        "Every administrator has a usable MFA method",
        Severity::Critical,
        1,
        "Have each administrator register two methods, or issue a Temporary Access Pass.",
    ),
    (
        "mfa-admins-phishing-resistant",
        "Administrators must use a phishing-resistant method",
        Severity::High,
        2,
        "Register passkeys, then require the phishing-resistant strength for administrator roles.",
    ),
    (
        "mfa-users-required",
        "Every person is forced through MFA",
        Severity::Critical,
        2,
        "Enable one policy for all users and all resources that requires MFA.",
    ),
    (
        "mfa-users-registered",
        "People have registered for MFA",
        Severity::High,
        3,
        "Run a registration campaign.",
    ),
    (
        "mfa-weak-methods-off",
        "Text messages, calls and e-mail codes are switched off or confined",
        Severity::Medium,
        2,
        "Switch off SMS and voice calls in the authentication methods policy.",
    ),
    (
        "mfa-authenticator-hardened",
        "Authenticator shows context, and people can report strange prompts",
        Severity::Medium,
        1,
        "Show application name and location in Authenticator notifications.",
    ),
    (
        "legacy-auth-blocked",
        "Legacy authentication is refused at the directory",
        Severity::Critical,
        2,
        "Enable a policy for all users that blocks Exchange ActiveSync and other clients.",
    ),
    (
        "legacy-exo-modern-auth",
        "Modern authentication is on in Exchange Online",
        Severity::High,
        1,
        "Switch modern authentication on for the organization.",
    ),
    (
        "legacy-smtp-auth-org",
        "SMTP AUTH is off for the organization",
        Severity::High,
        2,
        "Switch SMTP AUTH off for the organization and allow it for listed mailboxes only.",
    ),
    (
        "legacy-pop-imap-off",
        "POP3 and IMAP4 are off on mailboxes",
        Severity::Medium,
        2,
        "Switch POP3 and IMAP4 off on all mailboxes and in the mailbox plan.",
    ),
    (
        "priv-global-admin-count",
        "Few Global Administrators, never just one",
        Severity::High,
        2,
        "Give everyday work to smaller roles until at most four Global Administrators are left.",
    ),
    (
        "priv-cloud-only",
        "Administrators are cloud-only accounts",
        Severity::High,
        3,
        "Create cloud-only administrator accounts and remove the roles of synchronized ones.",
    ),
    (
        "priv-dedicated-accounts",
        "Administrator accounts are not everyday accounts",
        Severity::High,
        3,
        "Give each administrator a second account without a mailbox.",
    ),
    (
        "pim-no-standing-access",
        "Strong roles are eligible, not permanent",
        Severity::High,
        2,
        "Turn permanent assignments into eligible ones.",
    ),
    (
        "pim-activation-mfa",
        "Activation proves identity again",
        Severity::High,
        1,
        "Require MFA on activation of strong roles.",
    ),
    (
        "pim-access-reviews",
        "Role holders are reviewed on a rhythm",
        Severity::Medium,
        2,
        "Create a quarterly access review of strong roles.",
    ),
    (
        "emerg-accounts-exist",
        "Two emergency access accounts exist",
        Severity::Critical,
        2,
        "Create a second emergency access account and name both in the profile.",
    ),
    (
        "emerg-configuration",
        "Emergency access accounts are built to survive",
        Severity::High,
        1,
        "Make them cloud-only, on the initial domain, with a permanent role.",
    ),
    (
        "emerg-ca-excluded",
        "No Conditional Access policy can lock them out",
        Severity::High,
        1,
        "Exclude both accounts from every policy that blocks or demands a device.",
    ),
    (
        "emerg-monitored",
        "Every use of an emergency access account raises an alarm",
        Severity::High,
        2,
        "Create an alert on sign-ins of both accounts and test it.",
    ),
    (
        "preset-strict-priority-accounts",
        "The Strict preset protects the priority accounts",
        Severity::High,
        1,
        "Add the priority accounts to the Strict preset security policy.",
    ),
    (
        "preset-all-recipients",
        "Everybody else is in Standard or Strict",
        Severity::High,
        1,
        "Apply the Standard preset security policy to all recipients.",
    ),
    (
        "preset-bypass-lists",
        "Nothing lets mail skip the filters",
        Severity::Medium,
        1,
        "Remove the allowed senders and domains from the anti-spam policy.",
    ),
    (
        "exo-auto-forward-blocked",
        "Mail cannot be forwarded outside by itself",
        Severity::High,
        1,
        "Set automatic forwarding to off in the outbound spam policy.",
    ),
    (
        "exo-shared-mailbox-signin-blocked",
        "Shared mailboxes cannot be signed in to",
        Severity::Medium,
        1,
        "Block sign-in for the accounts of shared mailboxes.",
    ),
    (
        "log-unified-audit",
        "The unified audit log is on",
        Severity::High,
        1,
        "Start recording user and administrator activity.",
    ),
    (
        "log-siem-export",
        "Entra and Microsoft 365 logs reach a SIEM",
        Severity::Medium,
        3,
        "Send sign-in and audit logs to a workspace by a diagnostic setting.",
    ),
];

/// All samples with a name for files.
pub(crate) fn all() -> Vec<(&'static str, Assessment)> {
    vec![
        ("practice", practice()),
        ("perfect", perfect()),
        ("disastrous", disastrous()),
        ("unknown", unknown()),
        ("empty", empty()),
        ("hostile", hostile()),
        ("large", large()),
        ("wordy", wordy()),
    ]
}

/// A dental practice with one account left out.
pub(crate) fn practice() -> Assessment {
    let mut controls = controls();
    let judged = |judged, left_out: &[(&str, usize)]| {
        let left_out =
            left_out.iter().map(|(why, count)| LeftOut { why: (*why).to_owned(), count: *count });
        Some(Population { judged, left_out: left_out.collect() })
    };
    let owner = |observed: &str, expected: &str| {
        Evidence::new(
            SubjectKind::User,
            "7c1d5c44-0000-4000-8000-00000000000a",
            "Ingrid Halvorsen",
            observed,
            expected,
        )
    };
    for control in &mut controls {
        let (verdict, credit, summary): (_, _, &str) = match control.id.as_str() {
            "base-protection-enforced" => {
                (Verdict::Partial, 0.5, "Of the four policies of the base, one leaves a person out")
            }
            "mfa-admins-required" => (
                Verdict::Fail,
                0.0,
                "One of 5 administrators, a Global Administrator, can sign in with a password only",
            ),
            "mfa-users-required" => (
                Verdict::Partial,
                41.0 / 42.0,
                "41 of 42 people are forced through MFA; Ingrid Halvorsen is left out",
            ),
            "mfa-users-registered" => {
                (Verdict::Partial, 40.0 / 42.0, "40 of 42 people have a usable MFA method")
            }
            "mfa-admins-phishing-resistant" => (
                Verdict::Fail,
                0.0,
                "No policy asks administrators for a phishing-resistant method",
            ),
            "mfa-weak-methods-off" => {
                (Verdict::Partial, 0.5, "SMS is allowed for everybody; voice calls are off")
            }
            "legacy-smtp-auth-org" => (
                Verdict::Partial,
                0.5,
                "SMTP AUTH is on for the organization and used by 2 mailboxes",
            ),
            "priv-dedicated-accounts" => (
                Verdict::Fail,
                0.0,
                "3 of 5 administrators read mail with their administrator account",
            ),
            "emerg-accounts-exist" => {
                (Verdict::Partial, 0.5, "One emergency access account is declared; two are needed")
            }
            "preset-bypass-lists" => {
                (Verdict::Partial, 0.5, "The anti-spam policy allows all mail of 3 domains")
            }
            _ => continue,
        };
        control.verdict = verdict;
        control.credit = Some(credit);
        summary.clone_into(&mut control.summary);
        control.would_pass_if = Some("the account is covered like all others".to_owned());
    }
    edit(&mut controls, "mfa-admins-required", |control| {
        control.population = judged(5, &[("emergency access account", 1)]);
        control.evidence = vec![
            owner(
                "Global Administrator; excluded by the group MFA Exceptions",
                "a policy that requires MFA for all resources",
            ),
            Evidence::context(
                SubjectKind::Policy,
                "1f0c7b2e-0000-4000-8000-000000000001",
                "Require MFA for all users",
                "enabled; covers the other 4 administrators",
            ),
        ];
    });
    edit(&mut controls, "mfa-users-required", |control| {
        control.population = judged(42, &[("guest", 6), ("shared mailbox", 3)]);
        control.evidence = vec![owner("excluded by the group MFA Exceptions", "required MFA")];
    });
    edit(&mut controls, "priv-dedicated-accounts", |control| {
        control.evidence = ["Ingrid Halvorsen", "Tomasz Wrona", "Leïla Benkirane"]
            .iter()
            .zip(1..)
            .map(|(name, number)| {
                Evidence::new(
                    SubjectKind::User,
                    format!("7c1d5c44-0000-4000-8000-00000000000{number}"),
                    *name,
                    "holds a role and has a mailbox",
                    "an account of its own for each role",
                )
            })
            .collect();
    });
    edit(&mut controls, "preset-bypass-lists", |control| {
        control.waiver = Some(WaiverNote {
            subject: String::new(),
            kind: WaiverKind::RiskAccepted,
            reason: "The laboratory's mail was caught twice; they change provider in spring".into(),
            owner: "Tomasz Wrona".into(),
            ticket: "INC-2214".into(),
            expires: "2026-12-15".into(),
            holds: true,
            because: String::new(),
        });
    });
    edit(&mut controls, "mfa-weak-methods-off", |control| {
        control.waiver = Some(WaiverNote {
            subject: String::new(),
            kind: WaiverKind::RiskAccepted,
            reason: "Two people have no smartphone".into(),
            owner: "Ingrid Halvorsen".into(),
            ticket: String::new(),
            expires: "2027-03-31".into(),
            holds: false,
            because: "the accepted state has moved: SMS was allowed for 2 people, now for all"
                .into(),
        });
    });
    for id in ["pim-no-standing-access", "pim-activation-mfa"] {
        edit(&mut controls, id, |control| {
            not_licensed(control, "The tenant does not own Microsoft Entra ID P2");
        });
    }
    edit(&mut controls, "emerg-ca-excluded", |control| {
        gap(
            control,
            UnknownReason::Permission,
            "Could not be judged: GET /groups answered 403; GroupMember.Read.All is missing",
        );
    });
    for id in ["emerg-monitored", "log-siem-export", "pim-access-reviews"] {
        edit(&mut controls, id, |control| {
            control.verdict = Verdict::Unattested;
            control.credit = None;
            "Nobody has stated it".clone_into(&mut control.summary);
        });
    }
    assessment("Larkspur Dental Practice", controls)
}

/// Everything passes.
pub(crate) fn perfect() -> Assessment {
    assessment("Meridian Legal Partners LLP", controls())
}

/// Everything fails.
pub(crate) fn disastrous() -> Assessment {
    let mut controls = controls();
    for control in &mut controls {
        control.verdict = Verdict::Fail;
        control.credit = Some(0.0);
        control.summary = format!("{}: this is not the case here", control.title);
        control.would_pass_if = Some("it were the case".to_owned());
        control.evidence = (1..=7)
            .map(|number| {
                Evidence::new(
                    SubjectKind::User,
                    format!("9a6e0d12-0000-4000-8000-0000000000{number:02}"),
                    format!("Person {number}"),
                    "not covered by any policy",
                    "covered",
                )
            })
            .collect();
    }
    assessment("Brightwater Sailing & Boatbuilding Cooperative of the Northern Isles", controls)
}

/// Nothing could be read.
pub(crate) fn unknown() -> Assessment {
    let mut controls = controls();
    let reasons =
        [UnknownReason::Permission, UnknownReason::NotCollected, UnknownReason::Transient];
    for (index, control) in controls.iter_mut().enumerate() {
        gap(
            control,
            reasons[index % reasons.len()],
            "Could not be judged: the service answered 403 to the one request it takes",
        );
    }
    assessment("Unreadable Ltd", controls)
}

/// A checklist without a control.
pub(crate) fn empty() -> Assessment {
    assessment("Nothing Asked GmbH", Vec::new())
}

/// Texts that attack the reader, the renderer and the spreadsheet.
pub(crate) fn hostile() -> Assessment {
    let names = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "invoice\u{202E}fdp.exe",
        "ad\u{200B}min\u{200D}",
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "{{ view.tenant }} {% raw %}",
        "line\r\nbreak\ttab\0nul\u{7f}\u{9b}31m",
        "Z\u{335}\u{321}\u{32b}\u{332}\u{33b}\u{347}a\u{335}lgo",
        "王小明 田中さくら 김민수",
        "مدير النظام",
        "ראש צוות",
        "Ελένη Παπαδοπούλου",
        "Дмитрий Ёлкин",
        "👩\u{200D}🔧 Ops 🚀❤\u{FE0F}",
        "](https://evil.example) | **bold** @everyone",
        "</style></title><h1>",
        "(((\\\\) %%EOF endobj",
    ];
    let mut controls = controls();
    for (index, control) in controls.iter_mut().enumerate() {
        let name = names[index % names.len()];
        control.verdict = [Verdict::Fail, Verdict::Pass, Verdict::Unknown][index % 3];
        control.credit = [Some(0.0), Some(1.0), None][index % 3];
        control.reason = (index % 3 == 2).then_some(Reason::Unknown(UnknownReason::Contradiction));
        control.summary = format!("{name} is not covered");
        control.would_pass_if = (index % 3 == 0).then(|| name.to_owned());
        control.evidence =
            vec![Evidence::new(SubjectKind::User, name, name, name, "=1+1"), long_evidence()];
        control.remediation = vec![format!("Ask {name}"), name.to_owned()];
        if index % 5 == 0 {
            control.waiver = Some(WaiverNote {
                subject: String::new(),
                kind: WaiverKind::FalseFinding,
                reason: name.to_owned(),
                owner: name.to_owned(),
                ticket: name.to_owned(),
                expires: name.to_owned(),
                holds: index % 2 == 0,
                because: name.to_owned(),
            });
        }
    }
    let mut assessment = assessment(&format!("{} {}", names[0], names[2]), controls);
    names[3].clone_into(&mut assessment.checklist.version);
    for (area, name) in assessment.areas.iter_mut().zip(names) {
        name.clone_into(&mut area.title);
    }
    for cap in &mut assessment.score.caps {
        names[1].clone_into(&mut cap.because);
    }
    assessment
}

/// A school with 5,000 affected accounts.
pub(crate) fn large() -> Assessment {
    let mut assessment = practice();
    "Hollowfield Community College".clone_into(&mut assessment.tenant.display_name);
    edit(&mut assessment.controls, "mfa-users-registered", |control| {
        control.evidence = (0..5000)
            .map(|number| {
                Evidence::new(
                    SubjectKind::User,
                    format!("5c000000-0000-4000-8000-{number:012}"),
                    format!("Student {number:04}"),
                    "no method registered",
                    "a usable MFA method",
                )
            })
            .collect();
        "5,000 of 5,230 people have no usable MFA method".clone_into(&mut control.summary);
    });
    assessment
}

/// Everything is said at length.
pub(crate) fn wordy() -> Assessment {
    let mut assessment = practice();
    let long = |text: &str| format!("{text}, and this is said at some length; ").repeat(6);
    assessment.tenant.display_name = long("A name as lawyers like it");
    for control in &mut assessment.controls {
        control.title = long(&control.title);
        control.summary = long(&control.summary);
        control.remediation = control.remediation.iter().map(|step| long(step)).collect();
        if let Some(waiver) = &mut control.waiver {
            waiver.reason = long(&waiver.reason);
            waiver.because = long(&waiver.because);
            waiver.owner = long(&waiver.owner);
        }
    }
    for cap in &mut assessment.score.caps {
        cap.because = long(&cap.because);
    }
    assessment.score.provisional = true;
    assessment
}

fn long_evidence() -> Evidence {
    let long = "n".repeat(10_000);
    Evidence::new(SubjectKind::Group, "g", long.as_str(), long.as_str(), long.as_str())
}

fn edit(controls: &mut [ControlResult], id: &str, change: impl FnOnce(&mut ControlResult)) {
    change(controls.iter_mut().find(|control| control.id == id).unwrap());
}

fn gap(control: &mut ControlResult, reason: UnknownReason, summary: &str) {
    control.verdict = Verdict::Unknown;
    control.credit = None;
    control.reason = Some(Reason::Unknown(reason));
    summary.clone_into(&mut control.summary);
    control.would_pass_if = None;
}

fn not_licensed(control: &mut ControlResult, summary: &str) {
    control.verdict = Verdict::NotApplicable;
    control.credit = None;
    control.reason = Some(Reason::NotApplicable(NotApplicableReason::License));
    summary.clone_into(&mut control.summary);
}

fn controls() -> Vec<ControlResult> {
    CONTROLS
        .iter()
        .map(|(id, title, severity, effort, step)| ControlResult {
            id: (*id).to_owned(),
            area: id.split('-').next().unwrap().to_owned(),
            title: (*title).to_owned(),
            severity: *severity,
            weight: severity.weight(),
            verdict: Verdict::Pass,
            credit: Some(1.0),
            reason: None,
            summary: format!("{title}: everything that was judged agrees"),
            population: None,
            evidence: Vec::new(),
            would_pass_if: None,
            rationale: "One password must not be enough to take over the whole tenant".to_owned(),
            passes_when: "For every account in question an enabled policy does what the title says"
                .to_owned(),
            remediation: vec![
                (*step).to_owned(),
                "Protection > Conditional Access > Policies".to_owned(),
            ],
            effort: *effort,
            sources: vec!["article.txt".to_owned()],
            mappings: BTreeMap::from([("cis-m365".to_owned(), vec!["5.2.2.1".to_owned()])]),
            alternatives: Vec::new(),
            fingerprint: None,
            waivers: Vec::new(),
            waiver: None,
        })
        .collect()
}

fn assessment(tenant: &str, controls: Vec<ControlResult>) -> Assessment {
    Assessment {
        inventory: inventory(),
        schema: Assessment::SCHEMA.to_owned(),
        tenant: TenantRef {
            id: "0a0a0a0a-0000-4000-8000-000000000001".into(),
            display_name: tenant.to_owned(),
        },
        snapshot: SnapshotRef {
            sha256: "9f2c41d07be3a8865d14c0f7e92ab35c6617d8e04f3b92ac5d7e1f6084a3bc21".to_owned(),
            taken_at: "2026-11-01T02:00:00Z".parse().unwrap(),
        },
        checklist: ChecklistRef { id: "default".to_owned(), version: "2026.11".to_owned() },
        score: score(&controls),
        areas: areas(&controls),
        controls,
        frameworks: Vec::new(),
        sign_ins: None,
    }
}

fn sums(controls: &[&ControlResult]) -> (f64, u32, u32, u32) {
    let (mut points, mut assessed, mut unknown, mut unanswered) = (0.0, 0, 0, 0);
    for control in controls {
        match (control.verdict, control.credit) {
            (Verdict::NotApplicable, _) => {}
            (Verdict::Unattested | Verdict::Expired, _) => unanswered += control.weight,
            (_, Some(credit)) => {
                points += f64::from(control.weight) * credit;
                assessed += control.weight;
            }
            _ => unknown += control.weight,
        }
    }
    (points, assessed, unknown, unanswered)
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn score(controls: &[ControlResult]) -> Score {
    let (points, assessed, unknown, unanswered) = sums(&controls.iter().collect::<Vec<_>>());
    let applicable = assessed + unknown + unanswered;
    let share = |part: f64, whole: u32| (whole > 0).then(|| 100.0 * part / f64::from(whole));
    let value = share(points, assessed);
    let coverage = if applicable == 0 { 0.0 } else { f64::from(assessed) / f64::from(applicable) };
    let mut caps = Vec::new();
    for (id, grade, because) in [
        ("mfa-admins-required", Grade::D, "nothing here forces MFA on an administrator"),
        ("base-protection-enforced", Grade::D, "neither security defaults nor an equal set"),
        ("legacy-auth-blocked", Grade::C, "old protocols get round MFA"),
    ] {
        if controls.iter().any(|it| it.id == id && it.verdict == Verdict::Fail) {
            caps.push(Cap { grade, control: id.to_owned(), because: because.to_owned() });
        }
    }
    let band = |value: f64| match value {
        value if value >= 90.0 => Grade::A,
        value if value >= 80.0 => Grade::B,
        value if value >= 70.0 => Grade::C,
        value if value >= 55.0 => Grade::D,
        _ => Grade::F,
    };
    let grade = value.filter(|_| coverage >= 0.6).map(|value| {
        caps.iter().map(|cap| cap.grade).max().map_or(band(value), |cap| cap.max(band(value)))
    });
    let low = share(points, assessed + unknown);
    let high = share(points + f64::from(unknown), assessed + unknown);
    Score {
        value: value.map(tenth),
        grade,
        provisional: coverage < 0.8 || low.map(band) != high.map(band),
        coverage: (coverage * 1000.0).round() / 1000.0,
        low: low.map(tenth),
        high: high.map(tenth),
        attestation: (unanswered > 0).then_some(0.38),
        caps,
        points,
        assessed_weight: assessed,
        applicable_weight: applicable,
    }
}

fn areas(controls: &[ControlResult]) -> Vec<Area> {
    AREAS
        .iter()
        .filter_map(|(id, title)| {
            let mine: Vec<_> = controls.iter().filter(|control| control.area == *id).collect();
            let (points, assessed, unknown, unanswered) = sums(&mine);
            let mut verdicts = BTreeMap::new();
            for control in &mine {
                *verdicts.entry(control.verdict).or_insert(0) += 1;
            }
            (!mine.is_empty()).then(|| Area {
                id: (*id).to_owned(),
                title: (*title).to_owned(),
                value: (assessed > 0).then(|| tenth(100.0 * points / f64::from(assessed))),
                assessed_weight: assessed,
                applicable_weight: assessed + unknown + unanswered,
                verdicts,
            })
        })
        .collect()
}

fn inventory() -> model::Inventory {
    let administrator = |name: &str, paths: &[&str], emergency| model::Administrator {
        id: format!("id-{name}"),
        name: name.to_owned(),
        kind: SubjectKind::User,
        emergency,
        paths: paths.iter().map(ToString::to_string).collect(),
        methods: Some(vec!["fido2SecurityKey".to_owned(), "microsoftAuthenticatorPush".to_owned()]),
        last_sign_in: Some("2026-10-28T08:00:00Z".parse().unwrap()),
    };
    model::Inventory {
        administrators: Some(vec![
            administrator(
                "ana.admin@practice.example",
                &["Global Administrator (permanent)"],
                false,
            ),
            administrator("ea-one@practice.example", &["Global Administrator (permanent)"], true),
            administrator(
                "\u{202E}<b>王芳</b>@practice.example",
                &[
                    "Exchange Administrator (eligible, through a group)",
                    "User Administrator (permanent)",
                ],
                false,
            ),
        ]),
        mail: Some(vec![
            model::MailProtection { preset: "Strict".to_owned(), mailboxes: 3, outside: vec![] },
            model::MailProtection { preset: "Standard".to_owned(), mailboxes: 38, outside: vec![] },
            model::MailProtection {
                preset: String::new(),
                mailboxes: 1,
                outside: vec![(
                    "scanner@practice.example".to_owned(),
                    "Strict is not for it; excepted from Standard by name".to_owned(),
                )],
            },
        ]),
    }
}

/// Eleven earlier scans, with another checklist in the first half, and an assessment before.
pub(crate) fn history(assessment: &Assessment) -> report::History {
    use report::{Change, History, Past};
    let scans = (0..11)
        .map(|month: u8| Past {
            taken_at: format!("2026-{:02}-01T02:00:00Z", month.max(1)).parse().unwrap(),
            score: Some(52.0 + f64::from(month) * 1.7),
            grade: Some(Grade::F),
            checklist: if month < 6 { "2026.5" } else { "2026.11" }.to_owned(),
        })
        .skip(1)
        .collect();
    let mut previous = assessment.clone();
    previous.snapshot.taken_at = "2026-10-01T02:00:00Z".parse().unwrap();
    for (number, control) in previous.controls.iter_mut().enumerate() {
        match (number % 7, control.credit) {
            (0, Some(_)) => (control.verdict, control.credit) = (Verdict::Fail, Some(0.0)),
            (3, Some(_)) => (control.verdict, control.credit) = (Verdict::Pass, Some(1.0)),
            _ => {}
        }
    }
    previous.score = score(&previous.controls);
    let change = |what: &str, who: Option<&str>| Change {
        what: what.to_owned(),
        who: who.map(ToOwned::to_owned),
        at: Some("2026-10-14T09:12:00Z".parse().unwrap()),
    };
    let changes = vec![
        change(
            "\"Block legacy authentication\" was switched on",
            Some("ana.admin@practice.example"),
        ),
        change("The exclusion of \"Scanners\" was dropped", None),
    ];
    History { scans, previous: Some(previous), changes }
}

/// The sign-in answers of a small tenant with one hole.
pub(crate) fn sign_ins() -> report::SignIns {
    report::SignIns::read(include_bytes!("signin.json")).unwrap()
}

/// An SVG that would run a script and load a picture if a page took it for its own.
pub(crate) const HOSTILE_LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" \
    xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"40\" height=\"20\" onload=\"alert(1)\">\
    <script>alert(2)</script><image xlink:href=\"https://evil.example/pixel.png\"/>\
    <rect width=\"40\" height=\"20\" fill=\"#246\"/></svg>";
