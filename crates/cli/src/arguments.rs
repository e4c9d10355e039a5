use std::path::PathBuf;

use clap::Args;
use inscape_tensor::Pool;

/// The options every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Everywhere {
    /// ONNX model; - for standard input [default: the bundled SqueezeNet 1.1]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) model: Option<PathBuf>,
    /// Model card, in place of the one beside the model
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) card: Option<PathBuf>,
    /// Change one key of the card: --set channels=BGR --set mean=[104,117,124]
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) set: Vec<(String, String)>,
    /// Input size, for models that leave it open
    #[arg(long, global = true, value_name = "H,W", value_parser = size)]
    pub(crate) size: Option<[usize; 2]>,
    /// Most memory that constants and activations may take: 500MB, 4GiB [default: 80 % of what is free]
    #[arg(long, global = true, value_name = "BYTES", value_parser = bytes)]
    pub(crate) memory: Option<usize>,
    /// Folder for results
    #[arg(short, long, global = true, value_name = "DIR", default_value = "inscape-out")]
    pub(crate) output: PathBuf,
    /// Threads; 0 for one per core, which is also the default
    #[arg(long, global = true, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = threads)]
    pub(crate) threads: usize,
    /// What random numbers start from
    #[arg(long, global = true, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print one JSON document on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print results and errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Overwrite results of other settings
    #[arg(long, global = true)]
    pub(crate) force: bool,
}

pub(crate) fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err("expected KEY=VALUE, such as channels=BGR".to_owned()),
    }
}

pub(crate) fn size(text: &str) -> Result<[usize; 2], String> {
    let side = |part: &str| part.trim().parse().ok().filter(|n| (1..=1 << 16).contains(n));
    text.split_once([',', 'x'])
        .and_then(|(height, width)| Some([side(height)?, side(width)?]))
        .ok_or_else(|| "expected height and width in pixels, such as 224,224".to_owned())
}

/// A number of things of which there is at least one.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&count| count > 0).ok_or_else(|| "expected a whole number from 1 on".to_owned())
}

fn threads(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|&threads| threads <= Pool::MOST);
    number.ok_or_else(|| format!("expected a number of threads from 0 (one per core) to {}", Pool::MOST))
}

fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err("expected a number of bytes, such as 500MB or 4GiB".to_owned()),
    };
    match number.parse::<f64>() {
        Ok(number) if number * factor >= 1.0 => Ok((number * factor) as usize),
        _ => Err("expected a number of bytes, such as 500MB or 4GiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{at_least_one, bytes, key_value, size, threads};

    #[test]
    fn sizes_and_amounts() {
        assert_eq!(size("224,200"), Ok([224, 200]));
        assert!(size("224").is_err() && size("0,5").is_err() && size("9999999,5").is_err());
        assert_eq!(bytes("2 GiB"), Ok(2 << 30));
        assert_eq!(bytes("1.5MB"), Ok(1_500_000));
        assert!(bytes("lots").is_err() && bytes("0").is_err());
        assert_eq!(key_value("a = b=c"), Ok(("a".into(), "b=c".into())));
        assert!(key_value("=c").is_err());
        assert_eq!(at_least_one("3"), Ok(3));
        assert!(at_least_one("0").is_err() && at_least_one("-1").is_err());
        assert_eq!((threads("0"), threads("64")), (Ok(0), Ok(64)));
        assert!(threads("100000").is_err() && threads("-1").is_err());
    }
}
