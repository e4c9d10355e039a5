use inscape_tensor::{Fourier, math};

use super::photograph::Plane;

/// Least pixels between a picture's far edge and, since Fourier planes wrap around, its near one.
const GAP: usize = 64;

/// The picture through the filter R(f) = f·exp(−(f/f₀)⁴), f the radial frequency in cycles per pixel, whatever the size.
///
/// R(0) = 0, so the mean goes. A picture is no torus: its edges are mirrored outwards and faded into one another over a
/// gap, so that no edge comes out that is none.
pub(super) fn whitened(plane: &Plane, cutoff: f64) -> Plane {
    let (height, width) = (extended(plane.height), extended(plane.width));
    let fourier = Fourier::new(height, width);
    let surroundings = surrounded(plane, height, width);
    let mut spectrum = fourier.spectrum();
    fourier.forward(&surroundings, &mut spectrum);
    let size = (height * width) as f32;
    for (x, column) in spectrum.chunks_exact_mut(height).enumerate() {
        for (y, amplitude) in column.iter_mut().enumerate() {
            let across = x as f64 / width as f64;
            let down = y.min(height - y) as f64 / height as f64;
            *amplitude *= response((across * across + down * down).sqrt(), cutoff) / size;
        }
    }
    let mut filtered = surroundings;
    fourier.inverse(&mut spectrum, &mut filtered);
    let rows = filtered.chunks_exact(width).take(plane.height);
    let values = rows.flat_map(|row| &row[..plane.width]).copied().collect();
    Plane { values, ..*plane }
}

/// R(f).
fn response(frequency: f64, cutoff: f64) -> f32 {
    frequency as f32 * math::exp(-(frequency / cutoff).powi(4) as f32)
}

/// A side that is quickly transformed and leaves room for the gap.
fn extended(side: usize) -> usize {
    Fourier::fast_side(side + GAP)
}

/// The picture in the corner of a larger plane that goes on smoothly over its edges.
fn surrounded(plane: &Plane, height: usize, width: usize) -> Vec<f32> {
    let mut rows = Vec::with_capacity(plane.height);
    for row in plane.values.chunks_exact(plane.width) {
        let beyond = (plane.width..width).map(|x| {
            let [far, near, share] = mixed(x, plane.width, width);
            row[far as usize] * (1.0 - share) + row[near as usize] * share
        });
        rows.push(row.iter().copied().chain(beyond).collect::<Vec<f32>>());
    }
    let mut all = rows.concat();
    for y in plane.height..height {
        let [far, near, share] = mixed(y, plane.height, height);
        let [far, near] = [far, near].map(|y| &rows[y as usize]);
        all.extend(far.iter().zip(near).map(|(far, near)| far * (1.0 - share) + near * share));
    }
    all
}

/// What a place in the gap shows: the place mirrored at the far edge, the one mirrored at the near edge, and the share of
/// the latter, which rises smoothly from 0 to 1.
fn mixed(place: usize, side: usize, whole: usize) -> [f32; 3] {
    let mirrored = |beyond: usize| {
        let turn = beyond % (2 * side);
        turn.min(2 * side - 1 - turn)
    };
    let through = (place - side) as f32 + 0.5;
    let t = through / (whole - side) as f32;
    [(side - 1 - mirrored(place - side)) as f32, mirrored(whole - 1 - place) as f32, t * t * (3.0 - 2.0 * t)]
}
