//! Whole machines on bars and stripes, by enumeration.

use inscape::Watch;
use inscape_tensor::Pool;

use super::super::recipe::{Negative, RbmRecipe, Recipe};
use super::super::training::Training;
use super::{bars_and_stripes, times, turned, wide};
use crate::examples::Examples;
use crate::network::{Dense, Kind};

const SIDE: usize = 3;

/// Mean ln p(v) of all examples; the sum over visible states is done for all 2⁹ of them.
fn likelihood(up: &Dense, visible_bias: &[f32], data: &dyn Examples) -> f64 {
    let (w, c, b) = (wide(&up.weights), wide(&up.bias), wide(visible_bias));
    let minus_free = |v: &[f64]| {
        let hidden: f64 = times(&w, v).iter().zip(&c).map(|(a, c)| (a + c).exp().ln_1p()).sum();
        v.iter().zip(&b).map(|(v, b)| v * b).sum::<f64>() + hidden
    };
    let state = |bits: usize| (0..SIDE * SIDE).map(|i| (bits >> i & 1) as f64).collect::<Vec<f64>>();
    let z: f64 = (0..1 << (SIDE * SIDE)).map(|bits| minus_free(&state(bits)).exp()).sum();
    let mut picture = vec![0.0; SIDE * SIDE];
    let mut sum = 0.0;
    for i in 0..data.count() {
        data.read(i, &mut picture);
        sum += minus_free(&wide(&picture)) - z.ln();
    }
    sum / data.count() as f64
}

#[test]
fn the_exact_likelihood_rises_early_and_the_reconstruction_error_falls() {
    let data = bars_and_stripes(SIDE, 200);
    // Persistent chains need more and smaller steps.
    for (negative, last, momentum) in [(Negative::Data, 30, 0.9), (Negative::Persistent, 300, 0.5)] {
        let of = |epochs: usize| {
            let base = Recipe::preset("lab", Kind::Dbn).unwrap();
            let recipe = Recipe {
                layers: vec![8],
                batch: 20,
                epochs,
                rate: 0.05,
                final_momentum: momentum,
                cooling: 1.0,
                validation: Some(0),
                classifier: None,
                rbm: RbmRecipe { negative, ..base.rbm.clone() },
                ..base
            };
            let mut training = Training::new(&recipe, &data, None, "", 0, Pool::single()).unwrap();
            while training.epoch(&Watch::default()).unwrap().is_some() {}
            let network = training.network();
            let layer = &network.layers[0];
            let history: Vec<f64> = training.history().iter().filter_map(|e| e.reconstruction).collect();
            (likelihood(&layer.up, &layer.visible_bias, &data), history)
        };
        let (early, _) = of(1);
        let later: Vec<f64> = [last - 4, last - 2, last].map(|epochs| of(epochs).0).to_vec();
        let smoothed = later.iter().sum::<f64>() / 3.0;
        // All 512 states alike have −6.24; the 14 patterns as often as they come, −2.5.
        assert!(smoothed > early + 0.5 && smoothed < -2.4, "{negative:?}: {early} {later:?}");
        let (_, history) = of(30);
        if negative == Negative::Data {
            assert!(history[29] < 0.7 * history[0], "{history:?}");
        }
    }
    // The twin agrees with what a layer going down is.
    assert_eq!(turned(&[1.0, 2.0, 3.0, 4.0], 2), [1.0, 3.0, 2.0, 4.0]);
}
