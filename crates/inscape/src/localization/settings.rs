use crate::attribution::{Method, Settings};
use crate::error::{Error, ErrorKind};

use super::mixture::Mixture;

/// Everything that a localization can be told. [`OPTIONS`](super::OPTIONS) has a row for each.
#[derive(Clone, Debug)]
pub struct Localization {
    /// The map that says where the class is; signed ones count by the largest magnitude over the channels.
    pub map: Method,
    /// What that method is told; its crops and its seed are taken from here, `views` and `seed`.
    pub attribution: Settings,
    /// What the map is averaged over.
    pub views: Views,
    /// Noisy copies of the views that the map is averaged over too.
    pub copies: usize,
    /// Standard deviation of their noise, as a part of the input's range.
    pub noise: f64,
    /// Standard deviation of the Gaussian that the map is blurred by, as a part of its longer side; 0 for none.
    pub blur: f64,
    /// The exponent of Grad-CAM in the geometric mean that the map is replaced by, 0 for the map alone: a place then counts where
    /// both the input's cells and the late channels speak for the target, as in Guided Grad-CAM (Selvaraju et al. 2017).
    pub grad_cam: f64,
    /// The quantile of the map above which pixels give the foreground's colors (0.95, Simonyan et al. 2014).
    pub foreground: f64,
    /// The quantile below which they give the background's (0.30, Simonyan et al. 2014).
    pub background: f64,
    /// Whether the cut may leave the foreground's seeds to the background.
    pub foreground_seeds: Seeding,
    /// Whether the cut may leave the background's seeds to the foreground.
    pub background_seeds: Seeding,
    /// How the map becomes a mask.
    pub segmentation: Segmentation,
    /// Components of a color mixture (5, Rother et al. 2004).
    pub components: usize,
    /// The least variance of a component in any direction, in squared levels.
    pub floor: f64,
    /// λ, the factor on the color terms.
    pub lambda: f64,
    /// The factor on the log-odds of the map, ln(m / level).
    pub map_weight: f64,
    /// Where the map's log-odds are zero, as a part of its mean.
    pub map_level: f64,
    /// γ, the factor on the contrast terms (50, Rother et al. 2004).
    pub gamma: f64,
    /// How fast they fall with the difference of colors.
    pub contrast: Contrast,
    /// Which pixels are neighbors.
    pub neighborhood: Neighborhood,
    /// The most cuts, mixtures being estimated anew between them; it ends where one changes nothing.
    pub iterations: usize,
    /// Where the map is cut off when it becomes a mask by a threshold.
    pub threshold: Threshold,
    /// Which connected parts of the mask are the object.
    pub component: Part,
    /// The most megapixels that are segmented; larger pictures are reduced and the mask is scaled up.
    pub megapixels: f64,
    /// What random numbers start from.
    pub seed: u64,
}

/// Views of a picture that a map is averaged over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Views {
    /// The input as it is.
    One,
    /// The input and its mirror image.
    Mirrored,
    /// Corners and center of a larger picture, each also mirrored.
    Ten,
}

/// How strict a seed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seeding {
    /// Seeds give colors, no more.
    Soft,
    /// Seeds keep their label.
    Hard,
}

/// How a map becomes a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Segmentation {
    /// Color mixtures and a minimum cut (Boykov and Jolly 2001).
    Cut,
    /// A threshold on the map.
    Threshold,
}

/// Where a map is cut off: pixels at or above are the object.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Threshold {
    /// A part of its largest number.
    OfMax(f64),
    /// A multiple of its mean.
    OfMean(f64),
}

/// How contrast terms γ·exp(−β‖Δ‖²)/dist fall with the difference of colors.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Contrast {
    /// β = 1/(2·mean‖Δ‖²) over all neighbors, 0 in a uniform picture (Rother et al. 2004).
    Picture,
    /// β itself.
    Beta(f64),
    /// β = 1/(2σ²) (Boykov and Jolly 2001).
    Sigma(f64),
}

/// Which pixels are neighbors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Neighborhood {
    /// Those that share an edge.
    Four,
    /// Those that share a corner too.
    Eight,
}

impl Neighborhood {
    /// How many there are.
    pub fn count(self) -> usize {
        match self {
            Neighborhood::Four => 4,
            Neighborhood::Eight => 8,
        }
    }
}

/// Which connected parts of a mask are the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The one of the most pixels, of several the first in row-major order.
    Largest,
    /// The one in which the map sums to the most.
    Strongest,
    /// The one that holds the map's largest number within the mask.
    Peak,
    /// All of them.
    All,
}

impl Default for Localization {
    fn default() -> Localization {
        Localization {
            views: Views::Mirrored,
            copies: 2,
            noise: 0.1,
            blur: 0.04,
            grad_cam: 0.5,
            components: 3,
            lambda: 2.0,
            map_weight: 64.0,
            map_level: 0.9,
            gamma: 100.0,
            iterations: 2,
            component: Part::Strongest,
            ..Localization::simonyan()
        }
    }
}

impl Localization {
    /// What Simonyan et al. (2014) say, with GrabCut's numbers (Rother et al. 2004) for what they leave open: plain saliency, quantiles
    /// 95 % and 30 %, five components, eight neighbors, soft seeds.
    pub fn simonyan() -> Localization {
        Localization {
            map: Method::Saliency,
            attribution: Settings::default(),
            views: Views::One,
            copies: 0,
            noise: 0.1,
            blur: 0.0,
            grad_cam: 0.0,
            foreground: 0.95,
            background: 0.30,
            foreground_seeds: Seeding::Soft,
            background_seeds: Seeding::Soft,
            segmentation: Segmentation::Cut,
            components: 5,
            floor: 1.0,
            lambda: 1.0,
            map_weight: 0.0,
            map_level: 1.0,
            gamma: 50.0,
            contrast: Contrast::Picture,
            neighborhood: Neighborhood::Eight,
            iterations: 5,
            threshold: Threshold::OfMean(1.0),
            component: Part::Largest,
            megapixels: 4.0,
            seed: 0,
        }
    }

    /// Checks every setting once, on entry.
    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |name: &str, value: String, range: &str| {
            Err(Error::new(ErrorKind::Setting, format!("{name} is {value}; it must be {range}")))
        };
        let reals = [
            ("noise", self.noise, 0.0, 1e3, "0 to 1000"),
            ("blur", self.blur, 0.0, 0.5, "0 to 0.5"),
            ("grad-cam", self.grad_cam, 0.0, 1.0, "0 to 1"),
            ("foreground", self.foreground, 0.0, 1.0, "0 to 1"),
            ("background", self.background, 0.0, self.foreground, "0 to the foreground's quantile"),
            ("floor", self.floor, 1e-3, 1e5, "0.001 to 100000"),
            ("lambda", self.lambda, 0.0, 1e6, "0 to 1000000"),
            ("map-weight", self.map_weight, 0.0, 1e6, "0 to 1000000"),
            ("map-level", self.map_level, 1e-3, 1e3, "0.001 to 1000"),
            ("gamma", self.gamma, 0.0, 1e9, "0 to 1000000000"),
            // A grid has labels of 24 bits, and a strip of one row two more of margin.
            ("megapixels", self.megapixels, 1e-3, 5.0, "0.001 to 5"),
        ];
        for (name, value, low, high, range) in reals {
            if !(low..=high).contains(&value) {
                return wrong(name, value.to_string(), range);
            }
        }
        let (Contrast::Beta(contrast) | Contrast::Sigma(contrast)) = self.contrast else {
            return self.check_counts(wrong);
        };
        if !(contrast.is_finite() && contrast >= 0.0) || self.contrast == Contrast::Sigma(0.0) {
            return wrong("contrast", contrast.to_string(), "'picture', beta:NUMBER or sigma:NUMBER above 0");
        }
        self.check_counts(wrong)
    }

    fn check_counts(&self, wrong: impl Fn(&str, String, &str) -> Result<(), Error>) -> Result<(), Error> {
        let (Threshold::OfMax(threshold) | Threshold::OfMean(threshold)) = self.threshold;
        if !(0.0..=1e6).contains(&threshold) {
            return wrong("threshold", threshold.to_string(), "0 or more");
        }
        let wholes = [
            ("copies", self.copies, 0, 10_000, "0 to 10000"),
            ("components", self.components, 1, Mixture::MOST_COMPONENTS, "1 to 64"),
            ("iterations", self.iterations, 1, 1000, "1 to 1000"),
        ];
        for (name, value, low, high, range) in wholes {
            if !(low..=high).contains(&value) {
                return wrong(name, value.to_string(), range);
            }
        }
        Ok(())
    }
}
