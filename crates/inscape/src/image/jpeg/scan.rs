use super::Damage;
use super::bits::{Bits, Huffman};
use super::frame::{Frame, Tables, ZIGZAG};

/// What one scan codes of each block.
#[derive(Clone, Copy)]
struct Band {
    first: usize,
    last: usize,
    /// Bits below the ones coded here.
    low: u32,
    /// Whether earlier scans coded the bits above.
    refines: bool,
}

/// A component's part in a scan.
struct Part<'t> {
    component: usize,
    dc: Option<&'t Huffman>,
    ac: Option<&'t Huffman>,
    prediction: i32,
}

/// Reads the scan whose data begins at a place; gives the place after it.
pub(super) fn read(
    frame: &mut Frame,
    tables: &Tables,
    head: &[u8],
    content: &[u8],
    at: usize,
) -> Result<usize, Damage> {
    let (band, mut parts) = head_of(frame, tables, head)?;
    for part in &parts {
        frame.components[part.component].begin(tables)?;
    }
    let mut bits = Bits::new(content, at);
    let mut run = 0;
    // A scan of one component walks over its own blocks, one of several over MCUs.
    let [rows, columns] = match parts[..] {
        [ref part] => frame.components[part.component].size.map(|samples| samples.div_ceil(8)),
        _ => frame.mcus,
    };
    let alone = parts.len() == 1;
    for unit in 0..rows * columns {
        if tables.restart > 0 && unit > 0 && unit % tables.restart == 0 {
            bits.restart()?;
            run = 0;
            parts.iter_mut().for_each(|part| part.prediction = 0);
        }
        let (row, column) = (unit / columns, unit % columns);
        for part in &mut parts {
            let component = &mut frame.components[part.component];
            let [down, across] = if alone { [1, 1] } else { component.sampling };
            for y in 0..down {
                for x in 0..across {
                    let block = (row * down + y) * component.blocks[1] + column * across + x;
                    let Some(block) = component.coefficients[block * 64..].first_chunk_mut() else {
                        return Err(Damage("a block outside the picture"));
                    };
                    match frame.progressive {
                        false => baseline(&mut bits, part, block)?,
                        true => progressive(&mut bits, part, band, &mut run, block)?,
                    }
                }
            }
        }
    }
    bits.finish()
}

fn head_of<'t>(frame: &Frame, tables: &'t Tables, head: &[u8]) -> Result<(Band, Vec<Part<'t>>), Damage> {
    let wrong = Damage("a wrong scan head");
    let Some((&count, rest)) = head.split_first() else { return Err(wrong) };
    let rows = rest.as_chunks::<2>().0;
    let Some((rows, &[first, last, bits, ..])) =
        rows.get(..usize::from(count)).zip(rest.get(2 * usize::from(count)..))
    else {
        return Err(wrong);
    };
    let mut parts: Vec<Part> = Vec::new();
    for &[id, codes] in rows {
        let Some(component) = frame.components.iter().position(|component| component.id == id) else {
            return Err(wrong);
        };
        if parts.iter().any(|part| part.component == component) {
            return Err(wrong);
        }
        let dc = tables.dc.get(usize::from(codes >> 4)).and_then(Option::as_ref);
        let ac = tables.ac.get(usize::from(codes & 15)).and_then(Option::as_ref);
        parts.push(Part { component, dc, ac, prediction: 0 });
    }
    let band = match frame.progressive {
        false => Band { first: 0, last: 63, low: 0, refines: false },
        true => Band {
            first: usize::from(first),
            last: usize::from(last),
            low: u32::from(bits & 15),
            refines: bits >> 4 != 0,
        },
    };
    let whole = !frame.progressive;
    let split = if band.first == 0 { band.last == 0 } else { parts.len() == 1 };
    let ordered = band.first <= band.last && band.last < 64 && band.low < 14;
    match parts.is_empty() || !ordered || !(whole || split) {
        true => Err(wrong),
        false => Ok((band, parts)),
    }
}

fn needed(code: Option<&Huffman>) -> Result<&Huffman, Damage> {
    code.ok_or(Damage("a missing code table"))
}

impl Part<'_> {
    fn next_dc(&mut self, bits: &mut Bits) -> Result<i32, Damage> {
        let length = bits.symbol(needed(self.dc)?)?;
        if length > 15 {
            return Err(Damage("a difference out of range"));
        }
        self.prediction = self.prediction.wrapping_add(bits.signed(u32::from(length)));
        Ok(self.prediction)
    }
}

fn baseline(bits: &mut Bits, part: &mut Part, block: &mut [i16; 64]) -> Result<(), Damage> {
    block[0] = part.next_dc(bits)? as i16;
    let code = needed(part.ac)?;
    let mut place = 1;
    while place < 64 {
        let symbol = bits.symbol(code)?;
        let (zeros, length) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (zeros, length) {
            (15, 0) => place += 16,
            (_, 0) => break,
            _ => {
                place += zeros;
                let value = bits.signed(length);
                *at(block, place)? = value as i16;
                place += 1;
            }
        }
    }
    Ok(())
}

/// One block of a progressive scan; `run` counts the blocks still to come that have nothing new.
fn progressive(
    bits: &mut Bits,
    part: &mut Part,
    band: Band,
    run: &mut u32,
    block: &mut [i16; 64],
) -> Result<(), Damage> {
    match (band.first, band.refines) {
        (0, false) => block[0] = (part.next_dc(bits)? << band.low) as i16,
        (0, true) => block[0] |= (bits.take(1) << band.low) as i16,
        (_, false) => first_bits(bits, needed(part.ac)?, band, run, block)?,
        (_, true) => further_bits(bits, needed(part.ac)?, band, run, block)?,
    }
    Ok(())
}

fn first_bits(
    bits: &mut Bits,
    code: &Huffman,
    band: Band,
    run: &mut u32,
    block: &mut [i16; 64],
) -> Result<(), Damage> {
    if *run > 0 {
        *run -= 1;
        return Ok(());
    }
    let mut place = band.first;
    while place <= band.last {
        let symbol = bits.symbol(code)?;
        let (zeros, length) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (zeros, length) {
            (15, 0) => place += 16,
            (_, 0) => {
                *run = (1 << zeros) + bits.take(zeros as u32) as u32 - 1;
                break;
            }
            _ => {
                place += zeros;
                let value = bits.signed(length) << band.low;
                *at(block, place)? = value as i16;
                place += 1;
            }
        }
    }
    Ok(())
}

fn further_bits(
    bits: &mut Bits,
    code: &Huffman,
    band: Band,
    run: &mut u32,
    block: &mut [i16; 64],
) -> Result<(), Damage> {
    let unit = 1i16 << band.low;
    let mut place = band.first;
    while *run == 0 && place <= band.last {
        let symbol = bits.symbol(code)?;
        let (zeros, length) = (usize::from(symbol >> 4), symbol & 15);
        let mut value = 0;
        match length {
            0 if zeros < 15 => {
                *run = (1 << zeros) + bits.take(zeros as u32) as u32;
                break;
            }
            0 => {}
            1 => value = if bits.take(1) == 1 { unit } else { -unit },
            _ => return Err(Damage("a refinement of more than a bit")),
        }
        // Coefficients that are not 0 yet are passed over by the run of zeros, and each gets its next bit.
        let mut zeros = zeros;
        while place <= band.last {
            let coefficient = at(block, place)?;
            if *coefficient != 0 {
                refine(bits, unit, coefficient);
            } else if zeros == 0 {
                *coefficient = value;
                place += 1;
                break;
            } else {
                zeros -= 1;
            }
            place += 1;
        }
    }
    if *run > 0 {
        for place in place..=band.last {
            let coefficient = at(block, place)?;
            if *coefficient != 0 {
                refine(bits, unit, coefficient);
            }
        }
        *run -= 1;
    }
    Ok(())
}

fn refine(bits: &mut Bits, unit: i16, coefficient: &mut i16) {
    if bits.take(1) == 1 && *coefficient & unit == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient >= 0 { unit } else { -unit });
    }
}

fn at(block: &mut [i16; 64], place: usize) -> Result<&mut i16, Damage> {
    match ZIGZAG.get(place) {
        Some(&natural) => Ok(&mut block[usize::from(natural)]),
        None => Err(Damage("a coefficient outside its block")),
    }
}
