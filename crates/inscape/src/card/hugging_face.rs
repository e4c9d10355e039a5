use serde_json::{Map, Value};

use super::{Card, Interpolation, Resize};

/// Reads one configuration into a card; false where it tells nothing about pictures.
type Reader = fn(&mut Card, &str) -> Result<bool, String>;

/// The files that Hugging Face keeps beside a model, the more telling first.
pub(super) const FILES: &[(&str, Reader)] =
    &[("preprocessor_config.json", preprocessor), ("config.json", config)];

/// The transformers library's picture processors.
fn preprocessor(card: &mut Card, json: &str) -> Result<bool, String> {
    let root = object(json)?;
    let flag = |key: &str, otherwise: bool| root.get(key).and_then(Value::as_bool).unwrap_or(otherwise);
    let told =
        ["size", "image_mean", "rescale_factor", "do_resize"].iter().any(|&key| root.contains_key(key));
    if !told {
        return Ok(false);
    }
    let scale = match flag("do_rescale", true) {
        true => number(&root, "rescale_factor")?.unwrap_or(1.0 / 255.0),
        false => 1.0,
    };
    let normalize = flag("do_normalize", true);
    put(card, "scale", &scale.to_string())?;
    for (key, name, neutral) in [("mean", "image_mean", "0.0"), ("std", "image_std", "1.0")] {
        match root.get(name).filter(|_| normalize) {
            Some(numbers) => put(card, key, &numbers.to_string())?,
            None => put(card, key, neutral)?,
        }
    }
    if let Some(resample) = root.get("resample").and_then(Value::as_u64) {
        card.interpolation = Some(match resample {
            2 => Interpolation::Bilinear,
            3 => Interpolation::Bicubic,
            other => return Err(format!("'resample' {other} is neither 2 (bilinear) nor 3 (bicubic)")),
        });
    }
    fit(card, &root, flag("do_resize", true), flag("do_center_crop", false))?;
    Ok(true)
}

/// How `size`, `crop_size` and `crop_pct` together fit a picture.
fn fit(card: &mut Card, root: &Map<String, Value>, resized: bool, cropped: bool) -> Result<(), String> {
    let size = if resized { root.get("size").map(sides).transpose()?.flatten() } else { None };
    let crop = root.get("crop_size").filter(|_| cropped).map(sides).transpose()?.flatten();
    match (size, crop) {
        (Some(Sides::Shortest(side)), Some(crop)) => {
            card.resize = Some(Resize::Crop);
            put(card, "resize_to", &side.to_string())?;
            put(card, "size", &crop.pair())?;
        }
        (Some(Sides::Shortest(side)), None) => {
            // ConvNeXt's processor: below 384 the shorter side grows by 1/crop_pct before the crop, from 384 on
            // the picture is stretched.
            let share = number(root, "crop_pct")?.filter(|share| *share > 0.05 && *share <= 1.0);
            match share.filter(|_| side < 384) {
                Some(share) => {
                    card.resize = Some(Resize::Crop);
                    put(card, "resize_to", &((side as f64 / share) as u64).to_string())?;
                }
                None => card.resize = Some(Resize::Stretch),
            }
            put(card, "size", &Sides::Shortest(side).pair())?;
        }
        (Some(size @ Sides::Both(..)), None) => {
            card.resize = Some(Resize::Stretch);
            put(card, "size", &size.pair())?;
        }
        // Resized to a fixed size and cropped from it: the same as a crop of the scaled picture when both are square.
        (Some(Sides::Both(height, width)), Some(crop)) => {
            card.resize = Some(Resize::Crop);
            put(card, "resize_to", &height.min(width).to_string())?;
            put(card, "size", &crop.pair())?;
        }
        (None, Some(crop)) => {
            card.resize = Some(Resize::Crop);
            put(card, "size", &crop.pair())?;
        }
        (None, None) => {}
    }
    Ok(())
}

/// The model's own configuration: class names, and for timm's models the preprocessing too.
fn config(card: &mut Card, json: &str) -> Result<bool, String> {
    let root = object(json)?;
    let mut told = false;
    if let Some(names) = root.get("id2label").and_then(Value::as_object) {
        card.class_names = Some(class_names(names)?);
        told = true;
    } else if let Some(names) = root.get("label_names").and_then(Value::as_array) {
        let names =
            names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>();
        card.class_names = Some(names.ok_or("'label_names' holds something other than texts")?);
        told = true;
    }
    let Some(timm) = root.get("pretrained_cfg").and_then(Value::as_object) else { return Ok(told) };
    if card.mean.is_some() {
        return Ok(told);
    }
    put(card, "scale", &(1.0f64 / 255.0).to_string())?;
    for key in ["mean", "std"] {
        if let Some(numbers) = timm.get(key) {
            put(card, key, &numbers.to_string())?;
        }
    }
    if let Some(name @ ("bilinear" | "bicubic")) = timm.get("interpolation").and_then(Value::as_str) {
        put(card, "interpolation", name)?;
    }
    if let Some([_, height, width]) = timm.get("input_size").and_then(Value::as_array).map(Vec::as_slice) {
        put(card, "size", &format!("[{height}, {width}]"))?;
    }
    let stretched = timm.get("crop_mode").and_then(Value::as_str) == Some("squash");
    card.resize = Some(if stretched { Resize::Stretch } else { Resize::Crop });
    let share = number(timm, "crop_pct")?.filter(|share| *share > 0.05 && *share <= 1.0);
    if let (Some([height, width]), Some(share), false) = (card.size, share, stretched) {
        put(card, "resize_to", &((height.min(width) as f64 / share) as u64).to_string())?;
    }
    Ok(true)
}

/// Names in index order from `{"0": "tench", …}`.
fn class_names(names: &Map<String, Value>) -> Result<Vec<String>, String> {
    let mut ordered = vec![None; names.len()];
    for (index, name) in names {
        let place = index.parse::<usize>().ok().and_then(|index| ordered.get_mut(index));
        match (place, name.as_str()) {
            (Some(place), Some(name)) => *place = Some(name.to_owned()),
            _ => return Err("'id2label' does not number its names from 0 without gaps".to_owned()),
        }
    }
    let ordered: Option<Vec<String>> = ordered.into_iter().collect();
    ordered.ok_or_else(|| "'id2label' names an index twice".to_owned())
}

#[derive(Clone, Copy)]
enum Sides {
    Shortest(u64),
    Both(u64, u64),
}

impl Sides {
    fn pair(self) -> String {
        match self {
            Sides::Shortest(side) => format!("[{side}, {side}]"),
            Sides::Both(height, width) => format!("[{height}, {width}]"),
        }
    }
}

fn sides(value: &Value) -> Result<Option<Sides>, String> {
    if let Some(side) = value.as_u64() {
        return Ok(Some(Sides::Shortest(side)));
    }
    let Some(sides) = value.as_object() else {
        return Err("a size is neither a number nor a table of height and width".to_owned());
    };
    let side = |key: &str| sides.get(key).and_then(Value::as_u64);
    Ok(match (side("shortest_edge"), side("height"), side("width")) {
        (Some(side), _, _) => Some(Sides::Shortest(side)),
        (None, Some(height), Some(width)) => Some(Sides::Both(height, width)),
        _ => None,
    })
}

fn object(json: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(json) {
        Ok(Value::Object(root)) => Ok(root),
        Ok(_) => Err("is no JSON object".to_owned()),
        Err(error) => Err(format!("is no JSON: {error}")),
    }
}

fn number(table: &Map<String, Value>, key: &str) -> Result<Option<f64>, String> {
    match table.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| format!("'{key}' is no number")),
    }
}

/// Through the card's own checks, so that both sources keep the same bounds.
fn put(card: &mut Card, key: &str, value: &str) -> Result<(), String> {
    card.set(key, value).map_err(|error| error.context)
}
