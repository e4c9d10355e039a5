use std::collections::HashMap;
use std::sync::Arc;

use super::canvas::Canvas;
use super::file::Reader;
use super::genome::Genome;

/// The best image of every class so far. One image may be the best of several classes.
pub(super) struct Archive<G> {
    cells: Vec<Option<Cell<G>>>,
}

struct Cell<G> {
    member: Arc<Member<G>>,
    probability: f64,
}

pub(super) struct Member<G> {
    pub(super) genome: G,
    /// When it was bred.
    pub(super) generation: u32,
}

impl<G: Genome> Archive<G> {
    pub(super) fn new(classes: usize) -> Archive<G> {
        Archive { cells: (0..classes).map(|_| None).collect() }
    }

    /// Lets an image compete in every class: it takes the cells whose image is less probable. A probability that is no
    /// number takes none.
    pub(super) fn offer(&mut self, genome: G, generation: u32, probabilities: &[f64]) {
        let better = |(cell, p): (&Option<Cell<G>>, f64)| {
            !p.is_nan() && cell.as_ref().is_none_or(|cell| p > cell.probability)
        };
        if !self.cells.iter().zip(probabilities).any(|(cell, &p)| better((cell, p))) {
            return;
        }
        let member = Arc::new(Member { genome, generation });
        for (cell, &probability) in self.cells.iter_mut().zip(probabilities) {
            if better((cell, probability)) {
                *cell = Some(Cell { member: member.clone(), probability });
            }
        }
    }

    /// The images of the occupied cells, among which parents are drawn evenly.
    pub(super) fn parents(&self) -> Vec<&G> {
        self.cells.iter().flatten().map(|cell| &cell.member.genome).collect()
    }

    pub(super) fn member(&self, class: usize) -> Option<&Member<G>> {
        self.cells.get(class)?.as_ref().map(|cell| &*cell.member)
    }

    /// The best probability of each class; 0 where no image has been.
    pub(super) fn best(&self) -> Vec<f64> {
        self.cells.iter().map(|cell| cell.as_ref().map_or(0.0, |cell| cell.probability)).collect()
    }

    /// Adds it to a file: each image once, then the cells by the image's number.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        let mut numbers = HashMap::new();
        let mut members = Vec::new();
        for cell in self.cells.iter().flatten() {
            numbers.entry(Arc::as_ptr(&cell.member)).or_insert_with(|| {
                members.push(&cell.member);
                members.len() as u32 - 1
            });
        }
        bytes.extend((members.len() as u32).to_le_bytes());
        for member in &members {
            bytes.extend(member.generation.to_le_bytes());
            member.genome.write(bytes);
        }
        for cell in &self.cells {
            let (number, probability) = match cell {
                Some(cell) => (numbers[&Arc::as_ptr(&cell.member)], cell.probability),
                None => (EMPTY, 0.0),
            };
            bytes.extend(number.to_le_bytes());
            bytes.extend(probability.to_le_bytes());
        }
    }

    pub(super) fn read(canvas: &Canvas, classes: usize, bytes: &mut Reader<'_>) -> Option<Archive<G>> {
        let count = bytes.u32()? as usize;
        let mut members = Vec::new();
        for _ in 0..count {
            let generation = bytes.u32()?;
            members.push(Arc::new(Member { genome: G::read(canvas, bytes)?, generation }));
        }
        let mut cells = Vec::new();
        for _ in 0..classes {
            let (number, probability) = (bytes.u32()?, bytes.f64()?);
            cells.push(match number {
                EMPTY => None,
                number => Some(Cell { member: members.get(number as usize)?.clone(), probability }),
            });
        }
        Some(Archive { cells })
    }
}

/// The number of no image.
const EMPTY: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::super::direct::Pixels;
    use super::super::file;
    use super::*;
    use crate::random::Deviates;

    const CANVAS: Canvas = Canvas { height: 2, width: 3, channels: 1 };

    fn some(seed: u64) -> Pixels {
        Pixels::random(&CANVAS, &mut Deviates::new(seed, 0))
    }

    #[test]
    fn an_image_takes_the_cells_it_is_better_in_and_no_others() {
        let mut archive = Archive::new(3);
        archive.offer(some(0), 0, &[0.2, 0.5, f64::NAN]);
        assert_eq!((archive.best(), archive.parents().len()), (vec![0.2, 0.5, 0.0], 2));
        archive.offer(some(1), 1, &[0.6, 0.4, 0.0]);
        let born: Vec<u32> = (0..3).map(|class| archive.member(class).unwrap().generation).collect();
        assert_eq!((archive.best(), born), (vec![0.6, 0.5, 0.0], vec![1, 0, 1]));
        archive.offer(some(2), 2, &[0.6, 0.5, 0.0]);
        assert_eq!(archive.member(0).unwrap().generation, 1, "an equal leaves the former in its place");
    }

    #[test]
    fn a_file_holds_each_image_once_and_gives_the_same_archive() {
        let mut archive = Archive::new(4);
        archive.offer(some(0), 0, &[0.2, 0.5, f64::NAN, 0.1]);
        archive.offer(some(1), 3, &[0.6, 0.4, f64::NAN, 0.0]);
        let mut bytes = file::begin("");
        archive.write(&mut bytes);
        let bytes = file::end(bytes);
        let (_, mut reader) = file::open(&bytes).unwrap();
        let again = Archive::<Pixels>::read(&CANVAS, 4, &mut reader).unwrap();
        assert!(reader.is_empty() && again.best() == archive.best() && again.member(2).is_none());
        let mut written = file::begin("");
        again.write(&mut written);
        assert_eq!(file::end(written), bytes);
    }
}
