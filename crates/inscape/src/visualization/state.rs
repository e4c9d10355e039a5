use serde::{Deserialize, Serialize};

use super::render::CurvePoint;
use crate::error::{Error, ErrorKind};

/// Where an optimization stands, so that it can go on later as if it had never stopped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The part that is text.
    pub(super) log: Log,
    /// The numbers that are optimized, image after image.
    pub(super) values: Vec<f32>,
    /// What the optimizer remembers, image after image.
    pub(super) memory: Vec<f32>,
    /// The best images so far, where the recipe keeps them.
    pub(super) best: Vec<f32>,
}

/// What has been seen so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Log {
    /// What is being made: another key cannot go on from here.
    pub(super) key: String,
    pub(super) step: usize,
    /// Untransformed objectives at the start.
    pub(super) first: Vec<f64>,
    /// Mean |∂objective/∂image| at the first step.
    pub(super) slopes: Vec<f64>,
    pub(super) best: Vec<Option<f64>>,
    /// Images that stopped at numbers that are none, and at which step.
    pub(super) stopped: Vec<Option<usize>>,
    /// Steps with a dead gradient, and the first.
    pub(super) dead: Vec<(usize, usize)>,
    /// Images that had to start from noise.
    pub(super) noised: Vec<bool>,
    pub(super) curves: Vec<Vec<CurvePoint>>,
}

const MAGIC: &[u8] = b"inscape optimization 1\n";

impl State {
    /// Steps that are done.
    pub fn step(&self) -> usize {
        self.log.step
    }

    /// What is being made, as it was given in [`Course::key`](super::Course::key).
    pub fn key(&self) -> &str {
        &self.log.key
    }

    /// The same state for a request of another word, such as one whose recipe was changed on the way.
    pub fn keyed(mut self, key: String) -> State {
        self.log.key = key;
        self
    }

    /// As the bytes of a file: a line of JSON, then numbers.
    pub fn bytes(&self) -> Vec<u8> {
        let parts = [&self.values, &self.memory, &self.best];
        let lengths = parts.map(Vec::len);
        let head = serde_json::to_string(&(&self.log, lengths)).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(head.bytes().chain([b'\n']));
        for part in parts {
            bytes.extend(part.iter().flat_map(|value| value.to_le_bytes()));
        }
        bytes
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`ErrorKind::File`] for what is no such file or is not whole.
    pub fn parse(bytes: &[u8]) -> Result<State, Error> {
        let wrong = || Error::new(ErrorKind::File, "it is no state of an optimization, or not whole");
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(wrong)?;
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or_else(wrong)?;
        let (log, lengths): (Log, [usize; 3]) = serde_json::from_slice(&rest[..end]).map_err(|_| wrong())?;
        let (numbers, tail) = rest[end + 1..].as_chunks::<4>();
        let total = lengths.iter().try_fold(0usize, |sum, &n| sum.checked_add(n));
        if total != Some(numbers.len()) || !tail.is_empty() {
            return Err(wrong());
        }
        let mut numbers = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes));
        let [values, memory, best] = lengths.map(|n| numbers.by_ref().take(n).collect());
        Ok(State { log, values, memory, best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_file_and_a_torn_file_is_refused() {
        let log = Log { key: "k".into(), step: 3, first: vec![0.1], dead: vec![(1, 2)], ..Log::default() };
        let state = State { log, values: vec![1.0, -0.0], memory: vec![f32::MIN_POSITIVE], best: vec![] };
        let bytes = state.bytes();
        assert_eq!(State::parse(&bytes).unwrap(), state);
        for end in 0..bytes.len() {
            assert!(State::parse(&bytes[..end]).is_err());
        }
    }
}
