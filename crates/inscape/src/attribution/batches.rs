use std::ops::Range;

/// The largest batch: beyond it memory grows, time does not fall, and progress is told in longer strides.
const LARGEST: usize = 5;

/// Cuts `n` inputs into batches of one size, so that one plan serves all; the last range may be shorter and is to be
/// filled up.
pub(crate) fn batches(n: usize) -> (usize, impl Iterator<Item = Range<usize>>) {
    let waste = |size: usize| n.div_ceil(size) * size - n;
    let fitting = if n <= LARGEST { n.max(1)..=n.max(1) } else { LARGEST.div_ceil(2)..=LARGEST };
    let size = fitting.rev().min_by_key(|&size| waste(size)).unwrap_or(LARGEST);
    (size, (0..n).step_by(size).map(move |start| start..n.min(start + size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_is_in_one_batch() {
        for n in 1..120 {
            let (size, ranges) = batches(n);
            let all: Vec<usize> = ranges.inspect(|range| assert!(range.len() <= size)).flatten().collect();
            assert_eq!(all, (0..n).collect::<Vec<_>>());
            assert!(size <= LARGEST && n.div_ceil(size) * size - n < LARGEST);
        }
        assert_eq!((batches(50).0, batches(24).0, batches(2).0, batches(13).0), (5, 4, 2, 5));
    }
}
