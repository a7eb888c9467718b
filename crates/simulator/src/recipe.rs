//! Tenants too large to store: people made from a recipe, the same ones each time.

use std::ops::Range;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mix::{falls_into, guid, mix};

/// How to make the people of a tenant: `generate.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Recipe {
    /// Another number gives other people.
    seed: u64,
    /// The domain of their names.
    domain: String,
    /// Two letters.
    usage_location: String,
    /// Without diacritics, since the sign-in name is made of them.
    first_names: Vec<String>,
    /// As `first_names`.
    last_names: Vec<String>,
    /// Kinds of people, in the order in which they are served.
    #[serde(rename = "cohort")]
    cohorts: Vec<Cohort>,
    /// The moment that the times are made for.
    #[serde(skip)]
    pub(crate) now: Timestamp,
}

/// People who have something in common. Shares are from 0 to 1 and default to none.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Cohort {
    job_title: String,
    count: u32,
    departments: Vec<String>,
    /// SKU ids.
    licenses: Vec<String>,
    /// The enabled service plans of the licenses.
    plans: Vec<ServicePlan>,
    /// Ids of the groups they are direct members of.
    #[serde(default)]
    groups: Vec<String>,
    /// Share whose account is disabled.
    #[serde(default)]
    disabled: f64,
    /// Share who have not signed in for a hundred days or more.
    #[serde(default)]
    idle: f64,
    /// Share who have registered a method for multifactor authentication.
    #[serde(default)]
    registered: f64,
    /// Share of the registered whose only method is the phone.
    #[serde(default)]
    phone_only: f64,
    /// Share of the registered who hold a passkey beside the Authenticator app.
    #[serde(default)]
    passkey: f64,
    /// Share whose mailbox still answers POP3 and IMAP4.
    #[serde(default)]
    pop_imap: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServicePlan {
    service: String,
    id: String,
}

/// One person of a recipe.
struct Person<'a> {
    recipe: &'a Recipe,
    cohort: &'a Cohort,
    place: u32,
    id: String,
}

/// What a recipe makes of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A user of Graph, with `signInActivity`.
    User,
    /// A row of the registration report.
    Registration,
    /// Client access settings of the mailbox.
    CasMailbox,
    /// The mailbox.
    Mailbox,
    /// The user as Exchange Online knows it.
    ExchangeUser,
    /// The mailbox auditing bypass of the user.
    AuditBypass,
}

impl Kind {
    /// Every kind with the dataset it belongs to.
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("users", Self::User),
        ("userRegistrationDetails", Self::Registration),
        ("exchangeCasMailboxes", Self::CasMailbox),
        ("exchangeMailboxes", Self::Mailbox),
        ("exchangeUsers", Self::ExchangeUser),
        ("exchangeMailboxAuditBypassAssociations", Self::AuditBypass),
    ];
}

/// The records that a recipe makes for one dataset, each when it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    recipe: Arc<Recipe>,
    kind: Kind,
}

impl Made {
    /// The records of one kind.
    pub(crate) fn new(recipe: &Arc<Recipe>, kind: Kind) -> Self {
        Self { recipe: Arc::clone(recipe), kind }
    }

    /// One for each person, even where the person has no record in this dataset.
    pub(crate) fn len(&self) -> usize {
        self.recipe.count() as usize
    }

    /// The record of the person at a place; `None` past the end, and where there is none.
    pub(crate) fn record(&self, place: usize) -> Option<Value> {
        let person = self.recipe.person(u32::try_from(place).ok()?)?;
        Some(match self.kind {
            Kind::User => person.user(),
            // The report leaves disabled users out.
            Kind::Registration if !person.is_enabled() => return None,
            Kind::Registration => person.registration(),
            Kind::CasMailbox => person.cas_mailbox(),
            Kind::Mailbox => person.mailbox(),
            Kind::ExchangeUser => person.exchange_user(),
            Kind::AuditBypass => person.audit_bypass(),
        })
    }
}

impl Recipe {
    /// The recipe for another moment.
    pub(crate) fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// How many people there are.
    pub(crate) fn count(&self) -> u32 {
        self.cohorts.iter().fold(0, |sum: u32, cohort| sum.saturating_add(cohort.count))
    }

    /// The recipe for another domain, where everybody is a member of a group.
    pub(crate) fn of(mut self, domain: &str, group: Option<&str>) -> Self {
        domain.clone_into(&mut self.domain);
        for cohort in &mut self.cohorts {
            cohort.groups.extend(group.map(str::to_owned));
        }
        self
    }

    /// The same kinds of people in about the same proportions, so many in all.
    pub(crate) fn scaled(mut self, people: u32) -> Self {
        let before = u64::from(self.count().max(1));
        let mut left = people;
        for cohort in &mut self.cohorts {
            let share = u64::from(cohort.count) * u64::from(people) / before;
            cohort.count = u32::try_from(share).unwrap_or(u32::MAX).min(left);
            left -= cohort.count;
        }
        if let Some(first) = self.cohorts.first_mut() {
            first.count += left;
        }
        self
    }

    /// The id of the person at a place. It begins with the place, disguised, so that nobody needs
    /// a list to find the person again.
    pub(crate) fn id(&self, place: u32) -> String {
        let id = guid(self.seed, &format!("person {place}"));
        format!("{:08x}{}", place ^ self.disguise(), id.get(8..).unwrap_or_default())
    }

    /// The place of the person with an id.
    pub(crate) fn place(&self, id: &str) -> Option<u32> {
        let place = u32::from_str_radix(id.get(..8)?, 16).ok()? ^ self.disguise();
        (place < self.count() && self.id(place) == id).then_some(place)
    }

    fn disguise(&self) -> u32 {
        u32::try_from(mix(self.seed, "people") >> 32).unwrap_or_default()
    }

    /// The places of the people who are direct members of a group.
    pub(crate) fn members(&self, group: &str) -> Vec<Range<u32>> {
        let mut start: u32 = 0;
        let mut places = Vec::new();
        for cohort in &self.cohorts {
            let end = start.saturating_add(cohort.count);
            if cohort.groups.iter().any(|it| it.eq_ignore_ascii_case(group)) {
                places.push(start..end);
            }
            start = end;
        }
        places
    }

    /// The row of the registration report of the person at a place.
    pub(crate) fn registration(&self, place: u32) -> Option<Value> {
        self.person(place).map(|person| person.registration())
    }

    fn cohort(&self, place: u32) -> Option<&Cohort> {
        let mut end: u32 = 0;
        self.cohorts.iter().find(|cohort| {
            end = end.saturating_add(cohort.count);
            place < end
        })
    }

    fn person(&self, place: u32) -> Option<Person<'_>> {
        Some(Person { recipe: self, cohort: self.cohort(place)?, place, id: self.id(place) })
    }
}

impl Person<'_> {
    fn falls_into(&self, share: f64, what: &str) -> bool {
        falls_into(share, self.recipe.seed, &format!("{what} {}", self.place))
    }

    /// One of a list, the same one each time.
    fn pick<'a>(&self, list: &'a [String], what: &str) -> &'a str {
        let at = mix(self.recipe.seed, &format!("{what} {}", self.place));
        let at = usize::try_from(at >> 8).unwrap_or(0).checked_rem(list.len()).unwrap_or(0);
        list.get(at).map_or("", String::as_str)
    }

    /// A moment between so many days ago, at a minute of its own.
    fn days_ago(&self, from: u64, to: u64, what: &str) -> String {
        let span = (to - from).max(1) * 1440;
        let minutes = from * 1440 + mix(self.recipe.seed, &format!("{what} {}", self.place)) % span;
        let ago = SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(0));
        self.recipe.now.checked_sub(ago).unwrap_or(self.recipe.now).to_string()
    }

    fn is_enabled(&self) -> bool {
        !self.falls_into(self.cohort.disabled, "disabled")
    }

    fn is_registered(&self) -> bool {
        self.falls_into(self.cohort.registered, "registered")
    }

    fn is_phone_only(&self) -> bool {
        self.falls_into(self.cohort.phone_only, "phone only")
    }

    fn has_passkey(&self) -> bool {
        self.falls_into(self.cohort.passkey, "passkey")
    }

    fn first(&self) -> &str {
        self.pick(&self.recipe.first_names, "first name")
    }

    fn last(&self) -> &str {
        self.pick(&self.recipe.last_names, "last name")
    }

    fn name(&self) -> String {
        format!("{} {}", self.first(), self.last())
    }

    /// The part of the address before the `@`; the number tells people of the same name apart.
    fn alias(&self) -> String {
        format!("{}.{}{}", self.first(), self.last(), 1000 + self.place).to_lowercase()
    }

    fn address(&self) -> String {
        format!("{}@{}", self.alias(), self.recipe.domain)
    }

    fn user(&self) -> Value {
        let created = self.days_ago(40, 1500, "created");
        let seen = if self.falls_into(self.cohort.idle, "idle") {
            self.days_ago(100, 400, "seen")
        } else {
            self.days_ago(0, 12, "seen")
        };
        let request = guid(self.recipe.seed, &format!("request {}", self.place));
        json!({
            "id": self.id,
            "deletedDateTime": null,
            "accountEnabled": self.is_enabled(),
            "assignedLicenses": self.cohort.licenses.iter()
                .map(|sku| json!({"disabledPlans": [], "skuId": sku})).collect::<Vec<_>>(),
            "assignedPlans": self.cohort.plans.iter()
                .map(|plan| json!({
                    "assignedDateTime": created, "capabilityStatus": "Enabled",
                    "service": plan.service, "servicePlanId": plan.id,
                }))
                .collect::<Vec<_>>(),
            "authorizationInfo": {"certificateUserIds": []},
            "businessPhones": [],
            "createdDateTime": created,
            "creationType": null,
            "department": self.pick(&self.cohort.departments, "department"),
            "displayName": self.name(),
            "externalUserState": null,
            "externalUserStateChangeDateTime": null,
            "givenName": self.first(),
            "identities": [{
                "signInType": "userPrincipalName", "issuer": self.recipe.domain,
                "issuerAssignedId": self.address(),
            }],
            "isManagementRestricted": null,
            "isResourceAccount": null,
            "jobTitle": self.cohort.job_title,
            "lastPasswordChangeDateTime": self.days_ago(5, 600, "password"),
            "mail": self.address(),
            "mailNickname": self.alias(),
            "mobilePhone": null,
            "officeLocation": null,
            "onPremisesImmutableId": null,
            "onPremisesLastSyncDateTime": null,
            "onPremisesSyncEnabled": null,
            "otherMails": [],
            "passwordPolicies": "None",
            "preferredLanguage": null,
            "proxyAddresses": [format!("SMTP:{}", self.address())],
            "signInActivity": {
                "lastSignInDateTime": seen, "lastSignInRequestId": request,
                "lastNonInteractiveSignInDateTime": seen,
                "lastNonInteractiveSignInRequestId": request,
                "lastSuccessfulSignInDateTime": seen, "lastSuccessfulSignInRequestId": request,
            },
            "signInSessionsValidFromDateTime": created,
            "surname": self.last(),
            "usageLocation": self.recipe.usage_location,
            "userPrincipalName": self.address(),
            "userType": "Member",
        })
    }

    fn registration(&self) -> Value {
        let registered = self.is_registered();
        let methods: &[&str] = match (registered, self.is_phone_only(), self.has_passkey()) {
            (false, ..) => &[],
            (true, true, _) => &["mobilePhone"],
            (true, false, false) => &["microsoftAuthenticatorPush", "softwareOneTimePasscode"],
            (true, false, true) => {
                &["microsoftAuthenticatorPush", "softwareOneTimePasscode", "passKeyDeviceBound"]
            }
        };
        let (preferred, system) = match methods.first() {
            None => ("none", Vec::new()),
            Some(&"mobilePhone") => ("sms", vec!["SMS"]),
            Some(_) => ("push", vec!["PhoneAppNotification"]),
        };
        json!({
            "id": self.id,
            "userPrincipalName": self.address(),
            "userDisplayName": self.name(),
            "userType": "member",
            "isAdmin": false,
            "isSsprRegistered": registered,
            "isSsprEnabled": true,
            "isSsprCapable": registered,
            "isMfaRegistered": registered,
            "isMfaCapable": registered,
            "isPasswordlessCapable": methods.contains(&"passKeyDeviceBound"),
            "isSystemPreferredAuthenticationMethodEnabled": true,
            "systemPreferredAuthenticationMethods": system,
            "userPreferredMethodForSecondaryAuthentication": preferred,
            "methodsRegistered": methods,
            "lastUpdatedDateTime": self.recipe.now
                .checked_sub(SignedDuration::from_hours(26)).unwrap_or(self.recipe.now).to_string(),
        })
    }

    fn cas_mailbox(&self) -> Value {
        let old = self.falls_into(self.cohort.pop_imap, "POP3 and IMAP4");
        json!({
            "Identity": self.alias(),
            "Name": self.alias(),
            "DisplayName": self.name(),
            "PrimarySmtpAddress": self.address(),
            "ExternalDirectoryObjectId": self.id,
            "Guid": guid(self.recipe.seed, &format!("mailbox {}", self.place)),
            "ActiveSyncEnabled": true,
            "EwsEnabled": null,
            "ImapEnabled": old,
            "PopEnabled": old,
            "MAPIEnabled": true,
            "OWAEnabled": true,
            "SmtpClientAuthenticationDisabled": null,
        })
    }

    fn mailbox(&self) -> Value {
        json!({
            "Identity": self.alias(),
            "Name": self.alias(),
            "DisplayName": self.name(),
            "UserPrincipalName": self.address(),
            "PrimarySmtpAddress": self.address(),
            "EmailAddresses": [format!("SMTP:{}", self.address())],
            "ExternalDirectoryObjectId": self.id,
            "Guid": guid(self.recipe.seed, &format!("mailbox {}", self.place)),
            "RecipientTypeDetails": "UserMailbox",
            "AuditEnabled": true,
            "ForwardingAddress": null,
            "ForwardingSmtpAddress": null,
            "DeliverToMailboxAndForward": false,
            "AccountDisabled": !self.is_enabled(),
        })
    }

    fn exchange_user(&self) -> Value {
        json!({
            "Identity": self.alias(),
            "Name": self.alias(),
            "DisplayName": self.name(),
            "UserPrincipalName": self.address(),
            "ExternalDirectoryObjectId": self.id,
            "RecipientTypeDetails": "UserMailbox",
            "AccountDisabled": !self.is_enabled(),
            "AuthenticationPolicy": null,
            "VIP": false,
        })
    }

    fn audit_bypass(&self) -> Value {
        json!({
            "Identity": self.alias(),
            "Name": self.alias(),
            "ObjectId": self.id,
            "AuditBypassEnabled": false,
        })
    }
}
