use crate::Element;

/// Borrowed numbers of one of the run-time kinds.
#[derive(Clone, Copy, Debug)]
pub enum Slice<'a> {
    /// Floats.
    F32(&'a [f32]),
    /// Integers.
    I64(&'a [i64]),
    /// Truth values, 0 or 1.
    Bool(&'a [u8]),
}

/// Borrowed numbers of one of the run-time kinds, to be written.
#[derive(Debug)]
pub enum SliceMut<'a> {
    /// Floats.
    F32(&'a mut [f32]),
    /// Integers.
    I64(&'a mut [i64]),
    /// Truth values, 0 or 1.
    Bool(&'a mut [u8]),
}

/// A borrowed row-major array.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Sizes by axis.
    pub shape: &'a [usize],
    /// The numbers.
    pub data: Slice<'a>,
}

/// A borrowed row-major array to be written.
#[derive(Debug)]
pub struct ViewMut<'a> {
    /// Sizes by axis.
    pub shape: &'a [usize],
    /// The numbers.
    pub data: SliceMut<'a>,
}

impl<'a> View<'a> {
    /// Bytes of memory read as an array.
    ///
    /// # Panics
    /// If the bytes are not aligned for the element, as slots of an [`Arena`](crate::Arena) always are.
    pub fn over(bytes: &'a [u8], element: Element, shape: &'a [usize]) -> View<'a> {
        let data = match element {
            Element::F32 => Slice::F32(bytemuck::cast_slice(bytes)),
            Element::I64 => Slice::I64(bytemuck::cast_slice(bytes)),
            Element::Bool => Slice::Bool(bytes),
        };
        View { shape, data }
    }

    /// What the array holds.
    pub fn element(&self) -> Element {
        match self.data {
            Slice::F32(_) => Element::F32,
            Slice::I64(_) => Element::I64,
            Slice::Bool(_) => Element::Bool,
        }
    }

    /// The floats.
    ///
    /// # Panics
    /// If the array holds something else; operators check kinds when they are built, not when they run.
    pub fn f32s(&self) -> &'a [f32] {
        match self.data {
            Slice::F32(values) => values,
            _ => wrong_kind(Element::F32, self.element()),
        }
    }

    /// The integers.
    ///
    /// # Panics
    /// If the array holds something else.
    pub fn i64s(&self) -> &'a [i64] {
        match self.data {
            Slice::I64(values) => values,
            _ => wrong_kind(Element::I64, self.element()),
        }
    }

    /// The truth values, 0 or 1.
    ///
    /// # Panics
    /// If the array holds something else.
    pub fn bools(&self) -> &'a [u8] {
        match self.data {
            Slice::Bool(values) => values,
            _ => wrong_kind(Element::Bool, self.element()),
        }
    }
}

impl<'a> ViewMut<'a> {
    /// Bytes of memory as an array to be written.
    ///
    /// # Panics
    /// If the bytes are not aligned for the element, as slots of an [`Arena`](crate::Arena) always are.
    pub fn over(bytes: &'a mut [u8], element: Element, shape: &'a [usize]) -> ViewMut<'a> {
        let data = match element {
            Element::F32 => SliceMut::F32(bytemuck::cast_slice_mut(bytes)),
            Element::I64 => SliceMut::I64(bytemuck::cast_slice_mut(bytes)),
            Element::Bool => SliceMut::Bool(bytes),
        };
        ViewMut { shape, data }
    }

    /// What the array holds.
    pub fn element(&self) -> Element {
        match self.data {
            SliceMut::F32(_) => Element::F32,
            SliceMut::I64(_) => Element::I64,
            SliceMut::Bool(_) => Element::Bool,
        }
    }

    /// The floats.
    ///
    /// # Panics
    /// If the array holds something else.
    pub fn f32s(&mut self) -> &mut [f32] {
        let element = self.element();
        match &mut self.data {
            SliceMut::F32(values) => values,
            _ => wrong_kind(Element::F32, element),
        }
    }

    /// The integers.
    ///
    /// # Panics
    /// If the array holds something else.
    pub fn i64s(&mut self) -> &mut [i64] {
        let element = self.element();
        match &mut self.data {
            SliceMut::I64(values) => values,
            _ => wrong_kind(Element::I64, element),
        }
    }

    /// The truth values, 0 or 1.
    ///
    /// # Panics
    /// If the array holds something else.
    pub fn bools(&mut self) -> &mut [u8] {
        let element = self.element();
        match &mut self.data {
            SliceMut::Bool(values) => values,
            _ => wrong_kind(Element::Bool, element),
        }
    }
}

#[expect(clippy::panic, reason = "kinds are checked when an operator is built")]
fn wrong_kind(wanted: Element, found: Element) -> ! {
    panic!("an array of {found} was read as {wanted}")
}
