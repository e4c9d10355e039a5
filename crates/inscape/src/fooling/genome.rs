use super::canvas::Canvas;
use super::file::Reader;
use crate::random::Deviates;

/// An image as evolution sees it.
pub(super) trait Genome: Sized + Clone + Send + Sync {
    /// One of the first generation.
    fn random(canvas: &Canvas, draw: &mut Deviates) -> Self;

    /// Two offspring of two parents, crossed and mutated at the rates of a generation.
    fn offspring(parents: [&Self; 2], generation: usize, draw: &mut Deviates) -> [Self; 2];

    /// Paints the image: [`Canvas::len`] bytes, grey or red, green, blue.
    fn paint(&self, canvas: &Canvas, pixels: &mut [u8]);

    /// Adds it to a file.
    fn write(&self, bytes: &mut Vec<u8>);

    /// Takes it from a file; `None` where the file is damaged.
    fn read(canvas: &Canvas, bytes: &mut Reader<'_>) -> Option<Self>;
}
