use inscape_tensor::{Arena, Constant, Element, Pool, Slot, ViewMut, count};
use inscape_testkit::assert_close;

use super::Operand;
use crate::operator::{Backward, Forward, Operator, Placement, Type};

/// A built operator with its inputs, run the ways a plan may run it.
pub(super) struct Running<'c> {
    inputs: &'c [Option<Operand>],
    operator: Box<dyn Operator>,
    kinds: Vec<Type>,
    threads: Pool,
    pub(super) outputs: Vec<Constant>,
    saved: Vec<u32>,
}

/// Where the first output lies, or the first gradient.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Own,
    /// Over the first input, or over the relevance.
    Shared,
}

impl<'c> Running<'c> {
    pub(super) fn new(
        inputs: &'c [Option<Operand>],
        mut operator: Box<dyn Operator>,
        kinds: Vec<Type>,
    ) -> Running<'c> {
        if let Some(linear) = operator.linear() {
            linear.prepare(Pool::single(), true);
        }
        let threads = Pool::new(3).unwrap();
        Running { inputs, operator, kinds, threads, outputs: Vec::new(), saved: Vec::new() }
    }

    /// Runs forward, and asserts that the outcome depends neither on threads, nor on whether notes are kept, nor on where
    /// it lies.
    #[track_caller]
    pub(super) fn forward(&mut self) -> &Running<'c> {
        let (outputs, saved) = self.passed(Pool::single(), Place::Own);
        let (threaded, noted) = self.passed(&self.threads, Place::Own);
        same(&threaded, &outputs, "the output depends on the number of threads");
        assert!(noted == saved, "the notes depend on the number of threads");
        let unnoted = self.computed(Pool::single(), Place::Own, None);
        same(&unnoted, &outputs, "the output depends on whether notes are kept");
        if self.may_overwrite() {
            let (over, noted) = self.passed(Pool::single(), Place::Shared);
            same(&over, &outputs, "written over its input, it gives other numbers");
            assert!(noted == saved, "written over its input, it notes something else");
        }
        if self.operator.placement() == Placement::Alias {
            let first = self.inputs[0].as_ref().unwrap().value.reshaped(&self.kinds[0].shape);
            same(&outputs[..1], &[first], "it is not the same array under another shape");
        }
        (self.outputs, self.saved) = (outputs, saved);
        self
    }

    /// Hands relevance back, and asserts that the gradients depend neither on threads, nor on which of them are wanted, nor
    /// on where they lie.
    #[track_caller]
    pub(super) fn backward(&self, relevance: &[Vec<f32>]) -> Vec<Option<Vec<f32>>> {
        let wanted: Vec<bool> = self
            .inputs
            .iter()
            .map(|operand| operand.as_ref().is_some_and(|o| !o.known && o.value.element() == Element::F32))
            .collect();
        let gradients = self.returned(Pool::single(), relevance, &wanted, Place::Own);
        let threaded = self.returned(&self.threads, relevance, &wanted, Place::Own);
        assert!(bits(&threaded) == bits(&gradients), "gradients depend on the number of threads");
        for i in (0..wanted.len()).filter(|&i| wanted[i]) {
            let mut alone = vec![false; wanted.len()];
            alone[i] = true;
            let single = self.returned(Pool::single(), relevance, &alone, Place::Own);
            assert_close(single[i].as_ref().unwrap(), gradients[i].as_ref().unwrap(), 1e-6);
            if i == 0 && self.operator.placement() != Placement::Separate {
                let over = self.returned(Pool::single(), relevance, &alone, Place::Shared);
                assert!(bits(&over) == bits(&single), "written over the relevance, it gives other numbers");
            }
        }
        let shareable = self.operator.placement() != Placement::Separate && self.operator.first_comes_last();
        if wanted[0] && shareable {
            let over = self.returned(Pool::single(), relevance, &wanted, Place::Shared);
            assert!(bits(&over) == bits(&gradients), "the gradient over the relevance does not come last");
        }
        gradients
    }

    fn may_overwrite(&self) -> bool {
        let first = self.inputs.first().and_then(Option::as_ref);
        self.operator.placement() == Placement::InPlace && first.is_some_and(|operand| !operand.known)
    }

    fn passed(&self, pool: &Pool, place: Place) -> (Vec<Constant>, Vec<u32>) {
        // A note that is not written shows.
        let mut saved = vec![0xdead_beef; self.operator.keeps().words];
        let outputs = self.computed(pool, place, Some(&mut saved));
        (outputs, saved)
    }

    fn computed(&self, pool: &Pool, place: Place, saved: Option<&mut [u32]>) -> Vec<Constant> {
        let whole = |kind: &Type| Slot { offset: 0, len: kind.bytes().unwrap() };
        let mut arenas: Vec<Arena> =
            self.kinds.iter().map(|kind| Arena::new(kind.bytes().unwrap())).collect();
        for (arena, kind) in arenas.iter_mut().zip(&self.kinds) {
            // What is not written shows as NaN.
            arena.lend(&[], &[whole(kind)]).1[0].fill(if kind.element == Element::Bool { 7 } else { 0xFF });
        }
        if place == Place::Shared {
            let first = self.inputs[0].as_ref().unwrap().value.f32s().unwrap();
            arenas[0].lend(&[], &[whole(&self.kinds[0])]).1[0].copy_from_slice(bytemuck::cast_slice(&first));
        }
        let owned = self.operator.owned();
        let inputs = self.inputs.iter().enumerate().map(|(i, operand)| {
            let operand = operand.as_ref()?;
            let hidden = (operand.known && owned >> i & 1 == 1) || (place == Place::Shared && i == 0);
            (!hidden).then(|| operand.value.view())
        });
        let outputs = arenas.iter_mut().zip(&self.kinds).flat_map(|(arena, kind)| {
            let (_, writes) = arena.lend(&[], &[whole(kind)]);
            writes.into_iter().map(|bytes| ViewMut::over(bytes, kind.element, &kind.shape))
        });
        let mut pass = Forward { inputs: inputs.collect(), outputs: outputs.collect(), saved, pool };
        self.operator.forward(&mut pass);
        arenas.iter().zip(&self.kinds).map(|(arena, kind)| kind.constant(arena.read(whole(kind)))).collect()
    }

    fn returned(
        &self,
        pool: &Pool,
        relevance: &[Vec<f32>],
        wanted: &[bool],
        place: Place,
    ) -> Vec<Option<Vec<f32>>> {
        let cells = |i: usize| self.inputs[i].as_ref().unwrap().value.len();
        let gradient = |(i, &wanted): (usize, &bool)| wanted.then(|| vec![f32::NAN; cells(i)]);
        let mut gradients: Vec<Option<Vec<f32>>> = wanted.iter().enumerate().map(gradient).collect();
        let keeps = self.operator.keeps();
        let mut relevance: Vec<Option<Vec<f32>>> = relevance
            .iter()
            .zip(&self.kinds)
            .map(|(values, kind)| (count(&kind.shape) == Some(values.len())).then(|| values.clone()))
            .collect();
        if place == Place::Shared {
            gradients[0] = relevance[0].take();
            if self.operator.placement() == Placement::Alias {
                return gradients;
            }
        }
        let inputs = self.inputs.iter().enumerate().map(|(i, operand)| {
            let operand = operand.as_ref()?;
            let owned = operand.known && self.operator.owned() >> i & 1 == 1;
            (!owned && (operand.known || keeps.inputs >> i & 1 == 1)).then(|| operand.value.view())
        });
        let outputs = self.outputs.iter().enumerate();
        let outputs = outputs.map(|(i, output)| (keeps.outputs >> i & 1 == 1).then(|| output.view()));
        let mut pass = Backward {
            inputs: inputs.collect(),
            outputs: outputs.collect(),
            saved: &self.saved,
            relevance: relevance.iter_mut().map(Option::as_deref_mut).collect(),
            shared: place == Place::Shared,
            gradients: gradients.iter_mut().map(Option::as_deref_mut).collect(),
            pool,
        };
        self.operator.backward(&mut pass);
        gradients
    }
}

#[track_caller]
fn same(actual: &[Constant], expected: &[Constant], otherwise: &str) {
    let equal = |(a, b): (&Constant, &Constant)| match a.element() {
        Element::F32 => {
            a.f32s().unwrap().iter().map(|x| x.to_bits()).eq(b.f32s().unwrap().iter().map(|x| x.to_bits()))
        }
        Element::I64 => a.i64s() == b.i64s(),
        Element::Bool => a.bools() == b.bools(),
    };
    assert!(actual.len() == expected.len() && actual.iter().zip(expected).all(equal), "{otherwise}");
}

fn bits(gradients: &[Option<Vec<f32>>]) -> Vec<Option<Vec<u32>>> {
    let bits = |gradient: &Vec<f32>| gradient.iter().map(|x| x.to_bits()).collect();
    gradients.iter().map(|gradient| gradient.as_ref().map(bits)).collect()
}
