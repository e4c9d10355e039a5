//! How likely a color is on an object, or beside it.

mod gaussian;
mod start;
mod symmetric;

pub use gaussian::Gaussian;
pub(super) use gaussian::Moments;

use inscape_tensor::vectorized;

use crate::random::Deviates;

/// A mixture of Gaussians over red, green and blue, levels 0..255, of which a color counts as the component it most likely comes
/// from: −ln p(z) = min_k D_k(z), D_k(z) = −ln π_k − ln N(z; μ_k, Σ_k) (the component-wise form of GrabCut, Rother et al. 2004).
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    components: Vec<Gaussian>,
}

/// What a mixture is estimated with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    /// The most components; there are never more than colors to estimate them from.
    pub(super) components: usize,
    /// The least variance in any direction, in squared levels.
    pub(super) floor: f64,
}

/// Colors of a block: small enough to stay in the first cache.
const BLOCK: usize = 512;

impl Mixture {
    /// The most components a mixture has.
    pub const MOST_COMPONENTS: usize = 64;

    /// A first mixture of colors: clusters (k-means++, Arthur and Vassilvitskii 2007, then Lloyd's rounds), a Gaussian each.
    /// `None` for no colors.
    pub(super) fn start(colors: &[[u8; 3]], fit: Fit, deviates: &mut Deviates) -> Option<Mixture> {
        let centers = start::centers(colors, fit.components, deviates);
        let mut moments = vec![Moments::default(); centers.len()];
        for &color in colors {
            if let Some(nearest) = start::nearest(&centers, color) {
                moments[nearest].add(color);
            }
        }
        Mixture::of(&moments, fit.floor)
    }

    /// The mixture under which colors that were assigned to components are the most likely: weights, means and covariances of the
    /// parts, those covariances raised to `floor` in every direction. Components without colors are left out; `None` where
    /// all are.
    pub(super) fn of(moments: &[Moments], floor: f64) -> Option<Mixture> {
        let total = moments.iter().map(Moments::count).sum();
        let components: Vec<Gaussian> =
            moments.iter().filter_map(|moments| moments.gaussian(total, floor)).collect();
        (!components.is_empty()).then_some(Mixture { components })
    }

    /// The components.
    pub fn components(&self) -> &[Gaussian] {
        &self.components
    }

    /// For every color (red, green, blue in turn) min_k D_k and the k it comes from, the first where several are alike.
    ///
    /// Nothing is exponentiated, so no color is too unlikely to be told.
    pub(super) fn costs(&self, rgb: &[u8], costs: &mut [f32], components: &mut [u8]) {
        let blocks = rgb.chunks(3 * BLOCK).zip(costs.chunks_mut(BLOCK)).zip(components.chunks_mut(BLOCK));
        for ((rgb, costs), components) in blocks {
            vectorized(
                #[inline(always)]
                || self.block(rgb, costs, components),
            );
        }
    }

    #[inline(always)]
    fn block(&self, rgb: &[u8], costs: &mut [f32], components: &mut [u8]) {
        let n = costs.len();
        let mut planes = [[0.0f32; BLOCK]; 3];
        for (i, &[red, green, blue]) in rgb.as_chunks().0.iter().enumerate().take(BLOCK) {
            planes[0][i] = f32::from(red);
            planes[1][i] = f32::from(green);
            planes[2][i] = f32::from(blue);
        }
        let mut best = [f32::INFINITY; BLOCK];
        let mut from = [0u32; BLOCK];
        for (k, component) in self.components.iter().enumerate() {
            let [red, green, blue] = &planes;
            for i in 0..BLOCK {
                let cost = component.cost([red[i], green[i], blue[i]]);
                let better = cost < best[i];
                best[i] = if better { cost } else { best[i] };
                from[i] = if better { k as u32 } else { from[i] };
            }
        }
        costs.copy_from_slice(&best[..n]);
        components.iter_mut().zip(&from).for_each(|(component, &from)| *component = from as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, Mixture, Moments};
    use crate::random::Deviates;

    const FIT: Fit = Fit { components: 5, floor: 1.0 };

    /// Colors around a few centers.
    fn colors(seed: u64, n: usize) -> Vec<[u8; 3]> {
        let mut deviates = Deviates::new(seed, 0);
        let centers: Vec<[f64; 3]> =
            (0..4).map(|_| std::array::from_fn(|_| 255.0 * deviates.uniform())).collect();
        (0..n)
            .map(|_| {
                let center = centers[deviates.below(4)];
                center.map(|level| (level + 20.0 * deviates.normal()).clamp(0.0, 255.0) as u8)
            })
            .collect()
    }

    fn costs(mixture: &Mixture, colors: &[[u8; 3]]) -> (Vec<f32>, Vec<u8>) {
        let (mut costs, mut components) = (vec![0.0; colors.len()], vec![0; colors.len()]);
        mixture.costs(colors.as_flattened(), &mut costs, &mut components);
        (costs, components)
    }

    #[test]
    fn costs_are_those_of_the_definition() {
        let colors = colors(1, 1500);
        let mixture = Mixture::start(&colors, FIT, &mut Deviates::new(1, 0)).unwrap();
        assert_eq!(mixture.components().len(), 5);
        let weights: f64 = mixture.components().iter().map(|c| c.weight).sum();
        assert!((weights - 1.0).abs() < 1e-12);
        let (found, from) = costs(&mixture, &colors);
        for ((&color, &cost), &from) in colors.iter().zip(&found).zip(&from) {
            let z = color.map(f64::from);
            let all: Vec<f64> = mixture
                .components()
                .iter()
                .map(|c| {
                    let d: [f64; 3] = std::array::from_fn(|i| z[i] - c.mean[i]);
                    // Σ⁻¹ by cofactors.
                    let s = c.covariance;
                    let co = |i: usize, j: usize| {
                        let at = |a: usize, b: usize| s[(i + a) % 3][(j + b) % 3];
                        at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)
                    };
                    let determinant: f64 = (0..3).map(|j| s[0][j] * co(0, j)).sum();
                    let square: f64 =
                        (0..9).map(|ij| d[ij / 3] * d[ij % 3] * co(ij % 3, ij / 3) / determinant).sum();
                    let tau = std::f64::consts::TAU;
                    -c.weight.ln() + 0.5 * (square + determinant.ln() + 3.0 * tau.ln())
                })
                .collect();
            let least = all.iter().copied().fold(f64::INFINITY, f64::min);
            assert!((f64::from(cost) - least).abs() < 1e-3 * least.abs().max(1.0), "{cost} {least}");
            assert!((all[usize::from(from)] - least).abs() < 1e-3 * least.abs().max(1.0));
        }
    }

    #[test]
    fn assigning_and_estimating_in_turn_never_raises_the_cost() {
        for (seed, floor) in [(1, 0.1), (2, 1.0), (3, 400.0), (4, 5000.0)] {
            let colors = colors(seed, 4000);
            let fit = Fit { floor, ..FIT };
            let mut mixture = Mixture::start(&colors, fit, &mut Deviates::new(seed, 0)).unwrap();
            let mut before = f64::INFINITY;
            for _ in 0..12 {
                let (costs, from) = costs(&mixture, &colors);
                let total: f64 = costs.iter().map(|&cost| f64::from(cost)).sum();
                assert!(total <= before + 1e-6 * total.abs(), "{total} after {before}, floor {floor}");
                before = total;
                let mut moments = vec![Moments::default(); mixture.components().len()];
                colors.iter().zip(from).for_each(|(&color, k)| moments[usize::from(k)].add(color));
                mixture = Mixture::of(&moments, floor).unwrap();
            }
        }
    }

    #[test]
    fn a_color_far_from_all_has_a_finite_cost_and_the_nearer_the_less() {
        let mixture = Mixture::start(&[[0, 0, 0]; 9], FIT, &mut Deviates::new(1, 0)).unwrap();
        assert_eq!(mixture.components().len(), 1, "equal colors make one cluster");
        let (costs, _) = costs(&mixture, &[[0, 0, 0], [9, 0, 0], [255, 255, 254], [255, 255, 255]]);
        assert!(costs.is_sorted_by(|a, b| a < b) && costs.iter().all(|cost| cost.is_finite()), "{costs:?}");
    }

    #[test]
    fn few_colors_make_few_components_and_none_make_none() {
        let of = |colors: &[[u8; 3]]| Mixture::start(colors, FIT, &mut Deviates::new(1, 0));
        assert!(of(&[]).is_none());
        assert_eq!(of(&[[1, 2, 3]]).unwrap().components()[0].weight, 1.0);
        assert_eq!(of(&[[0, 0, 0], [200, 0, 0]]).unwrap().components().len(), 2);
    }

    #[test]
    fn the_order_of_channels_makes_no_difference() {
        let colors = colors(5, 3000);
        let turned: Vec<[u8; 3]> = colors.iter().map(|&[r, g, b]| [b, r, g]).collect();
        let [plain, other] = [&colors, &turned].map(|colors| {
            let mixture = Mixture::start(colors, FIT, &mut Deviates::new(2, 0)).unwrap();
            costs(&mixture, colors).0
        });
        for (a, b) in plain.iter().zip(&other) {
            assert!((a - b).abs() < 1e-3 * a.abs(), "{a} {b}");
        }
    }
}
