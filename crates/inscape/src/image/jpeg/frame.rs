use super::Damage;
use super::bits::Huffman;

/// A part of a file between two marks.
pub(super) enum Segment<'a> {
    /// The sizes and components of the picture.
    Frame { body: &'a [u8], progressive: bool },
    /// A frame of a kind that is not decoded here.
    Other,
    /// Tables or application data.
    Table { code: u8, body: &'a [u8] },
    /// The head of entropy-coded data, which begins where the reading stands.
    Scan { body: &'a [u8] },
    /// The end of the picture.
    End,
}

/// What the segments before a scan have set.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) quantizers: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Huffman>; 4],
    pub(super) ac: [Option<Huffman>; 4],
    /// MCUs between restart marks; 0 for none.
    pub(super) restart: usize,
    jfif: bool,
    adobe: Option<u8>,
}

/// A picture being decoded.
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
    /// The largest sampling factors.
    pub(super) most: [usize; 2],
    /// MCUs from top to bottom and from left to right.
    pub(super) mcus: [usize; 2],
}

/// One color component.
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks of one MCU: rows, columns.
    pub(super) sampling: [usize; 2],
    quantizer: usize,
    /// The quantizer's numbers when the component's first scan began.
    pub(super) quantized_by: Option<[u16; 64]>,
    /// Samples that count: rows, columns.
    pub(super) size: [usize; 2],
    /// Blocks in memory: rows, columns.
    pub(super) blocks: [usize; 2],
    /// Coefficients in their natural order, 64 a block.
    pub(super) coefficients: Vec<i16>,
}

/// Zigzag order: the natural place of each coefficient.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Reads the segment at a place, and moves the place past it.
pub(super) fn next_segment<'a>(content: &'a [u8], at: &mut usize) -> Result<Segment<'a>, Damage> {
    loop {
        // Bytes that belong to no segment are passed over, as are fill bytes.
        let Some(found) = content.get(*at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xFF))
        else {
            return Err(Damage("no end mark"));
        };
        let code = *content.get(*at + found + 1).ok_or(Damage("no end mark"))?;
        *at += found + 1;
        match code {
            0xFF => continue,
            0x00 | 0x01 | 0xD0..=0xD8 => {
                *at += 1;
                continue;
            }
            0xD9 => return Ok(Segment::End),
            _ => {}
        }
        let rest = content.get(*at + 1..).unwrap_or(&[]);
        let length = rest.first_chunk().map(|&length| usize::from(u16::from_be_bytes(length)));
        let body = length.and_then(|length| rest.get(2..length)).ok_or(Damage("a segment ends early"))?;
        *at += 3 + body.len();
        return Ok(match code {
            0xC0 | 0xC1 => Segment::Frame { body, progressive: false },
            0xC2 => Segment::Frame { body, progressive: true },
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => Segment::Other,
            0xDA => Segment::Scan { body },
            code => Segment::Table { code, body },
        });
    }
}

impl Tables {
    pub(super) fn read(&mut self, code: u8, mut body: &[u8]) -> Result<(), Damage> {
        match code {
            0xDB => {
                while let Some((&head, rest)) = body.split_first() {
                    let wide = head >> 4 != 0;
                    let bytes = if wide { 128 } else { 64 };
                    let numbers = rest.get(..bytes).ok_or(Damage("a quantizer ends early"))?;
                    let mut quantizer = [0; 64];
                    for (i, &place) in ZIGZAG.iter().enumerate() {
                        quantizer[usize::from(place)] = match wide {
                            true => u16::from_be_bytes([numbers[2 * i], numbers[2 * i + 1]]),
                            false => u16::from(numbers[i]),
                        };
                    }
                    let slot =
                        self.quantizers.get_mut(usize::from(head & 15)).ok_or(Damage("a fifth quantizer"))?;
                    *slot = Some(quantizer);
                    body = &rest[bytes..];
                }
            }
            0xC4 => {
                while let Some((&head, rest)) = body.split_first() {
                    let counts: &[u8; 16] = rest.first_chunk().ok_or(Damage("a code table ends early"))?;
                    let total = counts.iter().map(|&count| usize::from(count)).sum::<usize>();
                    let symbols = rest.get(16..16 + total).ok_or(Damage("a code table ends early"))?;
                    let kind = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
                    let slot = kind.get_mut(usize::from(head & 15)).ok_or(Damage("a fifth code table"))?;
                    *slot = Some(Huffman::new(counts, symbols)?);
                    body = &rest[16 + total..];
                }
            }
            0xDD => {
                let length = body.first_chunk().ok_or(Damage("a restart interval ends early"))?;
                self.restart = usize::from(u16::from_be_bytes(*length));
            }
            0xE0 => self.jfif |= body.starts_with(b"JFIF\0"),
            0xEE if body.starts_with(b"Adobe") => self.adobe = body.get(11).copied(),
            _ => {}
        }
        Ok(())
    }
}

impl Frame {
    /// `None` where the frame is of a kind that is not decoded here.
    pub(super) fn parse(body: &[u8], progressive: bool) -> Result<Option<Frame>, Damage> {
        let &[precision, h0, h1, w0, w1, count, ref rest @ ..] = body else {
            return Err(Damage("the frame ends early"));
        };
        let (height, width) =
            (usize::from(u16::from_be_bytes([h0, h1])), usize::from(u16::from_be_bytes([w0, w1])));
        if precision != 8 || !matches!(count, 1 | 3) || height == 0 {
            return Ok(None);
        }
        let rows = rest.as_chunks::<3>().0;
        if width == 0 || rows.len() < usize::from(count) {
            return Err(Damage("the frame ends early"));
        }
        let rows = &rows[..usize::from(count)];
        let alone = count == 1;
        let sampling = |factors: u8| match alone {
            true => [1, 1],
            false => [usize::from(factors & 15), usize::from(factors >> 4)],
        };
        if rows
            .iter()
            .any(|row| sampling(row[1]).iter().any(|factor| !(1..=4).contains(factor)) || row[2] > 3)
        {
            return Err(Damage("wrong sampling factors"));
        }
        let most = rows.iter().fold([1, 1], |most, row| {
            let [v, h] = sampling(row[1]);
            [most[0].max(v), most[1].max(h)]
        });
        if rows.iter().any(|row| sampling(row[1]).iter().zip(most).any(|(factor, most)| most % factor != 0)) {
            return Ok(None);
        }
        let mcus = [height.div_ceil(8 * most[0]), width.div_ceil(8 * most[1])];
        let components = rows.iter().map(|&[id, factors, quantizer]| {
            let sampling = sampling(factors);
            Component {
                id,
                sampling,
                quantizer: usize::from(quantizer),
                quantized_by: None,
                size: [(height * sampling[0]).div_ceil(most[0]), (width * sampling[1]).div_ceil(most[1])],
                blocks: [mcus[0] * sampling[0], mcus[1] * sampling[1]],
                coefficients: Vec::new(),
            }
        });
        Ok(Some(Frame { width, height, progressive, components: components.collect(), most, mcus }))
    }

    /// Whether the three components are luma and chroma, judged as libjpeg does.
    pub(super) fn luma_and_chroma(&self, tables: &Tables) -> bool {
        let ids: Vec<u8> = self.components.iter().map(|component| component.id).collect();
        match (tables.jfif, tables.adobe) {
            (true, _) => true,
            (false, Some(transform)) => transform != 0,
            (false, None) => ids != *b"RGB",
        }
    }
}

impl Component {
    /// Takes memory and the quantizer before the component's first scan.
    pub(super) fn begin(&mut self, tables: &Tables) -> Result<(), Damage> {
        if self.quantized_by.is_none() {
            self.quantized_by = Some(tables.quantizers[self.quantizer].ok_or(Damage("a missing quantizer"))?);
            self.coefficients = vec![0; self.blocks[0] * self.blocks[1] * 64];
        }
        Ok(())
    }
}
