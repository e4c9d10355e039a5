//! What training does, against definitions in f64, enumeration and finite differences.

mod autoencoder;
mod boltzmann;
mod likelihood;
mod softmax;
mod training;

use inscape::Deviates;

use super::random::Place;
use crate::examples::{Examples, Values};

const PLACE: Place = Place { seed: 3, stage: 0, epoch: 0, batch: 0 };

/// Pictures that lie in memory.
struct Few {
    size: [usize; 2],
    values: Values,
    pictures: Vec<Vec<f32>>,
    labels: Option<Vec<u8>>,
}

impl Examples for Few {
    fn count(&self) -> usize {
        self.pictures.len()
    }
    fn size(&self) -> [usize; 2] {
        self.size
    }
    fn values(&self) -> Values {
        self.values
    }
    fn read(&self, index: usize, numbers: &mut [f32]) {
        numbers.copy_from_slice(&self.pictures[index]);
    }
    fn label(&self, index: usize) -> Option<u8> {
        Some(self.labels.as_ref()?[index])
    }
    fn source(&self) -> String {
        "few".to_owned()
    }
}

/// Pictures of n × n of which whole rows (label 0) or whole columns (label 1) are lit, drawn `count` times.
fn bars_and_stripes(n: usize, count: usize) -> Few {
    let mut deviates = Deviates::new(1, 0);
    let mut draw = || {
        let lit: Vec<f32> = (0..n).map(|_| deviates.below(2) as f32).collect();
        let label = deviates.below(2) as u8;
        let of = |i: usize| if label == 0 { lit[i / n] } else { lit[i % n] };
        ((0..n * n).map(of).collect::<Vec<f32>>(), label)
    };
    let (pictures, labels) = (0..count).map(|_| draw()).unzip();
    Few { size: [n, n], values: Values::Unit, pictures, labels: Some(labels) }
}

/// Normal deviates in f32, times a scale.
fn normal(item: u64, count: usize, scale: f64) -> Vec<f32> {
    let mut deviates = Deviates::new(9, item);
    (0..count).map(|_| (scale * deviates.normal()) as f32).collect()
}

/// Uniform deviates.
fn uniform(item: u64, count: usize) -> Vec<f32> {
    let mut numbers = vec![0.0; count];
    Deviates::new(9, item).fill(&mut numbers);
    numbers
}

fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&x| f64::from(x)).collect()
}

fn sigma(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// A row-major matrix (rows × columns) times a vector.
fn times(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(vector.len()).map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
}

/// The transpose of a row-major matrix of so many columns.
fn turned(matrix: &[f64], columns: usize) -> Vec<f64> {
    (0..columns).flat_map(|c| matrix.iter().skip(c).step_by(columns).copied()).collect()
}

#[track_caller]
fn close(a: &[f32], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (&a, &b)) in a.iter().zip(b).enumerate() {
        let a = f64::from(a);
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{i}: {a} against {b}");
    }
}

/// The slope of `f` along every number of `at`, by central differences.
fn slopes(at: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let shifted = |i: usize, by: f64| {
        let mut there = at.to_vec();
        there[i] += by;
        f(&there)
    };
    (0..at.len()).map(|i| (shifted(i, STEP) - shifted(i, -STEP)) / (2.0 * STEP)).collect()
}
