use inscape::atlas::{Look, Origin, Row, Start};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::answer::Refusal;
use crate::gallery::Fit;

/// What of a picture in the network is wanted.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// The picture; not with a frame.
    #[serde(default)]
    #[param(example = "chelsea.jpg")]
    pub(crate) picture: Option<String>,
    /// How it becomes the network's input.
    #[serde(default)]
    #[param(inline)]
    pub(crate) fit: Fit,
    /// The row whose maps are shown; the last.
    #[serde(default)]
    pub(crate) row: Option<usize>,
    /// The unit whose map is shown; the top class on the row of classes, the strongest on any other.
    #[serde(default)]
    pub(crate) unit: Option<usize>,
    /// What the maps show.
    #[serde(default)]
    #[param(inline)]
    pub(crate) show: Show,
    /// The row of the unit that ways back begin at; `row`.
    #[serde(default)]
    pub(crate) origin_row: Option<usize>,
    /// The unit that ways back begin at; `unit`.
    #[serde(default)]
    pub(crate) origin_unit: Option<usize>,
    /// How relevance goes back to the input.
    #[serde(default)]
    #[param(inline)]
    pub(crate) rule: Rule,
    /// What ways back begin with.
    #[serde(default)]
    #[param(inline)]
    pub(crate) from: From,
    /// The longest side of a tile.
    #[serde(default = "side")]
    #[param(minimum = 1, maximum = 1024)]
    pub(crate) side: usize,
}

fn side() -> usize {
    64
}

/// What a row's maps show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Show {
    /// How active its units are.
    #[default]
    Activations,
    /// How the origin answers to them: its derivative.
    Slopes,
}

/// A rule by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Rule {
    /// No way back.
    #[default]
    None,
    Gradient,
    Deconvnet,
    GuidedBackprop,
}

/// What a way back begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum From {
    /// 1 at the unit's strongest position.
    #[default]
    Max,
    /// The unit's own map.
    Map,
}

/// A query with nothing left open.
#[derive(Clone, Copy)]
pub(crate) struct Settled {
    pub(crate) row: usize,
    pub(crate) unit: usize,
    pub(crate) origin: Origin,
}

impl Rule {
    /// The name among the engine's rules.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Rule::None => None,
            Rule::Gradient => Some("gradient"),
            Rule::Deconvnet => Some("deconvnet"),
            Rule::GuidedBackprop => Some("guided-backprop"),
        }
    }
}

impl Query {
    /// Fills in what was left open, on the picture at hand.
    pub(crate) fn settled(&self, look: &Look<'_, '_>, rows: &[Row]) -> Result<Settled, Refusal> {
        let strongest = |row: usize| {
            let top = look.classes()?.first().map(|class| class.index);
            if let (Some(top), true) = (top, rows.get(row).is_some_and(|row| row.classes)) {
                return Ok(top);
            }
            let peaks = look.peaks(row)?;
            let best = (0..peaks.len()).fold(0, |best, i| if peaks[i].0 > peaks[best].0 { i } else { best });
            Ok::<usize, inscape::Error>(best)
        };
        let row = self.row.unwrap_or_else(|| self.origin_row.unwrap_or(rows.len().saturating_sub(1)));
        let unit = self.unit.map_or_else(|| strongest(row), Ok)?;
        let origin_row = self.origin_row.unwrap_or(row);
        let origin_unit = match self.origin_unit {
            Some(unit) => unit,
            None if origin_row == row => unit,
            None => strongest(origin_row)?,
        };
        let start = match self.from {
            From::Max => Start::Max,
            From::Map => Start::Map,
        };
        Ok(Settled { row, unit, origin: Origin { row: origin_row, unit: origin_unit, start } })
    }

    /// The rule, where one is needed.
    pub(crate) fn rule(&self) -> Result<&'static str, Refusal> {
        self.rule.name().ok_or_else(|| Refusal::wrong("name a rule: gradient, deconvnet or guided-backprop"))
    }
}
