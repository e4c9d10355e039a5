use super::{Picture, smooth, text};
use crate::image::Image;
use crate::preprocessing::{grey_at, mask_at};

/// The line around the mask, and what stands behind the words.
const LINE: [u8; 3] = [255, 221, 87];
/// The box.
const BOX: [u8; 3] = [255, 255, 255];
/// What keeps lines apart from any picture.
const SHADOW: [u8; 3] = [16, 16, 24];

/// Half the width of the line around the mask, in pixels drawn.
const HALF: f32 = 1.2;
/// How far its shadow reaches beyond it.
const HALO: f32 = 1.3;
/// Width of the box's line and, on each side, of its shadow.
const STROKE: usize = 2;

impl Picture {
    /// The longest side below which a picture with words on it is drawn larger, by a whole factor.
    pub(crate) const READABLE: usize = 320;

    /// A picture with an object marked: what lies outside the mask is grey and dark, a line runs around the mask, a box is drawn
    /// (xmin, ymin, xmax, ymax, half-open) and words stand at its upper edge.
    ///
    /// It has the picture's own resolution, with a longest side of at most [`Picture::LONGEST_OVERLAY`]; small pictures are
    /// drawn larger by a whole factor.
    ///
    /// # Panics
    /// Where the mask has not one entry for every pixel.
    pub fn located(image: &Image, mask: &[bool], corners: [usize; 4], words: &str) -> Picture {
        assert_eq!(mask.len(), image.height() * image.width(), "an entry for every pixel");
        let [height, width] = drawn_size(image);
        let resized;
        let shown = match [height, width] == [image.height(), image.width()] {
            true => image,
            false => {
                resized = image.scaled(height, width);
                &resized
            }
        };
        let luma = grey_at(shown, height, width);
        let inside = mask_at(mask, [image.height(), image.width()], [height, width]);
        // Softened, the steps of the pixels become a line.
        let inside = smooth::blurred(&inside, [height, width], 1.0);
        let mut rgb = Vec::with_capacity(height * width * 3);
        for (at, pixel) in shown.rgb().as_chunks::<3>().0.iter().enumerate() {
            let share = inside[at];
            let dark = f32::from(luma[at]) * 0.5;
            let away = edge(&inside, [height, width], at);
            let color: [f32; 3] = std::array::from_fn(|c| {
                let plain = f32::from(pixel[c]);
                let ground = dark + 0.18 * (plain - dark);
                let shaded = ground + share * (plain - ground);
                let shadowed = mixed(shaded, SHADOW[c], 0.6 * coverage(away, HALF + HALO));
                mixed(shadowed, LINE[c], coverage(away, HALF))
            });
            rgb.extend(color.map(|level| level.round().clamp(0.0, 255.0) as u8));
        }
        let mut canvas = Canvas { height, width, rgb };
        let across = |x: usize| x * width / image.width();
        let down = |y: usize| y * height / image.height();
        let [xmin, ymin, xmax, ymax] = corners;
        let frame = [across(xmin), down(ymin), across(xmax), down(ymax)];
        canvas.frame(frame);
        canvas.label(frame, words);
        Picture { width, height, rgb: canvas.rgb, range: None }
    }
}

fn drawn_size(image: &Image) -> [usize; 2] {
    let long = image.height().max(image.width());
    let factor = Picture::READABLE.div_ceil(long);
    match long > Picture::LONGEST_OVERLAY {
        true => [image.height(), image.width()].map(|side| (side * Picture::LONGEST_OVERLAY / long).max(1)),
        false => [image.height() * factor, image.width() * factor],
    }
}

/// About how many pixels a pixel is away from where a soft mask passes one half.
fn edge(inside: &[f32], [height, width]: [usize; 2], at: usize) -> f32 {
    let (y, x) = (at / width, at % width);
    let value = |y: usize, x: usize| inside[y * width + x];
    let across = value(y, (x + 1).min(width - 1)) - value(y, x.saturating_sub(1));
    let down = value((y + 1).min(height - 1), x) - value(y.saturating_sub(1), x);
    let slope = 0.5 * across.hypot(down);
    (inside[at] - 0.5).abs() / slope.max(1e-3)
}

/// How much of a pixel a line covers whose middle is so far away.
fn coverage(away: f32, half: f32) -> f32 {
    (half + 0.5 - away).clamp(0.0, 1.0)
}

fn mixed(below: f32, above: u8, opacity: f32) -> f32 {
    below + opacity * (f32::from(above) - below)
}

struct Canvas {
    height: usize,
    width: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    /// Lines just inside a rectangle, between shadows.
    fn frame(&mut self, [left, top, right, bottom]: [usize; 4]) {
        let rows = top.saturating_sub(1)..(bottom + 1).min(self.height);
        for y in rows {
            for x in left.saturating_sub(1)..(right + 1).min(self.width) {
                // Pixels to the nearest edge: 1 is the first inside, 0 just outside.
                let in_by = |at: usize, low: usize, high: usize| {
                    (at + 1).saturating_sub(low).min(high.saturating_sub(at))
                };
                let depth = in_by(y, top, bottom).min(in_by(x, left, right));
                match depth {
                    0 => self.shade(y, x, SHADOW, 0.6),
                    1..=STROKE => self.shade(y, x, BOX, 1.0),
                    d if d == STROKE + 1 => self.shade(y, x, SHADOW, 0.6),
                    _ => {}
                }
            }
        }
    }

    /// Words on a plate above a rectangle, or inside it where there is no room above.
    fn label(&mut self, [left, top, right, _]: [usize; 4], words: &str) {
        let [height, margin] = [text::LINE + 4, 5];
        let room = self.width.saturating_sub(2 * margin);
        let length = (words.chars().count() * text::LETTER).min(room / text::LETTER * text::LETTER);
        if words.is_empty() || length == 0 || self.height < height {
            return;
        }
        let plate = length + 2 * margin;
        let x = left.min(self.width - plate);
        let y = if top >= height { top - height } else { (top + STROKE).min(self.height - height) };
        let x = if top >= height || right < x + plate + STROKE { x } else { x + STROKE };
        for y in y..y + height {
            for x in x..(x + plate).min(self.width) {
                self.shade(y, x, LINE, 0.92);
            }
        }
        text::write(&mut self.rgb, self.width, [y + 3, x + margin], length, words);
    }

    fn shade(&mut self, y: usize, x: usize, color: [u8; 3], opacity: f32) {
        let at = (y * self.width + x) * 3;
        for (level, color) in self.rgb[at..at + 3].iter_mut().zip(color) {
            *level = mixed(f32::from(*level), color, opacity).round() as u8;
        }
    }
}
