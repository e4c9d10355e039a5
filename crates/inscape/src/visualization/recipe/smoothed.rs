use super::{Recipe, clear};
use crate::visualization::{Fourier, Noise, Parametrization, Regularizer, TotalVariation, Transform};

pub(super) const ABOUT: &str = "the default of networks that see through noise: whole objects";

/// As `clear`, but what is climbed is the network under normal noise that falls over the steps (Kaur et al. 2019), with little
/// to hold contrast back: only shapes that show through the noise rise. Deep networks with batch normalization, whose plain
/// slopes are mostly fine grain, give whole objects; shallow ones lose their class in the noise. Half the saturation, since
/// hues that one network asks for mislead another.
pub(super) fn recipe() -> Recipe {
    let clear = clear::recipe();
    let noise = Transform::Noise(Noise { first: 0.4, last: 0.1 });
    Recipe {
        name: "smoothed".into(),
        source: "after Olah et al. 2017 and Kaur et al. 2019".into(),
        steps: 512,
        transforms: clear.transforms.into_iter().chain([noise]).collect(),
        parametrization: Parametrization::Fourier(Fourier { deviation: 0.01, decay: 1.0, saturation: 0.5 }),
        regularizers: vec![Regularizer::TotalVariation(TotalVariation { weight: 0.3 })],
        ..clear
    }
}
