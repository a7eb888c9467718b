//! Numbers and ids that look random and are not: pure functions of their input.

/// A well-mixed number from a seed and a name (FNV-1a, then the finalizer of `SplitMix64`).
pub(crate) fn mix(seed: u64, name: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A GUID of the form of a random one, lower-case.
pub(crate) fn guid(seed: u64, name: &str) -> String {
    let (high, low) = (mix(seed, name), mix(!seed, name));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

/// Whether the name falls into a share of all names: 0.0 none, 1.0 every one.
pub(crate) fn falls_into(share: f64, seed: u64, name: &str) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    let point = (mix(seed, name) >> 11) as f64 / (1_u64 << 53) as f64;
    point < share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_a_random_guid_and_repeat() {
        let id = guid(7, "someone");
        assert_eq!(id, guid(7, "someone"));
        assert_ne!(id, guid(8, "someone"));
        assert_ne!(id, guid(7, "someone else"));
        assert_eq!(id.len(), 36);
        assert_eq!(id.get(14..15), Some("4"));
        assert!(matches!(id.get(19..20), Some("8" | "9" | "a" | "b")));
    }

    #[test]
    fn a_share_is_about_as_large_as_asked() {
        let hits = (0..10_000).filter(|n| falls_into(0.3, 1, &n.to_string())).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        assert!(!falls_into(0.0, 1, "x") && falls_into(1.0, 1, "x"));
    }
}
