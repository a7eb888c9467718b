//! All seven questions on made-up tenants: how the time grows with accounts and with policies.
//!
//! Records are parsed before the clock starts.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark may stop where a test may"
)]

use model::{Profile, Snapshot, Tenant, User};
use signin::{Access, Excluded, Outcome, Question};

mod made_up;

/// Counts what is allocated: divan prints the most that a call held at once as `max alloc`.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

/// The questions that are answered with a sign-in.
fn questions() -> [Question; 6] {
    [
        Question::single_factor(),
        Question::single_factor_unmanaged(),
        Question::legacy(),
        Question::legacy_exchange(),
        Question::not_phishing_resistant(),
        Question::azure_management(),
    ]
}

/// Reads every record that answers rest on.
fn parse(tenant: &Tenant<'_>) {
    assert!(tenant.users.read().is_ok());
    assert!(tenant.group_members.read().is_ok());
    assert!(tenant.groups.read().is_ok());
    assert!(tenant.conditional_access_policies.read().is_ok());
    assert!(tenant.role_assignment_schedule_instances.read().is_ok());
    assert!(tenant.user_authentication_requirements.read().is_ok());
    assert!(tenant.service_principals.read().is_ok());
}

/// How many answers say that somebody gets in, over all seven questions.
fn all_seven(tenant: &Tenant<'_>) -> usize {
    let access = Access::new(tenant);
    let mut open = 0;
    for question in questions() {
        let answer = access.ask(&question);
        let outcomes = answer.outcomes().map(|(_, outcome)| outcome);
        open += outcomes.filter(|outcome| matches!(outcome, Outcome::Possible(_))).count();
    }
    let users = tenant.users.read().expect("users");
    let excluded = |user: &&User| access.excluded_everywhere(&user.id) == Excluded::Yes;
    open + users.iter().filter(excluded).count()
}

fn measure(bencher: divan::Bencher<'_, '_>, snapshot: &Snapshot) {
    let profile = Profile::default();
    let tenant = Tenant::new(snapshot, &profile);
    parse(&tenant);
    bencher.bench_local(|| all_seven(&tenant));
}

#[divan::bench(args = [100, 1_000, 10_000, 100_000, 1_000_000], sample_count = 5, sample_size = 1)]
fn accounts_with_60_policies(bencher: divan::Bencher<'_, '_>, accounts: usize) {
    measure(bencher, &made_up::realistic(accounts, 60));
}

/// From the records as received on: what is held includes every account in its typed form.
#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 3, sample_size = 1)]
fn accounts_with_60_policies_and_parsing(bencher: divan::Bencher<'_, '_>, accounts: usize) {
    let snapshot = made_up::realistic(accounts, 60);
    let profile = Profile::default();
    bencher.bench_local(|| {
        let tenant = Tenant::new(&snapshot, &profile);
        parse(&tenant);
        all_seven(&tenant)
    });
}

#[divan::bench(args = [10, 30, 60, 100, 200], sample_count = 5, sample_size = 1)]
fn policies_over_100_000_accounts(bencher: divan::Bencher<'_, '_>, policies: usize) {
    measure(bencher, &made_up::realistic(100_000, policies));
}

#[divan::bench(args = [10, 30, 60, 100, 200], sample_count = 3, sample_size = 1)]
fn unrelated_policies_over_20_000_accounts(bencher: divan::Bencher<'_, '_>, policies: usize) {
    measure(bencher, &made_up::unrelated(20_000, policies));
}

/// Policies that interlock in every dimension: what the bound on the work is for.
#[divan::bench(args = [20, 50, 100, 200], sample_count = 3, sample_size = 1)]
fn interlocking_policies_over_1_000_accounts(bencher: divan::Bencher<'_, '_>, policies: usize) {
    measure(bencher, &made_up::interlocking(1_000, policies));
}
