/// Red, green, blue of hue, lightness and saturation in [0, 1]; the hue goes once around.
pub(super) fn from_hls([hue, lightness, saturation]: [f32; 3]) -> [f32; 3] {
    let reach = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|turn| {
        let at = turn + 12.0 * hue;
        let k = if at >= 12.0 { at - 12.0 } else { at };
        lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::from_hls;

    #[test]
    fn known_colors() {
        for (hls, rgb) in [
            ([0.0, 0.5, 1.0], [1.0, 0.0, 0.0]),
            ([1.0 / 3.0, 0.5, 1.0], [0.0, 1.0, 0.0]),
            ([2.0 / 3.0, 0.5, 1.0], [0.0, 0.0, 1.0]),
            ([1.0, 0.5, 1.0], [1.0, 0.0, 0.0]),
            ([1.0 / 6.0, 0.25, 1.0], [0.5, 0.5, 0.0]),
            ([0.4, 0.7, 0.0], [0.7, 0.7, 0.7]),
            ([0.9, 1.0, 1.0], [1.0, 1.0, 1.0]),
            ([0.5, 0.5, 0.5], [0.25, 0.75, 0.75]),
        ] {
            for (found, expected) in from_hls(hls).into_iter().zip(rgb) {
                assert!((found - expected).abs() < 1e-5, "{hls:?}: {:?}", from_hls(hls));
            }
        }
    }
}
