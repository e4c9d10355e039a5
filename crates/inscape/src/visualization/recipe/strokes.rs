use super::{Recipe, clear};
use crate::visualization::{Rotate, Transform, Zoom};

pub(super) const ABOUT: &str = "the default of grey networks: digits, letters";

/// As `clear`, but nothing is mirrored, since strokes are not what their mirror images are, changes of size are small, and beyond
/// the image lies the mean color, which is the ground that strokes stand on.
pub(super) fn recipe() -> Recipe {
    let clear = clear::recipe();
    let transforms = clear.transforms.into_iter().filter_map(|transform| match transform {
        Transform::Pad(_) | Transform::Flip(_) => None,
        Transform::Scale(_) => Some(Transform::Scale(Zoom { factors: vec![0.9, 0.95, 1.0, 1.05, 1.1] })),
        Transform::Rotate(_) => {
            Some(Transform::Rotate(Rotate { degrees: vec![-10.0, -5.0, 0.0, 5.0, 10.0] }))
        }
        other => Some(other),
    });
    Recipe { name: "strokes".into(), transforms: transforms.collect(), ..clear }
}
