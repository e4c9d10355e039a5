use std::path::{Path, PathBuf};

use inscape::{Deviates, Error, ErrorKind, Watch};
use inscape_tensor::Tensor;

use super::Patches;
use super::photograph::{self, Plane};
use super::whitening::whitened;

/// How patches are cut from pictures.
///
/// ```
/// let cutting = inscape_belief::examples::patches::Cutting { count: 10, ..Default::default() };
/// assert_eq!((cutting.size, cutting.cutoff), ([12, 12], 0.4));
/// assert!(cutting.cut("empty", &[], &Default::default()).is_err());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cutting {
    /// Rows and columns of a patch: 12×12 (Erhan et al. 2009).
    pub size: [usize; 2],
    /// How many: 100,000 (Erhan et al. 2009).
    pub count: usize,
    /// Pixels along a picture's edges that no patch touches: 4 (Olshausen and Field 1996).
    pub border: usize,
    /// f₀ of the filter in cycles per pixel: 0.4 (Olshausen and Field 1996: 200 cycles in 512 pixels).
    pub cutoff: f64,
    /// The mean variance of the filtered pictures: 0.1 (Olshausen and Field 1996).
    pub variance: f64,
    /// What the places are drawn from.
    pub seed: u64,
}

impl Default for Cutting {
    fn default() -> Cutting {
        Cutting { size: [12; 2], count: 100_000, border: 4, cutoff: 0.4, variance: 0.1, seed: 0 }
    }
}

impl Cutting {
    /// The most numbers in all patches together: a `.npy` file of them can be read again.
    pub const MOST_NUMBERS: usize = (1 << 28) - 1024;

    /// Cuts patches. Each picture is turned grey and normalized to variance 1 (a JPEG is halved first, because the filter
    /// would show its 8×8 blocks), filtered by R(f) = f·exp(−(f/f₀)⁴), and all are multiplied by one factor that makes
    /// their mean variance [`Cutting::variance`]. A patch's picture is drawn first, each as likely as any other, then its place in it;
    /// patch i depends on the seed, i and the pictures alone. One step of the watch per picture; one picture at a time is
    /// in memory.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for settings outside their range or no pictures; [`ErrorKind::File`] and
    /// [`ErrorKind::Picture`] for a picture that cannot be read, is smaller than a patch with its borders, or of one level
    /// throughout; [`ErrorKind::Cancelled`].
    pub fn cut(&self, name: &str, pictures: &[PathBuf], watch: &Watch<'_>) -> Result<Patches, Error> {
        self.check(pictures)?;
        let [rows, columns] = self.size;
        let area = rows * columns;
        let mut patches = vec![0.0; self.count * area];
        let drawn = self.drawn(pictures.len());
        let mut variances = 0.0;
        for (picture, path) in pictures.iter().enumerate() {
            watch.step(picture, pictures.len())?;
            let plane = photograph::read(path)?;
            self.fits(&plane, path)?;
            let plane = whitened(&plane, self.cutoff);
            variances += photograph::moments(&plane.values).1;
            for &patch in &drawn[picture] {
                self.copy(&plane, patch, &mut patches[patch * area..][..area]);
            }
        }
        let factor = (self.variance * pictures.len() as f64 / variances).sqrt();
        patches.iter_mut().for_each(|value| *value = (f64::from(*value) * factor) as f32);
        watch.step(pictures.len(), pictures.len())?;
        Patches::new(name, Tensor::new([self.count, rows, columns], patches))
    }

    fn check(&self, pictures: &[PathBuf]) -> Result<(), Error> {
        let [rows, columns] = self.size;
        let numbers = rows.checked_mul(columns).and_then(|area| area.checked_mul(self.count));
        let wrong = if pictures.is_empty() {
            "there are no pictures to cut patches from".to_owned()
        } else if numbers.is_none_or(|numbers| numbers == 0 || numbers > Cutting::MOST_NUMBERS) {
            format!(
                "{} patches of {rows}×{columns}: there must be at least one number and at most {} million in all",
                self.count,
                Cutting::MOST_NUMBERS / 1_000_000
            )
        } else if !(self.cutoff > 0.0 && self.cutoff <= 1.0) {
            format!("a cutoff of {} cycles per pixel: it lies above 0 and is at most 1", self.cutoff)
        } else if !(self.variance > 0.0 && self.variance <= 1e6) {
            format!("a variance of {}: it lies above 0 and is at most a million", self.variance)
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Setting, wrong))
    }

    /// The patches of each picture.
    fn drawn(&self, pictures: usize) -> Vec<Vec<usize>> {
        let mut drawn = vec![Vec::new(); pictures];
        for patch in 0..self.count {
            drawn[Deviates::new(self.seed, patch as u64).below(pictures)].push(patch);
        }
        drawn
    }

    fn fits(&self, plane: &Plane, path: &Path) -> Result<(), Error> {
        let [rows, columns] = self.size;
        let [needed_rows, needed_columns] =
            self.size.map(|side| side.saturating_add(self.border.saturating_mul(2)));
        if plane.height >= needed_rows && plane.width >= needed_columns {
            return Ok(());
        }
        let context = format!(
            "{}: {}×{} pixels (a JPEG is halved first) are too few for patches of {rows}×{columns} with a border of {}: at \
             least {needed_rows}×{needed_columns} are needed",
            path.display(),
            plane.height,
            plane.width,
            self.border
        );
        Err(Error::new(ErrorKind::Picture, context))
    }

    /// The patch at its place in its picture.
    fn copy(&self, plane: &Plane, patch: usize, values: &mut [f32]) {
        let [rows, columns] = self.size;
        let mut place = Deviates::at_step(self.seed, patch as u64, 0);
        let free = |whole: usize, side: usize| whole - side - 2 * self.border + 1;
        let top = self.border + place.below(free(plane.height, rows));
        let left = self.border + place.below(free(plane.width, columns));
        for (y, row) in values.chunks_exact_mut(columns).enumerate() {
            row.copy_from_slice(&plane.values[(top + y) * plane.width + left..][..columns]);
        }
    }
}
