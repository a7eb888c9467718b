//! Tests of the import.

use model::{Cloud, Data, Dataset, Plan, Profile, Tenant, UnavailableReason};

use super::*;

fn snapshot(export: &str) -> Snapshot {
    import(export).unwrap()
}

fn records(snapshot: &Snapshot, name: &str) -> String {
    match snapshot.datasets.get(name) {
        Some(Dataset::Collected(collected)) => collected.records.get().to_owned(),
        other => panic!("{name}: {other:?}"),
    }
}

fn gap(snapshot: &Snapshot, data: Data) -> (UnavailableReason, String) {
    match snapshot.dataset(data) {
        Some(Dataset::Unavailable(gap)) => (gap.reason, gap.detail.clone()),
        other => panic!("{data}: {other:?}"),
    }
}

#[test]
fn objects_of_graph_and_of_exchange() {
    let snapshot = snapshot(
        r#"{
            "conditional_access_policies": [{
                "Id": "p-1", "State": "enabled", "CreatedDateTime": "\/Date(1613679244000)\/",
                "Conditions": {"Users": {"IncludeUsers": ["All"]}}
            }, null],
            "domain_settings": {"Id": "larkspur.example", "IsRoot": true},
            "transport_config": [{"Name": "T", "SmtpClientAuthenticationDisabled": true}],
            "transport_rule": [null]
        }"#,
    );
    assert_eq!(
        records(&snapshot, "conditionalAccessPolicies"),
        r#"[{"id":"p-1","state":"enabled","createdDateTime":"2021-02-18T20:14:04Z","conditions":{"users":{"includeUsers":["All"]}}}]"#
    );
    assert_eq!(records(&snapshot, "domains"), r#"[{"id":"larkspur.example","isRoot":true}]"#);
    assert_eq!(
        records(&snapshot, "exchangeTransportConfig"),
        r#"[{"Name":"T","SmtpClientAuthenticationDisabled":true}]"#
    );
    assert_eq!(records(&snapshot, "exchangeTransportRules"), "[]");
    for data in Data::ALL {
        assert!(snapshot.dataset(*data).is_some(), "{data}");
    }
}

#[test]
fn what_the_export_lacks_is_named() {
    let snapshot = snapshot(
        r#"{
            "conditional_access_policies": [],
            "aad_unsuccessful_commands": ["Get-MgBetaIdentityConditionalAccessPolicy", null],
            "org_config": [],
            "defender_license": false, "atp_policy_rules": [],
            "anti_phish_policies": "none"
        }"#,
    );
    let (reason, detail) = gap(&snapshot, Data::ConditionalAccessPolicies);
    assert_eq!(reason, UnavailableReason::Failed);
    assert!(detail.contains("Get-MgBetaIdentityConditionalAccessPolicy"), "{detail}");
    assert_eq!(gap(&snapshot, Data::ExchangeOrganizationConfig).0, UnavailableReason::Failed);
    assert_eq!(gap(&snapshot, Data::ExchangeAntiPhishPolicies).0, UnavailableReason::Failed);
    let atp = gap(&snapshot, Data::ExchangeAtpProtectionPolicyRules);
    assert_eq!(atp.0, UnavailableReason::NotLicensed);
    assert_eq!(
        gap(&snapshot, Data::ExchangeRemoteDomains),
        (UnavailableReason::NotCollected, "the export has no `remote_domains`".to_owned())
    );
    assert_eq!(gap(&snapshot, Data::Users).0, UnavailableReason::NotCollected);
}

#[test]
fn privileged_people_are_not_all_users_and_their_roles_not_all_roles() {
    let snapshot = snapshot(
        r#"{
            "privileged_users": {"u-1": {"DisplayName": "Ada", "roles": ["Global Administrator"]}},
            "privileged_roles": [{
                "DisplayName": "Global Administrator", "RoleTemplateId": "r-1",
                "Assignments": [{"PrincipalId": "u-1", "EndDateTime": null}],
                "Rules": [
                    {"Id": "Expiration_EndUser_Assignment", "RuleSourceType": "Directory Role"},
                    {"Id": "Expiration_EndUser_Assignment", "RuleSourceType": "PIM Group"}
                ]
            }, {"DisplayName": "B", "RoleTemplateId": "r-2", "Assignments": null, "Rules": null}]
        }"#,
    );
    assert_eq!(gap(&snapshot, Data::Users).0, UnavailableReason::NotCollected);
    assert_eq!(gap(&snapshot, Data::RoleAssignments).0, UnavailableReason::NotCollected);
    assert_eq!(
        records(&snapshot, "roleAssignmentScheduleInstances"),
        r#"[{"principalId":"u-1","endDateTime":null,"roleDefinitionId":"r-1"}]"#
    );
    assert_eq!(
        records(&snapshot, "roleManagementPolicyAssignments"),
        r#"[{"scopeId":"/","scopeType":"DirectoryRole","roleDefinitionId":"r-1","policy":{"rules":[{"id":"Expiration_EndUser_Assignment","ruleSourceType":"Directory Role"}]}}]"#
    );
    let kept = snapshot.other["scubagear"].get();
    let people =
        r#""privilegedUsers":[{"displayName":"Ada","roles":["Global Administrator"],"id":"u-1"}]"#;
    assert!(kept.contains(people), "{kept}");
    assert!(kept.contains("PIM Group"), "{kept}");
    let Some(Dataset::Collected(roles)) = snapshot.dataset(Data::RoleDefinitions) else { panic!() };
    assert!(roles.other.contains_key("partial"));
}

#[test]
fn roles_without_assignments_do_not_read_as_nobody() {
    let snapshot = snapshot(r#"{"privileged_roles":[{"DisplayName":"A","RoleTemplateId":"r"}]}"#);
    let (reason, _) = gap(&snapshot, Data::RoleAssignmentScheduleInstances);
    assert_eq!(reason, UnavailableReason::NotCollected);
    let (reason, _) = gap(&snapshot, Data::RoleManagementPolicyAssignments);
    assert_eq!(reason, UnavailableReason::NotCollected);
}

#[test]
fn plans_are_licenses_as_long_as_some_subscription_is_alive() {
    let has_p2 = |license_information: &str| {
        let snapshot = snapshot(&format!(
            r#"{{"service_plans":[{{"ServicePlanId":"EEC0EB4F-6444-4f95-aba0-50c24d67f998"}}]{license_information}}}"#
        ));
        let profile = Profile::default();
        let tenant = Tenant::new(&snapshot, &profile);
        tenant.licenses().unwrap().has(Plan::EntraIdP2)
    };
    assert!(has_p2(""));
    let units = |enabled: u8, warning: u8| {
        format!(
            r#","license_information":[{{"SkuId":"s","PrepaidUnits":{{"Enabled":{enabled},"Warning":{warning}}}}}]"#
        )
    };
    assert!(has_p2(&units(5, 0)));
    assert!(has_p2(&units(0, 5)));
    assert!(!has_p2(&units(0, 0)));
    let without = snapshot(r#"{"license_information":[]}"#);
    assert_eq!(gap(&without, Data::SubscribedSkus).0, UnavailableReason::NotCollected);
}

#[test]
fn methods_need_both_halves() {
    let whole = snapshot(
        r#"{"authentication_method":[{
            "authentication_method_policy": {"PolicyMigrationState": "migrationComplete"},
            "authentication_method_feature_settings": [{"Id": "Sms", "State": "disabled"}]
        }]}"#,
    );
    assert_eq!(
        records(&whole, "authenticationMethodsPolicy"),
        r#"[{"policyMigrationState":"migrationComplete","authenticationMethodConfigurations":[{"id":"Sms","state":"disabled"}]}]"#
    );
    for half in [
        r#"{"authentication_method":[{"authentication_method_feature_settings":[]}]}"#,
        r#"{"authentication_method":[{"authentication_method_policy":{"Id":"x"}}]}"#,
        r#"{"authentication_method":[]}"#,
    ] {
        gap(&snapshot(half), Data::AuthenticationMethodsPolicy);
    }
}

#[test]
fn the_tenant_and_the_time() {
    let snapshot = snapshot(
        r#"{
            "baseline_version": "1", "module_version": "1.9.0",
            "date": "05/04/2026 17:15:48 Coordinated Universal Time",
            "timestamp_zulu": "2026-05-04T17:15:48.307Z",
            "scuba_config": {"M365Environment": "gcchigh", "Secret": 1e400},
            "tenant_details": [{
                "DisplayName": "Larkspur", "TenantId": "AAAA",
                "AADAdditionalData": [{"Id": "BBBB", "OnPremisesSyncEnabled": null}]
            }]
        }"#,
    );
    assert_eq!(snapshot.tenant.id, "bbbb");
    assert_eq!(snapshot.tenant.display_name, "Larkspur");
    assert_eq!(snapshot.tenant.cloud, Cloud::GccHigh);
    assert_eq!(snapshot.taken_at.to_string(), "2026-05-04T17:15:48.307Z");
    assert_eq!(snapshot.collector.version, "1.9.0");
    assert!(snapshot.other["scubaConfig"].get().contains("1e400"));
    let written = snapshot.to_json().unwrap();
    assert_eq!(Snapshot::read(&written).unwrap().to_json().unwrap(), written);
    let older = import(r#"{"baseline_version":"1","date":"05/04/2026 17:15:48 X"}"#).unwrap();
    assert_eq!(older.taken_at.to_string(), "2026-05-04T17:15:48Z");
    gap(&older, Data::Organization);
}

#[test]
fn names_and_states_of_rules() {
    let snapshot = snapshot(
        r#"{"protection_policy_rules":[{"Identity":"Strict Preset Security Policy","State":false},{"Identity":"b","Name":"B","State":"Enabled"}]}"#,
    );
    assert_eq!(
        records(&snapshot, "exchangeEopProtectionPolicyRules"),
        r#"[{"Identity":"Strict Preset Security Policy","State":"Disabled","Name":"Strict Preset Security Policy"},{"Identity":"b","Name":"B","State":"Enabled"}]"#
    );
}

#[test]
fn encodings_and_wrappings() {
    let export = r#"{"Results":{},"Raw":{"directory_settings":[{"DisplayName":"Größe"}]}}"#;
    let wanted = r#"[{"displayName":"Größe"}]"#;
    let utf_16: Vec<u16> = export.encode_utf16().collect();
    let little: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [
        export.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", export.as_bytes()].concat(),
        [b"\xff\xfe", little.as_slice()].concat(),
        little,
        [b"\xfe\xff", big.as_slice()].concat(),
    ] {
        let snapshot = import_bytes(&bytes).unwrap();
        assert_eq!(records(&snapshot, "groupSettings"), wanted);
    }
    assert!(matches!(import_bytes(b"\xff\xfe\x00\xd8"), Err(ImportError::Encoding)));
    assert!(matches!(import_bytes(b"{\xff"), Err(ImportError::Encoding)));
}

#[test]
fn what_is_no_export_says_so() {
    for other in ["[]", "{}", "5", r#"{"schema":"muster.snapshot/1"}"#, r#"{"Raw":5}"#] {
        assert!(matches!(import(other), Err(ImportError::NotScubaGear)), "{other}");
    }
    for broken in ["", "{", r#"{"tenant_details":[}"#] {
        assert!(matches!(import(broken), Err(ImportError::Json(_))), "{broken}");
    }
}

#[test]
fn any_shape_of_any_member_is_survived() {
    let keys = SOURCES.iter().map(|source| source.key).chain(MARKS.iter().copied());
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    for key in keys {
        for value in
            ["null", "5", "\"x\"", "[]", "{}", "[null]", "[[]]", "[5]", "[{}]", "[{\"\":1}]", &deep]
        {
            let snapshot = snapshot(&format!(r#"{{"{key}":{value}}}"#));
            assert!(Snapshot::from_json(&snapshot.to_json().unwrap()).is_ok(), "{key} {value}");
        }
    }
}
