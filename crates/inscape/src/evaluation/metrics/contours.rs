/// A contour of a mask: the pixels at the edge of a region, or around a hole in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contour {
    /// First and last column and row of its pixels: `[x0, y0, x1, y1]`, inclusive.
    pub(crate) corners: [usize; 4],
    /// Twice the area of the polygon through the centers of its pixels.
    pub(crate) twice_area: u64,
}

/// Columns and rows of the eight neighbors, clockwise from the right.
const NEIGHBORS: [[isize; 2]; 8] = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];

/// All contours of a mask of `side` × `side` pixels (true inside), those of regions and those around holes, in the order in
/// which rows and columns meet them: border following (Suzuki and Abe 1985). Regions hold together by eight neighbors,
/// holes by four.
pub(crate) fn contours(inside: impl Fn(usize, usize) -> bool, side: usize) -> Vec<Contour> {
    let row = side + 2;
    let mut field = Field { cells: vec![0; row * row], row };
    for y in 0..side {
        for x in 0..side {
            field.cells[(y + 1) * row + x + 1] = i8::from(inside(x, y));
        }
    }
    let mut found = Vec::new();
    for y in 1..=side {
        for x in 1..=side {
            let at = y * row + x;
            let cell = field.cells[at];
            if cell == UNSEEN && field.cells[at - 1] == 0 {
                found.push(field.follow([x, y], LEFT));
            } else if cell >= UNSEEN && field.cells[at + 1] == 0 {
                found.push(field.follow([x, y], RIGHT));
            }
        }
    }
    found
}

/// A pixel inside that no contour has passed.
const UNSEEN: i8 = 1;
/// A pixel that a contour has passed.
const SEEN: i8 = 2;
/// One that a contour has passed with the outside at its right.
const LAST: i8 = -2;

const RIGHT: usize = 0;
const LEFT: usize = 4;

/// A mask with a frame of pixels outside.
struct Field {
    cells: Vec<i8>,
    row: usize,
}

impl Field {
    /// Follows the border that begins at a pixel, with the outside in a direction of it.
    fn follow(&mut self, start: [usize; 2], outside: usize) -> Contour {
        let mut corners = [start[0], start[1], start[0], start[1]];
        let mut twice_area = 0i64;
        let first = (0..8).map(|turn| (outside + turn) % 8).find(|&to| self.at(step(start, to)) != 0);
        let Some(first) = first else {
            self.mark(start, LAST);
            return Contour { corners: corners.map(|c| c - 1), twice_area: 0 };
        };
        let last = step(start, first);
        let (mut here, mut came) = (start, first);
        loop {
            let mut right_is_outside = false;
            let mut to = came;
            // Counterclockwise from where it came; that place itself is inside, so the search ends.
            for _ in 0..8 {
                to = (to + 7) % 8;
                if self.at(step(here, to)) != 0 {
                    break;
                }
                right_is_outside |= to == RIGHT;
            }
            if right_is_outside {
                self.mark(here, LAST);
            } else if self.at(here) == UNSEEN {
                self.mark(here, SEEN);
            }
            let next = step(here, to);
            twice_area += here[0] as i64 * next[1] as i64 - next[0] as i64 * here[1] as i64;
            corners = [
                corners[0].min(next[0]),
                corners[1].min(next[1]),
                corners[2].max(next[0]),
                corners[3].max(next[1]),
            ];
            if next == start && here == last {
                break;
            }
            here = next;
            came = (to + 4) % 8;
        }
        Contour { corners: corners.map(|c| c - 1), twice_area: twice_area.unsigned_abs() }
    }

    fn at(&self, [x, y]: [usize; 2]) -> i8 {
        self.cells[y * self.row + x]
    }

    fn mark(&mut self, [x, y]: [usize; 2], mark: i8) {
        self.cells[y * self.row + x] = mark;
    }
}

/// The neighbor in a direction. Pixels inside are never at the frame, so no place is negative.
fn step([x, y]: [usize; 2], to: usize) -> [usize; 2] {
    let [across, down] = NEIGHBORS[to];
    [x.wrapping_add_signed(across), y.wrapping_add_signed(down)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::contours;

    const SIDE: usize = 7;

    /// Connected parts of the cells that are `wanted`, by flood fill in a field with a frame: their cells.
    fn parts(mask: &[bool], wanted: bool, diagonal: bool) -> Vec<Vec<[usize; 2]>> {
        let row = SIDE + 2;
        let is = |x: usize, y: usize| {
            let framed = x == 0 || y == 0 || x > SIDE || y > SIDE;
            (!framed && mask[(y - 1) * SIDE + x - 1]) == wanted
        };
        let mut seen = vec![false; row * row];
        let mut parts = Vec::new();
        for start in 0..row * row {
            if seen[start] || !is(start % row, start / row) {
                continue;
            }
            let mut part = vec![[start % row, start / row]];
            seen[start] = true;
            let mut next = 0;
            while next < part.len() {
                let [x, y] = part[next];
                next += 1;
                for [dx, dy] in super::NEIGHBORS {
                    let (nx, ny) = (x as isize + dx, y as isize + dy);
                    let inside = (0..row as isize).contains(&nx) && (0..row as isize).contains(&ny);
                    if !inside || (!diagonal && dx != 0 && dy != 0) {
                        continue;
                    }
                    let at = ny as usize * row + nx as usize;
                    if !seen[at] && is(nx as usize, ny as usize) {
                        seen[at] = true;
                        part.push([nx as usize, ny as usize]);
                    }
                }
            }
            parts.push(part);
        }
        parts
    }

    fn corners(part: &[[usize; 2]], grown: usize) -> [usize; 4] {
        let of = |axis: usize| part.iter().map(move |cell| cell[axis]);
        let low = |axis| of(axis).min().unwrap() - grown - 1;
        let high = |axis| of(axis).max().unwrap() + grown - 1;
        [low(0), low(1), high(0), high(1)]
    }

    proptest! {
        #[test]
        fn there_is_one_for_every_region_and_hole(mask in proptest::collection::vec(any::<bool>(), SIDE * SIDE)) {
            let mut found: Vec<[usize; 4]> =
                contours(|x, y| mask[y * SIDE + x], SIDE).iter().map(|c| c.corners).collect();
            let regions = parts(&mask, true, true).into_iter().map(|part| corners(&part, 0));
            // The pixels around a hole lie one beyond it; the part with the frame is no hole.
            let holes = parts(&mask, false, false).into_iter().filter(|part| part[0] != [0, 0]);
            let mut expected: Vec<[usize; 4]> = regions.chain(holes.map(|part| corners(&part, 1))).collect();
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_regions_area_is_that_of_the_triangles_and_squares_between_its_pixels(
            seeds in proptest::collection::vec(any::<bool>(), SIDE * SIDE),
        ) {
            // The largest region with its holes filled: between four pixels' centers lie two halves, one, or none of it.
            let Some(region) = parts(&seeds, true, true).into_iter().max_by_key(Vec::len) else { return Ok(()) };
            let mut mask = vec![false; SIDE * SIDE];
            region.iter().for_each(|[x, y]| mask[(y - 1) * SIDE + x - 1] = true);
            for hole in parts(&mask, false, false).into_iter().filter(|part| part[0] != [0, 0]) {
                hole.iter().for_each(|[x, y]| mask[(y - 1) * SIDE + x - 1] = true);
            }
            let twice: u64 = (0..SIDE - 1)
                .flat_map(|y| (0..SIDE - 1).map(move |x| [y * SIDE + x, y * SIDE + x + 1, (y + 1) * SIDE + x, (y + 1) * SIDE + x + 1]))
                .map(|four| match four.iter().filter(|&&at| mask[at]).count() { 4 => 2, 3 => 1, _ => 0 })
                .sum();
            let found = contours(|x, y| mask[y * SIDE + x], SIDE);
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].twice_area, twice);
        }
    }

    #[test]
    fn a_square_with_a_hole() {
        let found = contours(|x, y| (1..=5).contains(&x) && (1..=5).contains(&y) && (x, y) != (3, 3), SIDE);
        assert_eq!(
            found.iter().map(|c| (c.corners, c.twice_area)).collect::<Vec<_>>(),
            [([1, 1, 5, 5], 32), ([2, 2, 4, 4], 4),]
        );
        assert_eq!(contours(|_, _| false, SIDE), []);
        assert_eq!(contours(|_, _| true, 1)[0].corners, [0, 0, 0, 0]);
    }
}
