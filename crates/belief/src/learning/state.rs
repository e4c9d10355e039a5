use inscape::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use super::epoch::Epoch;

/// Where a training stands, so that it can go on later as if it had never stopped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub(super) log: Log,
    /// Finished layers, softmax layers, then what is learning.
    pub(super) numbers: Vec<Vec<f32>>,
}

/// The part that is text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Log {
    /// What is learned from what: another key cannot go on from here.
    pub(super) key: String,
    /// Stages that are done.
    pub(super) stage: usize,
    /// Epochs of the stage that are done.
    pub(super) epoch: usize,
    /// Batches of the epoch that are done.
    pub(super) batch: usize,
    /// Sums over these batches.
    pub(super) sums: Sums,
    /// The reconstruction of the stage's first batch, against which divergence is seen.
    pub(super) first: Option<f64>,
    pub(super) history: Vec<Epoch>,
}

/// Sums over the batches of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) reconstruction: f64,
    pub(super) activation: f64,
    pub(super) loss: f64,
    pub(super) wrong: usize,
    pub(super) seconds: f64,
}

const MAGIC: &[u8] = b"inscape training 1\n";

impl State {
    /// What is learned from what, as it was given to the training.
    pub fn key(&self) -> &str {
        &self.log.key
    }

    /// What was seen so far.
    pub fn history(&self) -> &[Epoch] {
        &self.log.history
    }

    /// As the bytes of a file: a line of JSON, then numbers.
    pub fn bytes(&self) -> Vec<u8> {
        let lengths: Vec<usize> = self.numbers.iter().map(Vec::len).collect();
        let head = serde_json::to_string(&(&self.log, lengths)).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(head.bytes().chain([b'\n']));
        for part in &self.numbers {
            bytes.extend(part.iter().flat_map(|value| value.to_le_bytes()));
        }
        bytes
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`ErrorKind::File`] for what is no such file or is not whole.
    pub fn parse(bytes: &[u8]) -> Result<State, Error> {
        let wrong = || Error::new(ErrorKind::File, "it is no checkpoint of a training, or not whole");
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(wrong)?;
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or_else(wrong)?;
        let (log, lengths): (Log, Vec<usize>) = serde_json::from_slice(&rest[..end]).map_err(|_| wrong())?;
        let (numbers, tail) = rest[end + 1..].as_chunks::<4>();
        let total = lengths.iter().try_fold(0usize, |sum, &n| sum.checked_add(n));
        if total != Some(numbers.len()) || !tail.is_empty() {
            return Err(wrong());
        }
        let mut all = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes));
        let numbers = lengths.into_iter().map(|n| all.by_ref().take(n).collect()).collect();
        Ok(State { log, numbers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_file_and_a_torn_file_is_refused() {
        let log = Log { key: "k".into(), epoch: 3, first: Some(0.1), ..Log::default() };
        let state = State { log, numbers: vec![vec![1.0, -0.0], vec![], vec![f32::MIN_POSITIVE]] };
        let bytes = state.bytes();
        assert_eq!(State::parse(&bytes).unwrap(), state);
        for end in 0..bytes.len() {
            assert!(State::parse(&bytes[..end]).is_err());
        }
    }
}
