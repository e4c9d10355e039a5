use std::collections::VecDeque;

use super::DIRECTIONS;
use super::settings::Neighborhood;

/// Numbers the connected parts of a mask from 1 on, in the order of their first pixels, row by row; 0 is what is not in the mask.
///
/// ```
/// use inscape::localization::{Neighborhood, components};
/// let mask = [true, false, true, false, true, false];
/// assert_eq!(components(&mask, [2, 3], Neighborhood::Four), [1, 0, 2, 0, 3, 0]);
/// assert_eq!(components(&mask, [2, 3], Neighborhood::Eight), [1, 0, 1, 0, 1, 0]);
/// ```
///
/// # Panics
/// Where the mask is not height times width long.
pub fn components(mask: &[bool], [height, width]: [usize; 2], neighborhood: Neighborhood) -> Vec<u32> {
    assert_eq!(mask.len(), height * width, "a mask has height times width pixels");
    let mut parts = vec![0; mask.len()];
    let mut open = VecDeque::new();
    let mut count = 0;
    for first in 0..mask.len() {
        if !mask[first] || parts[first] != 0 {
            continue;
        }
        count += 1;
        parts[first] = count;
        open.push_back(first);
        while let Some(at) = open.pop_front() {
            for &[rows, columns] in &DIRECTIONS[..neighborhood.count()] {
                let y = (at / width).checked_add_signed(rows).filter(|&y| y < height);
                let x = (at % width).checked_add_signed(columns).filter(|&x| x < width);
                let Some(next) = y.zip(x).map(|(y, x)| y * width + x) else { continue };
                if mask[next] && parts[next] == 0 {
                    parts[next] = count;
                    open.push_back(next);
                }
            }
        }
    }
    parts
}

/// The number of the part that weighs most, `weight` of a pixel taken by its place; of several alike the first. `None` where there
/// is no part.
pub(super) fn heaviest(parts: &[u32], weight: impl Fn(usize) -> f64) -> Option<u32> {
    let count = parts.iter().copied().max().unwrap_or(0);
    let mut weights = vec![0.0f64; count as usize];
    for (at, &part) in parts.iter().enumerate() {
        if part > 0 {
            weights[part as usize - 1] += weight(at);
        }
    }
    let mut best = None;
    for (part, &weight) in (1u32..).zip(&weights) {
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((part, weight));
        }
    }
    best.map(|(part, _)| part)
}

#[cfg(test)]
mod tests {
    use super::{components, heaviest};
    use crate::localization::settings::Neighborhood;

    fn mask(rows: &[&str]) -> (Vec<bool>, [usize; 2]) {
        (rows.concat().bytes().map(|b| b == b'#').collect(), [rows.len(), rows[0].len()])
    }

    #[test]
    fn of_parts_alike_in_size_the_first_in_row_major_order_is_taken() {
        let (mask, size) = mask(&["..##", "#...", "#..."]);
        let parts = components(&mask, size, Neighborhood::Eight);
        assert_eq!(heaviest(&parts, |_| 1.0), Some(1));
        assert_eq!(parts[2], 1);
        assert_eq!(heaviest(&parts, |at| if at == 4 { 2.0 } else { 1.0 }), Some(2));
        assert_eq!(heaviest(&[0, 0], |_| 1.0), None);
    }

    #[test]
    fn corners_join_under_eight_neighbors_alone() {
        let (mask, size) = mask(&["#.#", ".#.", "#.#"]);
        let count = |neighborhood| components(&mask, size, neighborhood).into_iter().max();
        assert_eq!((count(Neighborhood::Four), count(Neighborhood::Eight)), (Some(5), Some(1)));
    }

    #[test]
    fn a_spiral_is_one_part() {
        let (mask, size) = mask(&["#####", "....#", "###.#", "#...#", "#####"]);
        let parts = components(&mask, size, Neighborhood::Four);
        assert_eq!(parts.iter().filter(|&&part| part == 1).count(), 17);
    }
}
