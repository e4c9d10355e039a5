use std::ops::Range;

use inscape_tensor::vectorized;

/// A map of the plane, (row, column) → matrix·(row, column) + shift, measured from the centers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Affine {
    pub(crate) matrix: [[f64; 2]; 2],
    pub(crate) shift: [f64; 2],
}

impl Affine {
    pub(crate) const IDENTITY: Affine = Affine { matrix: [[1.0, 0.0], [0.0, 1.0]], shift: [0.0, 0.0] };

    pub(crate) fn shift(shift: [f64; 2]) -> Affine {
        Affine { shift, ..Affine::IDENTITY }
    }

    /// The map of this motion followed by another: maps lead from the outcome back, so the other is applied first.
    pub(super) fn then(&self, next: &Affine) -> Affine {
        let (a, b) = (self.matrix, next.matrix);
        let product = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j];
        let [y, x] = next.shift;
        let shift = |i: usize| a[i][0] * y + a[i][1] * x + self.shift[i];
        Affine {
            matrix: [[product(0, 0), product(0, 1)], [product(1, 0), product(1, 1)]],
            shift: [shift(0), shift(1)],
        }
    }
}

/// What lies beyond an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edge {
    /// What the network sees as 0.
    Neutral,
    /// A grey of 0..1.
    Grey(f32),
    /// The other side.
    Around,
}

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

    /// out[p] = image[map(p)], bilinear, for the rows of the outcome from `first` on.
    pub(crate) fn forward(&self, map: &Affine, image: &[Quad], first: usize, out: &mut [Quad]) {
        vectorized(
            #[inline(always)]
            || {
                for (y, row) in out.chunks_exact_mut(self.width).enumerate() {
                    let mut walk = Walk::new(self, map, first + y);
                    for quad in row {
                        let place = walk.step();
                        let near = match self.inside(place) {
                            Some(first) => {
                                let near = &image[first..first + self.width + 2];
                                [near[0], near[1], near[self.width], near[self.width + 1]]
                            }
                            None => self.neighbors(place).map(|at| match at {
                                Some(at) => image[at],
                                None => self.beyond.unwrap_or_default(),
                            }),
                        };
                        let mut sum = [0.0; QUAD];
                        for (value, weight) in near.iter().zip(weights(place)) {
                            (0..QUAD).for_each(|c| sum[c] += weight * value[c]);
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
                    let mut walk = Walk::new(self, map, y);
                    for quad in &quads {
                        let place = walk.step();
                        let weights = weights(place);
                        match self.inside(place) {
                            Some(first) => {
                                let near = &mut image[first..first + self.width + 2];
                                add(&mut near[0], weights[0], quad);
                                add(&mut near[1], weights[1], quad);
                                add(&mut near[self.width], weights[2], quad);
                                add(&mut near[self.width + 1], weights[3], quad);
                            }
                            None => {
                                for (at, weight) in self.neighbors(place).into_iter().zip(weights) {
                                    if let Some(at) = at {
                                        add(&mut image[at], weight, quad);
                                    }
                                }
                            }
                        }
                    }
                }
            },
        );
    }

    /// The rows of the image that some rows of an outcome are taken from.
    pub(crate) fn touched(&self, map: &Affine, rows: &Range<usize>) -> Range<usize> {
        if self.beyond.is_none() || rows.is_empty() {
            return 0..self.height;
        }
        let corners = [rows.start, rows.end - 1].map(|y| {
            let walk = Walk::new(self, map, y);
            [walk.at[0], walk.at[0].wrapping_add(walk.stride[0].wrapping_mul(self.width as i64 - 1))]
        });
        let tops = corners.as_flattened().iter().map(|&row| row >> FRACTION);
        let inside = |row: i64| row.clamp(0, self.height as i64) as usize;
        let (first, last) = tops.fold((i64::MAX, i64::MIN), |(a, b), row| (a.min(row), b.max(row)));
        inside(first)..inside(last.saturating_add(2)).max(inside(first))
    }

    /// The first of four neighbors that all lie within the image.
    #[inline(always)]
    fn inside(&self, place: [i64; 2]) -> Option<usize> {
        // below 0 is far above every size
        let [top, left] = place.map(|p| (p >> FRACTION) as usize);
        (top < self.height - 1 && left < self.width - 1).then(|| top * self.width + left)
    }

    fn neighbors(&self, place: [i64; 2]) -> [Option<usize>; 4] {
        let [top, left] = place.map(|p| (p >> FRACTION) as isize);
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

/// What the four neighbors of a place count.
#[inline(always)]
fn weights(place: [i64; 2]) -> [f32; 4] {
    let [down, right] = place.map(part);
    [(1.0 - down) * (1.0 - right), (1.0 - down) * right, down * (1.0 - right), down * right]
}

#[inline(always)]
fn add(to: &mut Quad, weight: f32, quad: &Quad) {
    (0..QUAD).for_each(|c| to[c] += weight * quad[c]);
}

/// Bits behind the point of a place.
const FRACTION: u32 = 32;

/// The part of a place behind the point.
#[inline(always)]
fn part(place: i64) -> f32 {
    const KEPT: u32 = 24;
    let bits = place as u32 >> (FRACTION - KEPT);
    bits as i32 as f32 * (1.0 / (1 << KEPT) as f32)
}

/// Where the places of a row of the outcome lie in the image. Places are whole numbers of 2⁻³² pixels, so shifts by whole
/// pixels and mirrors are exact.
struct Walk {
    at: [i64; 2],
    stride: [i64; 2],
}

impl Walk {
    fn new(sampler: &Sampler, map: &Affine, y: usize) -> Walk {
        let fixed = |v: f64| (v * (1_u64 << FRACTION) as f64).round() as i64;
        let middle = [(sampler.height as f64 - 1.0) / 2.0, (sampler.width as f64 - 1.0) / 2.0];
        let from = [y as f64 - middle[0], -middle[1]];
        let place =
            |i: usize| map.matrix[i][0] * from[0] + map.matrix[i][1] * from[1] + map.shift[i] + middle[i];
        Walk {
            at: [fixed(place(0)), fixed(place(1))],
            stride: [fixed(map.matrix[0][1]), fixed(map.matrix[1][1])],
        }
    }

    #[inline(always)]
    fn step(&mut self) -> [i64; 2] {
        let at = self.at;
        // places beyond all bounds lie outside wherever they wrap to
        self.at = std::array::from_fn(|i| at[i].wrapping_add(self.stride[i]));
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quads(n: usize, salt: u32) -> Vec<Quad> {
        let number = |i: usize, c: usize| ((i * 31 + c * 7) as u32 * 7919 % (101 + salt)) as f32 / 50.0 - 1.0;
        (0..n).map(|i| std::array::from_fn(|c| number(i, c))).collect()
    }

    fn dot(a: &[Quad], b: &[Quad]) -> f64 {
        a.iter().flatten().zip(b.iter().flatten()).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    }

    proptest! {
        #[test]
        fn sampling_and_its_transpose_are_adjoint(
            height in 1usize..9, width in 1usize..9, angle in -3.0f64..3.0, factor in 0.5f64..2.0,
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
            sampler.forward(&map, &image, 0, &mut sampled);
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
            sampler.forward(&Affine::shift([down.into(), right.into()]), &image, 0, &mut there);
            sampler.forward(&Affine::shift([(-down).into(), (-right).into()]), &there, 0, &mut back);
            prop_assert_eq!(image, back);
        }
    }

    #[test]
    fn a_map_after_another_is_their_product() {
        let turn = Affine { matrix: [[0.0, -1.0], [1.0, 0.0]], shift: [0.5, 0.0] };
        let both = turn.then(&Affine::shift([1.0, 2.0]));
        assert_eq!(both, Affine { matrix: turn.matrix, shift: [-1.5, 1.0] });
    }
}
