use super::contrast::{Parting, SURE, beta, pairs};
use super::mixture::{Fit, Mixture, Moments};
use super::settings::{Localization, Neighborhood, Seeding};
use super::{GridCut, Seed};
use crate::image::Image;
use crate::random::Deviates;

/// A picture divided in two.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Segmented {
    /// Which pixels are the foreground, row by row.
    pub mask: Vec<bool>,
    /// How likely each pixel is the foreground by its color and its place in the map, without its neighbors:
    /// 1/(1 + exp(U(foreground) − U(background))).
    pub probability: Vec<f32>,
    /// The energy after each cut; none lies above the one before.
    pub energies: Vec<f64>,
    /// The colors of the foreground and of the background.
    pub mixtures: [Mixture; 2],
    /// β, as it was used.
    pub beta: f64,
}

/// Divides a picture by colors, by what a map says of the places, and by contrast: iterated minimum cuts of
///
/// E = Σ_p U_p(α_p) + Σ_{pq} γ·exp(−β‖z_p−z_q‖²)/dist(p,q)·[α_p≠α_q],
/// U_p(foreground) = λ·min_k D_k(z_p) + w·max(−ℓ_p, 0), U_p(background) = λ·min_k D′_k(z_p) + w·max(ℓ_p, 0),
///
/// where D are the component-wise costs of the two [`Mixture`]s, ℓ the log-odds that `prior` holds for every pixel and w the
/// `map_weight` of the settings. In turn each pixel is assigned its most likely component, the mixtures are estimated from the
/// pixels now labeled theirs, and the cut gives new labels: each of the three lowers the same energy, so it never rises. It ends
/// when no label changes, or after `iterations` cuts.
///
/// `None` where either side has no seeds. Boykov and Jolly 2001; Rother, Kolmogorov and Blake 2004.
///
/// # Panics
/// Where `seeds` or `prior` do not have an entry for every pixel, and above 16 megapixels ([`GridCut::new`]).
pub fn segment(image: &Image, seeds: &[Seed], prior: &[f32], settings: &Localization) -> Option<Segmented> {
    let size = [image.height(), image.width()];
    assert!(seeds.len() == size[0] * size[1] && prior.len() == seeds.len(), "an entry for every pixel");
    match settings.neighborhood {
        Neighborhood::Four => Cutter::<4>::new(image, seeds, prior, settings)?.run(),
        Neighborhood::Eight => Cutter::<8>::new(image, seeds, prior, settings)?.run(),
    }
}

/// Foreground first, as in all pairs here.
const LABELS: [Seed; 2] = [Seed::Foreground, Seed::Background];

struct Cutter<'a, const N: usize> {
    colors: &'a [[u8; 3]],
    rgb: &'a [u8],
    size: [usize; 2],
    seeds: &'a [Seed],
    prior: &'a [f32],
    settings: &'a Localization,
    fit: Fit,
    parting: Parting,
    grid: GridCut<i32, N>,
    /// U(background) − U(foreground) in quanta, as the grid holds it.
    terminals: Vec<i32>,
    mixtures: [Mixture; 2],
    /// U of both labels, and the component each comes from.
    costs: [Vec<f32>; 2],
    components: [Vec<u8>; 2],
    mask: Vec<bool>,
}

impl<'a, const N: usize> Cutter<'a, N> {
    fn new(
        image: &'a Image,
        seeds: &'a [Seed],
        prior: &'a [f32],
        settings: &'a Localization,
    ) -> Option<Cutter<'a, N>> {
        let (rgb, size) = (image.rgb(), [image.height(), image.width()]);
        let colors = rgb.as_chunks().0;
        let fit = Fit { components: settings.components, floor: settings.floor };
        let mut mixtures = LABELS.into_iter().map(|label| {
            let samples: Vec<[u8; 3]> = colors
                .iter()
                .zip(seeds)
                .filter(|(_, seed)| **seed == label)
                .map(|(&color, _)| color)
                .collect();
            // Both sides draw the same numbers, so that neither is preferred.
            Mixture::start(&samples, fit, &mut Deviates::new(settings.seed, 0))
        });
        let mixtures = [mixtures.next()??, mixtures.next()??];
        let beta = beta(settings.contrast, colors, size, settings.neighborhood);
        let parting = Parting::new(beta, settings.gamma);
        let grid = connected(colors, size, &parting);
        let n = colors.len();
        Some(Cutter {
            colors,
            rgb,
            size,
            seeds,
            prior,
            settings,
            fit,
            parting,
            grid,
            terminals: vec![0; n],
            mixtures,
            costs: [vec![0.0; n], vec![0.0; n]],
            components: [vec![0; n], vec![0; n]],
            mask: vec![false; n],
        })
    }

    fn run(mut self) -> Option<Segmented> {
        let mut energies: Vec<f64> = Vec::new();
        for cut in 0..self.settings.iterations {
            if cut > 0 {
                self.estimate();
            }
            self.weigh();
            let before = if cut > 0 { self.energy() } else { f64::INFINITY };
            let labels = self.cut();
            let old = std::mem::replace(&mut self.mask, labels);
            let after = self.energy();
            // Once nothing is left to gain, rounding could raise it.
            if energies.last().is_some_and(|&last| after > before.min(last)) {
                self.mask = old;
                break;
            }
            energies.push(after);
            if cut > 0 && self.mask == old {
                break;
            }
        }
        let probability = self.costs[0].iter().zip(&self.costs[1]);
        let probability = probability.map(|(object, ground)| 1.0 / (1.0 + (object - ground).exp())).collect();
        Some(Segmented {
            mask: self.mask,
            probability,
            energies,
            mixtures: self.mixtures,
            beta: self.parting.beta,
        })
    }

    /// Estimates both mixtures from the pixels of their label, each counted for the component it most likely comes from. One whose
    /// label no pixel has stays as it was.
    fn estimate(&mut self) {
        let mut moments =
            [0, 1].map(|side: usize| vec![Moments::default(); self.mixtures[side].components().len()]);
        for (at, (&color, &object)) in self.colors.iter().zip(&self.mask).enumerate() {
            let side = usize::from(!object);
            moments[side][usize::from(self.components[side][at])].add(color);
        }
        for (mixture, moments) in self.mixtures.iter_mut().zip(&moments) {
            if let Some(estimated) = Mixture::of(moments, self.fit.floor) {
                *mixture = estimated;
            }
        }
    }

    /// U of every pixel under both labels.
    fn weigh(&mut self) {
        for (side, mixture) in self.mixtures.iter().enumerate() {
            mixture.costs(self.rgb, &mut self.costs[side], &mut self.components[side]);
        }
        let (lambda, weight) = (self.settings.lambda as f32, self.settings.map_weight as f32);
        let [object, ground] = &mut self.costs;
        for ((object, ground), &odds) in object.iter_mut().zip(ground).zip(self.prior) {
            *object = lambda * *object + weight * (-odds).max(0.0);
            *ground = lambda * *ground + weight * odds.max(0.0);
        }
    }

    /// The labels of least energy under these costs.
    fn cut(&mut self) -> Vec<bool> {
        let hard = |seeding: Seeding, sure: i32| (seeding == Seeding::Hard).then_some(sure);
        let object = hard(self.settings.foreground_seeds, SURE);
        let ground = hard(self.settings.background_seeds, -SURE);
        let [height, width] = self.size;
        for y in 0..height {
            for x in 0..width {
                let at = y * width + x;
                let fixed = match self.seeds[at] {
                    Seed::Foreground => object,
                    Seed::Background => ground,
                    Seed::Open => None,
                };
                let gain = f64::from(self.costs[1][at]) - f64::from(self.costs[0][at]);
                let now = fixed.unwrap_or_else(|| quantized(gain * self.parting.quanta));
                let more = now - self.terminals[at];
                if more != 0 {
                    self.grid.add_terminals([y, x], more.max(0), (-more).max(0));
                    self.terminals[at] = now;
                }
            }
        }
        self.grid.solve();
        (0..height).flat_map(|y| self.grid.row(y)).collect()
    }

    /// E of the labels as they are.
    fn energy(&self) -> f64 {
        let sides = self.mask.iter().zip(&self.costs[0]).zip(&self.costs[1]);
        let places: f64 = sides.map(|((&object, &a), &b)| f64::from(if object { a } else { b })).sum();
        let mut parted = 0i64;
        pairs::<N>(self.size, |direction, _, [a, b]| {
            if self.mask[a] != self.mask[b] {
                parted += i64::from(self.parting.cost(direction, self.colors[a], self.colors[b]));
            }
        });
        places + parted as f64 / self.parting.quanta
    }
}

/// The grid of a picture with its contrast terms.
fn connected<const N: usize>(colors: &[[u8; 3]], size: [usize; 2], parting: &Parting) -> GridCut<i32, N> {
    let mut grid = GridCut::new(size[0], size[1]);
    pairs::<N>(size, |direction, place, [a, b]| {
        let cost = parting.cost(direction, colors[a], colors[b]);
        grid.connect(place, direction, cost, cost);
    });
    grid
}

/// Rounded away from zero, so that a preference stays one; at most what ties a pixel to its terminal.
fn quantized(gain: f64) -> i32 {
    let most = f64::from(SURE);
    let size = gain.abs().ceil().min(most);
    // A gain that is no number becomes 0 in this conversion.
    if gain < 0.0 { -(size as i32) } else { size as i32 }
}
