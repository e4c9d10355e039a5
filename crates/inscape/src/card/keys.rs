use toml::de::DeValue;

use super::Card;
use super::choices::Word;

/// One key of a card: how it is read from a TOML value and how it is written.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// What the key says, for the comment of a written card.
    pub(super) about: &'static str,
    pub(super) read: fn(&mut Card, &DeValue) -> Result<(), String>,
    pub(super) write: fn(&Card) -> Option<String>,
}

/// All keys, in the order they are written.
pub(super) static KEYS: &[Key] = &[
    Key {
        name: "preset",
        about: "defaults for what is absent: torchvision, keras-tf, keras-caffe, keras-torch, none",
        read: |card, value| word(value).map(|it| card.preset = Some(it)),
        write: |card| card.preset.map(|it| quoted(it.word())),
    },
    Key {
        name: "input",
        about: "the graph input that takes the picture",
        read: |card, value| line(value).map(|it| card.input = Some(it)),
        write: |card| card.input.as_deref().map(quoted),
    },
    Key {
        name: "scores",
        about: "the value that holds the class scores, before any softmax",
        read: |card, value| line(value).map(|it| card.scores = Some(it)),
        write: |card| card.scores.as_deref().map(quoted),
    },
    Key {
        name: "labels",
        about: "a file of class names, one a line, relative to this card",
        read: |card, value| line(value).map(|it| card.labels = Some(it)),
        write: |card| card.labels.as_deref().map(quoted),
    },
    Key {
        name: "size",
        about: "height, width",
        read: |card, value| size(value).map(|it| card.size = Some(it)),
        write: |card| card.size.map(|[height, width]| format!("[{height}, {width}]")),
    },
    Key {
        name: "layout",
        about: "where the channel axis stands: NCHW, NHWC",
        read: |card, value| word(value).map(|it| card.layout = Some(it)),
        write: |card| card.layout.map(|it| quoted(it.word())),
    },
    Key {
        name: "channels",
        about: "RGB, BGR, grey",
        read: |card, value| word(value).map(|it| card.channels = Some(it)),
        write: |card| card.channels.map(|it| quoted(it.word())),
    },
    Key {
        name: "scale",
        about: "x = (pixel * scale - mean) / std, pixels 0..255",
        read: |card, value| factor(value).map(|it| card.scale = Some(it)),
        write: |card| card.scale.map(|it| format!("{it:?}")),
    },
    Key {
        name: "mean",
        about: "by channel, in the order of `channels`",
        read: |card, value| by_channel(value).map(|it| card.mean = Some(it)),
        write: |card| card.mean.as_ref().map(|it| format!("{it:?}")),
    },
    Key {
        name: "std",
        about: "by channel, in the order of `channels`",
        read: |card, value| divisors(value).map(|it| card.std = Some(it)),
        write: |card| card.std.as_ref().map(|it| format!("{it:?}")),
    },
    Key {
        name: "resize",
        about: "stretch, crop (shorter side to resize_to, then the center), pad",
        read: |card, value| word(value).map(|it| card.resize = Some(it)),
        write: |card| card.resize.map(|it| quoted(it.word())),
    },
    Key {
        name: "resize_to",
        about: "the shorter side before a crop",
        read: |card, value| pixels(value).map(|it| card.resize_to = Some(it)),
        write: |card| card.resize_to.map(|it| it.to_string()),
    },
    Key {
        name: "interpolation",
        about: "bilinear, bicubic; antialiased",
        read: |card, value| word(value).map(|it| card.interpolation = Some(it)),
        write: |card| card.interpolation.map(|it| quoted(it.word())),
    },
    Key {
        name: "pad_color",
        about: "red, green, blue (0..255) around a padded picture",
        read: |card, value| color(value).map(|it| card.pad_color = Some(it)),
        write: |card| card.pad_color.map(|it| format!("{it:?}")),
    },
    Key {
        name: "norm",
        about: "mean norm of the training inputs, in model space",
        read: |card, value| factor(value).map(|it| card.norm = Some(it)),
        write: |card| card.norm.map(|it| format!("{it:?}")),
    },
    Key {
        name: "note",
        about: "",
        read: |card, value| text(value).map(|it| card.note = Some(it)),
        write: |card| card.note.as_deref().map(quoted),
    },
];

/// The largest height or width a card may ask for.
const LARGEST_SIDE: usize = 16_384;

fn wanted(what: &str, found: &DeValue) -> String {
    let kind = match found {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
        DeValue::Datetime(_) => "a date",
    };
    format!("takes {what}, not {kind}")
}

fn text(value: &DeValue) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| wanted("a text in quotes", value))
}

fn line(value: &DeValue) -> Result<String, String> {
    let text = text(value)?;
    match text.is_empty() || text.contains(char::is_control) {
        true => Err("takes a text that is not empty and has no control characters".to_owned()),
        false => Ok(text),
    }
}

fn word<W: Word>(value: &DeValue) -> Result<W, String> {
    let words: Vec<&str> = W::WORDS.iter().map(|row| row.0).collect();
    let choices = format!("one of {}", words.join(", "));
    let Some(text) = value.as_str() else { return Err(wanted(&choices, value)) };
    let found = W::WORDS.iter().find(|row| row.0.eq_ignore_ascii_case(text));
    found.map(|row| row.1).ok_or_else(|| format!("takes {choices}, not '{}'", shortened(text)))
}

fn number(value: &DeValue) -> Result<f64, String> {
    let number = match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|i| i as f64)
        }
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => return Err(wanted("a number", value)),
    };
    // f32 holds the network's numbers; beyond 1e30 their products would not.
    match number.filter(|number: &f64| number.abs() <= 1e30) {
        Some(number) => Ok(number),
        None => Err("takes a finite number of ordinary size".to_owned()),
    }
}

fn factor(value: &DeValue) -> Result<f64, String> {
    match number(value)? {
        factor if factor >= 1e-30 => Ok(factor),
        other => Err(format!("takes a number above 0, not {other}")),
    }
}

fn by_channel(value: &DeValue) -> Result<Vec<f64>, String> {
    let Some(list) = value.as_array() else { return Ok(vec![number(value)?]) };
    if !matches!(list.len(), 1 | 3) {
        return Err(format!("takes 1 or 3 numbers, not {}", list.len()));
    }
    list.iter().map(|item| number(item.get_ref())).collect()
}

fn divisors(value: &DeValue) -> Result<Vec<f64>, String> {
    let divisors = by_channel(value)?;
    match divisors.iter().all(|&divisor| divisor >= 1e-30) {
        true => Ok(divisors),
        false => Err("takes numbers above 0".to_owned()),
    }
}

fn pixels(value: &DeValue) -> Result<usize, String> {
    let number = number(value)?;
    match number.fract() == 0.0 && (1.0..=LARGEST_SIDE as f64).contains(&number) {
        true => Ok(number as usize),
        false => Err(format!("takes whole pixels from 1 to {LARGEST_SIDE}, not {number}")),
    }
}

fn size(value: &DeValue) -> Result<[usize; 2], String> {
    let Some(list) = value.as_array() else { return pixels(value).map(|side| [side, side]) };
    match &list[..] {
        [height, width] => Ok([pixels(height.get_ref())?, pixels(width.get_ref())?]),
        _ => Err(format!("takes [height, width], not {} numbers", list.len())),
    }
}

fn color(value: &DeValue) -> Result<[u8; 3], String> {
    let level = |level: f64| match level.fract() == 0.0 && (0.0..=255.0).contains(&level) {
        true => Ok(level as u8),
        false => Err(format!("takes whole levels from 0 to 255, not {level}")),
    };
    match by_channel(value)?[..] {
        [grey] => level(grey).map(|grey| [grey; 3]),
        [red, green, blue] => Ok([level(red)?, level(green)?, level(blue)?]),
        _ => Err("takes [red, green, blue]".to_owned()),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
