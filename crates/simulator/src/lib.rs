//! A Microsoft cloud of made-up tenants over real HTTP on the loopback interface.
//!
//! One server plays every host, told apart by the first segment of the path:
//!
//! | Host | Here |
//! | --- | --- |
//! | `https://login.microsoftonline.com/{tenant}/…` | `{url}/login/{tenant}/…` |
//! | `https://graph.microsoft.com/v1.0/…`, `/beta/…` | `{url}/graph/v1.0/…`, `{url}/graph/beta/…` |
//! | `https://outlook.office365.com/adminapi/…` | `{url}/exchange/adminapi/…` |
//! | `https://ps.compliance.protection.outlook.com/adminapi/…` | `{url}/compliance/adminapi/…` |
//! | `https://management.azure.com/providers/…` | `{url}/arm/providers/…` |
//!
//! The simulator asks for what the services ask for: a token of the tenant and audience, the
//! permission or role, the license, well-formed queries. It answers page by page, with the
//! services' own error bodies. A request that it does not know is refused with status 501 and
//! recorded in [`Cloud::unknown_requests`], so that a test can fail on it.
//!
//! Answers are a function of tenant, request and how often it was made: request ids, faults and
//! generated tenants contain no randomness, and the cloud's clock stands still at [`NOW`] unless
//! [`Options::now`] says otherwise.

mod answer;
mod azure;
mod cloud;
mod dataset;
mod exchange;
mod faults;
mod filter;
mod graph;
mod login;
mod methods;
mod mix;
mod permission;
mod properties;
mod query;
mod recipe;
mod table;
mod tenant;

pub use cloud::{Cloud, Counters, Options, Seen};
pub use faults::{Fault, FaultBody, Faults};
pub use tenant::{NOW, SampleError, Tenant, samples};
