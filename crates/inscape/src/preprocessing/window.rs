/// Where the cells of a network's input (or of a map of it) lie in the picture: a rectangle in the picture's own pixels.
///
/// Pixel `i` covers `i..i + 1`. A map of `rows` × `columns` cells divides the rectangle evenly, so cell (y, x) covers
/// `top + y·height/rows` and the next `height/rows` pixels, and so on. Parts outside the picture are padding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Upper edge.
    pub top: f64,
    /// Left edge.
    pub left: f64,
    /// Pixels from top to bottom.
    pub height: f64,
    /// Pixels from left to right.
    pub width: f64,
}

impl Window {
    /// All of a picture.
    pub fn whole(height: usize, width: usize) -> Window {
        Window { top: 0.0, left: 0.0, height: height as f64, width: width as f64 }
    }

    /// The affine map from cells to pixels, as `[[row step, top], [column step, left]]`: pixel = step·cell + edge.
    ///
    /// ```
    /// let window = inscape::Window { top: 10.0, left: 0.0, height: 448.0, width: 224.0 };
    /// assert_eq!(window.affine(224, 224), [[2.0, 10.0], [1.0, 0.0]]);
    /// ```
    pub fn affine(&self, rows: usize, columns: usize) -> [[f64; 2]; 2] {
        [[self.height / rows as f64, self.top], [self.width / columns as f64, self.left]]
    }

    /// The place in a map of `rows` × `columns` cells, in cells from its upper left edge, of a point of the picture.
    pub fn to_map(&self, y: f64, x: f64, rows: usize, columns: usize) -> [f64; 2] {
        [(y - self.top) / self.height * rows as f64, (x - self.left) / self.width * columns as f64]
    }
}
