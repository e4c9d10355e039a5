use super::{Display, Keep, Recipe};
use crate::visualization::{
    Ascent, Blur, Clip, Decay, Optimizer, Parametrization, Pixels, Rate, Regularizer, SmallContribution,
    SmallNorm, Space, Start,
};

pub(super) const ABOUT: [&str; 4] = [
    "blur and half the pixels cut by norm",
    "strong decay and a fifth of the pixels cut by norm",
    "blur and weak decay, the setting of most of the paper's figures",
    "blur and nine tenths of the pixels cut by contribution",
];

/// A row of Table 1 of Yosinski et al. (2015).
struct Row {
    number: usize,
    decay: f64,
    blur: Option<(f64, usize)>,
    norm: f64,
    contribution: f64,
    steps: usize,
    rate: Rate,
}

/// The published learning rate of 100 belongs to another network; the factor that `first` settles is stated in the result.
const PUBLISHED: Rate = Rate::Constant { rate: 100.0, first: 1.0, most: None };

pub(super) fn first() -> Recipe {
    let rate = Rate::Progress { gain: 2.0, most: 100.0 };
    recipe(Row {
        number: 1,
        decay: 0.0,
        blur: Some((0.5, 4)),
        norm: 50.0,
        contribution: 0.0,
        steps: 500,
        rate,
    })
}

pub(super) fn second() -> Recipe {
    let rate = PUBLISHED;
    recipe(Row { number: 2, decay: 0.3, blur: None, norm: 20.0, contribution: 0.0, steps: 750, rate })
}

pub(super) fn third() -> Recipe {
    let rate = PUBLISHED;
    recipe(Row {
        number: 3,
        decay: 1e-4,
        blur: Some((1.0, 4)),
        norm: 0.0,
        contribution: 0.0,
        steps: 1000,
        rate,
    })
}

pub(super) fn fourth() -> Recipe {
    let rate = Rate::Progress { gain: 2.0, most: 1e8 };
    recipe(Row {
        number: 4,
        decay: 0.0,
        blur: Some((0.5, 4)),
        norm: 0.0,
        contribution: 90.0,
        steps: 1000,
        rate,
    })
}

fn recipe(row: Row) -> Recipe {
    let mut regularizers = vec![Regularizer::Clip(Clip {})];
    if row.decay > 0.0 {
        regularizers.push(Regularizer::Decay(Decay { rate: row.decay }));
    }
    regularizers.extend(row.blur.map(|(sigma, every)| Regularizer::Blur(Blur { sigma, every })));
    if row.norm > 0.0 {
        regularizers.push(Regularizer::SmallNorm(SmallNorm { percent: row.norm }));
    }
    if row.contribution > 0.0 {
        regularizers.push(Regularizer::SmallContribution(SmallContribution { percent: row.contribution }));
    }
    Recipe {
        name: format!("yosinski-{}", row.number),
        source: "Yosinski et al. 2015".into(),
        steps: row.steps,
        parametrization: Parametrization::Pixels(Pixels {
            space: Space::Levels,
            start: Start::Normal { deviation: 10.0 },
        }),
        transforms: vec![],
        views: 1,
        regularizers,
        optimizer: Optimizer::Ascent(Ascent { rate: row.rate }),
        rivals: 0.0,
        redirected: 0,
        restarts: 1,
        keep: Keep::Best,
        display: Display::Pixels,
        octaves: None,
    }
}
