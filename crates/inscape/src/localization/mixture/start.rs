use crate::random::Deviates;

/// Colors that clusters are looked for among; of more, as many at even distances. The mixtures themselves see all.
const MOST: usize = 1 << 14;

/// Rounds of Lloyd's algorithm, as many as GrabCut's in OpenCV.
const ROUNDS: usize = 10;

/// Centers of up to `k` clusters, never more than there are different colors: k-means++, then Lloyd's rounds.
pub(super) fn centers(colors: &[[u8; 3]], k: usize, deviates: &mut Deviates) -> Vec<[f32; 3]> {
    let step = colors.len().div_ceil(MOST).max(1);
    let colors: Vec<[u8; 3]> = colors.iter().copied().step_by(step).collect();
    let mut centers = spread(&colors, k, deviates);
    for _ in 0..ROUNDS {
        let mut sums = vec![([0u64; 3], 0u64); centers.len()];
        for &color in &colors {
            if let Some(at) = nearest(&centers, color) {
                let (sum, count) = &mut sums[at];
                sum.iter_mut().zip(color).for_each(|(sum, level)| *sum += u64::from(level));
                *count += 1;
            }
        }
        let before = centers.clone();
        for (center, (sum, count)) in centers.iter_mut().zip(sums) {
            if count > 0 {
                *center = sum.map(|sum| (sum as f64 / count as f64) as f32);
            }
        }
        if centers == before {
            break;
        }
    }
    centers
}

/// The number of the nearest center, the first of several; `None` where there is none.
#[inline(always)]
pub(super) fn nearest(centers: &[[f32; 3]], color: [u8; 3]) -> Option<usize> {
    let mut best = None;
    let mut least = f32::INFINITY;
    for (at, &center) in centers.iter().enumerate() {
        let distance = square(center, color);
        if distance < least {
            (best, least) = (Some(at), distance);
        }
    }
    best
}

/// The first center is any color, each next one a color drawn in proportion to its squared distance from the nearest so far.
fn spread(colors: &[[u8; 3]], k: usize, deviates: &mut Deviates) -> Vec<[f32; 3]> {
    let Some(first) = colors.get(deviates.below(colors.len())) else { return Vec::new() };
    let mut centers = vec![first.map(f32::from)];
    let mut apart: Vec<f32> = colors.iter().map(|&color| square(centers[0], color)).collect();
    while centers.len() < k {
        let total: f64 = apart.iter().map(|&d| f64::from(d)).sum();
        if total == 0.0 {
            break;
        }
        let mut left = deviates.uniform() * total;
        let drawn = apart.iter().position(|&d| {
            left -= f64::from(d);
            d > 0.0 && left < 0.0
        });
        // Rounding may leave a rest behind the last color.
        let Some(at) = drawn.or_else(|| apart.iter().rposition(|&d| d > 0.0)) else { break };
        let center = colors[at].map(f32::from);
        for (apart, &color) in apart.iter_mut().zip(colors) {
            *apart = apart.min(square(center, color));
        }
        centers.push(center);
    }
    centers
}

fn square(center: [f32; 3], color: [u8; 3]) -> f32 {
    center.into_iter().zip(color).map(|(c, z)| (c - f32::from(z)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::{centers, nearest};
    use crate::random::Deviates;

    #[test]
    fn clusters_far_apart_are_found() {
        let mut deviates = Deviates::new(3, 0);
        let middles = [[20.0, 20.0, 20.0], [230.0, 20.0, 20.0], [20.0, 230.0, 20.0], [200.0, 200.0, 230.0]];
        let colors: Vec<[u8; 3]> = (0..2000)
            .map(|i| middles[i % 4].map(|level: f64| (level + 5.0 * deviates.normal()) as u8))
            .collect();
        let found = (0..20).filter(|&seed| {
            let centers = centers(&colors, 4, &mut Deviates::new(seed, 0));
            middles.into_iter().all(|middle| {
                nearest(&centers, middle.map(|level| level as u8)).is_some_and(|at| {
                    centers[at].iter().zip(middle).all(|(c, m)| (f64::from(*c) - m).abs() < 3.0)
                })
            })
        });
        // A start now and then draws two from one cluster, as k-means++ may.
        assert!(found.count() >= 17);
    }

    #[test]
    fn there_are_no_more_clusters_than_colors() {
        let colors = [[1, 1, 1], [1, 1, 1], [9, 9, 9]];
        assert_eq!(centers(&colors, 5, &mut Deviates::new(1, 0)).len(), 2);
        assert!(centers(&[], 5, &mut Deviates::new(1, 0)).is_empty());
    }
}
