//! Privileged access management: approval of single tasks.

mod exchange_tasks_approved;

use crate::Control;

pub(crate) static CONTROLS: &[&Control] = &[&exchange_tasks_approved::CONTROL];
