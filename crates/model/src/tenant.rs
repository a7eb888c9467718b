//! A tenant as a judge sees it: typed views of a snapshot's records, parsed when first asked for.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    AccessReview, AdminConsentRequestPolicy, AppManagementPolicy, AppRoleAssignment, Application,
    ApplicationGroup, AuthenticationContext, AuthenticationMethodsPolicy,
    AuthenticationStrengthPolicy, AuthorizationPolicy, ConditionalAccessPolicy,
    CrossTenantAccessPolicy, Data, DeviceRegistrationPolicy, DiagnosticSetting, DirectoryAudit,
    DirectorySetting, Domain, Exchange, Gap, GapCause, Group, GroupEligibilityScheduleInstance,
    GroupMembers, LegacySignIn, Licenses, MfaServiceSettings, NamedLocation,
    OnPremisesSynchronization, Organization, PermissionGrantPolicy, Plan, Profile,
    RegisteredMethods, RiskNotifications, RiskyUser, RoleAssignment,
    RoleAssignmentScheduleInstance, RoleDefinition, RoleEligibilityScheduleInstance,
    RoleManagementPolicyAssignment, SecurityDefaults, ServicePrincipal, SignInActivity, Snapshot,
    SubscribedSku, User, UserAuthenticationRequirement, UserHomeTenant, UserRegistrationDetails,
};

/// The records of one dataset, parsed when first read. Copies share what was parsed.
pub struct Records<'s, T> {
    data: Data,
    snapshot: &'s Snapshot,
    parsed: Arc<OnceLock<Result<Vec<T>, Gap>>>,
}

impl<T> Clone for Records<'_, T> {
    fn clone(&self) -> Self {
        Self { data: self.data, snapshot: self.snapshot, parsed: Arc::clone(&self.parsed) }
    }
}

impl<'s, T: Deserialize<'s>> Records<'s, T> {
    pub(crate) fn of(snapshot: &'s Snapshot, data: Data) -> Self {
        Self { data, snapshot, parsed: Arc::default() }
    }

    /// The same dataset with these records instead, for what would be if they were all.
    #[must_use]
    pub fn replaced(&self, records: Vec<T>) -> Self {
        Self { parsed: Arc::new(OnceLock::from(Ok(records))), ..self.clone() }
    }

    /// Every record.
    ///
    /// # Errors
    ///
    /// A [`Gap`] when the dataset was not read whole, or has an unexpected shape.
    pub fn read(&self) -> Result<&[T], Gap> {
        match self.parsed.get_or_init(|| parse(self.snapshot, self.data)) {
            Ok(records) => Ok(records),
            Err(gap) => Err(gap.clone()),
        }
    }

    /// The record of a dataset that holds one object.
    ///
    /// # Errors
    ///
    /// As [`Records::read`], and when the dataset is empty.
    pub fn one(&self) -> Result<&T, Gap> {
        self.read()?.first().ok_or_else(|| Gap::field(self.data, "a record"))
    }

    /// Whether somebody has read it.
    pub(crate) fn was_read(&self) -> bool {
        self.parsed.get().is_some()
    }

    /// The dataset's name.
    pub fn data(&self) -> Data {
        self.data
    }
}

fn parse<'s, T: Deserialize<'s>>(snapshot: &'s Snapshot, data: Data) -> Result<Vec<T>, Gap> {
    let records = snapshot.records(data)?;
    serde_json::from_str(records.get()).map_err(|error| Gap {
        data,
        cause: GapCause::Unreadable,
        detail: error.to_string(),
    })
}

macro_rules! tenant {
    ($($field:ident: $type:ty = $data:ident;)*) => {
        /// A tenant as a judge sees it: a snapshot's records by type, and the profile.
        ///
        /// Each field is the dataset of the same name; see [`Data`]. A copy shares what was parsed.
        #[derive(Clone)]
        #[expect(missing_docs, reason = "each field is the dataset of its name")]
        pub struct Tenant<'s> {
            /// What was read.
            pub snapshot: &'s Snapshot,
            /// What the customer's provider declared.
            pub profile: &'s Profile,
            /// Exchange Online and Purview.
            pub exchange: Exchange<'s>,
            $(pub $field: Records<'s, $type>,)*
        }

        impl<'s> Tenant<'s> {
            /// A view of the snapshot; nothing is parsed yet.
            pub fn new(snapshot: &'s Snapshot, profile: &'s Profile) -> Self {
                Self {
                    snapshot,
                    profile,
                    exchange: Exchange::of(snapshot),
                    $($field: Records::of(snapshot, Data::$data),)*
                }
            }

            /// The datasets that were read so far: what a judgement says it reads can be checked.
            pub fn read_so_far(&self) -> Vec<Data> {
                let mut read = self.exchange.read_so_far();
                $(read.extend(self.$field.was_read().then_some(Data::$data));)*
                read
            }
        }
    };
}

tenant! {
    organization: Organization = Organization;
    subscribed_skus: SubscribedSku = SubscribedSkus;
    domains: Domain = Domains;
    security_defaults: SecurityDefaults = SecurityDefaults;
    conditional_access_policies: ConditionalAccessPolicy = ConditionalAccessPolicies;
    named_locations: NamedLocation = NamedLocations;
    authentication_strength_policies: AuthenticationStrengthPolicy = AuthenticationStrengthPolicies;
    authentication_contexts: AuthenticationContext = AuthenticationContexts;
    authorization_policy: AuthorizationPolicy = AuthorizationPolicy;
    authentication_methods_policy: AuthenticationMethodsPolicy = AuthenticationMethodsPolicy;
    user_registration_details: UserRegistrationDetails = UserRegistrationDetails;
    users: User = Users;
    sign_in_activity: SignInActivity = SignInActivity;
    groups: Group = Groups;
    group_members: GroupMembers = GroupMembers;
    user_authentication_requirements: UserAuthenticationRequirement = UserAuthenticationRequirements;
    user_authentication_methods: RegisteredMethods = UserAuthenticationMethods;
    role_definitions: RoleDefinition = RoleDefinitions;
    role_assignments: RoleAssignment = RoleAssignments;
    role_assignment_schedule_instances: RoleAssignmentScheduleInstance = RoleAssignmentScheduleInstances;
    role_eligibility_schedule_instances: RoleEligibilityScheduleInstance = RoleEligibilityScheduleInstances;
    role_management_policy_assignments: RoleManagementPolicyAssignment = RoleManagementPolicyAssignments;
    group_eligibility_schedule_instances: GroupEligibilityScheduleInstance = GroupEligibilityScheduleInstances;
    legacy_sign_ins: LegacySignIn = LegacySignIns;
    directory_audits: DirectoryAudit = DirectoryAudits;
    risky_users: RiskyUser = RiskyUsers;
    service_principals: ServicePrincipal = ServicePrincipals;
    applications: Application = Applications;
    app_role_assignments: AppRoleAssignment = AppRoleAssignments;
    group_settings: DirectorySetting = GroupSettings;
    cross_tenant_access_policy: CrossTenantAccessPolicy = CrossTenantAccessPolicy;
    admin_consent_request_policy: AdminConsentRequestPolicy = AdminConsentRequestPolicy;
    permission_grant_policies: PermissionGrantPolicy = PermissionGrantPolicies;
    app_management_policy: AppManagementPolicy = AppManagementPolicy;
    device_registration_policy: DeviceRegistrationPolicy = DeviceRegistrationPolicy;
    access_reviews: AccessReview = AccessReviews;
    on_premises_synchronization: OnPremisesSynchronization = OnPremisesSynchronization;
    risk_notifications: RiskNotifications = RiskNotifications;
    diagnostic_settings: DiagnosticSetting = DiagnosticSettings;
    mfa_service_settings: MfaServiceSettings = MfaServiceSettings;
    application_groups: ApplicationGroup = ApplicationGroups;
    user_home_tenants: UserHomeTenant = UserHomeTenants;
}

impl Tenant<'_> {
    /// When the snapshot was taken: the only "now" a judge knows.
    pub fn now(&self) -> Timestamp {
        self.snapshot.taken_at
    }

    /// Every record of a dataset as plain JSON, for a reading that tells null from absent.
    ///
    /// # Errors
    ///
    /// As [`Records::read`].
    pub fn plain(&self, data: Data) -> Result<Vec<serde_json::Value>, Gap> {
        parse(self.snapshot, data)
    }

    /// The service plans that the tenant owns: by its subscriptions, or because a service that
    /// refuses without the license gave records.
    ///
    /// # Errors
    ///
    /// A [`Gap`] when the subscriptions could not be read.
    pub fn licenses(&self) -> Result<Licenses, Gap> {
        let licenses = self.subscribed_skus.read().map(Licenses::of)?;
        let any = |count: Result<usize, Gap>| count.is_ok_and(|count| count > 0);
        let proven = [
            (Plan::ExchangeOnline, any(self.exchange.mailboxes.read().map(<[_]>::len))),
            (Plan::EntraIdP1, any(self.user_registration_details.read().map(<[_]>::len))),
            (Plan::EntraIdP2, any(self.role_eligibility_schedule_instances.read().map(<[_]>::len))),
        ];
        Ok(licenses.proven(proven.into_iter().filter(|(_, is)| *is).map(|(plan, _)| plan)))
    }
}
