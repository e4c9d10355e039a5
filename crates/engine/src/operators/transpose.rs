use inscape_tensor::Walk;

use super::movement::{Along, copy};
use super::reshape::distinct_axes;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Role, Site, Type};

/// Axis k of the output is axis `perm[k]` of the input; without `perm` the axes are reversed.
pub(super) struct Transpose {
    forward: Walk,
    backward: Walk,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let rank = input.shape.len();
    let order = match site.ints("perm")? {
        None => (0..rank).rev().collect(),
        Some(perm) => distinct_axes(perm, rank)?,
    };
    if order.len() != rank {
        return Err(Refusal(format!("perm has {} axes, the input {rank}", order.len())));
    }
    let shape: Vec<usize> = order.iter().map(|&axis| input.shape[axis]).collect();
    let operator = Transpose::new(input.shape, &order);
    Ok(Built::Kernel { outputs: vec![Type { element: input.element, shape }], operator: Box::new(operator) })
}

impl Transpose {
    /// For an input of the given shape.
    pub(super) fn new(shape: &[usize], order: &[usize]) -> Transpose {
        let permuted: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
        let mut inverse = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &axis)| inverse[axis] = place);
        Transpose { forward: Walk::permuted(shape, order), backward: Walk::permuted(&permuted, &inverse) }
    }
}

impl Operator for Transpose {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn walk(&self, output: usize) -> Option<&Walk> {
        (output == 0).then_some(&self.forward)
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        if let Some(source) = pass.inputs[0] {
            copy(&Along { walk: &self.forward, pool: pass.pool }, &source, &mut pass.outputs[0]);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        if let Some((relevance, gradient)) = pass.flow(0) {
            self.backward.gather(relevance, gradient, pool);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Check;

    #[test]
    fn axes_change_places() {
        Check::new("Transpose", 13).noisy(&[2, 3, 4]).moves(&[4, 3, 2], |at| Some(vec![at[2], at[1], at[0]]));
        for perm in [[0, 2, 3, 1], [0, 3, 1, 2], [0, 2, 1, 3], [3, 1, 0, 2], [0, 1, 2, 3], [1, 0, 3, 2]] {
            let sizes = [2, 17, 5, 33];
            let shape = perm.map(|axis| sizes[axis as usize]);
            Check::new("Transpose", 13).noisy(&sizes).ints("perm", &perm).moves(&shape, |at| {
                let mut from = vec![0; 4];
                perm.iter().zip(at).for_each(|(&axis, &at)| from[axis as usize] = at);
                Some(from)
            });
        }
        Check::new("Transpose", 13).noisy(&[]).moves(&[], |_| Some(vec![]));
    }

    #[test]
    fn what_is_no_order_is_refused() {
        let refusal = |perm: &[i64]| Check::new("Transpose", 13).noisy(&[2, 3]).ints("perm", perm).refusal();
        assert_eq!(refusal(&[0, 0]), "axis 0 is named twice");
        assert_eq!(refusal(&[0]), "perm has 1 axes, the input 2");
        assert_eq!(refusal(&[0, 2]), "axis 2 is outside a shape of rank 2");
    }
}
