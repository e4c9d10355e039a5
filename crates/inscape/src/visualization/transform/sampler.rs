use std::ops::Range;

use inscape_tensor::vectorized;

use super::affine::Affine;

/// Bilinear sampling of an image through an affine map, and its adjoint. Up to four channels lie together.
pub(crate) struct Sampler {
    height: usize,
    width: usize,
    channels: usize,
    /// The number of each channel beyond the image; `None` where the image goes on around.
    beyond: Option<Quad>,
}

/// Most channels.
pub(crate) const QUAD: usize = 4;

/// The channels of one pixel.
pub(crate) type Quad = [f32; QUAD];

impl Sampler {
    /// For images of some size and at most four channels.
    pub(crate) fn new(size: [usize; 2], channels: usize, beyond: Option<&[f32]>) -> Sampler {
        let beyond = beyond.map(|values| std::array::from_fn(|c| values.get(c).copied().unwrap_or(0.0)));
        Sampler { height: size[0], width: size[1], channels: channels.min(QUAD), beyond }
    }

    /// Planes as quads, from the place `first` on.
    pub(crate) fn gather(&self, planes: &[f32], first: usize, quads: &mut [Quad]) {
        let of = |channel: usize| {
            let at = channel * self.height * self.width + first;
            &planes[at..at + quads.len()]
        };
        match self.channels {
            1 => interleave([of(0)], quads),
            2 => interleave([of(0), of(1)], quads),
            3 => interleave([of(0), of(1), of(2)], quads),
            _ => interleave([of(0), of(1), of(2), of(3)], quads),
        }
    }

    /// out[p] = image[map(p)], bilinear, for a row of the outcome.
    pub(crate) fn forward(&self, map: &Affine, image: &[Quad], y: usize, out: &mut [Quad]) {
        let line = Line::new(self, map, y);
        vectorized(
            #[inline(always)]
            || {
                for (i, part) in out.chunks_mut(SPAN).enumerate() {
                    let span = line.span(i * SPAN);
                    for (j, quad) in part.iter_mut().enumerate() {
                        let near = match self.inside(&span, j) {
                            Some(first) => {
                                let near = &image[first..first + self.width + 2];
                                [near[0], near[1], near[self.width], near[self.width + 1]]
                            }
                            None => self.neighbors(&span, j).map(|at| match at {
                                Some(at) => image[at],
                                None => self.beyond.unwrap_or_default(),
                            }),
                        };
                        let mut sum = [0.0; QUAD];
                        for (value, weights) in near.iter().zip(&span.weights) {
                            (0..QUAD).for_each(|c| sum[c] += weights[j] * value[c]);
                        }
                        *quad = sum;
                    }
                }
            },
        );
    }

    /// The transpose: adds some rows of planes to the places of `image` they would be taken from.
    pub(crate) fn adjoint(&self, map: &Affine, planes: &[f32], rows: &Range<usize>, image: &mut [Quad]) {
        let mut quads = vec![[0.0; QUAD]; self.width];
        vectorized(
            #[inline(always)]
            || {
                for y in rows.clone() {
                    self.gather(planes, y * self.width, &mut quads);
                    let line = Line::new(self, map, y);
                    for (i, part) in quads.chunks(SPAN).enumerate() {
                        let span = line.span(i * SPAN);
                        // pixels side by side add to the same places: one does not wait for the other where they take turns
                        for first in 0..APART {
                            let mut j = first;
                            while j < part.len() {
                                self.give(&span, j, part[j], image);
                                j += APART;
                            }
                        }
                    }
                }
            },
        );
    }

    /// Adds a pixel to the four places it was taken from.
    #[inline(always)]
    fn give(&self, span: &Span, j: usize, quad: Quad, image: &mut [Quad]) {
        let [a, b, c, d] = &span.weights;
        let weights = [a[j], b[j], c[j], d[j]];
        match self.inside(span, j) {
            Some(first) => {
                let near = &mut image[first..first + self.width + 2];
                add(&mut near[0], weights[0], quad);
                add(&mut near[1], weights[1], quad);
                add(&mut near[self.width], weights[2], quad);
                add(&mut near[self.width + 1], weights[3], quad);
            }
            None => {
                for (at, weight) in self.neighbors(span, j).into_iter().zip(weights) {
                    if let Some(at) = at {
                        add(&mut image[at], weight, quad);
                    }
                }
            }
        }
    }

    /// The rows of the image that some rows of an outcome are taken from.
    pub(crate) fn touched(&self, map: &Affine, rows: &Range<usize>) -> Range<usize> {
        if self.beyond.is_none() || rows.is_empty() {
            return 0..self.height;
        }
        let corners = [rows.start, rows.end - 1].map(|y| {
            let line = Line::new(self, map, y);
            [line.place(0)[0], line.place(self.width as i64 - 1)[0]]
        });
        let tops = corners.as_flattened().iter().map(|&row| row >> FRACTION);
        let inside = |row: i64| row.clamp(0, self.height as i64) as usize;
        let (first, last) = tops.fold((i64::MAX, i64::MIN), |(a, b), row| (a.min(row), b.max(row)));
        inside(first)..inside(last.saturating_add(2)).max(inside(first))
    }

    /// The first of four neighbors that all lie within the image.
    #[inline(always)]
    fn inside(&self, span: &Span, j: usize) -> Option<usize> {
        // below 0 is far above every size
        let [top, left] = [span.top[j] as u32 as usize, span.left[j] as u32 as usize];
        (top < self.height - 1 && left < self.width - 1).then(|| top * self.width + left)
    }

    fn neighbors(&self, span: &Span, j: usize) -> [Option<usize>; 4] {
        let [top, left] = [span.top[j] as isize, span.left[j] as isize];
        [self.at(top, left), self.at(top, left + 1), self.at(top + 1, left), self.at(top + 1, left + 1)]
    }

    fn at(&self, y: isize, x: isize) -> Option<usize> {
        let (height, width) = (self.height as isize, self.width as isize);
        let (y, x) = match self.beyond {
            None => (y.rem_euclid(height), x.rem_euclid(width)),
            Some(_) if (0..height).contains(&y) && (0..width).contains(&x) => (y, x),
            Some(_) => return None,
        };
        Some((y * width + x) as usize)
    }
}

#[inline(always)]
fn interleave<const N: usize>(planes: [&[f32]; N], quads: &mut [Quad]) {
    let len = quads.len();
    let planes = planes.map(|plane| &plane[..len]);
    for (i, quad) in quads.iter_mut().enumerate() {
        *quad = std::array::from_fn(|c| if c < N { planes[c][i] } else { 0.0 });
    }
}

#[inline(always)]
fn add(to: &mut Quad, weight: f32, quad: Quad) {
    let mut sum = *to;
    for c in 0..QUAD {
        sum[c] += weight * quad[c];
    }
    *to = sum;
}

/// Bits behind the point of a place.
const FRACTION: u32 = 32;
/// Pixels of a row whose places are found at once.
const SPAN: usize = 64;
/// How far pixels that take turns lie apart.
const APART: usize = 16;

/// Where the places of a row of the outcome lie in the image. Places are whole numbers of 2⁻³² pixels, so shifts by whole
/// pixels and mirrors are exact.
struct Line {
    start: [i64; 2],
    stride: [i64; 2],
}

/// The places of some pixels that follow each other in a row.
struct Span {
    /// The row and column of the first of the four neighbors.
    top: [i32; SPAN],
    left: [i32; SPAN],
    /// What the four neighbors count.
    weights: [[f32; SPAN]; 4],
}

impl Line {
    fn new(sampler: &Sampler, map: &Affine, y: usize) -> Line {
        let fixed = |v: f64| (v * (1_u64 << FRACTION) as f64).round() as i64;
        let middle = [(sampler.height as f64 - 1.0) / 2.0, (sampler.width as f64 - 1.0) / 2.0];
        let from = [y as f64 - middle[0], -middle[1]];
        let place =
            |i: usize| map.matrix[i][0] * from[0] + map.matrix[i][1] * from[1] + map.shift[i] + middle[i];
        Line {
            start: [fixed(place(0)), fixed(place(1))],
            stride: [fixed(map.matrix[0][1]), fixed(map.matrix[1][1])],
        }
    }

    /// The place of a pixel; places beyond all bounds lie outside wherever they wrap to.
    #[inline(always)]
    fn place(&self, x: i64) -> [i64; 2] {
        let [down, right] = [self.start[0], self.start[1]];
        [
            down.wrapping_add(self.stride[0].wrapping_mul(x)),
            right.wrapping_add(self.stride[1].wrapping_mul(x)),
        ]
    }

    #[inline(always)]
    fn span(&self, first: usize) -> Span {
        let mut span = Span { top: [0; SPAN], left: [0; SPAN], weights: [[0.0; SPAN]; 4] };
        for j in 0..SPAN {
            let [y, x] = self.place((first + j) as i64);
            (span.top[j], span.left[j]) = ((y >> FRACTION) as i32, (x >> FRACTION) as i32);
            let (down, right) = (part(y), part(x));
            span.weights[0][j] = (1.0 - down) * (1.0 - right);
            span.weights[1][j] = (1.0 - down) * right;
            span.weights[2][j] = down * (1.0 - right);
            span.weights[3][j] = down * right;
        }
        span
    }
}

/// The part of a place behind the point.
#[inline(always)]
fn part(place: i64) -> f32 {
    const KEPT: u32 = 24;
    let bits = place as u32 >> (FRACTION - KEPT);
    bits as i32 as f32 * (1.0 / (1 << KEPT) as f32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quads(n: usize, salt: u32) -> Vec<Quad> {
        let number = |i: usize, c: usize| ((i * 31 + c * 7) as u32 * 7919 % (101 + salt)) as f32 / 50.0 - 1.0;
        (0..n).map(|i| std::array::from_fn(|c| number(i, c))).collect()
    }

    fn all_rows(sampler: &Sampler, map: &Affine, image: &[Quad], out: &mut [Quad]) {
        let rows = out.chunks_mut(sampler.width).enumerate();
        rows.for_each(|(y, row)| sampler.forward(map, image, y, row));
    }

    fn dot(a: &[Quad], b: &[Quad]) -> f64 {
        a.iter().flatten().zip(b.iter().flatten()).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    }

    proptest! {
        #[test]
        fn sampling_and_its_transpose_are_adjoint(
            height in 1usize..9, width in 1usize..90, angle in -3.0f64..3.0, factor in 0.5f64..2.0,
            down in -4.0f64..4.0, right in -4.0f64..4.0, around in any::<bool>(),
        ) {
            let (sin, cos) = angle.sin_cos();
            let matrix = [[cos / factor, -sin / factor], [sin / factor, cos / factor]];
            let map = Affine { matrix, shift: [down, right] };
            let beyond = [0.0; 4];
            let sampler = Sampler::new([height, width], 3, (!around).then_some(&beyond[..]));
            let image = quads(height * width, 0);
            let planes: Vec<f32> = quads(3 * height * width, 13).iter().map(|quad| quad[0]).collect();
            let mut out = vec![[0.0; 4]; image.len()];
            sampler.gather(&planes, 0, &mut out);
            let mut sampled = vec![[0.0; 4]; image.len()];
            all_rows(&sampler, &map, &image, &mut sampled);
            let mut back = vec![[0.0; 4]; image.len()];
            for rows in [0..height / 2, height / 2..height] {
                let mut part = vec![[0.0; 4]; image.len()];
                sampler.adjoint(&map, &planes, &rows, &mut part);
                let touched = sampler.touched(&map, &rows);
                for (y, row) in part.chunks(width).enumerate() {
                    prop_assert!(touched.contains(&y) || row.iter().flatten().all(|&v| v == 0.0));
                }
                back.iter_mut().flatten().zip(part.iter().flatten()).for_each(|(b, p)| *b += p);
            }
            let (left, right) = (dot(&sampled, &out), dot(&image, &back));
            prop_assert!((left - right).abs() < 1e-4 * (1.0 + left.abs()), "{left} {right}");
        }

        #[test]
        fn rolling_there_and_back_changes_nothing(
            height in 1usize..9, width in 1usize..9, down in -20i32..20, right in -20i32..20,
        ) {
            let sampler = Sampler::new([height, width], 3, None);
            let image = quads(height * width, 5);
            let (mut there, mut back) = (image.clone(), image.clone());
            all_rows(&sampler, &Affine::shift([down.into(), right.into()]), &image, &mut there);
            all_rows(&sampler, &Affine::shift([(-down).into(), (-right).into()]), &there, &mut back);
            prop_assert_eq!(image, back);
        }
    }
}
