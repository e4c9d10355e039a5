use crate::evaluation::Rectangle;

/// How near a point has to come, in pixels (Zhang et al. 2016): strictly nearer than this.
pub const TOLERANCE: f64 = 15.0;

/// Whether the pixel `[x, y]` lies in a box or strictly nearer than `tolerance` to a pixel of one, from center to center.
///
/// ```
/// use inscape::evaluation::{Rectangle, is_near};
/// let boxes = [Rectangle::from([10.0, 10.0, 20.0, 20.0])];
/// assert!(is_near([34, 15], &boxes, 15.1) && !is_near([34, 15], &boxes, 15.0));
/// ```
pub fn is_near([x, y]: [usize; 2], boxes: &[Rectangle], tolerance: f64) -> bool {
    // Pixels of a half-open box have the coordinates from its lower edge to one below its upper one.
    let gap = |place: usize, low: f64, high: f64| {
        let place = place as f64;
        (low - place).max(place - (high - 1.0).max(low)).max(0.0)
    };
    boxes.iter().any(|b| {
        let (across, down) = (gap(x, b.xmin, b.xmax), gap(y, b.ymin, b.ymax));
        across == 0.0 && down == 0.0 || across.hypot(down) < tolerance
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::is_near;
    use crate::evaluation::Rectangle;

    proptest! {
        #[test]
        fn it_is_a_pixel_of_the_box_within_the_tolerance(
            x in 0..30usize, y in 0..30usize, low in 0..20usize, wide in 1..8usize, high in 1..8usize, tolerance in 0.1f64..20.0,
        ) {
            let bounds = Rectangle::from([low, low, low + wide, low + high].map(|c| c as f64));
            let mut pixels = (low..low + high).flat_map(|v| (low..low + wide).map(move |u| (u, v)));
            let near = pixels.any(|(u, v)| {
                let (dx, dy) = (u as f64 - x as f64, v as f64 - y as f64);
                (dx * dx + dy * dy).sqrt() < tolerance
            });
            prop_assert_eq!(is_near([x, y], &[bounds], tolerance), near);
        }

        #[test]
        fn a_larger_tolerance_never_loses_a_hit(x in 0..60usize, y in 0..60usize, tolerance in 0.0f64..20.0, more in 0.0f64..20.0) {
            let boxes = [Rectangle::from([10.0, 12.0, 20.0, 15.0]), Rectangle::from([40.0, 40.0, 41.0, 41.0])];
            prop_assert!(!is_near([x, y], &boxes, tolerance) || is_near([x, y], &boxes, tolerance + more));
        }
    }
}
