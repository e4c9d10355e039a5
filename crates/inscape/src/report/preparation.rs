use inscape_tensor::Tensor;

use super::explanation::capitalized;
use crate::card::{Channels, Resize};
use crate::image::Image;
use crate::model::Input;
use crate::preprocessing::Preprocessing;

/// What a page says of how an input was made.
pub(super) struct Preparation {
    /// What the picture on the page is, in a few words.
    pub(super) shown: &'static str,
    /// How the drawing of the network's input is to be read, in sentences.
    pub(super) intro: &'static str,
    /// What was done, in order, in sentences.
    pub(super) steps: Vec<String>,
    /// What was done to the file on the way, of no harm, in sentences.
    pub(super) notes: Vec<String>,
    /// What could mislead, in sentences.
    pub(super) warnings: Vec<String>,
}

/// Above this part of an array's numbers, those that no picture has are worth a warning.
const OUTSIDE_WORTH_A_WARNING: f64 = 0.01;

impl Preparation {
    pub(super) fn of(settings: &Preprocessing, input: &Input) -> Preparation {
        match input.image() {
            Some(image) => Preparation {
                shown: "as you gave it",
                intro: "Not your file, but these numbers, drawn here as a picture. If this looks wrong — squeezed, cropped \
                        away, colors swapped — every answer below is about the wrong picture.",
                steps: steps(settings, image),
                notes: image.notes().to_vec(),
                warnings: Vec::new(),
            },
            None => Preparation {
                shown: "the numbers you gave, drawn as pixels by the model's card",
                intro: "The numbers you gave, drawn here as a picture by the model's card. If this looks wrong — pale, dark, \
                        colors swapped — they were not made the way the card says, or the card is not this model's.",
                steps: taken(settings, input.tensor()),
                notes: Vec::new(),
                warnings: outside(settings, input.tensor()).into_iter().collect(),
            },
        }
    }
}

/// How an array reaches the network and the page.
fn taken(settings: &Preprocessing, tensor: &Tensor) -> Vec<String> {
    let shape: Vec<String> = tensor.shape().iter().map(usize::to_string).collect();
    vec![
        format!("{} numbers, given to the network as they are.", shape.join(" × ")),
        channels(settings),
        format!("Drawn by what the card does to a picture, undone: there {}.", numbers(settings)),
    ]
}

/// The part of an array's numbers that no pixel becomes, where it is large.
fn outside(settings: &Preprocessing, tensor: &Tensor) -> Option<String> {
    let values = tensor.values();
    let area = (settings.height * settings.width).max(1);
    let planes = values.chunks(area).zip(settings.mean.iter().zip(&settings.std));
    let count: usize = planes
        .map(|(plane, (mean, std))| {
            let level = |x: f32| (f64::from(x) * std + mean) / settings.scale;
            // A number half a level away is still drawn as the pixel it was made from.
            plane.iter().filter(|&&x| !(-0.5..=255.5).contains(&level(x))).count()
        })
        .sum();
    let part = count as f64 / values.len().max(1) as f64;
    (part > OUTSIDE_WORTH_A_WARNING).then(|| {
        format!(
            "{:.0} % of the array's numbers lie outside what the card makes of any pixel; they are drawn at the nearest end",
            100.0 * part
        )
    })
}

/// What is done to a picture before the network gets it, in order, in sentences.
fn steps(settings: &Preprocessing, image: &Image) -> Vec<String> {
    let Preprocessing { height, width, resize_to, interpolation, .. } = settings;
    let (from, to) = (format!("{} × {}", image.width(), image.height()), format!("{width} × {height}"));
    let fit = match settings.resize {
        Resize::Stretch => {
            let bent = image.width() * height != image.height() * width;
            let shape = if bent { ", which changes its proportions" } else { "" };
            format!("Stretched from {from} to {to} pixels{shape}.")
        }
        Resize::Crop => {
            format!(
                "Resized from {from} so that the shorter side has {resize_to} pixels; the middle {to} are kept."
            )
        }
        Resize::Pad => {
            let [r, g, b] = settings.pad_color;
            format!(
                "Resized from {from} to fit into {to} pixels; the rest is filled with the color {r}, {g}, {b}."
            )
        }
    };
    vec![
        fit,
        format!("Interpolation: {interpolation}, antialiased where the picture shrinks."),
        channels(settings),
        format!("{}.", capitalized(&numbers(settings))),
    ]
}

fn channels(settings: &Preprocessing) -> String {
    format!("Channels in the order {}.", channel_names(settings).join(", "))
}

/// How a pixel becomes a number of the network.
fn numbers(settings: &Preprocessing) -> String {
    let list = |numbers: &[f64]| {
        let same = numbers.iter().all(|n| Some(n) == numbers.first());
        let shown = if same { &numbers[..1.min(numbers.len())] } else { numbers };
        shown.iter().map(|&n| shortest(n)).collect::<Vec<_>>().join(", ")
    };
    let mut formula = "pixel".to_owned();
    if settings.scale != 1.0 {
        formula.push_str(&format!(" × {}", shortest(settings.scale)));
    }
    if settings.mean.iter().any(|&mean| mean != 0.0) {
        formula.push_str(" − mean");
    }
    if settings.std.iter().any(|&std| std != 1.0) {
        formula =
            if formula.contains(' ') { format!("({formula}) / std") } else { format!("{formula} / std") };
    }
    let mut text = format!("each number is {formula}, pixels 0 to 255");
    if formula.contains("mean") {
        text.push_str(&format!("; mean {}", list(&settings.mean)));
    }
    if formula.contains("std") {
        text.push_str(&format!("; std {}", list(&settings.std)));
    }
    text
}

/// The channels' names in the network's order.
pub(super) fn channel_names(settings: &Preprocessing) -> Vec<&'static str> {
    match settings.channels {
        Channels::Rgb => vec!["red", "green", "blue"],
        Channels::Bgr => vec!["blue", "green", "red"],
        Channels::Grey => vec!["grey"],
    }
}

/// Six significant digits at most, as 0.224; as 1/255 or 1/127.5 where that is shorter and as exact.
fn shortest(number: f64) -> String {
    let text = decimal(number);
    let halves = (2.0 / number).round();
    let fraction = format!("1/{}", decimal(halves / 2.0));
    if fraction.len() < text.len() && (number * halves / 2.0 - 1.0).abs() < 1e-6 { fraction } else { text }
}

fn decimal(number: f64) -> String {
    let places =
        if number == 0.0 { 0 } else { (5 - number.abs().log10().floor() as i32).clamp(0, 12) as usize };
    let text = format!("{number:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::shortest;

    #[test]
    fn numbers_have_no_idle_digits() {
        assert_eq!(shortest(1.0 / 255.0), "1/255");
        assert_eq!(shortest(0.003_921_57), "1/255");
        assert_eq!(shortest(1.0 / 127.5), "1/127.5");
        assert_eq!(shortest(0.003_921), "0.003921");
        assert_eq!(shortest(0.224), "0.224");
        assert_eq!(shortest(0.5), "0.5");
        assert_eq!(shortest(-1.0), "-1");
        assert_eq!(shortest(103.939), "103.939");
        assert_eq!(shortest(100.0), "100");
        assert_eq!(shortest(0.0), "0");
    }
}
