//! One machine, against its definition.

use inscape_tensor::Pool;

use super::super::learner::Learner;
use super::super::parameter::Stride;

use super::super::random::Purpose;
use super::super::rbm::Rbm;
use super::super::recipe::{Negative, RbmRecipe, Recipe};
use super::{PLACE, close, normal, sigma, slopes, times, turned, uniform, wide};
use crate::examples::Values;
use crate::network::Kind;

/// A machine in f64: W (hidden × visible), c, b.
struct Slow {
    w: Vec<f64>,
    c: Vec<f64>,
    b: Vec<f64>,
    values: Values,
}

impl Slow {
    fn up(&self, v: &[f64]) -> Vec<f64> {
        times(&self.w, v).iter().zip(&self.c).map(|(a, c)| sigma(a + c)).collect()
    }

    fn down(&self, h: &[f64]) -> Vec<f64> {
        let total = times(&turned(&self.w, self.b.len()), h);
        let unit = |a: f64| if self.values == Values::Unit { sigma(a) } else { a };
        total.iter().zip(&self.b).map(|(a, b)| unit(a + b)).collect()
    }

    fn visible_energy(&self, v: &[f64]) -> f64 {
        match self.values {
            Values::Unit => -v.iter().zip(&self.b).map(|(v, b)| v * b).sum::<f64>(),
            Values::Real => v.iter().zip(&self.b).map(|(v, b)| 0.5 * (v - b) * (v - b)).sum(),
        }
    }

    /// E(v, h).
    fn energy(&self, v: &[f64], h: &[f64]) -> f64 {
        let inputs = times(&self.w, v);
        self.visible_energy(v) - inputs.iter().zip(&self.c).zip(h).map(|((a, c), h)| (a + c) * h).sum::<f64>()
    }

    /// F(v).
    fn free_energy(&self, v: &[f64]) -> f64 {
        let inputs = times(&self.w, v);
        self.visible_energy(v) - inputs.iter().zip(&self.c).map(|(a, c)| (a + c).exp().ln_1p()).sum::<f64>()
    }
}

fn recipe() -> RbmRecipe {
    Recipe::preset("hinton2006", Kind::Dbn).unwrap().rbm
}

const ROWS: usize = 5;
const VISIBLE: usize = 6;
const HIDDEN: usize = 4;

/// A machine with weights of ordinary size, and its twin.
fn machine(recipe: &RbmRecipe, values: Values) -> (Rbm, Slow) {
    let mut rbm = Rbm::new(recipe, [ROWS, HIDDEN], values, &[0.0; VISIBLE], PLACE, Pool::single());
    let (w, c, b) = (normal(1, HIDDEN * VISIBLE, 0.7), normal(2, HIDDEN, 0.5), normal(3, VISIBLE, 0.5));
    let slow = Slow { w: wide(&w), c: wide(&c), b: wide(&b), values };
    let still = |n: usize| vec![0.0; n];
    let numbers = [w, still(HIDDEN * VISIBLE), c, still(HIDDEN), b, still(VISIBLE), still(HIDDEN), vec![]];
    rbm.restore(&numbers).unwrap();
    (rbm, slow)
}

/// All binary vectors of a length.
fn binary(n: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..1 << n).map(move |bits: usize| (0..n).map(|i| f64::from((bits >> i & 1) as u32)).collect())
}

fn free_energy(rbm: &mut Rbm, v: &[f64]) -> f64 {
    rbm.input()[..VISIBLE].iter_mut().zip(v).for_each(|(to, &v)| *to = v as f32);
    rbm.cost(1)[0]
}

#[test]
fn free_energies_sum_to_the_partition_function_and_give_the_marginals() {
    let (mut rbm, slow) = machine(&recipe(), Values::Unit);
    let marginal = |v: &[f64]| binary(HIDDEN).map(|h| (-slow.energy(v, &h)).exp()).sum::<f64>();
    let z: f64 = binary(VISIBLE).map(|v| marginal(&v)).sum();
    let from_free: f64 = binary(VISIBLE).map(|v| (-free_energy(&mut rbm, &v)).exp()).sum();
    assert!((from_free / z - 1.0).abs() < 1e-5, "{from_free} {z}");
    for v in binary(VISIBLE) {
        let p = (-free_energy(&mut rbm, &v)).exp() / from_free;
        assert!((p / (marginal(&v) / z) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn the_slope_of_the_free_energy_is_minus_the_hidden_probability() {
    for values in [Values::Unit, Values::Real] {
        let (mut rbm, slow) = machine(&recipe(), values);
        let v = wide(&normal(4, VISIBLE, 1.0));
        let fast = free_energy(&mut rbm, &v);
        assert!((fast - slow.free_energy(&v)).abs() < 1e-5 * (1.0 + fast.abs()));
        let along = slopes(&slow.c, |c| {
            Slow { w: slow.w.clone(), c: c.to_vec(), b: slow.b.clone(), values }.free_energy(&v)
        });
        close(
            &along.iter().map(|&s| s as f32).collect::<Vec<_>>(),
            &slow.up(&v).iter().map(|p| -p).collect::<Vec<_>>(),
            1e-6,
        );
    }
}

/// States drawn as the machine draws them.
fn drawn(p: &[Vec<f64>], turn: usize) -> Vec<Vec<f64>> {
    let mut u = vec![0.0; p.len() * HIDDEN];
    PLACE.stream(Purpose::Hidden, turn, 0).fill(&mut u);
    let state = |(p, u): (&f64, &f32)| f64::from(u8::from(f64::from(*u) < *p));
    p.iter().zip(u.chunks(HIDDEN)).map(|(p, u)| p.iter().zip(u).map(state).collect()).collect()
}

fn data(values: Values) -> Vec<Vec<f64>> {
    let numbers = match values {
        Values::Unit => uniform(5, ROWS * VISIBLE),
        Values::Real => normal(5, ROWS * VISIBLE, 1.0),
    };
    wide(&numbers).chunks(VISIBLE).map(<[f64]>::to_vec).collect()
}

#[test]
fn a_step_is_the_gradient_of_free_energies_of_data_and_of_fixed_samples() {
    for (values, negative, steps) in [
        (Values::Unit, Negative::Data, 1),
        (Values::Unit, Negative::Data, 3),
        (Values::Real, Negative::Data, 1),
        (Values::Real, Negative::Data, 2),
        (Values::Unit, Negative::Persistent, 2),
        (Values::Real, Negative::Persistent, 1),
    ] {
        let (mut rbm, slow) = machine(&RbmRecipe { negative, steps, ..recipe() }, values);
        let data = data(values);
        let flat: Vec<f32> = data.iter().flatten().map(|&v| v as f32).collect();
        rbm.input().copy_from_slice(&flat);
        let seen = rbm.learn(PLACE, Stride { momentum: 0.0, rate: 1.0, cost: 0.0 });

        let mut states = drawn(&data.iter().map(|v| slow.up(v)).collect::<Vec<_>>(), 0);
        let mut samples = Vec::new();
        for step in 1..=steps {
            samples = states.iter().map(|h| slow.down(h)).collect::<Vec<_>>();
            if negative == Negative::Persistent {
                let mut deviates = PLACE.stream(Purpose::Visible, step, 0);
                samples.iter_mut().flatten().for_each(|v| match values {
                    Values::Unit => *v = f64::from(u8::from(deviates.uniform() < *v)),
                    Values::Real => *v += deviates.normal(),
                });
            }
            states = drawn(&samples.iter().map(|v| slow.up(v)).collect::<Vec<_>>(), step);
        }
        let apart = data.iter().flatten().zip(samples.iter().flatten()).map(|(a, b)| (a - b) * (a - b));
        let apart = apart.sum::<f64>() / (ROWS * VISIBLE) as f64;
        assert!((seen.reconstruction - apart).abs() < 1e-5, "{} {apart}", seen.reconstruction);

        let gap = |machine: &Slow| {
            let mean = |of: &[Vec<f64>]| of.iter().map(|v| machine.free_energy(v)).sum::<f64>() / ROWS as f64;
            mean(&samples) - mean(&data)
        };
        let along_w =
            slopes(&slow.w, |w| gap(&Slow { w: w.to_vec(), c: slow.c.clone(), b: slow.b.clone(), values }));
        let along_c =
            slopes(&slow.c, |c| gap(&Slow { w: slow.w.clone(), c: c.to_vec(), b: slow.b.clone(), values }));
        let along_b =
            slopes(&slow.b, |b| gap(&Slow { w: slow.w.clone(), c: slow.c.clone(), b: b.to_vec(), values }));
        let numbers = rbm.numbers();
        close(numbers[1], &along_w, 2e-5);
        close(numbers[3], &along_c, 2e-5);
        close(numbers[5], &along_b, 2e-5);
        assert_eq!(numbers[7].len(), if negative == Negative::Persistent { ROWS * HIDDEN } else { 0 });
    }
}

#[test]
fn momentum_and_weight_cost_act_as_written() {
    let (mut rbm, slow) = machine(&recipe(), Values::Unit);
    let flat: Vec<f32> = data(Values::Unit).iter().flatten().map(|&v| v as f32).collect();
    rbm.input().copy_from_slice(&flat);
    rbm.learn(PLACE, Stride { momentum: 0.0, rate: 1.0, cost: 0.0 });
    let gradient = wide(rbm.numbers()[1]);
    let (mut again, _) = machine(&recipe(), Values::Unit);
    again.input().copy_from_slice(&flat);
    again.learn(PLACE, Stride { momentum: 0.0, rate: 0.5, cost: 0.1 });
    let expected: Vec<f64> = gradient.iter().zip(&slow.w).map(|(g, w)| 0.5 * g - 0.1 * w).collect();
    close(again.numbers()[1], &expected, 1e-5);
    let before = again.numbers().iter().map(|n| n.to_vec()).collect::<Vec<_>>();
    again.input().copy_from_slice(&flat);
    again.learn(PLACE, Stride { momentum: 1.0, rate: 0.0, cost: 0.0 });
    assert_eq!(again.numbers()[1], before[1], "velocity stays where nothing pulls");
    let moved: Vec<f64> = before[0].iter().zip(&before[1]).map(|(w, v)| f64::from(w + v)).collect();
    close(again.numbers()[0], &moved, 1e-6);
}

#[test]
fn sparsity_drives_activations_towards_its_target() {
    let activation = |cost: f64| {
        let recipe = RbmRecipe { sparsity: 0.05, sparsity_cost: vec![cost], sparsity_decay: 0.5, ..recipe() };
        let (mut rbm, _) = machine(&recipe, Values::Unit);
        let flat: Vec<f32> = data(Values::Unit).iter().flatten().map(|&v| v as f32).collect();
        let mut last = 0.0;
        for batch in 0..400 {
            rbm.input().copy_from_slice(&flat);
            let place = super::Place { batch, ..PLACE };
            last = rbm.learn(place, Stride { momentum: 0.0, rate: 0.1, cost: 0.0 }).activation;
        }
        last
    };
    let (without, with) = (activation(0.0), activation(3.0));
    assert!((with - 0.05).abs() < 0.05 && (without - 0.05).abs() > 0.15, "{without} {with}");
}
