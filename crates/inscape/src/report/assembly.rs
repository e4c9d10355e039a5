use inscape_engine::RULES;

use super::comparison::{Comparison, RuleMap};
use super::explanation::{ClassRow, Explanation, Seen, Versus};
use super::figure::{Bar, Figure};
use super::first_order::Linearity;
use super::photo::photo;
use super::preparation::{Preparation, channel_names};
use crate::attribution::{Attribution, Method, Settings};
use crate::error::{Error, ErrorKind};
use crate::model::{Class, Input, Model};
use crate::picture::{Picture, Range};
use crate::relation::Relation;
use crate::target::{Objective, Target, Term};
use crate::watch::Watch;

/// What an explanation is asked to hold.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// The class explained; `None` for the strongest.
    pub class: Option<usize>,
    /// The class it is set against.
    pub versus: Option<usize>,
    /// Whether to show the first-order argument and the rules by operator.
    pub relation: bool,
    /// What the random direction of the first-order argument is drawn from.
    pub seed: u64,
    /// How many classes to list.
    pub top: usize,
}

impl Default for Question {
    fn default() -> Question {
        Question { class: None, versus: None, relation: false, seed: 0, top: 5 }
    }
}

impl Explanation {
    /// Explains a picture: classes, saliency, the three rules, and what else is asked. An array is shown as the picture
    /// that its numbers make under the model's card.
    ///
    /// Warnings, facts and command are left to the caller, who knows the files and the command line.
    ///
    /// # Errors
    /// As [`Model::classify`], [`Model::attribute_many`] and [`Model::drawn`]; [`ErrorKind::Target`] where a class is set
    /// against itself.
    pub fn of(model: &Model, name: &str, input: &Input, question: &Question) -> Result<Explanation, Error> {
        let preparation = Preparation::of(model.preprocessing()?, input);
        let input = &model.drawn(input)?;
        let ranked = model.classify(input)?;
        let index = question.class.or(ranked.first().map(|class| class.index)).unwrap_or(0);
        let row = |class: &Class| ClassRow {
            index: class.index,
            name: class.name.clone(),
            score: class.score,
            probability: class.probability as f32,
        };
        let find = |index: usize| {
            let missing = || Error::new(ErrorKind::Target, format!("there is no class {index}"));
            ranked.iter().find(|class| class.index == index).map(row).ok_or_else(missing)
        };
        let class = find(index)?;
        let target = class.title();
        if question.versus == Some(index) {
            let context =
                format!("'{target}' ({index}) is the class explained; it can be set only against another");
            return Err(Error::new(ErrorKind::Target, context));
        }
        let saliency = model.attribute(input, Method::Saliency, Target::Class(index))?;
        let relation = model.relation(input, Target::Class(index))?;
        let words = format!("Saliency for {target}");
        Ok(Explanation {
            picture: input.name().unwrap_or("the picture").to_owned(),
            model: name.to_owned(),
            original: original(input, &preparation)?,
            overlay: overlay(
                &saliency,
                input,
                &words,
                "laid over the picture; what is dim matters little to this score.",
            )?,
            plain: plain(&saliency, &words, "alone, cell by cell of the network's input.")?,
            seen: seen(model, input, &preparation)?,
            classes: ranked.iter().take(question.top).map(row).collect(),
            rules: comparison(&relation, &target)?,
            versus: match question.versus {
                Some(other) => Some(versus(model, input, &class, &find(other)?)?),
                None => None,
            },
            relation: match question.relation {
                true => Some(Linearity {
                    first_order: model.first_order(
                        input,
                        Target::Class(index),
                        question.seed,
                        &Watch::default(),
                    )?,
                    readings: relation.readings,
                }),
                false => None,
            },
            class,
            named: question.class.is_some(),
            notes: preparation.notes,
            warnings: preparation.warnings,
            facts: Vec::new(),
            command: String::new(),
        })
    }
}

fn original(input: &Input, preparation: &Preparation) -> Result<Figure, Error> {
    let Some(image) = input.image() else {
        return Err(Error::new(ErrorKind::Picture, "an explanation shows the picture, but there is none"));
    };
    let caption = format!("{}, {} × {} pixels.", preparation.shown, image.width(), image.height());
    let alt = format!("The picture {}", input.name().unwrap_or_default());
    photograph(&Picture::from_image(image), alt, "The picture", caption)
}

fn photograph(picture: &Picture, alt: String, name: &str, caption: String) -> Result<Figure, Error> {
    let (bytes, size) = photo(picture.width(), picture.height(), picture.rgb())?;
    Ok(Figure { bytes, media: "image/jpeg", size, alt, name: name.to_owned(), caption, bar: None })
}

fn overlay(map: &Attribution, input: &Input, name: &str, caption: &str) -> Result<Figure, Error> {
    let picture = map.overlay(input)?;
    let figure = photograph(&picture, format!("{name}, laid over the picture"), name, caption.to_owned())?;
    Ok(Figure { bar: picture.range().map(|range| bar(range, map)), ..figure })
}

fn plain(map: &Attribution, name: &str, caption: &str) -> Result<Figure, Error> {
    let picture = map.picture()?;
    Ok(Figure {
        bytes: picture.png_bytes(),
        media: "image/png",
        size: [picture.width(), picture.height()],
        alt: format!("{name}, alone"),
        name: name.to_owned(),
        caption: caption.to_owned(),
        bar: picture.range().map(|range| bar(range, map)),
    })
}

fn bar(range: &Range, map: &Attribution) -> Bar {
    let value = |i: i32| range.low + f64::from(i) / 16.0 * (range.high - range.low);
    let colors = (0..=16).map(|i| range.color(value(i) as f32)).collect();
    let softened =
        if range.blur > 0.0 { format!(", softened by {:.1} cells", range.blur) } else { String::new() };
    let summed = if map.is_summed() { ", summed over the channels" } else { "" };
    Bar {
        low: range.low as f32,
        high: range.high as f32,
        colors,
        unit: format!("{}{summed}", map.method.formula),
        blur: range.blur,
        note: format!("Scaled to percentile {}{softened}.", range.percentile),
    }
}

fn seen(model: &Model, input: &Input, preparation: &Preparation) -> Result<Seen, Error> {
    let settings = model.preprocessing()?;
    let picture = Picture::from_image(&settings.picture(input.tensor())?);
    let area = (settings.height * settings.width).max(1);
    let ranges = input.tensor().values().chunks(area).map(|plane| {
        plane.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)))
    });
    let channels = channel_names(settings).into_iter().zip(ranges);
    let size = format!("{} × {} pixels", settings.width, settings.height);
    Ok(Seen {
        figure: Figure {
            bytes: picture.png_bytes(),
            media: "image/png",
            size: [picture.width(), picture.height()],
            alt: format!("The network's input, {size}"),
            name: "The input".to_owned(),
            caption: format!("as the network gets it, {size}."),
            bar: None,
        },
        intro: preparation.intro,
        steps: preparation.steps.clone(),
        channels: channels.map(|(name, (low, high))| (name.to_owned(), low, high)).collect(),
    })
}

fn comparison(relation: &Relation, target: &str) -> Result<Comparison, Error> {
    let maps = relation.maps.iter().map(|map| {
        let row = RULES.iter().find(|row| row.name == map.method.name);
        let name = map.method.name;
        Ok(RuleMap {
            name: name.to_owned(),
            at_rectifiers: row.map_or("", |row| row.at_rectifiers).to_owned(),
            source: map.method.source.to_owned(),
            figure: Figure {
                alt: format!("{name} for {target}"),
                ..plain(map, name, &format!("{}.", map.method.computes))?
            },
        })
    });
    let maps = maps.collect::<Result<_, Error>>()?;
    Ok(Comparison { maps, cosines: relation.cosines.clone(), apart: relation.rectifiers > 0 })
}

fn versus(model: &Model, input: &Input, class: &ClassRow, other: &ClassRow) -> Result<Versus, Error> {
    let terms = vec![(1.0, Term::Class(class.index)), (-1.0, Term::Class(other.index))];
    let target = Target::Objective(Objective { terms });
    let methods = [Method::Saliency, Method::Gradient];
    let maps = model.attribute_many(input, &methods, &[target], &Settings::default(), &Watch::default())?;
    let [saliency, gradient] = &maps[..] else {
        return Err(Error::new(ErrorKind::Target, "no map was made"));
    };
    let caption = format!(
        "warm where a brighter pixel favors {}, blue where it favors {}.",
        class.title(),
        other.title()
    );
    Ok(Versus {
        other: other.title(),
        scores: [class.score, other.score],
        overlay: overlay(saliency, input, "What tips the balance", "laid over the picture.")?,
        plain: plain(gradient, "The gradient of the difference", &caption)?,
    })
}
