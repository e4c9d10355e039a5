//! Images that a network is sure of and a person cannot read (Nguyen, Yosinski and Clune 2015).
//!
//! Two of the encodings are bred by an evolution over all classes at once; the third climbs the gradient of one class's
//! probability. To add an encoding: one file here, one row in [`ENCODINGS`].

mod archive;
mod ascent;
mod canvas;
mod cppn;
mod curve;
mod direct;
mod evolution;
mod file;
mod genome;
mod variation;

pub use ascent::{Ascended, Ascent};
pub use curve::Moment;
pub use evolution::{Champion, Evolution};

use crate::error::{Error, ErrorKind};
use archive::Archive;
use canvas::Canvas;
use cppn::Cppn;
use direct::Pixels;
use evolution::Population;
use file::Reader;

/// How an image is written down so that it can be bred or climbed.
#[derive(Debug)]
pub struct Encoding {
    /// As it is asked for.
    pub name: &'static str,
    /// What it is, in a line.
    pub computes: &'static str,
    /// Author and year.
    pub source: &'static str,
    /// `None` where nothing is bred.
    pub(crate) breeding: Option<Breeding>,
}

/// What an evolution needs to know of its encoding.
#[derive(Debug)]
pub(crate) struct Breeding {
    /// The published size on a grey and on a color network.
    published: [Size; 2],
    begin: fn(usize) -> Box<dyn Population>,
    open: fn(&Canvas, usize, &mut Reader<'_>) -> Option<Box<dyn Population>>,
}

/// How much is bred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Images in each generation.
    pub population: usize,
    /// Generations, the random first one included.
    pub generations: usize,
}

/// Every encoding there is. Rates stand in the encodings' own files.
pub const ENCODINGS: &[Encoding] = &[
    Encoding {
        name: "direct",
        computes: "every pixel is a gene; polynomial mutation and simulated binary crossover",
        source: "Nguyen, Yosinski, Clune 2015",
        breeding: Some(Breeding {
            published: [
                Size { population: 200, generations: 1010 },
                Size { population: 200, generations: 5010 },
            ],
            begin: |classes| Box::new(Archive::<Pixels>::new(classes)),
            open: |canvas, classes, bytes| Some(Box::new(Archive::<Pixels>::read(canvas, classes, bytes)?)),
        }),
    },
    Encoding {
        name: "cppn",
        computes: "a small network of sines, Gaussians and sigmoids paints regular patterns from the coordinates",
        source: "Nguyen, Yosinski, Clune 2015; Stanley 2007",
        breeding: Some(Breeding {
            published: [
                Size { population: 200, generations: 1001 },
                Size { population: 400, generations: 5001 },
            ],
            begin: |classes| Box::new(Archive::<Cppn>::new(classes)),
            open: |canvas, classes, bytes| Some(Box::new(Archive::<Cppn>::read(canvas, classes, bytes)?)),
        }),
    },
    Encoding {
        name: "gradient",
        computes: "pixels climb the gradient of one class's probability",
        source: "Nguyen, Yosinski, Clune 2015",
        breeding: None,
    },
];

impl Encoding {
    /// The encoding of a name.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] with all names.
    pub fn named(name: &str) -> Result<&'static Encoding, Error> {
        let found = ENCODINGS.iter().find(|row| row.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let names: Vec<&str> = ENCODINGS.iter().map(|row| row.name).collect();
            let context = format!("there is no encoding '{name}'; there are {}", names.join(", "));
            Error::new(ErrorKind::Setting, context)
        })
    }

    /// The size its authors published for networks of 1 or 3 color channels; `None` where nothing is bred.
    pub fn published(&self, channels: usize) -> Option<Size> {
        self.breeding.as_ref().map(|breeding| breeding.published[usize::from(channels > 1)])
    }
}
