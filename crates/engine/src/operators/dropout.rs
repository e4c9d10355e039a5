use super::movement::{Same, Whole, copy};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Reach, Role, Site, Type};
use inscape_tensor::{Element, SliceMut};

/// Dropout as it is once a network is trained: nothing is dropped, and the mask, where asked for, says so.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let training = match site.constant(2)? {
        Some(mode) => mode.bools().is_none_or(|flags| flags.contains(&1)),
        None => site.opset() < 7 && !site.flag("is_test", false)?,
    };
    if training {
        return Err(Refusal("training mode is not supported; export the network for inference".into()));
    }
    let data = Type { element: input.element, shape: input.shape.to_vec() };
    if site.node.outputs.get(1).is_none_or(Option::is_none) {
        return Ok(Built::Kernel { outputs: vec![data], operator: Box::new(Same) });
    }
    let element = if site.opset() < 10 { input.element } else { Element::Bool };
    let mask = Type { element, shape: input.shape.to_vec() };
    Ok(Built::Kernel { outputs: vec![data, mask], operator: Box::new(Masked) })
}

/// The input, and a mask that keeps all of it.
struct Masked;

impl Operator for Masked {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        if let Some(source) = pass.inputs[0] {
            copy(&Whole, &source, &mut pass.outputs[0]);
        }
        match &mut pass.outputs[1].data {
            SliceMut::F32(mask) => mask.fill(1.0),
            SliceMut::I64(mask) => mask.fill(1),
            SliceMut::Bool(mask) => mask.fill(1),
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let Some(gradient) = pass.gradients[0].as_deref_mut() else { return };
        match pass.relevance[0].as_deref() {
            Some(relevance) => gradient.copy_from_slice(relevance),
            None => gradient.fill(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::{Check, numbers};

    #[test]
    fn nothing_is_dropped() {
        let ratio = Constant::from_f32s(&[], vec![0.5]);
        let off = Constant::from_bools(&[], vec![0]);
        Check::new("Dropout", 7).noisy(&[2, 3]).moves(&[2, 3], |at| Some(at.to_vec()));
        let case = Check::new("Dropout", 13).noisy(&[2, 3]).constant(ratio).constant(off);
        case.moves(&[2, 3], |at| Some(at.to_vec()));
        let masked = case.outputs(2).run();
        assert_eq!(masked[1].bools(), Some(&[1; 6][..]));
        let two = Check::new("Dropout", 13).outputs(2).floats(&[2], vec![3.0, 4.0]).run();
        assert_eq!((numbers(&two[0]), two[1].bools()), (vec![3.0, 4.0], Some(&[1, 1][..])));
    }

    #[test]
    fn training_is_refused() {
        let on = Constant::from_bools(&[], vec![1]);
        let ratio = Constant::from_f32s(&[], vec![0.5]);
        let case = Check::new("Dropout", 13).noisy(&[2, 3]).constant(ratio).constant(on);
        assert!(case.refusal().contains("training mode"));
    }
}
