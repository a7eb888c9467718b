//! End-to-end runs and rules about the workspace; see `all/`.
