//! JPEG, decoded to the same bytes as libjpeg's default (accurate integer transform, smooth chroma).
//!
//! Decoders differ by a few levels in how they round, and a network's fifth and sixth guesses are often closer than that:
//! pictures must come out as in the reference code that the scores are compared with.

mod bits;
mod color;
mod frame;
mod planes;
mod scan;
mod survey;
mod transform;

use frame::{Frame, Segment, Tables, next_segment};

pub(super) use survey::survey;

/// More scans than any encoder makes; each costs a walk over the picture.
const MOST_SCANS: usize = 64;

/// Interleaved red, green, blue of a Huffman-coded 8-bit JPEG of one or three components and of the given height and width;
/// `None` for other kinds (CMYK, 12 bits, arithmetic coding), which are left to a general decoder.
///
/// The caller has judged the size; a file that gives another one here is damaged.
pub(super) fn decode(content: &[u8], size: [usize; 2]) -> Result<Option<Vec<u8>>, Damage> {
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    let mut scans = 0;
    let mut at = 2;
    loop {
        match (next_segment(content, &mut at)?, &mut frame) {
            (Segment::Frame { body, progressive }, None) => {
                let Some(begun) = Frame::parse(body, progressive)? else { return Ok(None) };
                if [begun.height, begun.width] != size {
                    return Err(Damage("two sizes"));
                }
                frame = Some(begun);
            }
            (Segment::Frame { .. }, Some(_)) => return Err(Damage("two frames")),
            (Segment::Other, _) => return Ok(None),
            (Segment::Table { code, body }, _) => tables.read(code, body)?,
            (Segment::Scan { body }, Some(frame)) => {
                scans += 1;
                if scans > MOST_SCANS {
                    return Err(Damage("too many scans"));
                }
                at = scan::read(frame, &tables, body, content, at)?;
            }
            (Segment::Scan { .. } | Segment::End, None) => return Err(Damage("no frame")),
            (Segment::End, Some(_)) => break,
        }
    }
    let Some(frame) = frame else { return Err(Damage("no frame")) };
    let luma_and_chroma = frame.luma_and_chroma(&tables);
    Ok(Some(color::interleaved(&planes::planes(frame)?, size, luma_and_chroma)))
}

/// Whether a JPEG of so many bytes can hold pixels of a height and width: each of its blocks of 8 × 8 has a first coefficient,
/// which takes a bit at least.
pub(super) fn can_hold(bytes: usize, [height, width]: [usize; 2]) -> bool {
    height.div_ceil(8) * width.div_ceil(8) <= 8 * bytes
}

/// What is wrong inside a file.
pub(super) struct Damage(pub(super) &'static str);
