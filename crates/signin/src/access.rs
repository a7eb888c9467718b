//! The one door: ask a question, get an answer for every account.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::{Gap, Id, Tenant, TenantInfo, User};

use crate::assumption::Reading;
use crate::compile::guests::GuestKind;
use crate::compile::people::{Class, People};
use crate::compile::policy::{Policy, Presented};
use crate::engine::{Engine, Refusal, Verdict};
use crate::explain::{Case, Decision, Reason};
use crate::ids::Ids;
use crate::person::{Memberships, Person, Side};
use crate::tri::Tri;
use crate::workload::{Workload, workloads};
use crate::world::{World, may_be_enforced};
use crate::{Capability, Question, RolesAs, SignIn};

/// Who can sign in how, of one tenant.
///
/// What cannot be read never fails anything here: accounts whose answer hangs on it are
/// undetermined.
pub struct Access<'t> {
    tenant: &'t Tenant<'t>,
    pub(crate) state: Result<State<'t>, Gap>,
}

/// A question, and the policies that are left aside.
type LeftAside = (Question, Vec<usize>);

/// For each class, by what it is refused; `None`: it is not.
type Refusals = Vec<Option<Refusal>>;

pub(crate) struct State<'t> {
    pub(crate) world: World<'t>,
    /// The policies that are enforced, or may be.
    pub(crate) engine: Engine<'t>,
    /// The same with policies of every state, for what would be.
    all: OnceCell<Engine<'t>>,
    answers: RefCell<BTreeMap<Question, Rc<Vec<Verdict>>>>,
    refusals: RefCell<BTreeMap<LeftAside, Rc<Refusals>>>,
    every_policy: OnceCell<Vec<Policy<'t>>>,
    memberships: OnceCell<Memberships>,
}

impl<'t> State<'t> {
    /// The policies of every state.
    pub(crate) fn all(&self) -> &Engine<'t> {
        self.all.get_or_init(|| {
            let reading = Reading::default();
            Engine::of(&self.world, self.world.compile(|_| true, reading), reading, true)
        })
    }

    /// The policies of every state, without what they tell apart.
    pub(crate) fn every_policy(&self) -> &[Policy<'t>] {
        self.every_policy.get_or_init(|| self.world.compile(|_| true, Reading::default()))
    }

    pub(crate) fn memberships(&self) -> &Memberships {
        self.memberships.get_or_init(|| Memberships::of(&self.world.directory))
    }

    /// A sign-in to be judged.
    pub(crate) fn case<'c>(
        &'c self,
        person: &'c Person<'c>,
        class: &'c Class,
        sign_in: &'c SignIn,
    ) -> Case<'c> {
        Case {
            world: &self.world,
            person,
            class,
            gates: self.engine.gates,
            sign_in,
            reading: Reading::default(),
        }
    }

    /// The answer for each class.
    pub(crate) fn verdicts(&self, question: &Question) -> Rc<Vec<Verdict>> {
        // Which assignments count decides between classes, not within one.
        let key = Question { roles: RolesAs::Active, ..question.clone() };
        if let Some(known) = self.answers.borrow().get(&key) {
            return Rc::clone(known);
        }
        let classes = &self.engine.people.classes;
        let verdicts = Rc::new(self.engine.decide(&self.world, &key, classes));
        self.answers.borrow_mut().insert(key, Rc::clone(&verdicts));
        verdicts
    }

    /// Why a sign-in gets through.
    pub(crate) fn chain(&self, user: &Id, sign_in: &SignIn, presented: Presented) -> Vec<Reason> {
        let chain = || {
            let person = Person::of(&self.world, self.memberships(), user)?;
            let case = self.case(&person, self.class(user)?, sign_in);
            Some(case.chain(self.every_policy(), presented))
        };
        chain().unwrap_or_default()
    }

    /// For each class, by what it is refused, as if the policies of those numbers did not exist.
    pub(crate) fn refusals(&self, question: &Question, without: Vec<usize>) -> Rc<Refusals> {
        let question = Question { roles: RolesAs::Active, ..question.clone() };
        let key = (question, without);
        if let Some(known) = self.refusals.borrow().get(&key) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.engine.refusals(&self.world, &key.0, &key.1));
        self.refusals.borrow_mut().insert(key, Rc::clone(&found));
        found
    }

    /// The class of an enabled account.
    pub(crate) fn class(&self, user: &Id) -> Option<&Class> {
        let user = self.world.directory.users.find(user)?;
        let number = self.engine.people.class.get(user as usize)?;
        self.engine.people.classes.get(*number as usize)
    }
}

impl<'t> Access<'t> {
    /// Reads the policies and accounts and finds what they can tell apart.
    pub fn new(tenant: &'t Tenant<'t>) -> Self {
        let state = World::of(tenant).map(|world| {
            let reading = Reading::default();
            let policies = world.compile(may_be_enforced, reading);
            let engine = Engine::of(&world, policies, reading, false);
            State {
                world,
                engine,
                all: OnceCell::new(),
                answers: RefCell::default(),
                refusals: RefCell::default(),
                every_policy: OnceCell::new(),
                memberships: OnceCell::new(),
            }
        });
        Self { tenant, state }
    }

    /// Whose sign-ins these are.
    pub(crate) fn tenant(&self) -> TenantInfo {
        self.tenant.snapshot.tenant.clone()
    }

    /// The account of one of the tenant's records of users; `None`: there is no such account, or
    /// nothing can be said. Cheap: looking it up once serves every answer.
    pub fn account(&self, user: &User) -> Option<Account> {
        let ids = &self.state.as_ref().ok()?.world.directory.users;
        let records = self.tenant.users.read().unwrap_or_default();
        // Accounts have the numbers of their records, unless one stands there twice.
        let number = records.element_offset(user).and_then(|number| u32::try_from(number).ok());
        number
            .filter(|number| ids.text(*number) == user.id.as_str())
            .or_else(|| ids.find(&user.id))
            .map(Account)
    }

    /// Decides the question for every account. Asking again is free.
    pub fn ask(&self, question: &Question) -> Answer {
        match &self.state {
            Err(gap) => Answer { known: Err(gap.to_string()) },
            Ok(state) => Answer {
                known: Ok(Known {
                    ids: Rc::clone(&state.world.directory.users),
                    people: Rc::clone(&state.engine.people),
                    verdicts: state.verdicts(question),
                    roles: question.roles,
                }),
            },
        }
    }

    /// Decides the question for people from outside, those without an account here included: each
    /// kind from each tenant that some policy names, and from any other. Empty where nothing can be
    /// said.
    pub fn ask_outsiders(&self, question: &Question) -> Vec<Outsider> {
        let Ok(state) = &self.state else { return Vec::new() };
        let mut homes: BTreeSet<Option<&Id>> = [None].into();
        for users in state
            .engine
            .policies
            .iter()
            .filter_map(|policy| policy.source.conditions.users.as_ref())
        {
            let terms =
                [&users.include_guests_or_external_users, &users.exclude_guests_or_external_users];
            for tenants in
                terms.into_iter().flatten().filter_map(|term| term.external_tenants.as_ref())
            {
                homes.extend(tenants.members.iter().map(Some));
            }
        }
        let external = GuestKind::ALL.iter().filter(|kind| **kind != GuestKind::Internal);
        let whom: Vec<(GuestKind, Option<&Id>)> =
            external.flat_map(|kind| homes.iter().map(|home| (*kind, *home))).collect();
        let classes: Vec<Class> = whom
            .iter()
            .map(|(kind, home)| {
                People::outsider(
                    &state.world.directory,
                    &state.engine.policies,
                    state.world.surroundings(),
                    *kind,
                    home.map(Id::as_str),
                )
            })
            .collect();
        let verdicts = state.engine.decide(&state.world, question, &classes);
        whom.into_iter()
            .zip(verdicts)
            .map(|((kind, home), verdict)| Outsider { kind, home: home.cloned(), verdict })
            .collect()
    }

    /// The service principals within reach of Conditional Access that have a credential, each with
    /// whether it gets a token somewhere. Managed identities, applications of other tenants and
    /// multi-tenant ones are out of reach and not listed.
    ///
    /// # Errors
    ///
    /// When service principals or policies cannot be read.
    pub fn workloads(&self) -> Result<Vec<Workload>, Gap> {
        workloads(self.tenant)
    }

    /// Ids of the policies that together refuse the account everything the question is about; none
    /// of them is needless. Empty where rules outside Conditional Access do, and for an account
    /// that is not refused.
    pub fn proof(&self, user: &Id, question: &Question) -> Vec<Id> {
        let Ok(state) = &self.state else { return Vec::new() };
        let Some(user) = state.world.directory.users.find(user) else { return Vec::new() };
        let refusals = state.refusals(question, Vec::new());
        let classes = state.engine.people.classes_of(user, question.roles);
        let proofs = classes.filter_map(|class| refusals.get(class as usize)?.as_ref());
        let policies: BTreeSet<usize> = proofs.flat_map(Refusal::proof).copied().collect();
        let each = policies.into_iter().filter_map(|number| state.engine.policies.get(number));
        each.map(|policy| policy.source.id.clone()).collect()
    }

    /// Which policies refuse the account everything the question is about: every one that does so
    /// alone; where none does, some that do together. As if the policies `without` did not exist:
    /// `None` when the account is not refused then. Empty where rules outside Conditional Access
    /// refuse it. Asking again is free.
    pub fn enforcers(
        &self,
        user: &Id,
        question: &Question,
        without: &BTreeSet<&Id>,
    ) -> Option<Vec<Id>> {
        let state = self.state.as_ref().ok()?;
        let user = state.world.directory.users.find(user)?;
        let policies = &state.engine.policies;
        let numbered = policies.iter().enumerate();
        let left_out = numbered.filter(|(_, policy)| without.contains(&policy.source.id));
        let found = state.refusals(question, left_out.map(|(number, _)| number).collect());
        let mut numbers: BTreeSet<usize> = BTreeSet::new();
        for class in state.engine.people.classes_of(user, question.roles) {
            numbers.extend(found.get(class as usize)?.as_ref()?.policies());
        }
        let each = numbers.into_iter().filter_map(|number| policies.get(number));
        Some(each.map(|policy| policy.source.id.clone()).collect())
    }

    /// What happens at one sign-in: every policy, whether it applies and why, and what the person
    /// must present. `None`: the account is disabled or unknown, or nothing can be said.
    pub fn explain(&self, user: &Id, sign_in: &SignIn) -> Option<Decision> {
        let state = self.state.as_ref().ok()?;
        let person = Person::of(&state.world, state.memberships(), user)?;
        let case = state.case(&person, state.class(user)?, sign_in);
        Some(case.decide(state.every_policy()))
    }

    /// Why that sign-in gets through with a single factor, or with what the capability says: each
    /// policy that would refuse it and does not, the closest first, and each that is satisfied.
    pub fn because(&self, user: &Id, sign_in: &SignIn, capability: Capability) -> Vec<Reason> {
        let Ok(state) = &self.state else { return Vec::new() };
        let presented = match capability {
            Capability::SingleFactor => Presented::Single(0),
            Capability::NotPhishingResistant => Presented::NotPhishingResistant,
            Capability::Any => Presented::Anything,
        };
        state.chain(user, sign_in, presented)
    }

    /// The enabled policies that include the account, each with the terms that exclude it: `user:`,
    /// `group:`, `role:` or `guests:` and what is named. Explains
    /// [`Access::excluded_everywhere`].
    pub fn excluded_by(&self, user: &Id) -> BTreeMap<Id, Vec<String>> {
        let Ok(state) = &self.state else { return BTreeMap::new() };
        let Some(person) = Person::of(&state.world, state.memberships(), user) else {
            return BTreeMap::new();
        };
        let reading = Reading::default();
        let terms = |policy, side| person.terms(policy, side, reading);
        state
            .world
            .policies
            .iter()
            .filter(|policy| policy.is_enforced() && !terms(policy, Side::Include).is_empty())
            .map(|policy| {
                let excluded = terms(policy, Side::Exclude).into_iter();
                (policy.id.clone(), excluded.map(|term| term.code).collect())
            })
            .collect()
    }

    /// Whether the account is excluded from every enabled policy that includes it, and there is at
    /// least one (Q5).
    pub fn excluded_everywhere(&self, user: &Id) -> Excluded {
        match &self.state {
            Err(gap) => Excluded::Undetermined(gap.to_string()),
            Ok(state) => match state.class(user).map(|class| (class.enabled, class.excluded)) {
                None => Excluded::NotAsked,
                Some((_, Tri::No)) => Excluded::No,
                Some((Tri::Yes, Tri::Yes)) => Excluded::Yes,
                Some(_) => Excluded::Undetermined(
                    "some policy's state, or whom it includes or excludes, is not known".to_owned(),
                ),
            },
        }
    }

    /// Whether the account actively holds one of the 14 privileged roles that security defaults
    /// names, at any scope, itself or through a group; `None`: not known, or no such account.
    pub fn is_privileged(&self, user: &Id) -> Option<bool> {
        match self.state.as_ref().ok()?.class(user)?.privileged {
            Tri::No => Some(false),
            Tri::Maybe => None,
            Tri::Yes => Some(true),
        }
    }
}

/// Whether an account is excluded from every policy that includes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excluded {
    /// It is.
    Yes,
    /// Some policy applies to it, or none includes it.
    No,
    /// It hangs on unreadable data; why, in words.
    Undetermined(String),
    /// The account is disabled or unknown.
    NotAsked,
}

/// The answer to one question for people of one kind from one tenant, or from any that no policy
/// names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outsider {
    /// The kind.
    pub kind: GuestKind,
    /// Their home tenant; `None`: any that no policy names.
    pub home: Option<Id>,
    verdict: Verdict,
}

impl Outsider {
    /// The answer.
    pub fn outcome(&self) -> Outcome<'_> {
        self.verdict.outcome()
    }
}

/// An account that was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account(u32);

/// The answer to one question.
pub struct Answer {
    known: Result<Known, String>,
}

struct Known {
    ids: Rc<Ids>,
    people: Rc<People>,
    verdicts: Rc<Vec<Verdict>>,
    roles: RolesAs,
}

/// The answer to one question for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// No such sign-in gets a token.
    Refused,
    /// This one does: the most ordinary of them.
    Possible(&'a SignIn),
    /// It hangs on unreadable data; why, in words.
    Undetermined(&'a str),
    /// The account is disabled or unknown.
    NotAsked,
}

impl Verdict {
    fn outcome(&self) -> Outcome<'_> {
        match self {
            Self::Refused => Outcome::Refused,
            Self::Open(way) => Outcome::Possible(&way.sign_in),
            Self::Undetermined(why) => Outcome::Undetermined(why),
        }
    }
}

impl Answer {
    /// The answer for one account.
    pub fn outcome(&self, user: &Id) -> Outcome<'_> {
        match &self.known {
            Err(gap) => Outcome::Undetermined(gap),
            Ok(known) => match known.ids.find(user) {
                None => Outcome::NotAsked,
                Some(number) => known.outcome(number),
            },
        }
    }

    /// The answer for an account that was looked up.
    pub fn of(&self, account: Account) -> Outcome<'_> {
        match &self.known {
            Err(gap) => Outcome::Undetermined(gap),
            Ok(known) => known.outcome(account.0),
        }
    }

    /// A number that accounts share which are alike in everything that answers to this question
    /// hang on; `None` where the account is judged as several, or not at all.
    pub fn kind(&self, account: Account) -> Option<u32> {
        let known = self.known.as_ref().ok()?;
        let mut classes = known.people.classes_of(account.0, known.roles);
        let first = classes.next()?;
        classes.next().is_none().then_some(first)
    }

    /// The answer for every account of the snapshot, disabled ones too, in the snapshot's order;
    /// empty where accounts or policies could not be read.
    pub fn outcomes(&self) -> impl Iterator<Item = (&str, Outcome<'_>)> {
        let known = self.known.as_ref().ok();
        known
            .into_iter()
            .flat_map(|known| known.ids.iter().map(|(number, id)| (id, known.outcome(number))))
    }
}

impl Known {
    fn outcome(&self, user: u32) -> Outcome<'_> {
        let classes = self.people.classes_of(user, self.roles);
        classes.map(|class| self.of_class(class)).fold(Outcome::NotAsked, |worst, one| {
            match (&worst, &one) {
                (Outcome::Possible(_), _) | (_, Outcome::NotAsked) => worst,
                (_, Outcome::Possible(_)) | (Outcome::NotAsked | Outcome::Refused, _) => one,
                (Outcome::Undetermined(_), _) => worst,
            }
        })
    }

    fn of_class(&self, class: u32) -> Outcome<'_> {
        self.verdicts.get(class as usize).map_or(Outcome::NotAsked, Verdict::outcome)
    }
}
