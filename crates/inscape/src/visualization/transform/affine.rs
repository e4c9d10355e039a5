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

/// The channels of one pixel.
pub(crate) type Quad = [f32; 4];

/// Four neighbors of a place and their weights.
struct Neighbors {
    at: [Option<usize>; 4],
    weights: [f32; 4],
}

impl Sampler {
    /// For images of some size and at most four channels.
    pub(crate) fn new(size: [usize; 2], channels: usize, beyond: Option<&[f32]>) -> Sampler {
        let beyond = beyond.map(|values| std::array::from_fn(|c| values.get(c).copied().unwrap_or(0.0)));
        Sampler { height: size[0], width: size[1], channels: channels.min(4), beyond }
    }

    /// Planes as quads.
    pub(crate) fn gather(&self, planes: &[f32], quads: &mut [Quad]) {
        let area = self.height * self.width;
        for (channel, plane) in planes.chunks_exact(area).enumerate().take(self.channels) {
            quads.iter_mut().zip(plane).for_each(|(quad, &value)| quad[channel] = value);
        }
    }

    /// Quads as planes.
    pub(crate) fn scatter(&self, quads: &[Quad], planes: &mut [f32]) {
        let area = self.height * self.width;
        for (channel, plane) in planes.chunks_exact_mut(area).enumerate().take(self.channels) {
            plane.iter_mut().zip(quads).for_each(|(value, quad)| *value = quad[channel]);
        }
    }

    /// out[p] = image[map(p)], bilinear.
    pub(crate) fn forward(&self, map: &Affine, image: &[Quad], out: &mut [Quad]) {
        vectorized(
            #[inline(always)]
            || {
                for (y, row) in out.chunks_exact_mut(self.width).enumerate() {
                    for (x, quad) in row.iter_mut().enumerate() {
                        let near = self.neighbors(map, y, x);
                        let mut sum = [0.0; 4];
                        for (at, weight) in near.at.into_iter().zip(near.weights) {
                            let value = at.map_or(self.beyond.unwrap_or_default(), |at| image[at]);
                            (0..4).for_each(|c| sum[c] += weight * value[c]);
                        }
                        *quad = sum;
                    }
                }
            },
        );
    }

    /// The transpose: adds every place of `out` to the places of `image` it was taken from.
    pub(crate) fn adjoint(&self, map: &Affine, out: &[Quad], image: &mut [Quad]) {
        vectorized(
            #[inline(always)]
            || {
                for (y, row) in out.chunks_exact(self.width).enumerate() {
                    for (x, quad) in row.iter().enumerate() {
                        let near = self.neighbors(map, y, x);
                        for (at, weight) in near.at.into_iter().zip(near.weights) {
                            if let Some(at) = at {
                                (0..4).for_each(|c| image[at][c] += weight * quad[c]);
                            }
                        }
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn neighbors(&self, map: &Affine, y: usize, x: usize) -> Neighbors {
        let middle = [(self.height as f64 - 1.0) / 2.0, (self.width as f64 - 1.0) / 2.0];
        let from = [y as f64 - middle[0], x as f64 - middle[1]];
        let place =
            |i: usize| map.matrix[i][0] * from[0] + map.matrix[i][1] * from[1] + map.shift[i] + middle[i];
        // what shifts by whole pixels stays exact: rounding in the product must not split a pixel in two
        let (row, column) = (snapped(place(0)), snapped(place(1)));
        let (top, left) = (row.floor(), column.floor());
        let (down, right) = ((row - top) as f32, (column - left) as f32);
        let weights =
            [(1.0 - down) * (1.0 - right), (1.0 - down) * right, down * (1.0 - right), down * right];
        let (top, left) = (top as isize, left as isize);
        let inside =
            top >= 0 && left >= 0 && top + 1 < self.height as isize && left + 1 < self.width as isize;
        let at = if inside {
            let first = top as usize * self.width + left as usize;
            [Some(first), Some(first + 1), Some(first + self.width), Some(first + self.width + 1)]
        } else {
            [self.at(top, left), self.at(top, left + 1), self.at(top + 1, left), self.at(top + 1, left + 1)]
        };
        Neighbors { at, weights }
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

/// A place within rounding of a whole number is that number.
#[inline(always)]
fn snapped(place: f64) -> f64 {
    // adding 1.5·2⁵² rounds to a whole number without a library call
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    let whole = place + ROUNDER - ROUNDER;
    if (place - whole).abs() < 1e-6 { whole } else { place }
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
            let (image, out) = (quads(height * width, 0), quads(height * width, 13));
            let mut sampled = vec![[0.0; 4]; image.len()];
            sampler.forward(&map, &image, &mut sampled);
            let mut back = vec![[0.0; 4]; image.len()];
            sampler.adjoint(&map, &out, &mut back);
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
            sampler.forward(&Affine::shift([down.into(), right.into()]), &image, &mut there);
            sampler.forward(&Affine::shift([(-down).into(), (-right).into()]), &there, &mut back);
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
