//! Directory roles, their holders, and Privileged Identity Management.

use jiff::Timestamp;
use serde::Deserialize;

use crate::Id;
use crate::wire::{null_default, time};

/// A role definition. Source: `GET /v1.0/roleManagement/directory/roleDefinitions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleDefinition {
    /// For a built-in role the same as `template_id`.
    pub id: Id,
    /// The role in every tenant.
    pub template_id: Option<Id>,
    /// Localized.
    #[serde(deserialize_with = "null_default")]
    pub display_name: String,
    /// False: a custom role of this tenant.
    pub is_built_in: Option<bool>,
    /// Beta: whether Microsoft labels it privileged.
    pub is_privileged: Option<bool>,
}

/// A role assignment in effect. Source: `GET /v1.0/roleManagement/directory/roleAssignments`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleAssignment {
    /// The assignment.
    pub id: String,
    /// A user, group or service principal, here or elsewhere.
    pub principal_id: Id,
    /// The role.
    pub role_definition_id: Id,
    /// `/`: the whole tenant.
    pub directory_scope_id: Option<String>,
    /// Home tenant of a foreign principal.
    pub principal_organization_id: Option<Id>,
    /// The principal, where it was expanded.
    pub principal: Option<Principal>,
}

/// Who holds a role.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Principal {
    /// `#microsoft.graph.user`, `.group`, `.servicePrincipal`.
    #[serde(rename = "@odata.type")]
    pub kind: Option<String>,
    /// The object id.
    pub id: Id,
    /// Text of the tenant.
    pub display_name: Option<String>,
}

/// An active assignment in Privileged Identity Management. Source:
/// `GET /v1.0/roleManagement/directory/roleAssignmentScheduleInstances`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleAssignmentScheduleInstance {
    /// A user, group or service principal.
    pub principal_id: Id,
    /// The role.
    pub role_definition_id: Id,
    /// `/`: the whole tenant.
    pub directory_scope_id: Option<String>,
    /// Set: the scope is one application.
    pub app_scope_id: Option<String>,
    /// `Assigned`, or `Activated` from an eligible assignment.
    pub assignment_type: Option<String>,
    /// `Direct`, `Inherited`, `Group`.
    pub member_type: Option<String>,
    /// From when.
    #[serde(deserialize_with = "time")]
    pub start_date_time: Option<Timestamp>,
    /// Until when; `None`: without end.
    #[serde(deserialize_with = "time")]
    pub end_date_time: Option<Timestamp>,
}

/// An eligible assignment. Source:
/// `GET /v1.0/roleManagement/directory/roleEligibilityScheduleInstances`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleEligibilityScheduleInstance {
    /// A user or group.
    pub principal_id: Id,
    /// The role.
    pub role_definition_id: Id,
    /// `/`: the whole tenant.
    pub directory_scope_id: Option<String>,
    /// `Direct`, `Inherited`, `Group`.
    pub member_type: Option<String>,
    /// From when.
    #[serde(deserialize_with = "time")]
    pub start_date_time: Option<Timestamp>,
    /// Until when; `None`: without end.
    #[serde(deserialize_with = "time")]
    pub end_date_time: Option<Timestamp>,
}

/// An eligible membership of a group. Source:
/// `GET /v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GroupEligibilityScheduleInstance {
    /// The group.
    pub group_id: Id,
    /// The user.
    pub principal_id: Id,
    /// `member` or `owner`.
    pub access_id: Option<String>,
    /// Until when; `None`: without end.
    #[serde(deserialize_with = "time")]
    pub end_date_time: Option<Timestamp>,
}

/// Role settings of Privileged Identity Management. Source:
/// `GET /v1.0/policies/roleManagementPolicyAssignments` with the policy and its rules expanded.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleManagementPolicyAssignment {
    /// The role.
    pub role_definition_id: Id,
    /// The settings.
    pub policy: Option<RoleManagementPolicy>,
}

impl RoleManagementPolicyAssignment {
    /// The rule of that fixed id, such as `Expiration_EndUser_Assignment`.
    pub fn rule(&self, id: &str) -> Option<&RoleManagementPolicyRule> {
        self.policy.as_ref()?.rules.iter().find(|rule| rule.id.eq_ignore_ascii_case(id))
    }
}

/// The settings of one role.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleManagementPolicy {
    /// One for each subject.
    #[serde(deserialize_with = "null_default")]
    pub rules: Vec<RoleManagementPolicyRule>,
}

/// One rule: of expiration, enablement, approval, authentication context or notification,
/// told by its id; only the members of its kind are set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleManagementPolicyRule {
    /// Such as `Enablement_EndUser_Assignment`: what is asked for on activation.
    #[serde(deserialize_with = "null_default")]
    pub id: String,
    /// Expiration: whether assignments must end.
    pub is_expiration_required: Option<bool>,
    /// Expiration: the longest, as ISO 8601 duration such as `PT8H`.
    pub maximum_duration: Option<String>,
    /// Enablement: `MultiFactorAuthentication`, `Justification`, `Ticketing`.
    #[serde(deserialize_with = "null_default")]
    pub enabled_rules: Vec<String>,
    /// Authentication context: whether one is asked for.
    pub is_enabled: Option<bool>,
    /// Authentication context: which, such as `c1`.
    pub claim_value: Option<String>,
    /// Approval.
    pub setting: Option<ApprovalSetting>,
    /// Notification: addresses besides the default ones.
    #[serde(deserialize_with = "null_default")]
    pub notification_recipients: Vec<String>,
    /// Notification: whether the default recipients get it too.
    pub is_default_recipients_enabled: Option<bool>,
    /// Notification: `All` or `Critical`.
    pub notification_level: Option<String>,
}

/// Whether activation needs a second person.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApprovalSetting {
    /// Whether it does.
    pub is_approval_required: Option<bool>,
    /// Who may approve.
    #[serde(deserialize_with = "null_default")]
    pub approval_stages: Vec<ApprovalStage>,
}

/// A stage of approval.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApprovalStage {
    /// Who may approve.
    #[serde(deserialize_with = "null_default")]
    pub primary_approvers: Vec<Approver>,
}

/// Someone who may approve.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Approver {
    /// `#microsoft.graph.singleUser`, `.groupMembers`.
    #[serde(rename = "@odata.type")]
    pub kind: Option<String>,
    /// Of a single user.
    pub user_id: Option<Id>,
    /// Of a group.
    pub group_id: Option<Id>,
}

/// An access review. Source: `GET /v1.0/identityGovernance/accessReviews/definitions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AccessReview {
    /// The definition.
    pub id: String,
    /// Text of the tenant.
    pub display_name: Option<String>,
    /// `InProgress`, `Completed`, ….
    pub status: Option<String>,
    /// What is reviewed.
    pub scope: Option<AccessReviewScope>,
    /// Where it is reviewed.
    pub instance_enumeration_scope: Option<AccessReviewScope>,
    /// Who reviews; empty: everybody reviews themselves.
    #[serde(deserialize_with = "null_default")]
    pub reviewers: Vec<ReviewerScope>,
    /// How.
    pub settings: Option<AccessReviewSettings>,
}

/// What an access review is about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AccessReviewScope {
    /// A Graph query.
    pub query: Option<String>,
    /// Of a scope of principals on resources.
    #[serde(deserialize_with = "null_default")]
    pub resource_scopes: Vec<Self>,
    /// Of a scope of principals on resources.
    #[serde(deserialize_with = "null_default")]
    pub principal_scopes: Vec<Self>,
}

/// Who reviews.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReviewerScope {
    /// A Graph query.
    pub query: Option<String>,
}

/// How an access review runs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AccessReviewSettings {
    /// Whether decisions take effect by themselves.
    pub auto_apply_decisions_enabled: Option<bool>,
    /// How often.
    pub recurrence: Option<Recurrence>,
}

/// How often an access review recurs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Recurrence {
    /// `None`: once.
    pub pattern: Option<RecurrencePattern>,
}

/// The rhythm of an access review.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RecurrencePattern {
    /// `weekly`, `absoluteMonthly`, `absoluteYearly`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Every how many of those.
    pub interval: Option<i64>,
}
