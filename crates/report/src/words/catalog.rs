//! Every message that the documents say, once per language: a missing one does not compile.
//!
//! `{name}` is filled in. A message with `|` has two forms, for one and for more.

use serde::Serialize;

macro_rules! messages {
    ($($name:ident)*) => {
        /// The messages of one language.
        #[derive(Debug, Serialize)]
        pub(crate) struct Messages {
            $(pub(crate) $name: &'static str,)*
        }

        #[cfg(test)]
        impl Messages {
            /// Every message with its name.
            pub(crate) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

messages! {
    code months date month_year date_time decimal thousands percent and of under none
    scorecard technical state_of tenant skip summary_heading verdict score grade no_grade
    no_grade_short provisional page_of foot_line snapshot_digest verify english_texts
    st_pass st_partial st_fail st_unknown st_unconfirmed st_unlicensed st_inapplicable
    sev_low sev_medium sev_high sev_critical
    effort_1 effort_2 effort_3
    kind_tenant kind_policy kind_user kind_group kind_role kind_principal kind_application
    kind_domain kind_mailbox kind_location kind_setting kind_rule kind_license kind_dataset
    waiver_accepted waiver_other waiver_false
    gap_permission gap_permission_do gap_mismatch gap_mismatch_do gap_transient gap_transient_do
    gap_truncated gap_truncated_do gap_field gap_field_do gap_profile gap_profile_do
    gap_feature gap_feature_do gap_collected gap_collected_do gap_contradiction
    gap_contradiction_do gap_undetermined gap_undetermined_do gap_policy gap_policy_do gap_none gap_none_do
    gap_expired gap_expired_do gap_unattested gap_unattested_do gap_license gap_license_do
    gap_model gap_model_do gap_nothing gap_nothing_do
    nothing_judged one_in_order all_in_order all_accepted rest_other rest_all rest_of_other
    rest_of n_fail n_partial n_unjudged n_pass
    points_line no_score range arithmetic nothing_judged_short no_grade_because before_rounding
    band_top band_between band_bottom grade_capped provisional_share provisional_range
    provisional_cap
    judged coverage_none coverage_meaning attestation
    score_described score_undescribed score_of_100 coverage_title at_a_glance
    tile_mfa tile_legacy tile_admins tile_emergency tile_mail tile_mfa_label tile_legacy_label
    tile_admins_label tile_emergency_label tile_mail_label tile_checks_label tile_none
    tile_strong tile_eligible
    do_next what_to_reach effort points_gained points lifts raises_coverage act_read act_read_why
    act_confirm act_confirm_why more_findings nothing_open affected rank
    what_changed first_scan not_comparable no_change since moved moved_tenant moved_checklist moved_reading
    better worse change_new change_worse change_fixed change_better change_lost change_seen
    change_added change_removed more_changes actor actor_unknown settings_changed
    twelve_months trend_described trend_checklist date_head grade_head checklist_head
    no_risk one_accepted many_accepted many_accepted_soon lapsed accepted_until accepted_lapsed
    no_longer_holds
    areas area status in_order score_head in_one_line not_judged and_more area_in_order
    area_in_order_but
    not_looked_at all_judged
    all_findings finding status_and_severity objects no_finding severity
    accepted_risks acceptance_and_reason owner ends
    in_order_list how_to_read method_1 method_2 method_3 method_4 method_5 method_6
    about matrix check weight credit credit_points open_findings other_checks would_pass_if
    evidence object observed expected context what_to_do population in_the_score
    evidence_more weight_credit weight_only judged_nobody_out judged_left_out
    passes_when why_it_matters frameworks judged_instead contents open_since
    sign_ins sign_ins_intro sign_ins_population sign_ins_none sign_ins_unreadable requirement
    cell_holds cell_open cell_unclear cell_nobody slips example_of held_by questions
    question_holds question_open question_unclear and_accounts remedies remedy_closes
    policies policy policy_state policy_accounts policy_worth state_on state_report_only state_off
    state_unknown worth_decides worth_opens worth_none worth_closes worth_nothing_closed
    worth_unknown means_nobody no_effect no_effect_none would_close would_close_none assumptions
    app_exchange app_azure app_register app_device app_named via_browser via_app via_basic
    via_activesync unknown_platform from_place at_risk_signin at_risk_user by_device_code
    by_transfer unmanaged managed_device managed_app
    privileged privileged_intro privileged_none account role path methods last_sign_in
    privileged_unread
    mail mail_intro mail_unread recipients protection unprotected
    changes about_snapshot about_checklist about_score about_coverage about_accounts
    files manifest manifest_intro manifest_signed size more_rows
    links_outside
}
