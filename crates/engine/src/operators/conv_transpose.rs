use inscape_tensor::Pool;
use inscape_tensor::conv::{self, ConvShape};

use super::convolution::{Padding, Weights, Window, sizes, spatial};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Linear, Operator, Role, Site, Work};

/// The transpose of a convolution: its backward pass run forward, plus a bias.
struct ConvTranspose {
    /// The convolution from what this operator writes to what it reads.
    shape: ConvShape,
    weights: Option<Weights>,
    forward: Option<conv::BackwardData>,
    backward: Option<conv::Forward>,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (input, kernel) = (site.shape(0)?, site.shape(1)?);
    let window = Window::read(site)?;
    let channels = kernel[1].checked_mul(window.groups);
    let Some(channels) = channels.filter(|_| kernel[0] == input[1]) else {
        return Err(Refusal(format!(
            "weights of shape {kernel:?} do not fit an input of {} channels",
            input[1]
        )));
    };
    let size = spatial(&input[2..]);
    let extra = sizes(site, "output_padding", window.axes, 0)?.unwrap_or([0, 0]);
    let asked = sizes(site, "output_shape", window.axes, 1)?;
    let (Some((height, y)), Some((width, x))) =
        (extent(&window, size, extra, asked, 0), extent(&window, size, extra, asked, 1))
    else {
        return Err(Refusal(format!("pads and output_shape leave nothing of an input of shape {input:?}")));
    };
    let shape = ConvShape {
        batch: input[0],
        groups: window.groups,
        in_channels: channels,
        out_channels: input[1],
        input: [height, width],
        output: size,
        kernel: window.kernel,
        stride: window.stride,
        dilation: window.dilation,
        pad: [y, x],
    };
    shape.check().map_err(Refusal)?;
    let weights = Some(Weights::read(site, channels)?);
    let mut output = vec![input[0], channels];
    output.extend(window.own_axes([height, width]));
    Ok(Built::one(output, ConvTranspose { shape, weights, forward: None, backward: None }))
}

/// The size of the output along an axis, and what is cut off at both its ends.
fn extent(
    window: &Window,
    size: [usize; 2],
    extra: [usize; 2],
    asked: Option<[usize; 2]>,
    axis: usize,
) -> Option<(usize, [usize; 2])> {
    let stride = window.stride[axis];
    let reach = window.kernel[axis].checked_sub(1)?.checked_mul(window.dilation[axis])?.checked_add(1)?;
    let spread = size[axis].checked_sub(1)?.checked_mul(stride)?;
    let full = spread.checked_add(reach)?.checked_add(extra[axis])?;
    let output = match (asked, window.padding) {
        (Some(asked), _) => asked[axis],
        (None, Padding::Given([y, x])) => {
            let pad = [y, x][axis];
            return Some((full.checked_sub(pad[0])?.checked_sub(pad[1])?, pad));
        }
        (None, _) => size[axis].checked_mul(stride)?,
    };
    let cut = full.saturating_sub(output);
    let (less, more) = (cut / 2, cut - cut / 2);
    Some((output, if window.padding == Padding::SameUpper { [less, more] } else { [more, less] }))
}

impl ConvTranspose {
    /// The output channel of the kernel with a number.
    fn channel(shape: &ConvShape) -> impl Fn(usize) -> usize + use<> {
        let per_group = (shape.in_channels / shape.groups).max(1);
        let inputs = (shape.out_channels / shape.groups).max(1);
        move |i| i / per_group / inputs * per_group + i % per_group
    }
}

impl Operator for ConvTranspose {
    fn role(&self) -> Role {
        Role::Linear
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (x, pool) = (pass.input(0), pass.pool);
        if let Some(forward) = &self.forward {
            forward.run(pool, x, pass.output(0));
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        if let (Some(backward), Some((dy, dx))) = (&self.backward, pass.flow(0)) {
            backward.run(pool, dy, dx);
        }
    }

    fn owned(&self) -> u32 {
        0b110
    }

    fn weight_bytes(&self) -> usize {
        let forward = self.forward.as_ref().map_or(0, conv::BackwardData::bytes);
        forward + self.backward.as_ref().map_or(0, conv::Forward::bytes)
    }

    fn work(&self) -> Work {
        let weights = self.shape.weights_len() as u64;
        Work::weighted(self.shape.multiply_adds(), weights)
    }

    fn linear(&mut self) -> Option<&mut dyn Linear> {
        Some(self)
    }
}

impl Linear for ConvTranspose {
    fn absorb(&mut self, scale: &[f32], shift: &[f32]) -> bool {
        let fits = scale.len() == self.shape.in_channels && shift.len() == scale.len();
        let Some(weights) = self.weights.as_mut().filter(|_| fits) else { return false };
        weights.absorb(scale, shift);
        true
    }

    fn reweight(&mut self, change: &dyn Fn(f32) -> f32) -> bool {
        let taps = self.shape.kernel[0] * self.shape.kernel[1];
        let Some(weights) = &mut self.weights else { return false };
        weights.reweight(change, taps, Self::channel(&self.shape));
        true
    }

    fn prepare(&mut self, pool: &Pool, backward: bool) {
        let Some(weights) = self.weights.take() else { return };
        let taps = self.shape.kernel[0] * self.shape.kernel[1];
        let kernels = weights.to_pack(pool, taps, Self::channel(&self.shape));
        self.forward = Some(conv::BackwardData::new(&self.shape, &kernels, weights.bias.as_deref()));
        self.backward = backward.then(|| conv::Forward::new(&self.shape, &kernels, None));
        weights.release();
    }
}
