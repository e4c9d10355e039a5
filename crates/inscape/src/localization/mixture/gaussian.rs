use super::symmetric::{Symmetric, raised};

/// A component of a mixture: a weight and a normal distribution of full covariance.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Gaussian {
    /// π, the part of all colors that it makes.
    pub weight: f64,
    /// μ: red, green, blue.
    pub mean: [f64; 3],
    /// Σ, in squared levels.
    pub covariance: [[f64; 3]; 3],
    /// The rows of L⁻¹ below and on the diagonal, Σ = L·Lᵀ: what makes a color's distance that of a unit normal.
    whitening: [f32; 6],
    center: [f32; 3],
    /// −ln π + ½ ln det 2πΣ
    offset: f32,
}

impl Gaussian {
    fn new(weight: f64, mean: [f64; 3], covariance: Symmetric) -> Gaussian {
        let s = covariance;
        // Cholesky: the covariance was raised, so no pivot is zero.
        let a = s[0][0].sqrt();
        let (b, c) = (s[1][0] / a, s[2][0] / a);
        let d = (s[1][1] - b * b).sqrt();
        let e = (s[2][1] - b * c) / d;
        let f = (s[2][2] - c * c - e * e).sqrt();
        let inverse = [1.0 / a, -b / (a * d), 1.0 / d, (b * e - c * d) / (a * d * f), -e / (d * f), 1.0 / f];
        let offset = -weight.ln() + (a * d * f).ln() + 1.5 * std::f64::consts::TAU.ln();
        Gaussian {
            weight,
            mean,
            covariance,
            whitening: inverse.map(|x| x as f32),
            center: mean.map(|x| x as f32),
            offset: offset as f32,
        }
    }

    /// D(z) = −ln π − ln N(z; μ, Σ).
    #[inline(always)]
    pub(super) fn cost(&self, color: [f32; 3]) -> f32 {
        let [a, b, c, d, e, f] = self.whitening;
        let [x, y, z] = [0, 1, 2].map(|i| color[i] - self.center[i]);
        let (u, v, w) = (a * x, b * x + c * y, d * x + e * y + f * z);
        self.offset + 0.5 * (u * u + v * v + w * w)
    }
}

/// Sums over colors, exact in whole numbers, so that their order makes no difference.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Moments {
    count: u64,
    sums: [u64; 3],
    /// Red², green², blue², red·green, red·blue, green·blue.
    products: [u64; 6],
}

impl Moments {
    #[inline(always)]
    pub(in super::super) fn add(&mut self, color: [u8; 3]) {
        let [r, g, b] = color.map(u64::from);
        self.count += 1;
        for (sum, level) in self.sums.iter_mut().zip([r, g, b]) {
            *sum += level;
        }
        for (product, of) in self.products.iter_mut().zip([r * r, g * g, b * b, r * g, r * b, g * b]) {
            *product += of;
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The component of these colors among `total`; `None` for no colors.
    pub(super) fn gaussian(&self, total: u64, floor: f64) -> Option<Gaussian> {
        if self.count == 0 {
            return None;
        }
        let n = self.count as f64;
        let [rr, gg, bb, rg, rb, gb] = self.products;
        let products = [[rr, rg, rb], [rg, gg, gb], [rb, gb, bb]];
        let covariance = std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                // n·Σzz − Σz·Σz without rounding.
                let apart = i128::from(self.count) * i128::from(products[i][j])
                    - i128::from(self.sums[i]) * i128::from(self.sums[j]);
                apart as f64 / (n * n)
            })
        });
        let mean = self.sums.map(|sum| sum as f64 / n);
        Some(Gaussian::new(n / total as f64, mean, raised(covariance, floor)))
    }
}
