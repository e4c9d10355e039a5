use inscape::atlas::Maps;

/// A row's maps as grey levels, made smaller.
pub(super) struct Tiles {
    /// Units, rows, columns.
    pub(super) shape: [usize; 3],
    pub(super) levels: Vec<u8>,
    /// The numbers that 0 and 255 stand for.
    pub(super) low: f32,
    pub(super) high: f32,
}

impl Tiles {
    /// Maps of activations: levels from the row's smallest number, or 0, to its largest.
    pub(super) fn of(maps: &Maps, side: usize) -> Tiles {
        let ([height, width], values) = reduced(maps, side);
        let low = values.iter().copied().fold(0.0, f32::min);
        let high = values.iter().copied().fold(0.0, f32::max);
        let range = (high - low).max(f32::MIN_POSITIVE);
        let level = |value: f32| ((value - low) / range * 255.0).round() as u8;
        let levels = values.iter().map(|&value| level(value)).collect();
        Tiles { shape: [maps.units, height, width], levels, low, high }
    }

    /// Signed maps: 0 is 128.
    pub(super) fn signed(maps: &Maps, side: usize) -> Tiles {
        let ([height, width], values) = reduced(maps, side);
        let high = values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let range = high.max(f32::MIN_POSITIVE);
        let levels = values.iter().map(|&value| (128.0 + value / range * 127.0).round() as u8).collect();
        Tiles { shape: [maps.units, height, width], levels, low: -high, high }
    }
}

/// The maps with no side longer than `side`, every cell the mean of a square; and the size of each.
fn reduced(maps: &Maps, side: usize) -> ([usize; 2], Vec<f32>) {
    let part = maps.height.max(maps.width).div_ceil(side.max(1)).max(1);
    if part == 1 {
        return ([maps.height, maps.width], maps.values.clone());
    }
    let (height, width) = (maps.height.div_ceil(part), maps.width.div_ceil(part));
    let mut values = Vec::with_capacity(maps.units * height * width);
    let mut sums = vec![0.0f32; width];
    for unit in 0..maps.units {
        for rows in maps.of(unit).chunks(part * maps.width) {
            sums.fill(0.0);
            for row in rows.chunks_exact(maps.width) {
                for (sum, cells) in sums.iter_mut().zip(row.chunks(part)) {
                    *sum += cells.iter().sum::<f32>();
                }
            }
            let down = rows.len() / maps.width;
            let across = |x: usize| part.min(maps.width - x * part);
            values.extend(sums.iter().enumerate().map(|(x, sum)| sum / (down * across(x)) as f32));
        }
    }
    ([height, width], values)
}

#[cfg(test)]
mod tests {
    use inscape::atlas::Maps;

    use super::Tiles;

    #[test]
    fn tiles_are_means_of_squares_also_at_the_edges() {
        let maps = Maps { units: 1, height: 3, width: 3, values: (0..9).map(|v| v as f32).collect() };
        let tiles = Tiles::of(&maps, 2);
        // means 2, 3.5 (2 and 5), 6.5 (6 and 7), 8
        assert_eq!((tiles.shape, tiles.low, tiles.high), ([1, 2, 2], 0.0, 8.0));
        assert_eq!(tiles.levels, [64, 112, 207, 255]);
        let whole =
            Tiles::signed(&Maps { values: vec![-2.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], ..maps }, 64);
        assert_eq!((&whole.levels[..3], whole.low, whole.high), (&[1, 128, 192][..], -2.0, 2.0));
    }

    #[test]
    fn a_row_that_is_silent_or_no_number_makes_no_trouble() {
        let maps = Maps { units: 2, height: 1, width: 1, values: vec![0.0, f32::NAN] };
        assert_eq!(Tiles::of(&maps, 8).levels, [0, 0]);
    }
}
