#![expect(unsafe_code, reason = "mapping a file")]

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use memmap2::Mmap;

/// A file read in place through the page cache.
pub struct MappedFile {
    file: File,
    bytes: Bytes,
}

/// The maps that are in use, for [`release`].
static MAPS: Mutex<Vec<Weak<Mmap>>> = Mutex::new(Vec::new());

struct Shared(Arc<Mmap>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl MappedFile {
    /// Maps a whole file.
    pub fn open(path: &Path) -> io::Result<MappedFile> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder"));
        }
        // SAFETY: the map is private and read-only. A file truncated by someone else while it is mapped is beyond
        // any program's power; `unchanged` finds what can be found.
        let map = Arc::new(unsafe { memmap2::MmapOptions::new().map_copy_read_only(&file)? });
        let mut maps = MAPS.lock().unwrap_or_else(PoisonError::into_inner);
        maps.retain(|map| map.strong_count() > 0);
        maps.push(Arc::downgrade(&map));
        Ok(MappedFile { file, bytes: Bytes::from_owner(Shared(map)) })
    }

    /// The whole content, shared, without a copy.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Whether the file still has the size it had when it was opened.
    pub fn unchanged(&self) -> bool {
        self.file.metadata().is_ok_and(|now| now.len() == self.bytes.len() as u64)
    }
}

/// Gives the memory of bytes back to the system, where they are a mapped file's: whoever reads them again gets them from
/// the page cache. Other bytes stay as they are.
pub(crate) fn release(bytes: &[u8]) {
    #[cfg(unix)]
    {
        let maps = MAPS.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for map in maps.iter().filter_map(Weak::upgrade) {
            if map.as_ptr_range().contains(&bytes.as_ptr()) {
                let offset = bytes.as_ptr() as usize - map.as_ptr() as usize;
                // SAFETY: the map is private and nobody can have written to it, so that its pages are the file's before
                // and after. What cannot be given back stays, which harms nobody.
                let _ = unsafe {
                    map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, offset, bytes.len())
                };
            }
        }
    }
    #[cfg(not(unix))]
    let _ = bytes;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_reads_as_before() {
        let folder = std::env::temp_dir().join(format!("inscape-mapped-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("numbers");
        let numbers: Vec<u8> = (0..100_000).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &numbers).unwrap();
        let bytes = MappedFile::open(&path).unwrap().bytes();
        assert_eq!(bytes, numbers);
        release(&bytes[100..90_000]);
        release(&numbers);
        assert_eq!(bytes, numbers);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
