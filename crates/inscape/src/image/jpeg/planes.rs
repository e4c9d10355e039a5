use inscape_tensor::vectorized;

use super::Damage;
use super::frame::{Component, Frame};
use super::transform::inverse;

/// The samples of one component in the picture's own size, row by row.
pub(super) type Plane = Vec<u8>;

/// Every component transformed back and brought to the picture's size.
pub(super) fn planes(frame: Frame) -> Result<Vec<Plane>, Damage> {
    let (most, size) = (frame.most, [frame.height, frame.width]);
    frame
        .components
        .into_iter()
        .map(|component| {
            let ratio = [most[0] / component.sampling[0], most[1] / component.sampling[1]];
            let samples = samples(&component)?;
            Ok(enlarged(samples, component.size, ratio, size))
        })
        .collect()
}

/// The samples that count, without the blocks' overhang.
fn samples(component: &Component) -> Result<Vec<u8>, Damage> {
    let Some(quantizer) = component.quantized_by else { return Err(Damage("a component without a scan")) };
    let [height, width] = component.size;
    let mut samples = vec![0; height * width];
    vectorized(|| {
        for (i, block) in component.coefficients.as_chunks().0.iter().enumerate() {
            let (top, left) = (i / component.blocks[1] * 8, i % component.blocks[1] * 8);
            if top >= height || left >= width {
                continue;
            }
            let block = inverse(block, &quantizer);
            let columns = (width - left).min(8);
            for (y, line) in block.as_chunks::<8>().0.iter().enumerate().take(height - top) {
                samples[(top + y) * width + left..][..columns].copy_from_slice(&line[..columns]);
            }
        }
    });
    Ok(samples)
}

/// Samples at the picture's size: twice as many along an axis by the triangle filter with libjpeg's alternating roundings,
/// other ratios by repetition.
fn enlarged(samples: Vec<u8>, size: [usize; 2], ratio: [usize; 2], target: [usize; 2]) -> Plane {
    // libjpeg does not smooth planes of one or two columns.
    let smooth = ratio[1] == 1 || size[1] > 2;
    match ratio {
        [1, 1] => samples,
        [1, 2] if smooth => rows(&samples, size, target, |row, _, _, out| across(row, out)),
        [2, 1] => rows(&samples, size, target, |near, far, odd, out| {
            let bias = 1 + u16::from(odd);
            let pairs = near.iter().zip(far);
            out.extend(pairs.map(|(&a, &b)| ((3 * u16::from(a) + u16::from(b) + bias) >> 2) as u8));
        }),
        [2, 2] if smooth => rows(&samples, size, target, |near, far, _, out| both(near, far, out)),
        [down, across] => {
            let mut out = Vec::with_capacity(target[0] * target[1]);
            for y in 0..target[0] {
                let row = &samples[y / down * size[1]..][..size[1]];
                out.extend((0..target[1]).map(|x| row[x / across]));
            }
            out
        }
    }
}

/// Calls `make` for each row of the target with the nearest source row, the next nearest, and whether the row is the lower of
/// its pair.
fn rows(
    samples: &[u8],
    [height, width]: [usize; 2],
    target: [usize; 2],
    make: impl Fn(&[u8], &[u8], bool, &mut Vec<u8>),
) -> Plane {
    let line = |y: usize| &samples[y * width..][..width];
    let doubled = target[0] > height;
    let mut out = Vec::with_capacity(target[0] * target[1]);
    let mut row = Vec::with_capacity(2 * width);
    for y in 0..target[0] {
        let (near, odd) = if doubled { (y / 2, y % 2 == 1) } else { (y, false) };
        let far = if odd { (near + 1).min(height - 1) } else { near.saturating_sub(1) };
        row.clear();
        make(line(near), line(far), odd, &mut row);
        out.extend_from_slice(&row[..target[1]]);
    }
    out
}

fn across(row: &[u8], out: &mut Vec<u8>) {
    let level = |x: usize| u16::from(row[x]);
    let last = row.len() - 1;
    for x in 0..=last {
        let here = 3 * level(x);
        out.push(if x == 0 { row[0] } else { ((here + level(x - 1) + 1) >> 2) as u8 });
        out.push(if x == last { row[last] } else { ((here + level(x + 1) + 2) >> 2) as u8 });
    }
}

fn both(near: &[u8], far: &[u8], out: &mut Vec<u8>) {
    let column = |x: usize| 3 * u16::from(near[x]) + u16::from(far[x]);
    let last = near.len() - 1;
    for x in 0..=last {
        let here = 3 * column(x);
        let (left, right) = (column(x.saturating_sub(1)), column((x + 1).min(last)));
        out.extend([((here + left + 8) >> 4) as u8, ((here + right + 7) >> 4) as u8]);
    }
}
