//! The figures of Erhan et al. (2009, 2010) for networks at hand, with words that follow from what was measured.

mod comparison;
mod manifold;
mod matrices;
mod maximized;
mod measured;
mod starts;
mod words;

use inscape::report::{Figure, Study, StudyPart};
use inscape::{Error, ErrorKind, Image, Picture, Watch};
use inscape_tensor::Pool;
use serde::Serialize;

use crate::examples::Values;
use crate::network::{Kind, Network};
use crate::tiles::{Shade, gallery, tile};
use crate::units::{Combination, Manifold, Maximization, Sampling, Units};
use measured::Measured;

/// A network the report is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What it is called.
    pub name: String,
    /// The network.
    pub network: Network,
}

/// How its units are looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Units of each layer of a network of pictures in 0..1, and of one of real numbers; the first ones are taken.
    pub units: [usize; 2],
    /// See there.
    pub maximization: Maximization,
    /// See there.
    pub sampling: Sampling,
    /// See there.
    pub combination: Combination,
    /// See there.
    pub manifold: Manifold,
    /// The unit of the topmost layer whose manifold is walked, in every network; by default the one whose own picture tells it
    /// best from the others.
    pub walked: Option<usize>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            units: [36, 144],
            maximization: Maximization::default(),
            sampling: Sampling::default(),
            combination: Combination::default(),
            manifold: Manifold::default(),
            walked: None,
        }
    }
}

/// The report's page without where it comes from, and its numbers.
#[derive(Clone, Debug)]
pub struct Report {
    /// The page.
    pub study: Study,
    /// What was measured of each network.
    pub networks: Vec<Numbers>,
}

/// What was measured of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Numbers {
    /// What it is called.
    pub name: String,
    /// `dbn` or `autoencoder`.
    pub kind: &'static str,
    /// Of every layer, from the lowest.
    pub layers: Vec<LayerNumbers>,
    /// Of the walk along a unit's invariance manifold.
    pub manifold: ManifoldNumbers,
}

/// What was measured of a layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerNumbers {
    /// Units that were looked at.
    pub units: usize,
    /// The mean activation of units on their own optimal pictures.
    pub activation: f64,
    /// The share of the pixels that carry an optimal picture, (Σx²)²/(n·Σx⁴), on average.
    pub extent: f64,
    /// The mean cosine between the pictures of two starts.
    pub starts_cosine: Option<f64>,
    /// The share of units whose starts agree to a mean cosine of 0.9.
    pub starts_agree: Option<f64>,
    /// The share of units that win on their own optimal picture, and the same after shuffling.
    pub wins: f64,
    /// See there.
    pub wins_shuffled: f64,
    /// The mean activation of units on other units' optimal pictures.
    pub others: f64,
    /// How sampling, and how the linear combination, agree with maximization.
    pub sampling: Option<AgreementNumbers>,
    /// See there.
    pub combination: Option<AgreementNumbers>,
    /// The mean standard error of a sampled pixel.
    pub sampling_error: Option<f64>,
}

/// Cosines between two ways of seeing the same units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AgreementNumbers {
    /// On average.
    pub cosine: f64,
    /// After the mean picture of each way was taken off.
    pub centered: f64,
    /// The same between different units.
    pub others: f64,
}

/// What was measured along an invariance manifold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ManifoldNumbers {
    /// The layer of the unit.
    pub layer: usize,
    /// The unit.
    pub unit: usize,
    /// Distance from the optimal picture, total input there, and what it is in directions by chance.
    pub points: Vec<[f64; 3]>,
}

/// Makes the report. Steps of the watch are thousandths of the networks' layers.
///
/// # Errors
/// [`ErrorKind::Setting`] without networks, else as the ways to see units.
pub fn report(
    subjects: &[Subject],
    settings: &Settings,
    pool: &Pool,
    watch: &Watch<'_>,
) -> Result<Report, Error> {
    if subjects.is_empty() {
        return Err(Error::new(ErrorKind::Setting, "a report needs a network"));
    }
    if let Some(unit) = settings.walked {
        for Subject { network, .. } in subjects {
            Units { layer: network.layers.len(), indices: vec![unit] }.check(network)?;
        }
    }
    let layers: usize = subjects.iter().map(|subject| subject.network.layers.len()).sum();
    let mut measured = Vec::new();
    let mut before = 0;
    for subject in subjects {
        measured.push(Measured::of(subject, settings, pool, &measured::Stage { watch, before, layers })?);
        before += subject.network.layers.len();
    }
    let parts: [fn(&[Measured<'_>]) -> Result<Option<StudyPart>, Error>; 6] = [
        maximized::digits,
        maximized::patches,
        starts::part,
        matrices::part,
        comparison::part,
        manifold::part,
    ];
    let parts = parts.iter().filter_map(|part| part(&measured).transpose()).collect::<Result<_, _>>()?;
    let study = Study {
        title: "What higher-layer units compute".to_owned(),
        lead: words::lead(&measured),
        warnings: Vec::new(),
        parts,
        facts: Vec::new(),
        command: String::new(),
    };
    Ok(Report { study, networks: measured.iter().map(Measured::numbers).collect() })
}

/// The kind of a network as a person says it.
fn spelled(kind: Kind) -> &'static str {
    match kind {
        Kind::Dbn => "deep belief network",
        Kind::Autoencoder => "stacked autoencoder",
    }
}

/// How the mean of what a network is shown is drawn.
fn light(values: Values) -> Shade {
    if values == Values::Unit { Shade::Light } else { Shade::Signed }
}

/// Pictures of units in rows of so many, as a figure.
fn figure<'a>(
    pictures: impl Iterator<Item = &'a [f32]>,
    network: &Network,
    shade: Shade,
    columns: usize,
    [name, caption, alt]: [String; 3],
) -> Result<Figure, Error> {
    let tiles = pictures.map(|x| tile(x, network.size, shade)).collect::<Result<Vec<_>, _>>()?;
    drawn(&gallery(&tiles, columns, 760)?, [name, caption, alt])
}

fn drawn(image: &Image, [name, caption, alt]: [String; 3]) -> Result<Figure, Error> {
    let picture = Picture::from_image(image);
    let size = [picture.width(), picture.height()];
    Ok(Figure { bytes: picture.png_bytes(), media: "image/png", size, alt, name, caption, bar: None })
}
