use inscape::{Error, ErrorKind};
use inscape_tensor::Pool;
use inscape_tensor::gemm::{Matrix, Order, products};

use super::Units;
use crate::network::{Dense, Network};

/// The filter of a unit as a combination of those below: F⁽ᵏ⁾ᵢ = Σ w⁽ᵏ⁾ᵢⱼ·F⁽ᵏ⁻¹⁾ⱼ over the units j of the N largest
/// |w⁽ᵏ⁾ᵢⱼ|, with F⁽¹⁾ the first layer's weights (Lee, Ekanadham and Ng 2008). It leaves out that units are not linear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combination {
    /// N. As published it is a matter of taste; 100 is the default.
    pub strongest: usize,
}

impl Default for Combination {
    fn default() -> Combination {
        Combination { strongest: 100 }
    }
}

impl Combination {
    /// The filters of units, each as many numbers as a picture has pixels: weights of the examples' own numbers.
    ///
    /// # Errors
    /// As [`Units::check`], and [`ErrorKind::Setting`] for N = 0.
    pub fn of(&self, network: &Network, units: &Units, pool: &Pool) -> Result<Vec<Vec<f32>>, Error> {
        units.check(network)?;
        if self.strongest == 0 {
            return Err(Error::new(ErrorKind::Setting, "at least one filter has to be combined"));
        }
        let pixels = network.pixels();
        let mut filters = Vec::new();
        for (k, layer) in network.layers.iter().take(units.layer).enumerate() {
            let top = k + 1 == units.layer;
            let Dense { inputs, outputs, weights, .. } = &layer.up;
            let all: Vec<usize> = (0..*outputs).collect();
            let chosen = if top { &units.indices } else { &all };
            let mut rows: Vec<f32> =
                chosen.iter().flat_map(|&unit| &weights[unit * inputs..][..*inputs]).copied().collect();
            if k == 0 {
                // what meets (x − mean)/deviation meets x divided by the deviation
                for row in rows.chunks_mut(pixels) {
                    row.iter_mut().zip(&network.deviation).for_each(|(w, deviation)| *w /= deviation);
                }
                filters = rows;
                continue;
            }
            rows.chunks_mut(*inputs).for_each(|row| keep_strongest(row, self.strongest));
            let mut combined = vec![0.0; chosen.len() * pixels];
            let left = |_| Matrix { values: &rows, stride: *inputs, order: Order::Rows };
            let right = |_| Matrix { values: &filters, stride: pixels, order: Order::Rows };
            products(pool, 1, [chosen.len(), *inputs, pixels], left, right, &mut combined);
            filters = combined;
        }
        Ok(filters.chunks(pixels).map(<[f32]>::to_vec).collect())
    }
}

/// Sets all but the `count` largest magnitudes to 0; of equal ones the first stay.
fn keep_strongest(row: &mut [f32], count: usize) {
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|&a, &b| row[b].abs().total_cmp(&row[a].abs()).then(a.cmp(&b)));
    order.iter().skip(count).for_each(|&weak| row[weak] = 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Kind;
    use crate::network::tests::network;

    #[test]
    fn all_filters_combined_are_the_product_of_the_weights() {
        let made = network(1, Kind::Dbn, true);
        let units = Units { layer: 2, indices: vec![3, 0] };
        let found = Combination { strongest: 7 }.of(&made, &units, Pool::single()).unwrap();
        let (first, second) = (&made.layers[0].up.weights, &made.layers[1].up.weights);
        for (filter, unit) in found.iter().zip([3, 0]) {
            for pixel in 0..12 {
                let exact: f64 =
                    (0..7).map(|j| f64::from(second[unit * 7 + j]) * f64::from(first[j * 12 + pixel])).sum();
                assert!((f64::from(filter[pixel]) - exact).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn one_filter_is_that_of_the_strongest_weight() {
        let mut made = network(1, Kind::Autoencoder, false);
        made.layers[1].up.weights[..7].copy_from_slice(&[0.1, -3.0, 0.2, 2.9, 0.0, 1.0, -1.0]);
        let units = Units { layer: 2, indices: vec![0] };
        let found = Combination { strongest: 1 }.of(&made, &units, Pool::single()).unwrap();
        for pixel in 0..12 {
            let exact = -3.0 * made.layers[0].up.weights[12 + pixel] / made.deviation[pixel];
            assert!((found[0][pixel] - exact).abs() < 1e-5 * exact.abs().max(1.0));
        }
    }

    #[test]
    fn units_that_are_not_there_are_refused() {
        let made = network(1, Kind::Dbn, true);
        for (layer, indices, word) in [
            (0, vec![0], "layer 0"),
            (3, vec![0], "layers 1 to 2"),
            (2, vec![5], "0 to 4"),
            (1, vec![], "no unit"),
        ] {
            let error =
                Combination::default().of(&made, &Units { layer, indices }, Pool::single()).unwrap_err();
            assert!(error.context.contains(word), "{error}");
        }
    }
}
