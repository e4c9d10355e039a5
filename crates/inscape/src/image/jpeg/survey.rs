/// What a walk over a JPEG's markers tells.
pub(in crate::image) struct Survey {
    /// Color components: 4 for CMYK and YCCK.
    pub(in crate::image) components: u8,
    /// Whether the end marker follows the last scan.
    pub(in crate::image) complete: bool,
}

/// Walks over the segments of a JPEG file without decoding any.
///
/// Decoders fill what a truncated file lacks with grey; a walk finds the missing end.
pub(in crate::image) fn survey(content: &[u8]) -> Survey {
    let mut survey = Survey { components: 0, complete: false };
    let mut at = 2;
    while let Some(&[mark, code]) = content.get(at..).and_then(<[u8]>::first_chunk) {
        at += 1;
        match (mark, code) {
            (0xFF, 0xD9) => {
                survey.complete = true;
                return survey;
            }
            // Entropy-coded bytes, stuffed zeros, fill bytes and restart marks belong to no segment.
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => at += 1,
            (0xFF, 0xFF) | (0x00..=0xFE, _) => {}
            (0xFF, code) => {
                let Some(&[high, low]) = content.get(at + 1..).and_then(<[u8]>::first_chunk) else {
                    return survey;
                };
                let frame = matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xC8 | 0xCC);
                if frame {
                    survey.components = content.get(at + 8).copied().unwrap_or(0);
                }
                at += 1 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
    survey
}
