use super::component::{components, heaviest};
use super::cut::segment;
use super::map::Cells;
use super::settings::{Localization, Part, Segmentation, Threshold};
use super::{Bounds, Mixture, Seed, seeds};
use crate::image::Image;

/// Where an object is in a picture, with every stage on the way there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Region {
    /// Rows and columns of the picture that was segmented: the picture's own, or fewer where it was reduced.
    pub size: [usize; 2],
    /// The map at its pixels.
    pub map: Vec<f32>,
    /// The pixels of which the map says something; the others lay outside what the network saw.
    pub known: Bounds,
    /// The seeds there.
    pub seeds: Vec<Seed>,
    /// How likely each pixel is the foreground by its own color and map; `None` where nothing was cut.
    pub probability: Option<Vec<f32>>,
    /// The energy after each cut.
    pub energies: Vec<f64>,
    /// The colors of the foreground and of the background, where there was a cut.
    pub mixtures: Option<[Mixture; 2]>,
    /// β, where there was a cut.
    pub beta: Option<f64>,
    /// The object's pixels in the picture itself, row by row.
    pub mask: Vec<bool>,
    /// Their tight box, in the picture's own pixels.
    pub bounds: Bounds,
    /// What the mask comes from.
    pub basis: Basis,
    /// What could mislead, in sentences.
    pub warnings: Vec<String>,
}

/// What a mask comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// The cut that was asked for.
    Cut,
    /// The threshold that was asked for.
    Threshold,
    /// The map's strongest pixels alone, because the cut found no object.
    Seeds,
    /// The whole picture, because the map says nothing of any place.
    Picture,
}

/// Finds the object that a map points to: the map brought up to the picture, seeds, color mixtures, cut, connected part, tight box.
///
/// There is always an answer, and [`Region::basis`] says what it rests on: where nothing was cut out it is the map's strongest pixels,
/// and where the map is the same everywhere the whole picture.
///
/// ```
/// use inscape::localization::{Cells, Localization, locate};
/// use inscape::{Image, Window};
/// // A white square on black, and a map that is strong in it.
/// let inside = |at: usize| (4..8).contains(&(at / 16)) && (6..12).contains(&(at % 16));
/// let rgb = (0..256).flat_map(|at| [if inside(at) { 255 } else { 0 }; 3]).collect();
/// let image = Image::from_rgb8(16, 16, rgb)?;
/// let map = (0..256).map(|at| if inside(at) { 1.0 } else { 0.0 }).collect();
/// let map = Cells::new(map, [16, 16], Window::whole(16, 16));
/// let found = locate(&image, &map, &Localization::simonyan());
/// assert_eq!(found.bounds.corners(), [6, 4, 12, 8]);
/// # Ok::<(), inscape::Error>(())
/// ```
pub fn locate(image: &Image, map: &Cells, settings: &Localization) -> Region {
    let full = [image.height(), image.width()];
    let size = reduced(full, settings.megapixels);
    let small;
    let picture = match size == full {
        true => image,
        false => {
            small = image.resized(size[0], size[1]);
            &small
        }
    };
    let (map, known) = map.raised(full, size);
    let is_known = |at: usize| known.holds(at / size[1], at % size[1]);
    let seeds = seeds(&map, is_known, settings.foreground, settings.background);
    let mut region = Region {
        size,
        known,
        probability: None,
        energies: Vec::new(),
        mixtures: None,
        beta: None,
        mask: Vec::new(),
        bounds: Bounds::whole(full[0], full[1]),
        basis: Basis::Picture,
        warnings: Vec::new(),
        map,
        seeds,
    };
    let mask = region.segmented(picture, settings);
    region.finish(mask, full, settings);
    region
}

impl Region {
    /// The mask by what was asked for; empty where it has no pixel.
    fn segmented(&mut self, picture: &Image, settings: &Localization) -> Vec<bool> {
        match settings.segmentation {
            Segmentation::Threshold => {
                self.basis = Basis::Threshold;
                self.above(settings.threshold)
            }
            Segmentation::Cut => {
                self.basis = Basis::Cut;
                let prior = self.log_odds(settings);
                let Some(found) = segment(picture, &self.seeds, &prior, settings) else { return Vec::new() };
                self.probability = Some(found.probability);
                self.energies = found.energies;
                self.mixtures = Some(found.mixtures);
                self.beta = Some(found.beta);
                found.mask
            }
        }
    }

    fn is_known(&self, at: usize) -> bool {
        self.known.holds(at / self.size[1], at % self.size[1])
    }

    /// Pixels at or above a threshold; none where the map is zero everywhere.
    fn above(&self, threshold: Threshold) -> Vec<bool> {
        let most = self.map.iter().copied().fold(0.0, f32::max);
        let level = match threshold {
            Threshold::OfMax(part) => part * f64::from(most),
            Threshold::OfMean(part) => part * self.mean(),
        };
        if most <= 0.0 {
            return Vec::new();
        }
        let above = |(at, &m): (usize, &f32)| f64::from(m) >= level && self.is_known(at);
        self.map.iter().enumerate().map(above).collect()
    }

    /// The map's mean over the pixels it knows.
    fn mean(&self) -> f64 {
        let [rows, columns] = self.known.size();
        self.map.iter().map(|&m| f64::from(m)).sum::<f64>() / (rows * columns).max(1) as f64
    }

    /// ln(m / level), within ±[`MOST_ODDS`]; 0 where nothing is known or the map is zero everywhere.
    fn log_odds(&self, settings: &Localization) -> Vec<f32> {
        let level = (settings.map_level * self.mean()) as f32;
        if level <= 0.0 || settings.map_weight == 0.0 {
            return vec![0.0; self.map.len()];
        }
        let odds = |(at, &m): (usize, &f32)| match self.is_known(at) {
            true => (m / level).max(f32::MIN_POSITIVE).ln().clamp(-MOST_ODDS, MOST_ODDS),
            false => 0.0,
        };
        self.map.iter().enumerate().map(odds).collect()
    }

    /// Keeps the connected part that was asked for, and falls back on less where there is none.
    fn finish(&mut self, mut mask: Vec<bool>, full: [usize; 2], settings: &Localization) {
        if !mask.contains(&true) {
            mask = self.seeds.iter().map(|&seed| seed == Seed::Foreground).collect();
            self.basis = Basis::Seeds;
        }
        if mask.contains(&true) {
            if self.basis == Basis::Seeds {
                self.warnings
                    .push("nothing was cut out; the mask is the map's strongest pixels alone".into());
            }
            self.keep(&mut mask, settings);
        } else {
            self.basis = Basis::Picture;
            self.warnings.push(
                "the map is the same everywhere and says nothing of where the object is; the box is the whole picture"
                    .into(),
            );
            mask.fill(true);
        }
        self.mask = enlarged(mask, self.size, full);
        self.bounds = Bounds::of(&self.mask, full[1]).unwrap_or(self.bounds);
    }

    fn keep(&self, mask: &mut [bool], settings: &Localization) {
        let parts = components(mask, self.size, settings.neighborhood);
        let kept = match settings.component {
            Part::All => return,
            Part::Largest => heaviest(&parts, |_| 1.0),
            Part::Strongest => heaviest(&parts, |at| f64::from(self.map[at])),
            Part::Peak => {
                let inside = (0..mask.len()).filter(|&at| mask[at]);
                // The first of several alike.
                let peak = inside.rev().max_by(|&a, &b| self.map[a].total_cmp(&self.map[b]));
                peak.map(|at| parts[at])
            }
        };
        if let Some(kept) = kept {
            mask.iter_mut().zip(&parts).for_each(|(inside, &part)| *inside = part == kept);
        }
    }
}

/// Bounds of a pixel's log-odds: a map that is zero somewhere is not certain there.
const MOST_ODDS: f32 = 4.0;

/// Rows and columns of a picture reduced to so many megapixels, or its own where it has no more.
fn reduced([height, width]: [usize; 2], megapixels: f64) -> [usize; 2] {
    let most = megapixels * 1e6;
    let pixels = height as f64 * width as f64;
    if pixels <= most {
        return [height, width];
    }
    // A strip keeps at least one pixel across, so its length alone is cut.
    let factor = (most / pixels).sqrt();
    let short = ((height.min(width) as f64 * factor) as usize).max(1);
    let long = ((height.max(width) as f64 * factor) as usize).clamp(1, (most / short as f64) as usize + 1);
    if height <= width { [short, long] } else { [long, short] }
}

/// A mask at another size, by the nearest pixel.
fn enlarged(mask: Vec<bool>, [rows, columns]: [usize; 2], [height, width]: [usize; 2]) -> Vec<bool> {
    if [rows, columns] == [height, width] {
        return mask;
    }
    let nearest = |at: usize, cells: usize, size: usize| (2 * at + 1) * cells / (2 * size);
    let across: Vec<usize> = (0..width).map(|x| nearest(x, columns, width)).collect();
    let row = |y: usize| &mask[nearest(y, rows, height) * columns..][..columns];
    (0..height).flat_map(|y| across.iter().map(move |&x| row(y)[x])).collect()
}

#[cfg(test)]
mod tests {
    use super::{enlarged, reduced};

    #[test]
    fn large_pictures_are_reduced_and_masks_enlarged() {
        assert_eq!(reduced([2000, 2000], 4.0), [2000, 2000]);
        assert_eq!(reduced([6000, 8000], 4.0), [1732, 2309]);
        let [height, width] = reduced([3, 20_000_000], 4.0);
        assert!(height == 1 && (3_000_000..=4_000_001).contains(&width), "{height} {width}");
        let mask = enlarged(vec![true, false, false, true], [2, 2], [4, 5]);
        let rows: Vec<Vec<u8>> =
            mask.chunks(5).map(|row| row.iter().map(|&m| u8::from(m)).collect()).collect();
        assert_eq!(rows, [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 1]]);
    }
}
