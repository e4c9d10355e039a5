use super::{Localized, Seed};
use crate::error::Error;
use crate::image::Image;
use crate::picture::{ColorMap, Picture, Scale};

/// A stage of a localization as a picture.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stage {
    /// A word for file names.
    pub name: &'static str,
    /// What it shows.
    pub words: String,
    /// The picture.
    pub picture: Picture,
}

/// The longest side, in pixels, of a picture on a strip, unless a whole factor makes it longer.
const CELL: usize = Picture::READABLE;

/// How much of a seed's pixel its color covers.
const SEED: f64 = 0.75;

impl Localized {
    /// The picture with the mask's outline, the box and the class. `image` is the picture that was localized.
    pub fn overlay(&self, image: &Image) -> Picture {
        Picture::located(image, &self.region.mask, self.region.bounds.corners(), &self.words())
    }

    /// The mask as a grey PNG file in the picture's own pixels: 255 on the object.
    pub fn mask_png(&self, image: &Image) -> Vec<u8> {
        Picture::mask_png(&self.region.mask, image.height(), image.width())
    }

    /// Every stage as a picture: the map, the seeds (foreground orange, background blue), the foreground's probability where there was
    /// a cut; longest side at most [`Picture::LONGEST_OVERLAY`].
    ///
    /// # Errors
    /// Where the map cannot be drawn.
    pub fn stages(&self, image: &Image) -> Result<Vec<Stage>, Error> {
        let region = &self.region;
        let size = within(region.size, Picture::LONGEST_OVERLAY);
        let map = Picture::from_map_at(&region.map, region.size, Scale::unsigned(), size)?;
        let words = match self.joined {
            Some(coarse) => format!("{} and {}", self.map, coarse),
            None => self.map.to_string(),
        };
        let mut stages = vec![Stage { name: "map", words, picture: map }];
        let seeds = colored(image, region.size, size, |at, luma| match region.seeds[at] {
            Seed::Open => [luma; 3],
            Seed::Foreground => over(luma, ColorMap::Diverging.color(0.6)),
            Seed::Background => over(luma, ColorMap::Diverging.color(-0.6)),
        })?;
        stages.push(Stage { name: "seeds", words: "seeds".to_owned(), picture: seeds });
        if let Some(probability) = &region.probability {
            let color = |at: usize, _| ColorMap::Sequential.color(probability[at].into());
            let picture = colored(image, region.size, size, color)?;
            stages.push(Stage { name: "probability", words: "foreground probability".to_owned(), picture });
        }
        Ok(stages)
    }

    /// The stages side by side, with the picture before them and mask and box behind.
    ///
    /// # Errors
    /// As [`Localized::stages`].
    pub fn strip(&self, image: &Image, stages: &[Stage]) -> Result<Picture, Error> {
        let full = [image.height(), image.width()];
        // Small pictures are drawn larger by a whole factor, as the one with the box is.
        let factor = CELL.div_ceil(full[0].max(full[1]));
        let size = if factor > 1 { full.map(|side| side * factor) } else { within(full, CELL) };
        let cell =
            |image: &Image, words: &str| (image.scaled(size[0], size[1]), [words.to_owned(), String::new()]);
        let shown =
            |picture: &Picture| Image::from_rgb8(picture.width(), picture.height(), picture.rgb().to_vec());
        let mut cells = vec![cell(image, "picture")];
        for stage in stages {
            cells.push(cell(&shown(&stage.picture)?, &stage.words));
        }
        let mask = |at: usize| if self.region.mask[at] { 255 } else { 0 };
        let levels = (0..full[0] * full[1]).flat_map(|at| [mask(at); 3]).collect();
        cells.push(cell(&Image::from_rgb8(full[1], full[0], levels)?, "mask"));
        // The words of the box stand below it.
        let plain = Picture::located(image, &self.region.mask, self.region.bounds.corners(), "");
        cells.push(cell(&shown(&plain)?, &self.words()));
        Picture::strip(&cells)
    }

    /// The class's name, or the objective where it has none, and the score.
    fn words(&self) -> String {
        let name = self.target.name.clone().unwrap_or_else(|| self.target.objective.to_string());
        format!("{name} {:.1}", self.score)
    }
}

/// The size whose longer side is at most so many pixels, the shorter in proportion.
fn within([height, width]: [usize; 2], longest: usize) -> [usize; 2] {
    let long = height.max(width);
    match long > longest {
        true => [height, width].map(|side| (side * longest / long).max(1)),
        false => [height, width],
    }
}

/// A color for every pixel of what was segmented, by its place and the picture's luma there.
fn colored(
    image: &Image,
    [rows, columns]: [usize; 2],
    size: [usize; 2],
    color: impl Fn(usize, u8) -> [u8; 3],
) -> Result<Picture, Error> {
    let luma = crate::preprocessing::grey_at(image, rows, columns);
    let rgb = (0..rows * columns).flat_map(|at| color(at, luma[at])).collect();
    let whole = Image::from_rgb8(columns, rows, rgb)?;
    Ok(Picture::from_image(&whole.scaled(size[0], size[1])))
}

fn over(luma: u8, color: [u8; 3]) -> [u8; 3] {
    color.map(|level| (f64::from(luma) + SEED * (f64::from(level) - f64::from(luma))).round() as u8)
}
