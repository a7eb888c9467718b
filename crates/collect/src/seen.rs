//! Which records a list gave already, in bounded memory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};

/// So many fingerprints stay in memory.
const RECENT: usize = 4096;

/// Bytes of a fingerprint.
const WIDTH: usize = 16;

type Fingerprint = [u8; WIDTH];

/// Fingerprints of the records of earlier pages: the latest in memory, older ones in a file.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    recent: Vec<Fingerprint>,
    older: Option<File>,
}

impl Seen {
    /// For each record of a page, whether an earlier page had it byte for byte. The page is an
    /// earlier one afterwards.
    pub(crate) fn page(
        &mut self,
        records: impl Iterator<Item = impl AsRef<str>>,
    ) -> io::Result<Vec<bool>> {
        let page: Vec<Fingerprint> = records.map(|it| fingerprint(it.as_ref())).collect();
        let mut known: HashMap<Fingerprint, bool> = page.iter().map(|it| (*it, false)).collect();
        let mut meet = |fingerprint: &Fingerprint| {
            if let Some(known) = known.get_mut(fingerprint) {
                *known = true;
            }
        };
        self.recent.iter().for_each(&mut meet);
        if let Some(file) = &mut self.older {
            file.seek(SeekFrom::Start(0))?;
            let mut file = BufReader::with_capacity(1 << 16, file);
            let mut fingerprint = [0; WIDTH];
            while file.read_exact(&mut fingerprint).is_ok() {
                meet(&fingerprint);
            }
        }
        let answers: Vec<_> =
            page.iter().map(|it| known.get(it).copied().unwrap_or_default()).collect();
        self.recent.extend(page);
        if self.recent.len() > RECENT {
            let file = match &mut self.older {
                Some(file) => file,
                none => none.insert(tempfile::tempfile()?),
            };
            file.seek(SeekFrom::End(0))?;
            file.write_all(self.recent.as_flattened())?;
            self.recent.clear();
        }
        Ok(answers)
    }
}

fn fingerprint(record: &str) -> Fingerprint {
    let digest = Sha256::digest(record.as_bytes());
    let mut fingerprint = Fingerprint::default();
    fingerprint.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_however_long_ago_it_came() {
        let mut seen = Seen::default();
        let page = |from: usize, to: usize| (from..to).map(|n| n.to_string()).collect::<Vec<_>>();
        let mut meet = |records: &[String]| seen.page(records.iter().map(String::as_str)).unwrap();
        for start in (0..20_000).step_by(1000) {
            assert!(!meet(&page(start, start + 1000)).contains(&true), "{start}");
        }
        assert!(!meet(&page(5, 8)).contains(&false));
        assert!(!meet(&page(19_990, 20_000)).contains(&false));
        assert_eq!(meet(&["x".into(), "x".into(), "1".into()]), [false, false, true]);
    }
}
