//! Text on disk: one compressed frame after the other in one file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Fast rather than small: the snapshot itself is compressed well, once, at its end.
const LEVEL: i32 = 1;

/// A file of Zstandard frames.
#[derive(Debug)]
pub(crate) struct Frames {
    file: Mutex<File>,
    /// Where each frame ends, in bytes.
    ends: Vec<u64>,
}

impl Frames {
    /// A file without a name, which is gone with this value.
    pub(crate) fn temporary() -> io::Result<Self> {
        Ok(Self { file: Mutex::new(tempfile::tempfile()?), ends: Vec::new() })
    }

    /// A file by name, of which the frames with these ends are good; what follows is cut off.
    pub(crate) fn open(path: &Path, ends: Vec<u64>) -> io::Result<Self> {
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let good = ends.last().copied().unwrap_or_default();
        if file.metadata()?.len() < good {
            return Err(io::Error::other("a file of pages is shorter than its journal says"));
        }
        file.set_len(good)?;
        Ok(Self { file: Mutex::new(file), ends })
    }

    /// Where each frame ends, in bytes.
    pub(crate) fn ends(&self) -> &[u64] {
        &self.ends
    }

    /// Adds a frame.
    pub(crate) fn append(&mut self, text: &str) -> io::Result<()> {
        let packed = zstd::bulk::compress(text.as_bytes(), LEVEL)?;
        let start = self.ends.last().copied().unwrap_or_default();
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        file.write_all(&packed)?;
        self.ends.push(start + packed.len() as u64);
        Ok(())
    }

    /// Forgets all but the first so many frames.
    pub(crate) fn truncate(&mut self, frames: usize) -> io::Result<()> {
        self.ends.truncate(frames);
        let end = self.ends.last().copied().unwrap_or_default();
        self.file.get_mut().unwrap_or_else(PoisonError::into_inner).set_len(end)
    }

    /// The text of a frame; `None` past the last.
    pub(crate) fn get(&self, frame: usize) -> io::Result<Option<Vec<u8>>> {
        let Some(end) = self.ends.get(frame).copied() else { return Ok(None) };
        let start = match frame.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
        };
        let mut packed = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(&mut packed)?;
        }
        zstd::stream::decode_all(packed.as_slice()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_half_a_frame_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pages");
        let mut frames = Frames::open(&path, Vec::new()).unwrap();
        frames.append("one").unwrap();
        frames.append("two").unwrap();
        let ends = frames.ends().to_vec();
        File::options().append(true).open(&path).unwrap().write_all(b"half").unwrap();
        let mut frames = Frames::open(&path, ends.clone()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), ends[1]);
        frames.truncate(1).unwrap();
        frames.append("three").unwrap();
        assert_eq!(frames.get(0).unwrap().unwrap(), b"one");
        assert_eq!(frames.get(1).unwrap().unwrap(), b"three");
        assert!(frames.get(2).unwrap().is_none());
        assert!(Frames::open(&path, vec![1_000_000]).is_err());
    }
}
