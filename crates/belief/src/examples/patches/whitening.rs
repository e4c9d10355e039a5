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

#[cfg(test)]
mod tests {
    use inscape::Deviates;
    use inscape_tensor::Complex32;

    use super::*;
    use crate::examples::patches::photograph::moments;

    const SIDE: usize = 240;

    /// Random phases with amplitudes 1/f, as natural pictures have (Field 1987).
    fn natural(seed: u64) -> Plane {
        let fourier = Fourier::new(SIDE, SIDE);
        let mut spectrum = fourier.spectrum();
        let mut deviates = Deviates::new(seed, 0);
        for (i, amplitude) in spectrum.iter_mut().enumerate() {
            let f = frequency(i);
            let [re, im] = [deviates.normal(), deviates.normal()].map(|n| n as f32);
            *amplitude = if f > 0.0 { Complex32::new(re, im) / f } else { Complex32::default() };
        }
        let mut values = vec![0.0; SIDE * SIDE];
        fourier.inverse(&mut spectrum, &mut values);
        Plane { height: SIDE, width: SIDE, values }
    }

    fn frequency(i: usize) -> f32 {
        let (x, y) = (i / SIDE, i % SIDE);
        ((x * x + y.min(SIDE - y).pow(2)) as f32).sqrt() / SIDE as f32
    }

    /// Mean power in a ring of frequencies.
    fn power(plane: &Plane, ring: std::ops::Range<f32>) -> f32 {
        let fourier = Fourier::new(SIDE, SIDE);
        let mut spectrum = fourier.spectrum();
        fourier.forward(&plane.values, &mut spectrum);
        let inside = spectrum.iter().enumerate().filter(|(i, _)| ring.contains(&frequency(*i)));
        let (sum, count) = inside.fold((0.0, 0.0), |(sum, count), (_, a)| (sum + a.norm_sqr(), count + 1.0));
        sum / count
    }

    #[test]
    fn natural_spectra_come_out_flat_to_half_the_cutoff_and_fall_beyond() {
        let (before, after) = (natural(5), whitened(&natural(5), 0.4));
        let rings = [0.02..0.05, 0.05..0.1, 0.1..0.15, 0.15..0.2];
        let first = power(&after, 0.08..0.12);
        for ring in rings {
            let falls = power(&before, ring.clone()) / power(&before, 0.08..0.12);
            let flat = power(&after, ring.clone()) / first;
            assert!((flat - 1.0).abs() < 0.15, "{ring:?}: {flat}, before {falls}");
        }
        assert!(power(&before, 0.02..0.05) > 4.0 * power(&before, 0.08..0.12));
        // exp(−2(f/f₀)⁴) at f₀, and next to nothing beyond
        let found = power(&after, 0.395..0.405) / first;
        assert!((found - (-2.0f32).exp()).abs() < 0.03, "{found}");
        let beyond = power(&after, 0.595..0.605) / first;
        assert!(beyond < 1e-3, "{beyond}");
    }

    #[test]
    fn the_filter_takes_the_mean_and_finds_no_edge_where_the_picture_ends() {
        assert_eq!(response(0.0, 0.4), 0.0);
        assert!((response(0.4, 0.4) - 0.4 * (-1.0f32).exp()).abs() < 1e-6);
        let level = Plane { height: 37, width: 50, values: vec![3.0; 37 * 50] };
        assert!(whitened(&level, 0.4).values.iter().all(|value| value.abs() < 1e-5));
        // A ramp's ends would be an edge of its full height for a plane that wraps around.
        let ramp = Plane {
            height: 90,
            width: 120,
            values: (0..90 * 120).map(|i| (i % 120) as f32 / 120.0).collect(),
        };
        let filtered = whitened(&ramp, 0.4);
        let edge = filtered.values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let mut step = ramp.clone();
        step.values.iter_mut().for_each(|value| *value = if *value < 0.5 { 0.0 } else { 1.0 });
        let real = whitened(&step, 0.4).values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        assert!(edge < 0.1 * real, "{edge} {real}");
    }

    #[test]
    fn a_picture_is_filtered_alike_whatever_surrounds_it() {
        let picture = natural(9);
        let crop = |plane: &Plane, from: usize, side: usize| -> Vec<f32> {
            let rows = plane.values.chunks_exact(plane.width).skip(from).take(side);
            rows.flat_map(|row| &row[from..from + side]).copied().collect()
        };
        let part = Plane { height: 151, width: 151, values: crop(&picture, 40, 151) };
        let [whole, alone] = [whitened(&picture, 0.4), whitened(&part, 0.4)];
        let [a, b] = [crop(&whole, 40 + 40, 70), crop(&alone, 40, 70)];
        let apart: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        let share = moments(&apart).1 / moments(&a).1;
        assert!(share < 1e-4, "{share}");
    }
}
