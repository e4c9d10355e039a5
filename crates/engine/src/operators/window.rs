use crate::error::Refusal;
use crate::operator::{Reach, Site};

/// How far a window may reach: more than any picture, little enough that sums of offsets stay small.
const REACH: usize = 1 << 20;

/// Windows sliding along one axis: window `o` has its taps at `o·stride − begin + k·dilation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sliding {
    /// Cells of the input.
    pub(super) input: usize,
    /// Windows.
    pub(super) output: usize,
    /// Taps of a window.
    pub(super) kernel: usize,
    /// From window to window.
    pub(super) stride: usize,
    /// From tap to tap.
    pub(super) dilation: usize,
    /// Padding before the input.
    pub(super) begin: usize,
    /// Padding after the input.
    pub(super) end: usize,
}

/// Windows over the planes of a (batch, channels, height, width) array; without a height it is 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    /// Number of planes: batch times channels.
    pub(super) planes: usize,
    /// Along the height.
    pub(super) y: Sliding,
    /// Along the width.
    pub(super) x: Sliding,
}

impl Windows {
    /// Reads `kernel_shape`, `strides`, `pads`, `dilations`, `auto_pad` and `ceil_mode`; also gives the output's shape.
    pub(super) fn of(site: &Site<'_>) -> Result<(Windows, Vec<usize>), Refusal> {
        let shape = site.shape(0)?;
        let (&[batch, channels], spatial @ ([_] | [_, _])) = split(shape)? else {
            return Err(Refusal(format!("pools rank 3 and 4; the input has shape {shape:?}")));
        };
        let axes = spatial.len();
        let kernel =
            sizes(site, "kernel_shape", axes)?.ok_or_else(|| Refusal("kernel_shape is missing".into()))?;
        let strides = sizes(site, "strides", axes)?.unwrap_or_else(|| vec![1; axes]);
        let dilations = sizes(site, "dilations", axes)?.unwrap_or_else(|| vec![1; axes]);
        let padding = Padding::of(site, axes)?;
        let ceil = site.flag("ceil_mode", false)?;
        let along = |i: usize| padding.sliding(i, spatial[i], kernel[i], strides[i], dilations[i], ceil);
        let x = along(axes - 1)?;
        let y = if axes == 2 { along(0)? } else { Sliding::over(1) };
        let mut outputs = vec![batch, channels, y.output, x.output];
        if axes == 1 {
            outputs.remove(2);
        }
        Ok((Windows { planes: batch.saturating_mul(channels), y, x }, outputs))
    }

    /// What a window sees of its plane.
    pub(super) fn reach(&self) -> Reach {
        let axes = [self.y, self.x];
        Reach::Window {
            extent: axes.map(|axis| axis.kernel.saturating_sub(1) * axis.dilation + 1),
            stride: axes.map(|axis| axis.stride),
            pad: axes.map(|axis| axis.begin as isize),
        }
    }

    /// Cells of an input plane.
    pub(super) fn cells(&self) -> usize {
        self.y.input * self.x.input
    }

    /// Windows of a plane.
    pub(super) fn windows(&self) -> usize {
        self.y.output * self.x.output
    }

    /// How many planes make a piece of work worth handing to a thread.
    pub(super) fn share(&self) -> usize {
        let taps = self.windows().saturating_mul(self.y.kernel.saturating_mul(self.x.kernel));
        (1 << 16) / taps.max(self.cells()).max(1) + 1
    }
}

impl Sliding {
    /// One window over all of an axis.
    pub(super) fn over(input: usize) -> Sliding {
        Sliding { input, output: 1, kernel: input, stride: 1, dilation: 1, begin: 0, end: 0 }
    }

    /// The taps of window `o` that lie on the input.
    #[inline(always)]
    pub(super) fn taps(&self, o: usize) -> std::ops::Range<usize> {
        self.taps_within(o, self.begin, self.begin + self.input)
    }

    /// The taps of window `o` that lie on the input or its declared padding.
    pub(super) fn padded_taps(&self, o: usize) -> std::ops::Range<usize> {
        self.taps_within(o, 0, self.begin + self.input + self.end)
    }

    #[inline(always)]
    fn taps_within(&self, o: usize, from: usize, to: usize) -> std::ops::Range<usize> {
        let start = o * self.stride;
        let first = from.saturating_sub(start).div_ceil(self.dilation);
        let last = to.saturating_sub(start).div_ceil(self.dilation);
        first.min(self.kernel)..last.min(self.kernel).max(first.min(self.kernel))
    }

    /// The cell under tap `k` of window `o`, which must lie on the input.
    #[inline(always)]
    pub(super) fn cell(&self, o: usize, k: usize) -> usize {
        o * self.stride + k * self.dilation - self.begin
    }

    /// The windows all of whose taps lie on the input.
    pub(super) fn interior(&self) -> std::ops::Range<usize> {
        let first = self.begin.div_ceil(self.stride).min(self.output);
        let reach = (self.kernel - 1) * self.dilation;
        let end = match (self.begin + self.input).checked_sub(reach + 1) {
            Some(last_start) => (last_start / self.stride + 1).min(self.output),
            None => 0,
        };
        first..end.max(first)
    }

    /// The interior windows from whose every tap a whole stride lies on the input.
    pub(super) fn whole_steps(&self) -> std::ops::Range<usize> {
        let interior = self.interior();
        let cut = match interior.clone().last() {
            Some(last) => self.cell(last, self.kernel - 1) + self.stride > self.input,
            None => false,
        };
        interior.start..interior.end - usize::from(cut)
    }

    /// The windows some of whose taps lie outside the input.
    pub(super) fn border(&self) -> impl Iterator<Item = usize> + use<> {
        let interior = self.interior();
        (0..interior.start).chain(interior.end..self.output)
    }
}

enum Padding {
    Explicit(Vec<usize>),
    SameUpper,
    SameLower,
}

impl Padding {
    fn of(site: &Site<'_>, axes: usize) -> Result<Padding, Refusal> {
        match site.text("auto_pad", "NOTSET")? {
            "SAME_UPPER" => Ok(Padding::SameUpper),
            "SAME_LOWER" => Ok(Padding::SameLower),
            "VALID" => Ok(Padding::Explicit(vec![0; 2 * axes])),
            "NOTSET" | "" => {
                let Some(pads) = site.ints("pads")? else { return Ok(Padding::Explicit(vec![0; 2 * axes])) };
                let pads: Option<Vec<usize>> = pads.iter().map(|&pad| usize::try_from(pad).ok()).collect();
                match pads {
                    Some(pads) if pads.len() == 2 * axes => Ok(Padding::Explicit(pads)),
                    _ => Err(Refusal(format!("pads must be {} numbers, none negative", 2 * axes))),
                }
            }
            other => Err(Refusal(format!(
                "auto_pad '{other}' is not one of NOTSET, SAME_UPPER, SAME_LOWER, VALID"
            ))),
        }
    }

    fn sliding(
        &self,
        axis: usize,
        input: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        ceil: bool,
    ) -> Result<Sliding, Refusal> {
        let extent = (kernel - 1).saturating_mul(dilation).saturating_add(1);
        if extent > REACH || stride > REACH || input > isize::MAX as usize / 16 {
            return Err(Refusal(format!(
                "a window of {kernel} taps, dilation {dilation}, stride {stride} over {input} cells is too large"
            )));
        }
        let (begin, end, output) = match self {
            Padding::Explicit(pads) => {
                let (begin, end) = (pads[axis], pads[pads.len() / 2 + axis]);
                if begin >= extent || end >= extent {
                    return Err(Refusal(format!(
                        "pads {begin} and {end} reach past a window of extent {extent}"
                    )));
                }
                let Some(room) = (input + begin + end).checked_sub(extent) else {
                    return Err(Refusal(format!(
                        "a window of extent {extent} does not fit {input} padded cells"
                    )));
                };
                let rounded = if ceil { room.div_ceil(stride) } else { room / stride };
                // Rounding up may start a window behind the last cell; such a window is dropped.
                let runs_off = rounded > 0 && rounded * stride >= input + begin;
                (begin, end, if runs_off { rounded } else { rounded + 1 })
            }
            Padding::SameUpper | Padding::SameLower => {
                let output = input.div_ceil(stride);
                let total = (output.saturating_sub(1) * stride + extent).saturating_sub(input);
                let less = total / 2;
                match self {
                    Padding::SameUpper => (less, total - less, output),
                    _ => (total - less, less, output),
                }
            }
        };
        let sliding = Sliding { input, output, kernel, stride, dilation, begin, end };
        if input > 0 && sliding.border().any(|o| sliding.taps(o).is_empty()) {
            return Err(Refusal("a window lies wholly in the padding".into()));
        }
        if input == 0 && output > 0 {
            return Err(Refusal("there are windows but no cells to pool".into()));
        }
        Ok(sliding)
    }
}

fn split(shape: &[usize]) -> Result<(&[usize], &[usize]), Refusal> {
    shape
        .split_at_checked(2)
        .ok_or_else(|| Refusal(format!("pools rank 3 and 4; the input has shape {shape:?}")))
}

/// A list of positive sizes, one per axis.
fn sizes(site: &Site<'_>, name: &str, axes: usize) -> Result<Option<Vec<usize>>, Refusal> {
    let Some(values) = site.ints(name)? else { return Ok(None) };
    let sizes: Vec<usize> =
        values.iter().filter_map(|&v| usize::try_from(v).ok().filter(|&v| v > 0)).collect();
    if values.len() != axes || sizes.len() != axes {
        return Err(Refusal(format!("{name} is {values:?}; it must be {axes} positive numbers")));
    }
    Ok(Some(sizes))
}
