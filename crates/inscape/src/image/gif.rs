/// Whether the first frame of a GIF lies inside its screen, as the format demands. A decoder takes memory for the frame,
/// not for the screen, so this is known before it runs. A file that ends earlier is left to the decoder's own error.
pub(super) fn frame_fits(content: &[u8]) -> bool {
    first_frame(content).is_none_or(|[left, top, width, height]| {
        let [screen_width, screen_height] =
            [word(content, 6), word(content, 8)].map(Option::unwrap_or_default);
        left + width <= screen_width && top + height <= screen_height
    })
}

/// Left, top, width and height from the first image descriptor.
fn first_frame(content: &[u8]) -> Option<[usize; 4]> {
    let mut at = 13 + color_table(*content.get(10)?);
    loop {
        match *content.get(at)? {
            0x2C => {
                let field = |i: usize| word(content, at + 1 + 2 * i);
                return Some([field(0)?, field(1)?, field(2)?, field(3)?]);
            }
            0x21 => {
                at += 2;
                while let length @ 1.. = usize::from(*content.get(at)?) {
                    at += 1 + length;
                }
                at += 1;
            }
            _ => return None,
        }
    }
}

/// Bytes of the color table that a packed field announces.
fn color_table(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

fn word(content: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes([*content.get(at)?, *content.get(at + 1)?])))
}

#[cfg(test)]
mod tests {
    use super::frame_fits;

    fn gif(frame: [u16; 4]) -> Vec<u8> {
        let mut content = b"GIF89a\x18\x00\x10\x00\x80\x00\x00".to_vec();
        content.extend([0; 6]);
        content.extend(b"\x21\xF9\x04\x00\x00\x00\x00\x00\x2C");
        content.extend(frame.into_iter().flat_map(u16::to_le_bytes));
        content
    }

    #[test]
    fn a_frame_beyond_the_screen_is_found_before_it_is_decoded() {
        assert!(frame_fits(&gif([0, 0, 24, 16])));
        assert!(frame_fits(&gif([20, 10, 4, 6])));
        assert!(!frame_fits(&gif([0, 0, 65_535, 65_535])));
        assert!(!frame_fits(&gif([20, 10, 5, 6])));
        assert!(frame_fits(&gif([0, 0, 24, 16])[..25]));
    }
}
