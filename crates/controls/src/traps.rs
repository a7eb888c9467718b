//! Traps that comparable tools fell into, each with the tests that keep us out of it.
//!
//! [`TRAPS`] says which test guards which trap. Tests that are not in the files below lie with what
//! they test.

mod conditional_access;
mod licenses;
mod mail;
mod others;
mod registration;
mod roles;
mod security_defaults;

use model::{Data, Verdict};
use serde_json::{Value, json};

use crate::finding::Finding;
use crate::testing::Fixture;

/// The control's finding on the tenant.
fn judged(id: &str, fixture: &Fixture) -> Finding {
    fixture.judge(crate::control(id).unwrap())
}

fn verdict(id: &str, fixture: &Fixture) -> Verdict {
    judged(id, fixture).verdict
}

/// The exemplary tenant with these policies alone.
fn with_policies(policies: &[Value]) -> Fixture {
    Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!(policies))
}

/// A trap's number, what others got wrong, the file of the crates that guards us, and its tests.
type Trap = (u8, &'static str, &'static str, &'static [&'static str]);

const CONDITIONAL_ACCESS: &str = "controls/src/traps/conditional_access.rs";
const DEFAULTS: &str = "controls/src/traps/security_defaults.rs";
const REGISTRATION: &str = "controls/src/traps/registration.rs";
const ROLES: &str = "controls/src/traps/roles.rs";
const LICENSES: &str = "controls/src/traps/licenses.rs";
const MAIL: &str = "controls/src/traps/mail.rs";
const OTHERS: &str = "controls/src/traps/others.rs";

#[rustfmt::skip]
const TRAPS: [Trap; 71] = [
    (1, "a risk condition on MFA for all", CONDITIONAL_ACCESS, &["a_risk_condition_makes_mfa_for_all_none"]),
    (2, "strengths not recognized as MFA", CONDITIONAL_ACCESS, &["a_strength_is_mfa_by_its_combinations"]),
    (3, "resistance by a strength's name", CONDITIONAL_ACCESS, &["resistance_is_told_by_combinations_never_by_name"]),
    (4, "an empty or short list of roles", CONDITIONAL_ACCESS, &["a_list_of_roles_covers_whom_it_names_and_nobody_else"]),
    (5, "exclusions ignored", CONDITIONAL_ACCESS, &["whoever_and_whatever_is_excluded_is_a_hole"]),
    (6, "emergency accounts counted against a policy", CONDITIONAL_ACCESS, &["excluding_emergency_access_accounts_is_right"]),
    (7, "a legacy block for some places or platforms", CONDITIONAL_ACCESS, &["a_legacy_block_for_some_places_or_platforms_is_none"]),
    (8, "a legacy block in two policies", CONDITIONAL_ACCESS, &["a_legacy_block_may_be_split_over_two_policies"]),
    (9, "policies that are not on", CONDITIONAL_ACCESS, &["policies_that_are_not_on_protect_nobody"]),
    (10, "MFA or a managed device", CONDITIONAL_ACCESS, &["mfa_or_a_managed_device_is_not_mfa"]),
    (11, "session-only policies", CONDITIONAL_ACCESS, &["a_policy_for_sessions_grants_nothing"]),
    (12, "flows as one word", CONDITIONAL_ACCESS, &["flows_are_flags_and_only_a_block_counts"]),
    (13, "hybrid join in cloud-only tenants", CONDITIONAL_ACCESS, &["nobody_has_to_join_a_directory_on_premises"]),
    (14, "both kinds of risk in one policy", CONDITIONAL_ACCESS, &["two_kinds_of_risk_in_one_policy_answer_neither"]),
    (15, "device join by setting and by policy", CONDITIONAL_ACCESS, &["joining_devices_is_protected_by_policy_or_setting_not_both"]),
    (16, "groups that lesser administrators edit", CONDITIONAL_ACCESS, &["a_group_of_exceptions_that_anybody_may_edit_is_found"]),
    (17, "meeting rooms", CONDITIONAL_ACCESS, &["a_meeting_room_that_is_excluded_is_no_person"]),
    (18, "Microsoft's recommendations as the judge", CONDITIONAL_ACCESS, &["no_control_asks_for_recommendations_or_scores"]),
    (19, "all users not taken for guests", CONDITIONAL_ACCESS, &["a_policy_for_all_users_is_for_guests_too"]),
    (20, "security defaults off as a fail", DEFAULTS, &["security_defaults_off_with_good_policies_passes"]),
    (21, "users under security defaults without MFA", DEFAULTS, &["security_defaults_protect_everybody"]),
    (22, "the gap between defaults and policies", DEFAULTS, &["neither_defaults_nor_policies_is_a_fail"]),
    (23, "everybody in the synchronization role", DEFAULTS, &["a_person_in_the_synchronization_role_is_found"]),
    (24, "SMTP AUTH that security defaults refuse", DEFAULTS, &["security_defaults_refuse_smtp_auth_whatever_the_mailbox_says"]),
    (25, "per-user MFA disabled taken for no MFA", DEFAULTS, &["per_user_mfa_disabled_is_not_without_mfa"]),
    (26, "no migration state", DEFAULTS, &["a_tenant_without_migration_state_is_migrated"]),
    (27, "accounts that are no people", REGISTRATION, &["accounts_that_are_no_people_need_not_register", "an_account_of_unread_state_is_not_enabled"]),
    (28, "no permission for the report", REGISTRATION, &["an_unread_report_fails_nobody"]),
    (29, "an error called a missing license", REGISTRATION, &["a_refusal_for_lack_of_a_license_that_is_owned_is_unknown"]),
    (30, "shared mailboxes as people", REGISTRATION, &["a_licensed_shared_mailbox_is_no_person"]),
    (31, "MFA done elsewhere", REGISTRATION, &["mfa_at_a_trusted_provider_is_unknown_not_absent"]),
    (32, "a setting that is gone", REGISTRATION, &["number_matching_is_never_asked_for"]),
    (33, "sign-in times with the users", REGISTRATION, &["users_stand_without_sign_in_times"]),
    (34, "nested groups with roles", ROLES, &["members_of_nested_groups_hold_the_role"]),
    (35, "two people of one name", "controls/src/privileged/global_administrators_few.rs", &["two_people_of_one_name_are_two"]),
    (36, "one person twice", ROLES, &["somebody_with_two_paths_to_a_role_counts_once"]),
    (37, "service principals with roles", ROLES, &["a_service_principal_with_a_role_is_judged_as_an_application"]),
    (38, "eligible left out, deleted counted", ROLES, &["eligible_administrators_count_and_deleted_ones_do_not"]),
    (39, "principals of other tenants", ROLES, &["a_partner_s_group_stops_nothing"]),
    (40, "PIM for Groups", "controls/src/pim/no_standing_access.rs", &["members_of_a_group_decide_not_the_group"]),
    (41, "an empty answer of PIM", ROLES, &["an_empty_answer_of_pim_means_that_everybody_stands"]),
    (42, "a missing license as a fail", "controls/src/catalog_tests/four.rs", &["without_the_license_it_does_not_apply"]),
    (43, "names of roles", "controls/src/directory/resolve.rs", &["roles_are_known_by_template_whatever_their_definition_and_name"]),
    (44, "the immutable id", ROLES, &["an_immutable_id_is_no_proof_of_synchronization"]),
    (45, "no synchronization account", ROLES, &["a_hybrid_tenant_needs_no_synchronization_account"]),
    (46, "emergency accounts as dormant or standing", ROLES, &["emergency_access_accounts_may_stand_idle"]),
    (47, "guessing the emergency account", ROLES, &["what_the_profile_declares_decides_and_guesses_never_pass"]),
    (48, "lists of roles that drift", "controls/src/directory/resolve.rs", &["microsoft_s_label_adds_roles_to_the_administrators"]),
    (49, "licenses by name", LICENSES, &["licenses_are_told_by_plan_whatever_the_product_is_called"]),
    (50, "licenses of some for all", LICENSES, &["whoever_has_no_license_is_not_held_to_it"]),
    (51, "use of licenses", LICENSES, &["how_many_seats_are_used_changes_no_verdict"]),
    (52, "no policy at all", LICENSES, &["a_tenant_without_anything_is_judged"]),
    (53, "a preset that is off", MAIL, &["a_preset_that_is_off_protects_nobody"]),
    (54, "exceptions of a preset", MAIL, &["an_exception_beats_the_preset"]),
    (55, "policies one by one", MAIL, &["only_the_policy_in_effect_matters"]),
    (56, "a failed cmdlet as no license", MAIL, &["a_failed_cmdlet_is_no_missing_license"]),
    (57, "domains outside the rule", MAIL, &["a_domain_outside_the_rule_is_found"]),
    (58, "rules that are empty shells", "controls/src/catalog_tests/four.rs", &["with_one_thing_broken_it_fails_and_says_what"]),
    (59, "a mailbox that says nothing", MAIL, &["a_mailbox_that_says_nothing_does_as_the_organization"]),
    (60, "all recipients as nobody", MAIL, &["no_condition_means_everybody"]),
    (61, "expiry on subdomains and federated domains", "controls/src/pw/expiry_off.rs", &["only_verified_managed_roots_count"]),
    (62, "no settings object", OTHERS, &["without_settings_microsoft_s_defaults_hold"]),
    (63, "the audit log at the wrong end", OTHERS, &["the_audit_log_is_asked_for_at_the_exchange_end"]),
    (64, "a rule that disappears", "controls/src/catalog_tests.rs", &["every_control_is_in_the_assessment_once_whatever_was_read"]),
    (65, "errors as results", "controls/src/catalog_tests.rs", &["taking_data_away_never_makes_a_fail_nor_a_pass"]),
    (66, "state that leaks", "controls/src/catalog_tests.rs", &["a_control_judged_alone_is_judged_as_among_all"]),
    (67, "deleted ids in a policy", OTHERS, &["a_deleted_id_breaks_no_judgement"]),
    (68, "what is retired", OTHERS, &["nothing_retired_is_asked_for", "basic_authentication_that_is_gone_fails_nothing"]),
    (69, "ids that were withdrawn", OTHERS, &["a_withdrawn_requirement_is_never_cited_alone"]),
    (70, "100 for nothing", "controls/src/score_tests.rs", &["what_was_not_assessed_has_no_score_and_no_grade"]),
    (71, "numbers of another version", OTHERS, &["mappings_are_of_the_version_they_name"]),
];

#[test]
fn every_trap_has_a_test() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (place, (number, trap, file, tests)) in TRAPS.iter().enumerate() {
        assert_eq!(place + 1, usize::from(*number), "{trap} stands at the wrong place");
        let source = std::fs::read_to_string(crates.join(file)).unwrap();
        assert!(!tests.is_empty(), "nothing guards against trap {number}");
        for test in *tests {
            let head = format!("fn {test}(");
            let (before, _) = source.split_once(&head).unwrap_or_else(|| panic!("{file}: {test}"));
            // In a block of properties the attribute stands above, among others.
            let attributes = before.rsplit("\n\n").next().unwrap();
            assert!(attributes.contains("#[test]"), "{file}: {test} is no test");
        }
    }
}
