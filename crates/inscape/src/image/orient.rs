use image::metadata::Orientation;

/// Turns a picture by what its camera says: new width, height and pixels.
pub(super) fn oriented(
    orientation: Orientation,
    width: usize,
    height: usize,
    rgb: Vec<u8>,
) -> (usize, usize, Vec<u8>) {
    // Where each pixel of the turned picture comes from: whether rows and columns swap, then which of them run backwards
    // in the stored picture.
    let (swapped, flip_rows, flip_columns) = match orientation {
        Orientation::NoTransforms => return (width, height, rgb),
        Orientation::FlipHorizontal => (false, false, true),
        Orientation::Rotate180 => (false, true, true),
        Orientation::FlipVertical => (false, true, false),
        Orientation::Rotate90FlipH => (true, false, false),
        Orientation::Rotate90 => (true, true, false),
        Orientation::Rotate270FlipH => (true, true, true),
        Orientation::Rotate270 => (true, false, true),
    };
    let (new_width, new_height) = if swapped { (height, width) } else { (width, height) };
    let mut turned = Vec::with_capacity(rgb.len());
    for y in 0..new_height {
        for x in 0..new_width {
            let (row, column) = if swapped { (x, y) } else { (y, x) };
            let row = if flip_rows { height - 1 - row } else { row };
            let column = if flip_columns { width - 1 - column } else { column };
            let at = (row * width + column) * 3;
            turned.extend_from_slice(&rgb[at..at + 3]);
        }
    }
    (new_width, new_height, turned)
}
