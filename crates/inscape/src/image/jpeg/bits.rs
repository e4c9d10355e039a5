use super::Damage;

/// The bits of an entropy-coded segment, most significant first.
pub(super) struct Bits<'a> {
    content: &'a [u8],
    at: usize,
    buffer: u64,
    held: u32,
    /// Zero bits put in after the segment's end.
    padding: u32,
}

/// Bits looked up at once.
const LOOK: u32 = 9;

/// A Huffman code: symbols by their bits.
#[derive(Clone)]
pub(super) struct Huffman {
    /// By the next [`LOOK`] bits: the length and symbol of a code that short, or 0.
    short: Vec<(u8, u8)>,
    /// By length: one past the last code of that length, aligned to 16 bits.
    limits: [u32; 17],
    /// By length: what to add to a code to get its symbol's place.
    places: [i32; 17],
    symbols: Vec<u8>,
}

impl<'a> Bits<'a> {
    pub(super) fn new(content: &'a [u8], at: usize) -> Bits<'a> {
        Bits { content, at, buffer: 0, held: 0, padding: 0 }
    }

    fn fill(&mut self) {
        while self.held <= 56 {
            let byte = match (self.content.get(self.at), self.content.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.at += 2;
                    0xFF
                }
                (Some(0xFF) | None, _) => {
                    self.padding += 8;
                    0
                }
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.held);
            self.held += 8;
        }
    }

    /// The next `count` bits (at most 16), as a number.
    pub(super) fn take(&mut self, count: u32) -> i32 {
        if count == 0 {
            return 0;
        }
        if self.held < count {
            self.fill();
        }
        let value = (self.buffer >> (64 - count)) as i32;
        self.skip(count);
        value
    }

    fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.held -= count;
    }

    /// The next symbol of a code.
    pub(super) fn symbol(&mut self, code: &Huffman) -> Result<u8, Damage> {
        if self.held < 16 {
            self.fill();
        }
        let (length, symbol) = code.short[(self.buffer >> (64 - LOOK)) as usize];
        if length > 0 {
            self.skip(u32::from(length));
            return Ok(symbol);
        }
        let next = (self.buffer >> 48) as u32;
        let length = (1..=16).find(|&length| next < code.limits[length]).ok_or(Damage("an unknown code"))?;
        let place = (next >> (16 - length)) as i32 + code.places[length];
        let symbol = code.symbols.get(place as usize).ok_or(Damage("an unknown code"))?;
        self.skip(length as u32);
        Ok(*symbol)
    }

    /// A signed number of a given bit length, as JPEG codes differences and coefficients.
    pub(super) fn signed(&mut self, length: u32) -> i32 {
        let value = self.take(length);
        if length > 0 && value < 1 << (length - 1) { value - (1 << length) + 1 } else { value }
    }

    /// Ends a segment: more bits must not have been taken than there were. Gives the place after it.
    pub(super) fn finish(self) -> Result<usize, Damage> {
        if self.padding > self.held {
            return Err(Damage("a scan ends early"));
        }
        // Whole bytes that were read ahead belong to the segment all the same.
        Ok(self.at)
    }

    /// Ends a segment at a restart mark and begins the next.
    pub(super) fn restart(&mut self) -> Result<(), Damage> {
        if self.padding > self.held {
            return Err(Damage("a scan ends early"));
        }
        let rest = self.content.get(self.at..).unwrap_or(&[]);
        // Fill bytes may stand before the mark.
        let fill = rest.iter().take_while(|&&byte| byte == 0xFF).count();
        match (fill, rest.get(fill)) {
            (1.., Some(0xD0..=0xD7)) => {
                *self = Bits::new(self.content, self.at + fill + 1);
                Ok(())
            }
            _ => Err(Damage("a restart mark is missing")),
        }
    }
}

impl Huffman {
    /// A code from the numbers of codes by length 1..16 and the symbols in order.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Huffman, Damage> {
        let mut code = Huffman {
            short: vec![(0, 0); 1 << LOOK],
            limits: [0; 17],
            places: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut next, mut place) = (0u32, 0usize);
        for length in 1..=16u32 {
            code.places[length as usize] = place as i32 - next as i32;
            for _ in 0..counts[length as usize - 1] {
                let Some(&symbol) = symbols.get(place) else { return Err(Damage("a code table ends early")) };
                if next >= 1 << length {
                    return Err(Damage("a code table has too many codes"));
                }
                if length <= LOOK {
                    let first = (next << (LOOK - length)) as usize;
                    code.short[first..first + (1 << (LOOK - length))].fill((length as u8, symbol));
                }
                next += 1;
                place += 1;
            }
            code.limits[length as usize] = next << (16 - length);
            next <<= 1;
        }
        Ok(code)
    }
}
