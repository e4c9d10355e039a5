use inscape::Deviates;
use inscape_tensor::Pool;

use super::agreement::mean;
use super::{Optimum, Units};
use crate::network::Network;

/// How selective units are: A_ij = σ(a_j(x*_i)), the activation of unit j on the picture that excites unit i most (Erhan
/// et al. 2009).
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// Units: rows and columns.
    pub units: usize,
    /// A, row after row.
    pub matrix: Vec<f32>,
    /// a, row after row: in f32 several activations may round to 1, and only total inputs tell which is larger.
    pub totals: Vec<f32>,
}

/// What the same matrix says once the pictures have changed places, over many shuffles: what chance gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shuffled {
    /// The mean share of rows whose unit wins.
    pub wins: f64,
    /// The mean activation of the units.
    pub diagonal: f64,
}

const SHUFFLES: usize = 200;

impl Sensitivity {
    /// Of the optima of units of one layer, in their order.
    ///
    /// # Panics
    /// If the network has not those units.
    pub fn of(network: &Network, units: &Units, optima: &[Optimum], pool: &Pool) -> Sensitivity {
        let pictures: Vec<f32> = optima.iter().flat_map(Optimum::x).copied().collect();
        let below = network.up(pool, &pictures, units.layer - 1);
        let dense = &network.layers[units.layer - 1].up;
        let rows = dense.apply(pool, &below);
        let rows = rows.chunks(dense.outputs);
        let totals: Vec<f32> = rows.flat_map(|row| optima.iter().map(|of| row[of.unit])).collect();
        Sensitivity::from_totals(optima.len(), totals)
    }

    fn from_totals(units: usize, totals: Vec<f32>) -> Sensitivity {
        let on = |total: f32| (1.0 / (1.0 + (-f64::from(total)).exp())) as f32;
        Sensitivity { units, matrix: totals.iter().map(|&total| on(total)).collect(), totals }
    }

    /// The share of rows in which the unit whose picture it is wins: no other is as active.
    pub fn wins(&self) -> f64 {
        self.share(&(0..self.units).collect::<Vec<_>>())
    }

    /// The mean activation of units on their own pictures.
    pub fn diagonal(&self) -> f64 {
        mean((0..self.units).map(|i| self.at(i, i)))
    }

    /// The mean activation of units on the others' pictures.
    pub fn others(&self) -> f64 {
        let n = self.units;
        mean(
            (0..n)
                .flat_map(|i| (0..n).filter(move |&j| j != i).map(move |j| (i, j)))
                .map(|(i, j)| self.at(i, j)),
        )
    }

    /// The same with the pictures dealt to the units anew, many times.
    pub fn shuffled(&self, seed: u64) -> Shuffled {
        let mut random = Deviates::new(seed, 0);
        let mut order: Vec<usize> = (0..self.units).collect();
        let (mut wins, mut diagonal) = (0.0, 0.0);
        for _ in 0..SHUFFLES {
            for i in (1..order.len()).rev() {
                order.swap(i, random.below(i + 1));
            }
            wins += self.share(&order);
            diagonal += mean(order.iter().enumerate().map(|(i, &j)| self.at(i, j)));
        }
        Shuffled { wins: wins / SHUFFLES as f64, diagonal: diagonal / SHUFFLES as f64 }
    }

    /// The share of rows i in which unit `order[i]` wins.
    fn share(&self, order: &[usize]) -> f64 {
        let total = |i: usize, j: usize| self.totals[i * self.units + j];
        let won = |i: usize, own: usize| (0..self.units).all(|j| j == own || total(i, j) < total(i, own));
        mean(order.iter().enumerate().map(|(i, &own)| f64::from(u8::from(won(i, own)))))
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        f64::from(self.matrix[i * self.units + j])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Kind;
    use crate::network::tests::{network, reference};
    use crate::units::Maximization;
    use inscape::Watch;

    #[test]
    fn entries_are_activations_on_the_others_pictures() {
        let made = network(41, Kind::Dbn, true);
        let units = Units { layer: 2, indices: vec![4, 1, 2] };
        let settings = Maximization { starts: 2, steps: 50, ..Maximization::default() };
        let optima =
            settings.of(&made, &made.model(1).unwrap(), &units, Pool::single(), &Watch::default()).unwrap();
        let found = Sensitivity::of(&made, &units, &optima, Pool::single());
        for (i, optimum) in optima.iter().enumerate() {
            let hidden = &reference(&made, optimum.x())[3].1;
            for (j, unit) in [4, 1, 2].into_iter().enumerate() {
                assert!((hidden[unit] - f64::from(found.matrix[i * 3 + j])).abs() < 1e-5);
            }
            assert!((f64::from(found.matrix[i * 4]) - optimum.probability()).abs() < 1e-5);
        }
    }

    #[test]
    fn a_perfect_matrix_always_wins_and_a_shuffled_one_by_chance() {
        let n = 20;
        let odds = |p: f32| (p / (1.0 - p)).ln();
        let totals = (0..n * n).map(|i| odds(if i % (n + 1) == 0 { 0.9 } else { 0.2 })).collect();
        let perfect = Sensitivity::from_totals(n, totals);
        assert_eq!(perfect.wins(), 1.0);
        assert!((perfect.diagonal() - 0.9).abs() < 1e-6 && (perfect.others() - 0.2).abs() < 1e-6);
        let chance = perfect.shuffled(1);
        // a row is dealt its own picture once in n: four standard errors of 200·n draws
        assert!((chance.wins - 0.05).abs() < 0.014 && (chance.diagonal - 0.235).abs() < 0.01, "{chance:?}");
        let level = Sensitivity::from_totals(3, vec![0.5; 9]);
        assert_eq!(level.wins(), 0.0, "a draw is no win");
        let bright = Sensitivity::from_totals(2, vec![40.0, 39.0, 38.0, 41.0]);
        assert_eq!(
            (bright.wins(), bright.others()),
            (1.0, 1.0),
            "activations that round to 1 are told apart"
        );
    }
}
