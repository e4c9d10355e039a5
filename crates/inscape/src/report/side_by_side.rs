use maud::html;

use super::curves::{Curves, HEIGHT, WIDTH};
use super::figure::data_address;
use crate::picture::Picture;

/// Pictures in a row over two charts of how they came about, as one SVG file.
#[derive(Clone, Debug)]
pub struct SideBySide {
    /// What is compared.
    pub title: String,
    /// Each picture with the words under it.
    pub pictures: Vec<(Picture, String)>,
    /// What is drawn below, left and right.
    pub charts: [Curves; 2],
}

/// The side of a picture.
const SIDE: f32 = 330.0;
const TOP: f32 = 64.0;

impl SideBySide {
    /// The figure as the text of an SVG file; pictures are inside.
    pub fn svg(&self) -> String {
        let width = 2.0 * WIDTH;
        let foot = TOP + SIDE + 56.0;
        let column = width / self.pictures.len().max(1) as f32;
        let [left, right] = &self.charts;
        let mut text = html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (foot + HEIGHT) } role="img"
                font-family="system-ui, sans-serif" fill="#222" {
                title { (self.title) }
                rect width="100%" height="100%" fill="#fff" {}
                text x=(WIDTH) y="40" font-size="24" text-anchor="middle" { (self.title) }
                @for (i, (picture, words)) in self.pictures.iter().enumerate() {
                    image x=((i as f32 + 0.5) * column - SIDE / 2.0) y=(TOP) width=(SIDE) height=(SIDE)
                        href=(data_address("image/png", &picture.png_bytes())) {}
                    text x=((i as f32 + 0.5) * column) y=(TOP + SIDE + 28.0) font-size="17" text-anchor="middle" { (words) }
                }
                (left.placed([0.0, foot]))
                (right.placed([WIDTH, foot]))
            }
        }
        .into_string();
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;

    #[test]
    fn every_picture_and_chart_is_inside_and_words_are_escaped() {
        let picture = Picture::from_image(&Image::from_rgb8(1, 1, vec![9; 3]).unwrap());
        let chart = |title: &str| Curves {
            title: title.into(),
            across: String::new(),
            up: String::new(),
            series: vec![],
        };
        let charts = [chart("one"), chart("two")];
        let pictures = vec![(picture.clone(), "a<b".to_owned()), (picture, "c".to_owned())];
        let svg = SideBySide { title: "t&u".into(), pictures, charts }.svg();
        assert_eq!(svg.matches("<image ").count(), 2);
        assert!(
            svg.contains("one") && svg.contains("two") && svg.contains("a&lt;b") && svg.contains("t&amp;u")
        );
        assert!(!svg.contains("a<b"));
    }
}
