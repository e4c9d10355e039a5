use crate::error::Error;
use crate::model::Model;

/// The size of the images a network is fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Canvas {
    pub(super) height: usize,
    pub(super) width: usize,
    /// 1 for grey, 3 for red, green, blue.
    pub(super) channels: usize,
}

impl Canvas {
    pub(super) fn of(model: &Model) -> Result<Canvas, Error> {
        let [_, channels, height, width] = model.preprocessing()?.shape();
        Ok(Canvas { height, width, channels })
    }

    /// Bytes of an image: row by row from the top, the colors of a pixel side by side.
    pub(super) fn len(&self) -> usize {
        self.height * self.width * self.channels
    }
}
