//! Short names of texts, for states and rules.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// A short name of a set of lines: the same whatever their order, and however often one stands.
/// The first 64 bits of SHA-256 over the sorted lines, in 16 hexadecimal digits.
///
/// Lines hold text of the tenant: a hash that anybody can make collide would let a changed state
/// pass for the accepted one.
pub(crate) fn of(lines: impl IntoIterator<Item = String>) -> String {
    let mut lines: Vec<String> = lines.into_iter().collect();
    lines.sort_unstable();
    lines.dedup();
    let mut hash = Sha256::new();
    for line in &lines {
        // The length first: no text can end one line and begin the next.
        hash.update((line.len() as u64).to_be_bytes());
        hash.update(line.as_bytes());
    }
    hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(lines: &[&str]) -> String {
        of(lines.iter().map(ToString::to_string))
    }

    #[test]
    fn it_names_a_set_of_lines() {
        assert_eq!(name(&["a", "b"]), name(&["b", "a", "b"]));
        assert_ne!(name(&["a", "b"]), name(&["ab"]));
        assert_ne!(name(&["a", "b"]), name(&["a"]));
        assert_eq!(name(&["a"]).len(), 16);
    }
}
