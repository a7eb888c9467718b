//! From a checkup to a diagnosis.

use std::collections::{BTreeMap, BTreeSet};

use collect::{
    Checkup, Claims, Outcome, Permission, Resource, Service, SignInError, SignInTrouble, Tried,
};
use controls::Checklist;
use model::{Data, Licenses, Plan, Profile, UnavailableReason};

use super::{DatasetState, Diagnosis, Missing, Permissions, Readable, SignIn, State, Whose};
use crate::needs::{controls_on, needs};
use crate::onboarding;

/// Judges a checkup of a tenant. In place of one there may be why there is none, in words.
pub fn diagnose(
    profile: &Profile,
    checklist: &Checklist,
    checkup: Result<Checkup, String>,
) -> Diagnosis {
    let tenant = Whose {
        id: profile.tenant.id.to_string(),
        name: profile.tenant.name.clone(),
        cloud: profile.tenant.cloud,
    };
    let mut diagnosis = Diagnosis {
        tenant,
        checklist: checklist.id.clone(),
        state: State::Unreachable,
        sign_in: Vec::new(),
        permissions: None,
        directory_roles: None,
        licenses: None,
        datasets: Vec::new(),
        missing: Vec::new(),
    };
    let checkup = match checkup {
        Ok(checkup) => checkup,
        Err(why) => {
            diagnosis.missing.push(Missing {
                what: "Access to the tenant".to_owned(),
                because: why,
                controls: ids(checklist.controls.iter().map(|control| control.id)),
                next: "Correct the tenant's profile, then run `muster doctor` again.".to_owned(),
            });
            return diagnosis;
        }
    };
    let examined = Examined { profile, checklist, checkup: &checkup };
    diagnosis.sign_in = checkup.tokens.iter().map(sign_in).collect();
    diagnosis.missing = examined.missing();
    let signed_in = !checkup.tried.is_empty();
    if signed_in {
        diagnosis.permissions = examined.permissions();
        diagnosis.directory_roles = examined.directory_roles();
        diagnosis.licenses = checkup.licenses.as_ref().map(licenses);
        diagnosis.datasets = checkup.tried.iter().map(dataset).collect();
    }
    diagnosis.state = match (signed_in, diagnosis.missing.is_empty()) {
        (false, _) => State::Unreachable,
        (true, true) => State::Ready,
        (true, false) => State::Incomplete,
    };
    diagnosis
}

fn ids<'a>(controls: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    controls.into_iter().map(str::to_owned).collect()
}

fn sign_in((service, token): &(Service, Result<Option<Claims>, SignInError>)) -> SignIn {
    let refused = token.as_ref().err();
    SignIn {
        service: service.words().to_owned(),
        ok: refused.is_none(),
        code: refused.and_then(|error| error.code),
        detail: refused.map(|error| error.advice.clone()).unwrap_or_default(),
        trace_id: refused.map(|error| error.trace_id.clone()).unwrap_or_default(),
        correlation_id: refused.map(|error| error.correlation_id.clone()).unwrap_or_default(),
    }
}

/// The licenses that matter, without those that another one includes.
fn licenses(owned: &Licenses) -> Vec<String> {
    const PLANS: [(Plan, Option<Plan>); 8] = [
        (Plan::EntraIdP1, Some(Plan::EntraIdP2)),
        (Plan::EntraIdP2, None),
        (Plan::EntraIdGovernance, None),
        (Plan::ExchangeOnline, None),
        (Plan::DefenderForOffice365P1, Some(Plan::DefenderForOffice365P2)),
        (Plan::DefenderForOffice365P2, None),
        (Plan::Intune, None),
        (Plan::CustomerLockbox, None),
    ];
    let own = PLANS.into_iter().filter(|(plan, broader)| {
        owned.has(*plan) && !broader.is_some_and(|broader| owned.has(broader))
    });
    own.map(|(plan, _)| plan.words().to_owned()).collect()
}

fn dataset(tried: &Tried) -> DatasetState {
    let detail = match &tried.outcome {
        Outcome::Readable => String::new(),
        Outcome::Untried(why) => (*why).to_owned(),
        Outcome::Unavailable(hole) => hole.detail.clone(),
    };
    DatasetState { name: tried.data.name().to_owned(), state: readable(tried), detail }
}

fn readable(tried: &Tried) -> Readable {
    let hole = match &tried.outcome {
        Outcome::Readable => return Readable::Yes,
        Outcome::Untried(_) => return Readable::Untried,
        Outcome::Unavailable(hole) => hole,
    };
    match hole.reason {
        // Without the license it does not matter whether the permission is there.
        _ if tried.licensed == Some(false) => Readable::NotLicensed,
        UnavailableReason::NotLicensed => Readable::NotLicensed,
        UnavailableReason::NotSupported => Readable::NotOffered,
        UnavailableReason::Forbidden => Readable::Refused,
        UnavailableReason::Throttled
        | UnavailableReason::NotCollected
        | UnavailableReason::Truncated
        | UnavailableReason::Failed => Readable::Failed,
    }
}

/// The service that a dataset is asked from.
fn service(data: Data) -> Service {
    let resource = collect::permissions(data).first().map(|permission| permission.resource);
    match resource {
        Some(resource) => resource.service(),
        None if collect::needs_directory_role(data) => Service::Azure,
        None => Service::Graph,
    }
}

struct Examined<'a> {
    profile: &'a Profile,
    checklist: &'a Checklist,
    checkup: &'a Checkup,
}

impl Examined<'_> {
    fn token(&self, service: Service) -> Option<&Result<Option<Claims>, SignInError>> {
        self.checkup.tokens.iter().find(|(other, _)| *other == service).map(|(_, token)| token)
    }

    /// What the token of a service says; `None` where there is none, or it cannot be read.
    fn claims(&self, service: Service) -> Option<&Claims> {
        self.token(service)?.as_ref().ok()?.as_ref()
    }

    fn has(&self, permission: &Permission) -> bool {
        self.claims(permission.resource.service())
            .is_some_and(|claims| permission.is_given_by(&claims.roles))
    }

    /// Whether this very tenant needs the permission.
    fn is_needed(&self, permission: &Permission) -> bool {
        match permission.resource {
            Resource::Compliance => permission.is_for(self.profile.tenant.cloud),
            Resource::Graph | Resource::Exchange => permission.only_for.is_none(),
        }
    }

    fn controls(&self, data: &BTreeSet<Data>) -> Vec<String> {
        ids(controls_on(self.checklist, data))
    }

    fn missing(&self) -> Vec<Missing> {
        let mut missing = self.sign_ins();
        if !self.checkup.tried.is_empty() {
            missing.extend(self.missing_permissions());
            missing.extend(self.missing_roles());
            missing.extend(self.others());
        }
        missing
    }

    /// Services that give no token. One that the tenant does not own is not missed.
    fn sign_ins(&self) -> Vec<Missing> {
        let tenant = &self.profile.tenant;
        let consent = onboarding::consent_address(
            tenant.cloud,
            &tenant.id,
            &self.profile.sign_in.client_id,
            onboarding::REDIRECT,
        );
        let mut missing = Vec::new();
        for (service, token) in &self.checkup.tokens {
            let Err(error) = token else { continue };
            let owns_mail = |licenses: &Licenses| licenses.has(Plan::ExchangeOnline);
            if error.trouble == SignInTrouble::NoResource
                && !self.checkup.licenses.as_ref().is_some_and(owns_mail)
            {
                continue;
            }
            let data: BTreeSet<Data> = collect::needed(&self.checklist.data())
                .into_iter()
                .filter(|data| *service == Service::Graph || self::service(*data) == *service)
                .collect();
            let code = error.code.map(|code| format!("AADSTS{code}: ")).unwrap_or_default();
            let next = match error.trouble {
                SignInTrouble::Consent => format!(
                    "Have a Global Administrator or Privileged Role Administrator of the tenant \
                     open {consent}"
                ),
                SignInTrouble::Credential => {
                    "Correct the credential that [sign-in] of the profile names, or register it \
                     with the application."
                        .to_owned()
                }
                SignInTrouble::Tenant => {
                    "Correct `id` and `cloud` of [tenant] in the profile.".to_owned()
                }
                SignInTrouble::Blocked => {
                    "Ask the tenant's administrators to let the scanner's application sign in \
                     from its addresses."
                        .to_owned()
                }
                SignInTrouble::Setup => {
                    "Correct the application's registration, or `client-id` and `method` of \
                     [sign-in] in the profile."
                        .to_owned()
                }
                SignInTrouble::NoResource => {
                    format!("Set up {} in the tenant, or leave it as it is.", service.words())
                }
                SignInTrouble::Transient | SignInTrouble::Other => {
                    "Run `muster doctor` again in some minutes.".to_owned()
                }
            };
            missing.push(Missing {
                what: format!("Sign-in to {}", service.words()),
                because: format!("{code}{}", error.advice),
                controls: self.controls(&data),
                next,
            });
        }
        missing
    }

    /// Permissions that are not granted, and without which some dataset is refused.
    fn missing_permissions(&self) -> Vec<Missing> {
        let mut lacking: BTreeMap<&'static Permission, BTreeSet<Data>> = BTreeMap::new();
        for tried in &self.checkup.tried {
            if !matches!(readable(tried), Readable::Refused | Readable::Untried) {
                continue;
            }
            for permission in collect::permissions(tried.data) {
                let signed_in = self.token(permission.resource.service());
                if self.is_needed(permission)
                    && signed_in.is_some_and(Result::is_ok)
                    && !self.has(permission)
                {
                    lacking.entry(permission).or_default().insert(tried.data);
                }
            }
        }
        let tenant = &self.profile.tenant;
        let client = &self.profile.sign_in.client_id;
        let consent =
            onboarding::consent_address(tenant.cloud, &tenant.id, client, onboarding::REDIRECT);
        let mut missing: Vec<Missing> = lacking
            .into_iter()
            .map(|(permission, data)| Missing {
                what: permission.name.to_owned(),
                because: format!("not granted on {}", permission.resource.words()),
                controls: self.controls(&data),
                next: format!(
                    "Add the permissions to the application's registration (`muster permissions \
                     --format manifest` prints them all), then have a Global Administrator or \
                     Privileged Role Administrator of the tenant open {consent}"
                ),
            })
            .collect();
        missing.sort_by_key(|one| std::cmp::Reverse(one.controls.len()));
        missing
    }

    /// Datasets that are refused although every permission for them is there.
    fn refused(&self, service: Service) -> BTreeSet<Data> {
        let refused = self.checkup.tried.iter().filter(|tried| {
            let complete = collect::permissions(tried.data)
                .into_iter()
                .filter(|permission| self.is_needed(permission))
                .all(|permission| self.has(permission));
            let signed_in = self.token(service).is_some_and(Result::is_ok);
            readable(tried) == Readable::Refused
                && self::service(tried.data) == service
                && complete
                && signed_in
        });
        refused.map(|tried| tried.data).collect()
    }

    /// Directory roles that are missing, for cmdlets and for Azure.
    fn missing_roles(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        let mail: BTreeSet<Data> = self
            .refused(Service::Exchange)
            .union(&self.refused(Service::Compliance))
            .copied()
            .collect();
        let id = &self.profile.tenant.id;
        let assign = format!(
            "Assign the role to the scanner's service principal: `muster onboard {id}` prints the \
             commands. It takes effect within an hour."
        );
        if !mail.is_empty() {
            let held = self.directory_roles().unwrap_or_default();
            let number = mail.len();
            let refused =
                if number == 1 { "1 dataset".to_owned() } else { format!("{number} datasets") };
            let because = match held.as_slice() {
                [] => format!("the scanner holds no directory role, and {refused} are refused"),
                held => format!("{} does not open {refused}", held.join(" and ")),
            };
            missing.push(Missing {
                what: "Global Reader".to_owned(),
                because,
                controls: self.controls(&mail),
                next: assign.clone(),
            });
        }
        let azure = self.refused(Service::Azure);
        if !azure.is_empty() {
            missing.push(Missing {
                what: "Reader of the Entra diagnostic settings".to_owned(),
                because: "Azure Resource Manager refuses; a directory role that reads security \
                    settings is mostly enough"
                    .to_owned(),
                controls: self.controls(&azure),
                next: if mail.is_empty() {
                    format!(
                        "Assign the Azure role Reader at the scope /providers/Microsoft.aadiam: \
                         `muster onboard {id}` prints the commands."
                    )
                } else {
                    assign
                },
            });
        }
        missing
    }

    /// What no permission or role explains.
    fn others(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        let late = self.refused(Service::Graph);
        for tried in &self.checkup.tried {
            let (because, next) = match (&tried.outcome, readable(tried)) {
                (Outcome::Unavailable(hole), Readable::Refused) if late.contains(&tried.data) => (
                    format!("refused although its permission is granted: {}", hole.detail),
                    "Wait an hour if consent is new, then run `muster doctor` again; if it stays, \
                     consent anew.",
                ),
                (Outcome::Unavailable(hole), Readable::Failed) => {
                    (hole.detail.clone(), "Run `muster doctor` again in some minutes.")
                }
                _ => continue,
            };
            let signed_in = self.token(service(tried.data)).is_some_and(Result::is_ok);
            if signed_in {
                missing.push(Missing {
                    what: sentence(tried.data.words()),
                    because,
                    controls: self.controls(&BTreeSet::from([tried.data])),
                    next: next.to_owned(),
                });
            }
        }
        missing
    }

    fn permissions(&self) -> Option<Permissions> {
        let graph = self.claims(Service::Graph)?;
        let all = needs(self.checklist);
        let licensed = |data: &Data| {
            let tried = self.checkup.tried.iter().find(|tried| tried.data == *data);
            tried.is_none_or(|tried| readable(tried) != Readable::NotLicensed)
        };
        let needed: Vec<&Permission> = all
            .iter()
            .filter(|need| self.is_needed(need.permission) && need.data.iter().any(licensed))
            .map(|need| need.permission)
            .collect();
        let granted = needed.iter().filter(|permission| self.has(permission));
        let known = |role: &&String| !all.iter().any(|need| need.permission.name == role.as_str());
        Some(Permissions {
            granted: granted.map(|permission| permission.name.to_owned()).collect(),
            needed: needed.iter().map(|permission| permission.name.to_owned()).collect(),
            unneeded: graph.roles.iter().filter(known).cloned().collect(),
        })
    }

    fn directory_roles(&self) -> Option<Vec<String>> {
        let claims = [Service::Exchange, Service::Graph, Service::Azure, Service::Compliance]
            .into_iter()
            .find_map(|service| self.claims(service))?;
        let words = |id: &String| {
            let known = onboarding::ROLES.iter().find(|(role, _)| role == id);
            known.map_or_else(|| id.clone(), |(_, name)| (*name).to_owned())
        };
        Some(claims.directory_roles.iter().map(words).collect())
    }
}

/// The text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
