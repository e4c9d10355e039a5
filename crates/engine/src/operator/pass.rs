use inscape_tensor::{Pool, View, ViewMut};

/// What an operator is given to run forward.
pub struct Forward<'a> {
    /// Inputs in the node's order; `None` where left out, and for the first when it lies in the output's place.
    pub inputs: Vec<Option<View<'a>>>,
    /// Outputs in the node's order, to be written whole.
    pub outputs: Vec<ViewMut<'a>>,
    /// Room for the operator's notes, when backward will follow.
    pub saved: Option<&'a mut [u32]>,
    /// Threads.
    pub pool: &'a Pool,
}

impl<'a> Forward<'a> {
    /// The floats of an input.
    ///
    /// # Panics
    /// If the input is absent or of another kind; operators check that when they are built.
    pub fn input(&self, i: usize) -> &'a [f32] {
        present(self.inputs.get(i).copied().flatten(), i).f32s()
    }

    /// The floats of an output.
    ///
    /// # Panics
    /// If the output is of another kind.
    pub fn output(&mut self, i: usize) -> &mut [f32] {
        self.outputs[i].f32s()
    }

    /// For [`Placement::InPlace`](super::Placement): the first input (`None`: it is what the output holds now) and
    /// the first output.
    pub fn pair(&mut self) -> (Option<&'a [f32]>, &mut [f32]) {
        let source = self.inputs[0].map(|view| view.f32s());
        (source, self.outputs[0].f32s())
    }
}

/// What an operator is given to run backward.
pub struct Backward<'a> {
    /// Inputs that [`Keeps`](super::Keeps) asked for, and all constants; others are `None`.
    pub inputs: Vec<Option<View<'a>>>,
    /// Outputs that [`Keeps`](super::Keeps) asked for; others are `None`.
    pub outputs: Vec<Option<View<'a>>>,
    /// The operator's notes.
    pub saved: &'a [u32],
    /// Relevance of each output, finished; `None` is all zero. The first is `None` too when it lies in the place of
    /// the first gradient (see [`Backward::pair`]).
    pub relevance: Vec<Option<&'a mut [f32]>>,
    /// Whether the relevance of the first output lies in the place of the first gradient.
    pub shared: bool,
    /// Gradient of each input, to be written whole; `None` where nobody wants it.
    pub gradients: Vec<Option<&'a mut [f32]>>,
    /// Threads.
    pub pool: &'a Pool,
}

impl<'a> Backward<'a> {
    /// The floats of a kept input or constant.
    ///
    /// # Panics
    /// If it was not kept.
    pub fn input(&self, i: usize) -> &'a [f32] {
        present(self.inputs.get(i).copied().flatten(), i).f32s()
    }

    /// The floats of a kept output.
    ///
    /// # Panics
    /// If it was not kept.
    pub fn output(&self, i: usize) -> &'a [f32] {
        present(self.outputs.get(i).copied().flatten(), i).f32s()
    }

    /// The relevance of the first output and the gradient of input `i`, where that is wanted.
    pub fn flow(&mut self, i: usize) -> Option<(&[f32], &mut [f32])> {
        let (first, others) = self.gradients.split_first_mut()?;
        let (relevance, gradient) = match i.checked_sub(1) {
            None => (self.relevance[0].as_deref()?, first.as_deref_mut()?),
            Some(other) => {
                let held = if self.shared { first.as_deref() } else { self.relevance[0].as_deref() };
                (held?, others.get_mut(other)?.as_deref_mut()?)
            }
        };
        Some((relevance, gradient))
    }

    /// For [`Placement::InPlace`](super::Placement): the relevance of the first output (`None`: it is what the
    /// gradient holds now) and the gradient of the first input, where that is wanted.
    pub fn pair(&mut self) -> Option<(Option<&[f32]>, &mut [f32])> {
        let gradient = self.gradients[0].as_deref_mut()?;
        Some((self.relevance[0].as_deref(), gradient))
    }
}

#[expect(clippy::panic, reason = "operators ask only for what they checked or declared when built")]
fn present(view: Option<View<'_>>, i: usize) -> View<'_> {
    view.unwrap_or_else(|| panic!("operand {i} is not at hand"))
}
