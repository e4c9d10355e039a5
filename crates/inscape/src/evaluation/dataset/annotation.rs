use super::super::rectangle::Rectangle;

/// What is known of a picture: its objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotation {
    /// Width and height that the annotation states, where it states them.
    pub size: Option<[usize; 2]>,
    /// The objects, in the file's order.
    pub objects: Vec<Object>,
}

/// An object of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its class, as the data set calls it.
    pub class: String,
    /// Where it is.
    pub bounds: Rectangle,
    /// Whether the data set calls it too difficult to be asked for.
    pub difficult: bool,
}

/// How far a box may reach out of its picture and stay as it is. ILSVRC's files hold 0 beside 1 for the first column, and
/// the challenge's own measure counts that pixel.
const SLACK: f64 = 1.0;

impl Annotation {
    /// The annotation for a picture of `[width, height]`: boxes that reach out of it by more than a pixel are clipped, those
    /// that then have no area are left out. Gives a sentence on each.
    ///
    /// Where the annotation states another size, its boxes are kept in its numbers all the same, and a sentence says so.
    pub fn within(self, size: [usize; 2]) -> (Annotation, Vec<String>) {
        let mut notes = Vec::new();
        if let Some(stated) = self.size.filter(|&stated| stated != size && stated != [0, 0]) {
            notes.push(format!(
                "the annotation is of {}×{} pixels, the picture has {}×{}",
                stated[0], stated[1], size[0], size[1]
            ));
        }
        let room = Rectangle::whole(size);
        let wide = Rectangle {
            xmin: room.xmin - SLACK,
            ymin: room.ymin - SLACK,
            xmax: room.xmax + SLACK,
            ymax: room.ymax + SLACK,
        };
        let mut objects = Vec::new();
        for object in self.objects {
            let [xmin, ymin, xmax, ymax] = object.bounds.into();
            let words = format!("the box [{xmin}, {ymin}, {xmax}, {ymax}] of '{}'", object.class);
            let bounds = match object.bounds.intersection(wide) == object.bounds {
                true => object.bounds,
                false => object.bounds.clipped(size),
            };
            if object.bounds.area() == 0.0 {
                notes.push(format!("{words} has no area and was left out"));
            } else if bounds.area() == 0.0 {
                notes.push(format!("{words} lies outside the picture and was left out"));
            } else {
                if bounds != object.bounds {
                    notes.push(format!("{words} reaches out of the picture and was clipped"));
                }
                objects.push(Object { bounds, ..object });
            }
        }
        (Annotation { size: Some(size), objects }, notes)
    }
}

#[cfg(test)]
mod tests {
    use super::{Annotation, Object};
    use crate::evaluation::Rectangle;

    fn of(bounds: [f64; 4]) -> Annotation {
        let object = Object { class: "cat".into(), bounds: bounds.into(), difficult: false };
        Annotation { size: None, objects: vec![object] }
    }

    #[test]
    fn boxes_end_at_the_picture_and_that_is_said() {
        let cut = |bounds: [f64; 4]| {
            let (annotation, notes) = of(bounds).within([100, 50]);
            (annotation.objects.first().map(|object| <[f64; 4]>::from(object.bounds)), notes.join(" "))
        };
        assert_eq!(cut([1.0, 2.0, 90.0, 50.0]), (Some([1.0, 2.0, 90.0, 50.0]), String::new()));
        assert_eq!(cut([-1.0, 2.0, 90.0, 50.0]), (Some([-1.0, 2.0, 90.0, 50.0]), String::new()));
        let (bounds, note) = cut([-20.0, 2.0, 190.0, 50.0]);
        assert_eq!(bounds, Some([0.0, 2.0, 100.0, 50.0]));
        assert!(note.contains("clipped") && note.contains("'cat'"), "{note}");
        assert!(cut([200.0, 2.0, 290.0, 50.0]).1.contains("outside"));
        assert_eq!(cut([9.0, 2.0, 3.0, 50.0]).0, None);
        assert!(cut([9.0, 2.0, 3.0, 50.0]).1.contains("no area"));
        assert_eq!(cut([f64::NAN, 2.0, 3.0, 50.0]).0, None);
    }

    #[test]
    fn another_size_is_said() {
        let (_, notes) = Annotation { size: Some([10, 10]), ..of([0.0, 0.0, 5.0, 5.0]) }.within([20, 10]);
        assert_eq!(notes, ["the annotation is of 10×10 pixels, the picture has 20×10"]);
        assert_eq!(Rectangle::whole([20, 10]).area(), 200.0);
    }
}
