//! What Conv and ConvTranspose share: how their windows are written down, and weights that take in what follows them.

use std::borrow::Cow;

use inscape_tensor::{Constant, Pool, conv};

use crate::error::Refusal;
use crate::operator::Site;

/// The attributes of a convolution over one or two axes, as two: over one, the height is 1.
pub(super) struct Window {
    pub(super) axes: usize,
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    pub(super) padding: Padding,
    pub(super) groups: usize,
}

/// How the picture is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// Zeros at the beginning and end of each axis.
    Given([[usize; 2]; 2]),
    /// As many as keep size ÷ stride; an odd one goes to the end.
    SameUpper,
    /// The same; an odd one goes to the beginning.
    SameLower,
}

impl Window {
    /// Reads the attributes of a node whose input 0 is (batch, channels, …) and whose input 1 is a kernel of the same
    /// rank.
    pub(super) fn read(site: &Site<'_>) -> Result<Window, Refusal> {
        let (input, weights) = (site.shape(0)?, site.shape(1)?);
        let axes = match input.len() {
            rank @ 3..=4 => rank - 2,
            rank => {
                return Err(Refusal(format!("unsupported rank: a convolution over an input of rank {rank}")));
            }
        };
        if weights.len() != input.len() {
            return Err(Refusal(format!(
                "weights of shape {weights:?} do not fit an input of shape {input:?}"
            )));
        }
        let kernel = spatial(&weights[2..]);
        if let Some(written) = site.ints("kernel_shape")?
            && !written.iter().map(|&k| usize::try_from(k).ok()).eq(weights[2..].iter().map(|&k| Some(k)))
        {
            return Err(Refusal(format!(
                "kernel_shape {written:?} is not that of weights of shape {weights:?}"
            )));
        }
        let groups = positive("group", site.int("group", 1)?)?;
        Ok(Window {
            axes,
            kernel,
            stride: positives(site, "strides", axes)?,
            dilation: positives(site, "dilations", axes)?,
            padding: padding(site, axes)?,
            groups,
        })
    }

    /// The last sizes of a shape without the height that was added.
    pub(super) fn own_axes(&self, sizes: [usize; 2]) -> Vec<usize> {
        sizes[2 - self.axes..].to_vec()
    }
}

/// One or two sizes as height and width.
pub(super) fn spatial(sizes: &[usize]) -> [usize; 2] {
    match *sizes {
        [height, width] => [height, width],
        [width] => [1, width],
        _ => [1, 1],
    }
}

/// A list attribute of non-negative numbers, one for each axis, as two; `fill` where an axis was added.
pub(super) fn sizes(
    site: &Site<'_>,
    name: &str,
    axes: usize,
    fill: usize,
) -> Result<Option<[usize; 2]>, Refusal> {
    let Some(values) = site.ints(name)? else { return Ok(None) };
    let read = |&value: &i64| usize::try_from(value).ok();
    match values.iter().map(read).collect::<Option<Vec<usize>>>().as_deref() {
        Some(&[width]) if axes == 1 => Ok(Some([fill, width])),
        Some(&[height, width]) if axes == 2 => Ok(Some([height, width])),
        _ => Err(Refusal(format!("{name} {values:?} are not {axes} numbers of at least 0"))),
    }
}

fn positives(site: &Site<'_>, name: &str, axes: usize) -> Result<[usize; 2], Refusal> {
    match sizes(site, name, axes, 1)?.unwrap_or([1, 1]) {
        sizes if sizes.contains(&0) => Err(Refusal(format!("{name} hold 0"))),
        sizes => Ok(sizes),
    }
}

fn positive(name: &str, value: i64) -> Result<usize, Refusal> {
    usize::try_from(value)
        .ok()
        .filter(|&n| n > 0)
        .ok_or_else(|| Refusal(format!("{name} is {value}, not positive")))
}

fn padding(site: &Site<'_>, axes: usize) -> Result<Padding, Refusal> {
    match site.text("auto_pad", "NOTSET")? {
        "VALID" => Ok(Padding::Given([[0; 2]; 2])),
        "SAME_UPPER" => Ok(Padding::SameUpper),
        "SAME_LOWER" => Ok(Padding::SameLower),
        "NOTSET" | "" => {
            let Some(pads) = site.ints("pads")? else { return Ok(Padding::Given([[0; 2]; 2])) };
            let read: Option<Vec<usize>> = pads.iter().map(|&pad| usize::try_from(pad).ok()).collect();
            match (axes, read.as_deref()) {
                (1, Some(&[begin, end])) => Ok(Padding::Given([[0, 0], [begin, end]])),
                (2, Some(&[top, left, bottom, right])) => Ok(Padding::Given([[top, bottom], [left, right]])),
                _ => Err(Refusal(format!("pads {pads:?} are not {} numbers of at least 0", 2 * axes))),
            }
        }
        other => Err(Refusal(format!("auto_pad '{other}' is unknown"))),
    }
}

/// Weights between being read and being packed.
pub(super) struct Weights {
    values: Constant,
    /// A factor for each output channel, from what followed.
    scale: Option<Vec<f32>>,
    pub(super) bias: Option<Vec<f32>>,
}

impl Weights {
    /// The constants of inputs 1 and 2 of a node with `channels` output channels.
    pub(super) fn read(site: &Site<'_>, channels: usize) -> Result<Weights, Refusal> {
        let Some(values) = site.constant(1)? else {
            return Err(Refusal("input 1 (weights) is missing".into()));
        };
        if site.input(2).is_some() {
            site.shape(2)?;
        }
        let bias = site.constant_f32s(2)?;
        if let Some(bias) = &bias
            && bias.len() != channels
        {
            return Err(Refusal(format!("a bias of {} numbers for {channels} output channels", bias.len())));
        }
        Ok(Weights { values: values.clone(), scale: None, bias })
    }

    /// Takes in y = scale·x + shift per output channel.
    pub(super) fn absorb(&mut self, scale: &[f32], shift: &[f32]) {
        let own = self.scale.get_or_insert_with(|| vec![1.0; scale.len()]);
        own.iter_mut().zip(scale).for_each(|(own, scale)| *own *= scale);
        let bias = self.bias.get_or_insert_with(|| vec![0.0; scale.len()]);
        for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
            *bias = *bias * scale + shift;
        }
    }

    /// Replaces every weight and drops the bias. `run` weights after each other belong to the output channel
    /// `channel(number of the run)`.
    pub(super) fn reweight(
        &mut self,
        change: &dyn Fn(f32) -> f32,
        run: usize,
        channel: impl Fn(usize) -> usize,
    ) {
        let changed: Vec<f32> = self.scaled(run, channel).iter().map(|&w| change(w)).collect();
        let shape = self.values.shape().to_vec();
        *self = Weights { values: Constant::from_f32s(&shape, changed), scale: None, bias: None };
    }

    /// Tells that they have been packed.
    pub(super) fn release(&self) {
        self.values.release();
    }

    /// The weights with all that was taken in, to be packed.
    pub(super) fn to_pack<'a>(
        &'a self,
        pool: &'a Pool,
        run: usize,
        channel: impl Fn(usize) -> usize + 'static,
    ) -> conv::Weights<'a> {
        let factors = self.scale.as_deref().unwrap_or_default();
        conv::Weights::scaled(pool, &self.values, factors, move || self.scaled(run, channel))
    }

    /// The weights with all that was taken in.
    pub(super) fn scaled(&self, run: usize, channel: impl Fn(usize) -> usize) -> Cow<'_, [f32]> {
        let mut values = self.values.f32s().unwrap_or_default();
        if let Some(scale) = &self.scale {
            for (i, weights) in values.to_mut().chunks_mut(run.max(1)).enumerate() {
                let scale = scale[channel(i)];
                weights.iter_mut().for_each(|w| *w *= scale);
            }
        }
        values
    }
}
