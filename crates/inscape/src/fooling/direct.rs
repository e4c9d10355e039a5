use super::canvas::Canvas;
use super::file::Reader;
use super::genome::Genome;
use super::variation::{crossover, polynomial};
use crate::random::Deviates;

/// The direct encoding: a gene per pixel and color, in [0, 1], first drawn evenly.
///
/// Genes are kept on the 256 levels of the image itself, which is what the network sees and what is saved.
#[derive(Clone)]
pub(super) struct Pixels(Vec<u8>);

/// The part of genes that mutate in the first thousand generations; it halves with every thousand more.
const MUTATION: f64 = 0.1;

/// Generations after which the mutation rate halves.
const HALVING: usize = 1000;

/// How often a pair is crossed rather than copied; all its genes are.
const CROSSING: f64 = 0.5;

impl Genome for Pixels {
    fn random(canvas: &Canvas, draw: &mut Deviates) -> Pixels {
        Pixels((0..canvas.len()).map(|_| level(draw.uniform())).collect())
    }

    fn offspring(parents: [&Pixels; 2], generation: usize, draw: &mut Deviates) -> [Pixels; 2] {
        let mut children = parents.map(Pixels::clone);
        if draw.uniform() < CROSSING {
            let [Pixels(first), Pixels(second)] = &mut children;
            for (a, b) in first.iter_mut().zip(second) {
                if a != b {
                    let r = draw.uniform() as f32;
                    let [low, high] = crossover(gene(*a), gene(*b), r).map(|gene| level(gene.into()));
                    (*a, *b) = if draw.below(2) == 0 { (low, high) } else { (high, low) };
                }
            }
        }
        let rate = MUTATION * 0.5f64.powi((generation / HALVING) as i32);
        for cell in children.iter_mut().flat_map(|child| &mut child.0) {
            if draw.uniform() < rate {
                *cell = level(f64::from(gene(*cell)) + polynomial(draw.uniform()));
            }
        }
        children
    }

    fn paint(&self, _: &Canvas, pixels: &mut [u8]) {
        pixels.copy_from_slice(&self.0);
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.0);
    }

    fn read(canvas: &Canvas, bytes: &mut Reader<'_>) -> Option<Pixels> {
        bytes.take(canvas.len()).map(|pixels| Pixels(pixels.to_vec()))
    }
}

fn gene(level: u8) -> f32 {
    f32::from(level) / 255.0
}

/// The nearest level of a gene, kept within its bounds.
fn level(gene: f64) -> u8 {
    (gene.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Canvas = Canvas { height: 100, width: 100, channels: 3 };

    #[test]
    fn a_tenth_of_the_genes_mutates_and_half_of_that_a_thousand_generations_later() {
        let parent = Pixels(vec![128; CANVAS.len()]);
        for (generation, rate) in [(1, 0.1), (999, 0.1), (1000, 0.05), (2500, 0.025)] {
            let mut draw = Deviates::new(5, generation as u64);
            let children = Pixels::offspring([&parent, &parent], generation, &mut draw);
            let all = 2.0 * CANVAS.len() as f64;
            let changed = children.iter().flat_map(|child| &child.0).filter(|&&level| level != 128).count();
            // A mutation below half a level leaves the gene: |δ| < 1/510 has probability 1 − (1 − 1/510)^16.
            let p = rate * (1.0f64 - 1.0 / 510.0).powi(16);
            let error = 4.0 * (all * p * (1.0 - p)).sqrt();
            assert!((changed as f64 - all * p).abs() < error, "{generation}: {changed}");
        }
    }

    #[test]
    fn half_of_the_pairs_are_crossed() {
        let parents = [Pixels(vec![100; 300]), Pixels(vec![140; 300])];
        let crossed = (0..400).filter(|&item| {
            let mut draw = Deviates::new(9, item);
            let [child, _] = Pixels::offspring([&parents[0], &parents[1]], 0, &mut draw);
            // An uncrossed child keeps nine tenths of one parent's genes.
            child.0.iter().filter(|&&level| level == 100).count() < 200
        });
        let crossed = crossed.count();
        assert!((crossed as i32 - 200).abs() <= 40, "{crossed}");
    }

    #[test]
    fn first_images_are_even_noise() {
        let Pixels(levels) = Pixels::random(&CANVAS, &mut Deviates::new(0, 0));
        let mean = levels.iter().map(|&level| f64::from(level)).sum::<f64>() / levels.len() as f64;
        // Four standard errors of the mean of an even variable over 0..255: 4·255/√(12·30000).
        assert!((mean - 127.5).abs() < 1.7, "{mean}");
    }
}
