use sha2::{Digest, Sha256};

/// What an archive begins with.
const MAGIC: &[u8] = b"inscape.archive/1\n";

/// Bytes of the hash at the end.
const HASH: usize = 32;

/// Reads numbers and bytes from an archive; `None` at its end.
pub(crate) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(super) fn f32(&mut self) -> Option<f32> {
        self.u32().map(f32::from_bits)
    }

    pub(super) fn f64(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Opens an archive: its words and the rest. `None` where it is none, or damaged.
pub(super) fn open(bytes: &[u8]) -> Option<(&str, Reader<'_>)> {
    let (body, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
    if Sha256::digest(body).as_slice() != hash {
        return None;
    }
    let mut reader = Reader(body.strip_prefix(MAGIC)?);
    let len = reader.u32()? as usize;
    let words = std::str::from_utf8(reader.take(len)?).ok()?;
    Some((words, reader))
}

/// Begins an archive with the words that say what it is of.
pub(super) fn begin(words: &str) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend((words.len() as u32).to_le_bytes());
    bytes.extend(words.as_bytes());
    bytes
}

/// Ends an archive with its hash.
pub(super) fn end(mut bytes: Vec<u8>) -> Vec<u8> {
    let hash = Sha256::digest(&bytes);
    bytes.extend_from_slice(&hash);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let mut bytes = begin("words");
        bytes.extend(7u32.to_le_bytes());
        let bytes = end(bytes);
        let (words, mut rest) = open(&bytes).unwrap();
        assert_eq!((words, rest.u32(), rest.u32()), ("words", Some(7), None));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(open(&damaged).is_none() && open(&bytes[..at]).is_none());
        }
    }
}
