use super::Walk;

impl Walk {
    /// All `n` cells of an array, as they lie.
    pub fn straight(n: usize) -> Walk {
        Walk::new(0, &[n], &[1])
    }

    /// Walking over what `inner` brought together is walking over its source: one walk for two, where there is one.
    ///
    /// ```
    /// use inscape_tensor::{Pool, Walk};
    /// let transpose = Walk::permuted(&[2, 3], &[1, 0]);
    /// let last_row = Walk::new(4, &[2], &[1]);
    /// let mut last_column = [0; 2];
    /// last_row.after(&transpose).unwrap().gather(&[1, 2, 3, 4, 5, 6], &mut last_column, Pool::single());
    /// assert_eq!(last_column, [3, 6]);
    /// ```
    pub fn after(&self, inner: &Walk) -> Option<Walk> {
        let rank = inner.sizes.len();
        if inner.sizes.contains(&0) {
            return None;
        }
        let radix = crate::strides(&inner.sizes);
        // Where along each axis of the inner walk this one begins, and how far it comes.
        let mut reach: Vec<usize> = (0..rank).map(|j| self.start / radix[j] % inner.sizes[j]).collect();
        let (mut sizes, mut strides) = (Vec::new(), Vec::new());
        for (&size, &stride) in self.sizes.iter().zip(&self.strides).rev() {
            let (mut left, mut step) = (size, usize::try_from(stride).ok()?);
            for j in (0..rank).rev() {
                if left == 1 || step == 0 {
                    break;
                }
                if step >= radix[j] * inner.sizes[j] {
                    continue;
                }
                if !step.is_multiple_of(radix[j]) {
                    return None;
                }
                let along = step / radix[j];
                let n = if along * (left - 1) < inner.sizes[j] {
                    left
                } else if inner.sizes[j].is_multiple_of(along) && left.is_multiple_of(inner.sizes[j] / along)
                {
                    inner.sizes[j] / along
                } else {
                    return None;
                };
                reach[j] += (n - 1) * along;
                sizes.push(n);
                strides.push(inner.strides[j] * along as isize);
                left /= n;
                step *= n;
            }
            if step == 0 && left > 1 {
                sizes.push(left);
                strides.push(0);
            } else if left > 1 {
                return None;
            }
        }
        if reach.iter().zip(&inner.sizes).any(|(&last, &size)| last >= size) {
            return None;
        }
        let start = match rank {
            0 => inner.start,
            _ => inner.cell(self.start, rank - 1),
        };
        sizes.reverse();
        strides.reverse();
        Some(Walk::new(start, &sizes, &strides))
    }

    /// The way back of a walk that visits every cell of its source once, so that either undoes the other.
    pub fn inverse(&self) -> Option<Walk> {
        let places = crate::strides(&self.sizes);
        let mut axes: Vec<usize> = (0..self.sizes.len()).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse(self.strides[axis]));
        let sizes: Vec<usize> = axes.iter().map(|&axis| self.sizes[axis]).collect();
        let dense = crate::strides(&sizes);
        let whole = axes.iter().zip(dense).all(|(&axis, place)| self.strides[axis] == place as isize);
        let strides: Vec<isize> = axes.iter().map(|&axis| places[axis] as isize).collect();
        (whole && self.start == 0).then(|| Walk::new(0, &sizes, &strides))
    }

    /// The walk as matrices of `rows` × `columns`, one after another: the cell that each begins with, and how far apart
    /// rows and columns lie in all of them.
    pub fn matrices(&self, rows: usize, columns: usize) -> Option<(Vec<usize>, [isize; 2])> {
        let (mut sizes, mut strides) = (self.sizes.clone(), self.strides.clone());
        let mut last = |n: usize| {
            if n == 1 {
                return Some(0);
            }
            let (size, stride) = (sizes.last_mut()?, strides.last_mut()?);
            if n == 0 || !size.is_multiple_of(n) {
                return None;
            }
            let step = *stride;
            *size /= n;
            *stride *= n as isize;
            if *size == 1 {
                sizes.pop();
                strides.pop();
            }
            Some(step)
        };
        let column = last(columns)?;
        let row = last(rows)?;
        let starts = super::Rows::new(self.start as isize, &sizes, &strides);
        Some((starts.map(|start| start as usize).collect(), [row, column]))
    }
}

#[cfg(test)]
mod tests {
    use super::Walk;
    use crate::{Pool, count};

    fn cells(walk: &Walk, source: usize) -> Vec<usize> {
        let all: Vec<usize> = (0..source).collect();
        let mut cells = vec![0; count(&walk.sizes).unwrap()];
        walk.gather(&all, &mut cells, Pool::single());
        cells
    }

    #[test]
    fn one_walk_for_two_visits_what_the_two_do() {
        let inner = [
            Walk::permuted(&[2, 3, 4, 5], &[2, 0, 3, 1]),
            Walk::permuted(&[6, 20], &[1, 0]),
            Walk::new(7, &[3, 4, 5], &[20, 5, 1]),
            Walk::new(5, &[2, 6, 4], &[1, 0, 8]),
            Walk::straight(120),
        ];
        let mut found = 0;
        for inner in &inner {
            let between = cells(inner, 120);
            let n = between.len() as isize;
            for [a, b, c] in [[1, 1, 1], [2, 3, 4], [4, 3, 5], [5, 4, 3], [3, 2, 6], [12, 2, 2]] {
                let strides = [[(b * c) as isize, c as isize, 1], [1, a as isize, (a * b) as isize]];
                for strides in strides.into_iter().chain([[0, 1, b as isize], [(b * c) as isize, 0, 1]]) {
                    for start in [0, 1, 3, 20, 24] {
                        let sizes = [a, b, c];
                        let last = sizes.iter().zip(strides).map(|(&size, s)| (size as isize - 1) * s);
                        if start as isize + last.sum::<isize>() >= n {
                            continue;
                        }
                        let outer = Walk::new(start, &sizes, &strides);
                        let Some(whole) = outer.after(inner) else { continue };
                        let expected: Vec<usize> =
                            cells(&outer, between.len()).iter().map(|&cell| between[cell]).collect();
                        assert_eq!(cells(&whole, 120), expected, "{outer:?} after {inner:?}");
                        found += 1;
                    }
                }
            }
        }
        assert!(found > 150, "{found}");
        let across_rows = Walk::new(1, &[4], &[1]).after(&Walk::permuted(&[3, 4], &[1, 0]));
        assert!(across_rows.is_none());
    }

    #[test]
    fn the_inverse_undoes_a_permutation_and_only_that() {
        for order in [[0, 1, 2, 3], [2, 0, 3, 1], [3, 2, 1, 0], [0, 2, 1, 3]] {
            let walk = Walk::permuted(&[2, 3, 4, 5], &order);
            let both = walk.inverse().unwrap().after(&walk).unwrap();
            assert_eq!(cells(&both, 120), (0..120).collect::<Vec<_>>());
        }
        assert!(Walk::new(1, &[3], &[1]).inverse().is_none());
        assert!(Walk::new(0, &[3, 2], &[1, 0]).inverse().is_none());
        assert!(Walk::new(0, &[3, 2], &[4, 1]).inverse().is_none());
        assert!(Walk::new(2, &[3], &[-1]).inverse().is_none());
    }

    #[test]
    fn matrices_are_told_by_their_first_cells() {
        // heads of a row side by side
        let heads = Walk::permuted(&[2, 5, 3, 4], &[0, 2, 1, 3]);
        assert_eq!(heads.matrices(5, 4), Some((vec![0, 4, 8, 60, 64, 68], [12, 1])));
        assert_eq!(Walk::straight(24).matrices(3, 4), Some((vec![0, 12], [4, 1])));
        assert_eq!(Walk::straight(12).matrices(12, 1), Some((vec![0], [1, 0])));
        assert!(Walk::permuted(&[4, 6], &[1, 0]).matrices(8, 3).is_none());
        assert!(Walk::straight(0).matrices(0, 4).is_none());
    }
}
