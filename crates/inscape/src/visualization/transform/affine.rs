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

#[cfg(test)]
mod tests {
    use super::Affine;

    #[test]
    fn a_map_after_another_is_their_product() {
        let turn = Affine { matrix: [[0.0, -1.0], [1.0, 0.0]], shift: [0.5, 0.0] };
        let both = turn.then(&Affine::shift([1.0, 2.0]));
        assert_eq!(both, Affine { matrix: turn.matrix, shift: [-1.5, 1.0] });
    }
}
