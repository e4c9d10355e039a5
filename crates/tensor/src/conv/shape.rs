use crate::count;

/// Sizes of a convolution over two axes (height, width); over one axis, the height is 1.
///
/// y[b, m, p] = Σ over c, k of w[m, c, k] · x[b, c, p·stride + k·dilation − pad], zero outside x, where the input
/// channels c are those of the group of m.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// Pictures.
    pub batch: usize,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Channels of x, a multiple of `groups`.
    pub in_channels: usize,
    /// Channels of y, a multiple of `groups`.
    pub out_channels: usize,
    /// Height and width of x.
    pub input: [usize; 2],
    /// Height and width of y: as many places as the kernel has, or fewer (the last are dropped).
    pub output: [usize; 2],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps over x from one place of y to the next.
    pub stride: [usize; 2],
    /// Steps over x from one weight of the kernel to the next.
    pub dilation: [usize; 2],
    /// Zeros around x: for each axis at its beginning and end.
    pub pad: [[usize; 2]; 2],
}

impl ConvShape {
    /// Why these sizes make no convolution, where they make none.
    ///
    /// # Errors
    /// One sentence: a zero, channels that are no multiple of the groups, an output that does not follow from the
    /// rest, or sizes beyond what memory can address.
    pub fn check(&self) -> Result<(), String> {
        let positive =
            [self.groups, self.kernel[0], self.kernel[1]].into_iter().chain(self.stride).chain(self.dilation);
        if positive.into_iter().any(|n| n == 0) {
            return Err("groups, kernel, strides and dilations must be positive".into());
        }
        if !self.in_channels.is_multiple_of(self.groups) || !self.out_channels.is_multiple_of(self.groups) {
            let (i, o, g) = (self.in_channels, self.out_channels, self.groups);
            return Err(format!("{i} and {o} channels cannot be divided into {g} groups"));
        }
        for axis in 0..2 {
            let [input, kernel, stride, dilation] =
                [self.input, self.kernel, self.stride, self.dilation].map(|sizes| sizes[axis]);
            let places = Self::places(input, kernel, stride, dilation, self.pad[axis]);
            if places.is_none_or(|places| self.output[axis] > places) {
                return Err(format!(
                    "a kernel of {kernel} (stride {stride}, dilation {dilation}, pads {:?}) over {input} places \
                     does not give {}",
                    self.pad[axis], self.output[axis]
                ));
            }
        }
        let sizes: [&[usize]; 4] = [
            &[self.batch, self.in_channels, self.input[0], self.input[1]],
            &[self.batch, self.out_channels, self.output[0], self.output[1]],
            &[self.out_channels, self.in_channels / self.groups, self.kernel[0], self.kernel[1]],
            &[self.in_channels / self.groups, self.kernel[0], self.kernel[1], self.output[0], self.output[1]],
        ];
        if sizes.into_iter().any(|sizes| count(sizes).is_none()) {
            return Err("the convolution is larger than memory can address".into());
        }
        Ok(())
    }

    /// The number of places of y along one axis, or `None` where the kernel does not fit or a number overflows.
    pub fn places(
        input: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        pad: [usize; 2],
    ) -> Option<usize> {
        let limit = |n: usize| (n < 1 << 40).then_some(n);
        let reach = limit(kernel.checked_sub(1)?)?.checked_mul(limit(dilation)?)?.checked_add(1)?;
        let padded = limit(input)?.checked_add(limit(pad[0])?)?.checked_add(limit(pad[1])?)?;
        padded.checked_sub(reach)?.checked_div(limit(stride)?)?.checked_add(1)
    }

    /// Floats of x.
    pub fn input_len(&self) -> usize {
        self.batch * self.in_channels * self.input[0] * self.input[1]
    }

    /// Floats of y.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_channels * self.output[0] * self.output[1]
    }

    /// Floats of the weights, laid out as (out channel, channel in group, row, column).
    pub fn weights_len(&self) -> usize {
        self.out_channels * self.group_in() * self.taps()
    }

    /// Multiply-adds of the definition.
    pub fn multiply_adds(&self) -> u64 {
        (self.output_len() * self.group_in() * self.taps()) as u64
    }

    /// Input channels of a group.
    pub(super) fn group_in(&self) -> usize {
        self.in_channels / self.groups
    }

    /// Output channels of a group.
    pub(super) fn group_out(&self) -> usize {
        self.out_channels / self.groups
    }

    /// Weights of one kernel.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}
