/// A symmetric matrix.
pub(super) type Symmetric = [[f64; 3]; 3];

/// Rotations that bring every off-diagonal number of three by three below rounding; each turn squares what is left.
const TURNS: usize = 12;

/// The matrix with every eigenvalue below `floor` raised to it. Of all covariances whose eigenvalues are at least `floor` this is the
/// one under which data with the given covariance are the most likely.
pub(super) fn raised(matrix: Symmetric, floor: f64) -> Symmetric {
    let (values, vectors) = eigen(matrix);
    if values.iter().all(|&value| value >= floor) {
        return matrix;
    }
    let raised = values.map(|value| value.max(floor));
    std::array::from_fn(|i| {
        std::array::from_fn(|j| (0..3).map(|k| raised[k] * vectors[i][k] * vectors[j][k]).sum())
    })
}

/// Eigenvalues and, in columns, eigenvectors, by Jacobi's rotations (1846).
fn eigen(mut m: Symmetric) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..TURNS {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if m[p][q] == 0.0 {
                continue;
            }
            let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
            let sign = if theta < 0.0 { -1.0 } else { 1.0 };
            let t = sign / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            for row in &mut m {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
            for k in 0..3 {
                (m[p][k], m[q][k]) = (c * m[p][k] - s * m[q][k], s * m[p][k] + c * m[q][k]);
            }
            for row in &mut vectors {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
        }
    }
    ([m[0][0], m[1][1], m[2][2]], vectors)
}

#[cfg(test)]
mod tests {
    use super::{Symmetric, eigen, raised};
    use crate::random::Deviates;

    fn random(deviates: &mut Deviates) -> Symmetric {
        let half: [[f64; 3]; 3] = std::array::from_fn(|_| std::array::from_fn(|_| 10.0 * deviates.normal()));
        std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| half[i][k] * half[j][k]).sum()))
    }

    #[test]
    fn a_matrix_times_an_eigenvector_is_its_eigenvalue_times_it() {
        let mut deviates = Deviates::new(1, 0);
        for _ in 0..200 {
            let m = random(&mut deviates);
            let (values, vectors) = eigen(m);
            for k in 0..3 {
                for row in 0..3 {
                    let left: f64 = (0..3).map(|j| m[row][j] * vectors[j][k]).sum();
                    assert!((left - values[k] * vectors[row][k]).abs() < 1e-9, "{m:?}");
                }
            }
        }
    }

    #[test]
    fn raising_keeps_what_is_above_the_floor_and_lifts_the_rest() {
        let mut deviates = Deviates::new(2, 0);
        for _ in 0..100 {
            let m = random(&mut deviates);
            let (mut expected, _) = eigen(m);
            expected = expected.map(|value| value.max(30.0));
            let (mut found, _) = eigen(raised(m, 30.0));
            [&mut expected, &mut found].into_iter().for_each(|values| values.sort_by(f64::total_cmp));
            assert!(expected.iter().zip(found).all(|(a, b)| (a - b).abs() < 1e-8), "{expected:?} {found:?}");
        }
        assert_eq!(raised([[0.0; 3]; 3], 2.0), [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]]);
    }
}
