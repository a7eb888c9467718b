//! `muster simulate`: the simulated Microsoft cloud by itself.

use ::simulator::{Cloud, Options, Tenant};
use anyhow::Context as _;

use super::Status;
use super::args::Simulate;
use super::terminal::{Terminal, one_line, table};

pub(crate) async fn run(arguments: &Simulate, terminal: &Terminal) -> anyhow::Result<Status> {
    let tenants = match &arguments.tenants {
        Some(folder) => Tenant::read_all(folder)
            .with_context(|| format!("cannot use the tenants in {}", folder.display()))?,
        None => ::simulator::samples()?,
    };
    let mut rows = table(&["Tenant", "Id", "Secret"]);
    for tenant in &tenants {
        rows.add_row(vec![
            one_line(tenant.name()),
            tenant.id().to_owned(),
            tenant.secret().to_owned(),
        ]);
    }
    let cloud = Cloud::start(tenants, Options::default(), arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    terminal.say(&rows.to_string());
    terminal.say(&format!(
        "\nA made-up Microsoft cloud on {}. Scan it with --cloud-url; stop it with Ctrl+C.",
        cloud.url()
    ));
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl+C")?;
    cloud.stop().await;
    Ok(Status::Done)
}
