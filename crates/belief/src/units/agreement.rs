use inscape::cosine;

/// How far two ways of seeing the same units agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// The mean cosine between the two pictures of a unit.
    pub cosine: f64,
    /// The same after each way's mean picture over all units was taken off, which leaves what tells units apart.
    pub centered: f64,
    /// The mean cosine between pictures of different units, after the mean pictures were taken off: what chance gives.
    pub others: f64,
}

impl Agreement {
    /// Of two pictures for each unit, in the same order. `None` without any.
    pub fn between(a: &[Vec<f32>], b: &[Vec<f32>]) -> Option<Agreement> {
        let n = a.len().min(b.len());
        let (from, to) = (centered(&a[..n]), centered(&b[..n]));
        let all = |i: usize, j: usize| cosine(&from[i], &to[j]);
        let apart = || (0..n).flat_map(|i| (0..n).filter(move |&j| j != i).map(move |j| (i, j)));
        (n > 0).then(|| Agreement {
            cosine: mean((0..n).map(|i| cosine(&a[i], &b[i]))),
            centered: mean((0..n).map(|i| all(i, i))),
            others: mean(apart().map(|(i, j)| all(i, j))),
        })
    }
}

fn centered(pictures: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let pixels = pictures.iter().map(Vec::len).min().unwrap_or(0);
    let means: Vec<f64> = (0..pixels).map(|at| mean(pictures.iter().map(|p| f64::from(p[at])))).collect();
    let less = |p: &Vec<f32>| p.iter().zip(&means).map(|(&x, mean)| (f64::from(x) - mean) as f32).collect();
    pictures.iter().map(less).collect()
}

/// 0 of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_picture_agrees_only_until_it_is_taken_off() {
        let one =
            |i: usize, base: f32| (0..4).map(|at| base + f32::from(u8::from(at == i))).collect::<Vec<_>>();
        let pictures: Vec<_> = (0..4).map(|i| one(i, 10.0)).collect();
        let turned: Vec<_> = (0..4).map(|i| one((i + 1) % 4, 10.0)).collect();
        let same = Agreement::between(&pictures, &pictures).unwrap();
        assert!((same.centered - 1.0).abs() < 1e-6 && (same.others + 1.0 / 3.0).abs() < 1e-6);
        let other = Agreement::between(&pictures, &turned).unwrap();
        assert!(other.cosine > 0.99 && (other.centered + 1.0 / 3.0).abs() < 1e-6, "{other:?}");
        assert_eq!(Agreement::between(&[], &[]), None);
    }
}
