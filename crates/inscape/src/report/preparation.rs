use crate::card::{Channels, Resize};
use crate::image::Image;
use crate::preprocessing::Preprocessing;

/// What is done to a picture before the network gets it, in order, in sentences.
pub(super) fn steps(settings: &Preprocessing, image: &Image) -> Vec<String> {
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
    let mut numbers = format!("Each number is {formula}, pixels 0 to 255");
    if formula.contains("mean") {
        numbers.push_str(&format!("; mean {}", list(&settings.mean)));
    }
    if formula.contains("std") {
        numbers.push_str(&format!("; std {}", list(&settings.std)));
    }
    vec![
        fit,
        format!("Interpolation: {interpolation}, antialiased where the picture shrinks."),
        format!("Channels in the order {}.", channel_names(settings).join(", ")),
        format!("{numbers}."),
    ]
}

/// The channels' names in the network's order.
pub(super) fn channel_names(settings: &Preprocessing) -> Vec<&'static str> {
    match settings.channels {
        Channels::Rgb => vec!["red", "green", "blue"],
        Channels::Bgr => vec!["blue", "green", "red"],
        Channels::Grey => vec!["grey"],
    }
}

/// Six significant digits at most: 1/255 is 0.00392157.
fn shortest(number: f64) -> String {
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
        assert_eq!(shortest(1.0 / 255.0), "0.00392157");
        assert_eq!(shortest(103.939), "103.939");
        assert_eq!(shortest(100.0), "100");
        assert_eq!(shortest(0.0), "0");
    }
}
