use inscape_testkit::{assert_close, central_vjp};

use super::{Check, Ran, numbers};
use crate::operator::Built;

impl Check {
    /// Asserts that the first output is the definition's (to 1e-5) and that every gradient is its derivative's (to 1e-4), in
    /// every way a plan may run it.
    ///
    /// The definition is given all inputs as f64, empty where left out.
    #[track_caller]
    pub(in crate::operators) fn agrees_with(&self, definition: impl Fn(&[Vec<f64>]) -> Vec<f64>) -> Ran {
        let ran = self.run_both();
        let inputs = self.numbers();
        assert_close(&ran.output(), &narrow(definition(&inputs)), 1e-5);
        let relevance: Vec<f64> = ran.relevance.iter().map(|&r| r.into()).collect();
        for (i, gradient) in ran.gradients.iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            let moved = |x: &[f64]| {
                let mut inputs = inputs.clone();
                inputs[i] = x.to_vec();
                definition(&inputs)
            };
            assert_close(gradient, &narrow(central_vjp(moved, &inputs[i], &relevance)), 1e-4);
        }
        ran
    }

    /// The forward half of [`Check::agrees_with`].
    #[track_caller]
    pub(in crate::operators) fn agrees_forward(&self, definition: impl Fn(&[Vec<f64>]) -> Vec<f64>) {
        let output = self.run().swap_remove(0);
        if let Built::Kernel { outputs, .. } = self.build().unwrap() {
            assert_eq!(outputs[0].shape, output.shape());
        }
        assert_close(&narrow(numbers(&output)), &narrow(definition(&self.numbers())), 1e-5);
    }

    fn numbers(&self) -> Vec<Vec<f64>> {
        let given =
            |operand: &Option<_>| operand.as_ref().map(|operand: &super::Operand| numbers(&operand.value));
        self.inputs.iter().map(|operand| given(operand).unwrap_or_default()).collect()
    }
}

fn narrow(values: Vec<f64>) -> Vec<f32> {
    values.into_iter().map(|value| value as f32).collect()
}
