use inscape_tensor::Pool;
use inscape_tensor::conv::{self, ConvShape};

use super::convolution::{Padding, Weights, Window, spatial};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Linear, Operator, Reach, Role, Site, Work};

/// y = W∗x + b over one or two axes, with groups, strides, dilations and pads.
struct Conv {
    shape: ConvShape,
    weights: Option<Weights>,
    forward: Option<conv::Forward>,
    backward: Option<conv::BackwardData>,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (input, kernel) = (site.shape(0)?, site.shape(1)?);
    let window = Window::read(site)?;
    if kernel[1].checked_mul(window.groups) != Some(input[1]) {
        return Err(Refusal(format!(
            "weights of shape {kernel:?} in {} groups do not fit an input of {} channels",
            window.groups, input[1]
        )));
    }
    let size = spatial(&input[2..]);
    let pads = [0, 1].map(|axis| pads(&window, size, axis));
    let places = |axis: usize| {
        let pad = pads[axis]?;
        ConvShape::places(size[axis], window.kernel[axis], window.stride[axis], window.dilation[axis], pad)
    };
    let (Some(height), Some(width), [Some(y), Some(x)]) = (places(0), places(1), pads) else {
        return Err(Refusal(format!(
            "a kernel of {:?} (dilations {:?}) does not fit an input of shape {input:?}",
            window.own_axes(window.kernel),
            window.own_axes(window.dilation)
        )));
    };
    let shape = ConvShape {
        batch: input[0],
        groups: window.groups,
        in_channels: input[1],
        out_channels: kernel[0],
        input: size,
        output: [height, width],
        kernel: window.kernel,
        stride: window.stride,
        dilation: window.dilation,
        pad: [y, x],
    };
    shape.check().map_err(Refusal)?;
    let weights = Some(Weights::read(site, kernel[0])?);
    let mut output = vec![input[0], kernel[0]];
    output.extend(window.own_axes([height, width]));
    Ok(Built::one(output, Conv { shape, weights, forward: None, backward: None }))
}

/// The zeros at both ends of an axis.
fn pads(window: &Window, size: [usize; 2], axis: usize) -> Option<[usize; 2]> {
    let upper = match window.padding {
        Padding::Given(pads) => return Some(pads[axis]),
        Padding::SameUpper => true,
        Padding::SameLower => false,
    };
    let reach = (window.kernel[axis].checked_sub(1)?).checked_mul(window.dilation[axis])?.checked_add(1)?;
    let steps = size[axis].div_ceil(window.stride[axis]).checked_sub(1)?;
    let total = steps.checked_mul(window.stride[axis])?.checked_add(reach)?.saturating_sub(size[axis]);
    let (less, more) = (total / 2, total - total / 2);
    Some(if upper { [less, more] } else { [more, less] })
}

impl Conv {
    /// Weights after each other that belong to one output channel.
    fn run(&self) -> usize {
        self.shape.weights_len() / self.shape.out_channels.max(1)
    }
}

impl Operator for Conv {
    fn role(&self) -> Role {
        Role::Linear
    }

    fn reach(&self) -> Reach {
        let ConvShape { kernel, stride, dilation, pad, .. } = self.shape;
        let extent = [0, 1].map(|axis| (kernel[axis].saturating_sub(1)) * dilation[axis] + 1);
        Reach::Window { extent, stride, pad: pad.map(|[before, _]| before as isize) }
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
        let forward = self.forward.as_ref().map_or(0, conv::Forward::bytes);
        forward + self.backward.as_ref().map_or(0, conv::BackwardData::bytes)
    }

    fn work(&self) -> Work {
        let weights = self.shape.weights_len() as u64;
        Work::weighted(self.shape.multiply_adds(), weights)
    }

    fn linear(&mut self) -> Option<&mut dyn Linear> {
        Some(self)
    }
}

impl Linear for Conv {
    fn absorb(&mut self, scale: &[f32], shift: &[f32]) -> bool {
        let fits = scale.len() == self.shape.out_channels && shift.len() == scale.len();
        let Some(weights) = self.weights.as_mut().filter(|_| fits) else { return false };
        weights.absorb(scale, shift);
        true
    }

    fn reweight(&mut self, change: &dyn Fn(f32) -> f32) -> bool {
        let run = self.run();
        let Some(weights) = &mut self.weights else { return false };
        weights.reweight(change, run, |i| i);
        true
    }

    fn prepare(&mut self, pool: &Pool, backward: bool) {
        let Some(weights) = self.weights.take() else { return };
        let kernels = weights.to_pack(pool, self.run(), |i| i);
        self.forward = Some(conv::Forward::new(&self.shape, &kernels, weights.bias.as_deref()));
        self.backward = backward.then(|| conv::BackwardData::new(&self.shape, &kernels, None));
        weights.release();
    }
}
