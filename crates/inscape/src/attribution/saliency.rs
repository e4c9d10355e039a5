use inscape_tensor::Tensor;

use super::method::{Method, Reads};
use super::work::{Map, Work};
use super::{Crops, Setting};
use crate::error::{Error, ErrorKind};
use crate::preprocessing::TenCrops;

#[expect(
    non_upper_case_globals,
    reason = "methods read like the variants of an enum that is open at its end"
)]
impl Method {
    /// The largest absolute derivative over the channels, M = max_c |∂S/∂I_c|, shape (H, W).
    ///
    /// With [`Crops::Ten`] it is the average over ten views of the picture resized to a shorter side of
    /// round(size·256/224), in that resized picture's shape. Simonyan, Vedaldi and Zisserman 2014.
    pub const Saliency: Method = Method {
        name: "saliency",
        aliases: &["Saliency", "vanilla-gradient"],
        computes: "where a small change of the input changes the target most: the largest absolute derivative over \
                   the channels",
        formula: "M = max_c |∂S/∂I_c|",
        source: "Simonyan et al. 2014",
        captum: "Captum's Saliency is |∂S/∂I| for each channel, without the maximum over channels",
        settings: &["crops"],
        signed: false,
        reads: Reads::Input,
        passes: |settings| if settings.crops == Crops::Ten { 10 } else { 1 },
        run,
    };
}

fn run(work: &mut Work<'_, '_>) -> Result<Map, Error> {
    match work.settings.crops {
        Crops::One => {
            let gradient = work.relevance("gradient")?;
            let mut made = Map::of_input(work, strongest(&gradient));
            made.settings.push(("crops", Setting::Whole(1)));
            Ok(made)
        }
        Crops::Ten => ten_crops(work),
    }
}

fn ten_crops(work: &Work<'_, '_>) -> Result<Map, Error> {
    let Some(image) = work.input.image() else {
        let context =
            "ten crops are cut from a picture, but the input is an array; give a picture, or one crop";
        return Err(Error::new(ErrorKind::Setting, context));
    };
    let settings = work.model.preprocessing()?;
    let crops = TenCrops::new(settings, image);
    let views = crops.crops();
    let mut maps = Vec::with_capacity(views.len());
    let shape = settings.shape();
    work.gradients(
        views.len(),
        |i, cells| cells.copy_from_slice(crops.tensor(views[i]).values()),
        |_, gradient| {
            let gradient = Tensor::new([shape[1], shape[2], shape[3]], gradient.to_vec());
            maps.push(strongest(&gradient).into_values());
        },
    )?;
    let mut made = Map::of_input(work, crops.paste(&maps)?);
    made.window = Some(crops.window());
    made.settings.push(("crops", Setting::Whole(10)));
    Ok(made)
}

/// The largest absolute value over the first of three axes; of other shapes the absolute values.
pub(crate) fn strongest(gradient: &Tensor) -> Tensor {
    let &[_, height, width] = gradient.shape() else {
        let values = gradient.values().iter().map(|value| value.abs()).collect();
        return Tensor::new(gradient.shape(), values);
    };
    let mut most = Tensor::zeros([height, width]);
    for plane in gradient.values().chunks((height * width).max(1)) {
        for (most, value) in most.values_mut().iter_mut().zip(plane) {
            // A number that is none stays visible.
            *most = if value.is_nan() || *most < value.abs() { value.abs() } else { *most };
        }
    }
    most
}
