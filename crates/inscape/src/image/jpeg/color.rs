use inscape_tensor::vectorized;

use super::planes::Plane;

/// Red, green, blue of each pixel from one plane of grey, or from three, which are luma and chroma where `transformed`.
pub(super) fn interleaved(planes: &[Plane], [height, width]: [usize; 2], transformed: bool) -> Vec<u8> {
    let mut rgb = vec![0; height * width * 3];
    let pixels = rgb.as_chunks_mut().0.iter_mut();
    vectorized(|| match planes {
        [first, second, third] => {
            for (pixel, ((&a, &b), &c)) in pixels.zip(first.iter().zip(second).zip(third)) {
                *pixel = if transformed { color(a, b, c) } else { [a, b, c] };
            }
        }
        _ => pixels.zip(planes.iter().flatten()).for_each(|(pixel, &grey)| *pixel = [grey; 3]),
    });
    rgb
}

/// JFIF's conversion, with 16 fractional bits and libjpeg's roundings.
#[inline(always)]
fn color(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (luma, blue, red) = (i32::from(luma), i32::from(blue) - 128, i32::from(red) - 128);
    [
        luma + ((91_881 * red + HALF) >> 16),
        luma + ((HALF - 22_554 * blue - 46_802 * red) >> 16),
        luma + ((116_130 * blue + HALF) >> 16),
    ]
    .map(|level| level.clamp(0, 255) as u8)
}
