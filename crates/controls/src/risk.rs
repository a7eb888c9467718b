//! Risk: what Microsoft sees as risky meets an answer.

mod alerts_have_recipients;
mod older_policies_replaced;
mod policies;
mod risky_sign_ins_answered;
mod risky_users_answered;
mod risky_users_remediated;

use model::Plan;

use crate::{Control, License};

pub(crate) static CONTROLS: &[&Control] = &[
    &risky_users_answered::CONTROL,
    &risky_sign_ins_answered::CONTROL,
    &risky_users_remediated::CONTROL,
    &alerts_have_recipients::CONTROL,
    &older_policies_replaced::CONTROL,
];

/// What detecting risk needs; without it MFA for people is judged instead.
const LICENSE: License = License::AnyOf(&[Plan::EntraIdP2], &["mfa-users-required"]);
