use std::ops::Range;

use inscape_tensor::{Element, Pool, View, ViewMut};

use super::broadcast::{Broadcast, common_shape};
use super::discrete::Number;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Reach, Role, Site, Type};

/// y = x where a condition holds, z elsewhere; all three broadcast.
struct Where {
    lineup: Broadcast<3>,
    element: Element,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let [condition, x, z] = [site.required(0)?, site.required(1)?, site.required(2)?];
    if condition.element != Element::Bool || x.element != z.element {
        return Err(Refusal(format!(
            "a condition of {} between {} and {} is not supported",
            condition.element, x.element, z.element
        )));
    }
    let shapes = [condition.shape, x.shape, z.shape];
    let output = common_shape(&shapes)?;
    let lineup = Broadcast::new(&output, shapes);
    let operator = Box::new(Where { lineup, element: x.element });
    Ok(Built::Kernel { outputs: vec![Type { element: x.element, shape: output }], operator })
}

impl Operator for Where {
    fn role(&self) -> Role {
        Role::Pooling
    }

    fn reach(&self) -> Reach {
        Reach::Position
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: 1, ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let [Some(condition), Some(x), Some(z)] = [0, 1, 2].map(|i| pass.inputs[i]) else { return };
        let output = &mut pass.outputs[0];
        match self.element {
            Element::F32 => self.choose::<f32>(condition.bools(), x, z, output, pass.pool),
            Element::I64 => self.choose::<i64>(condition.bools(), x, z, output, pass.pool),
            Element::Bool => self.choose::<u8>(condition.bools(), x, z, output, pass.pool),
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        let Some(condition) = pass.inputs[0].map(|view| view.bools()) else { return };
        let step = usize::from(!self.lineup.still(0));
        for (operand, chosen) in [(1, 1), (2, 0)] {
            let Some((relevance, gradient)) = pass.flow(operand) else { continue };
            self.lineup.sum_back(operand, gradient, pool, &|cells, Range { start, end }, [at, ..]| {
                for (i, (g, &r)) in cells.iter_mut().zip(&relevance[start..end]).enumerate() {
                    *g = if condition[at + i * step] == chosen { r } else { 0.0 };
                }
            });
        }
    }
}

impl Where {
    fn choose<T: Number>(
        &self,
        condition: &[u8],
        x: View<'_>,
        z: View<'_>,
        y: &mut ViewMut<'_>,
        pool: &Pool,
    ) {
        let (x, z) = (T::read(&x), T::read(&z));
        let [step_c, step_x, step_z] = [0, 1, 2].map(|i| usize::from(!self.lineup.still(i)));
        self.lineup.each(T::write(y), pool, |cells, _, [at_c, at_x, at_z]| {
            for (i, cell) in cells.iter_mut().enumerate() {
                let holds = condition[at_c + i * step_c] != 0;
                *cell = if holds { x[at_x + i * step_x] } else { z[at_z + i * step_z] };
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;
    use inscape_testkit::noise;

    use super::super::check::{Check, numbers};

    #[test]
    fn the_condition_chooses_and_relevance_follows() {
        let condition = Constant::from_bools(&[3, 1], vec![1, 0, 1]);
        let definition = |x: &[Vec<f64>]| {
            (0..12).map(|i| if x[0][i / 4] != 0.0 { x[1][i % 4] } else { x[2][i] }).collect()
        };
        let with = |check: Check| check.floats(&[4], noise(1, 4)).floats(&[3, 4], noise(2, 12));
        with(Check::new("Where", 16).constant(condition.clone())).agrees_with(definition);
        with(Check::new("Where", 16).run_time(condition)).agrees_with(definition);
    }

    #[test]
    fn integers_are_chosen_and_kinds_must_agree() {
        let condition = || Check::new("Where", 9).constant(Constant::from_bools(&[2], vec![1, 0]));
        let ints = |values: &[i64]| Constant::from_i64s(&[values.len()], values.to_vec());
        let y = condition().constant(ints(&[i64::MAX, 2])).constant(ints(&[3])).run();
        assert_eq!(y[0].i64s().unwrap(), [i64::MAX, 3]);
        assert!(condition().constant(ints(&[1])).floats(&[1], vec![0.0]).refusal().contains("int64"));
        let empty = Check::new("Where", 9).constant(Constant::from_bools(&[0], vec![]));
        assert!(numbers(&empty.constant(ints(&[1])).constant(ints(&[3])).run()[0]).is_empty());
    }
}
