use png::{BitDepth, ColorType, Encoder, Filter, SrgbRenderingIntent};

/// A PNG file of 8-bit sRGB pixels.
#[expect(clippy::expect_used, reason = "writing to memory fails only for sizes that no picture here has")]
pub(super) fn encoded(width: usize, height: usize, rgb: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header().expect("sides are at least 1");
    writer.write_image_data(rgb).expect("the pixels fill the sides");
    writer.finish().expect("memory takes the end mark");
    file
}
