use inscape::{Error, ErrorKind};

use super::{Dense, Layer, Network};
use crate::examples::Values;

impl Network {
    /// Whether its parts fit each other and hold numbers only.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] with the part that does not.
    pub fn check(&self) -> Result<(), Error> {
        let pixels = self.size[0].checked_mul(self.size[1]).filter(|&count| count > 0);
        let Some(pixels) = pixels else {
            return wrong(format!("it sees pictures of {} × {} pixels", self.size[0], self.size[1]));
        };
        self.check_standard(pixels)?;
        if self.layers.is_empty() {
            return wrong("it has no layers".into());
        }
        let mut below = pixels;
        for (k, layer) in self.layers.iter().enumerate() {
            layer.check(below).map_err(|what| told(format!("layer {}: {what}", k + 1)))?;
            below = layer.up.outputs;
        }
        match &self.classifier {
            Some(dense) => dense.check(below).map_err(|what| told(format!("the classifier: {what}"))),
            None => Ok(()),
        }
    }

    fn check_standard(&self, pixels: usize) -> Result<(), Error> {
        let [mean, deviation] = [self.mean.len(), self.deviation.len()];
        if mean != deviation || (mean != 0 && mean != pixels) {
            return wrong(format!("{mean} means and {deviation} deviations for {pixels} pixels"));
        }
        if mean != 0 && self.visible == Values::Unit {
            return wrong("its visible units hold probabilities, which are not standardized".into());
        }
        if !finite(&self.mean) || !self.deviation.iter().all(|&d| d.is_finite() && d > 0.0) {
            return wrong("a mean is no number, or a deviation is not above 0".into());
        }
        if !self.norm.is_finite() || self.norm < 0.0 {
            return wrong(format!("the examples' mean norm cannot be {}", self.norm));
        }
        Ok(())
    }
}

impl Layer {
    fn check(&self, below: usize) -> Result<(), String> {
        self.up.check(below)?;
        if self.visible_bias.len() != below || !finite(&self.visible_bias) {
            return Err(format!("{below} finite biases of visible units are needed"));
        }
        let enough =
            self.down.as_ref().is_none_or(|down| down.len() == self.up.weights.len() && finite(down));
        if enough { Ok(()) } else { Err("its weights on the way down are not as many finite ones".into()) }
    }
}

impl Dense {
    fn check(&self, below: usize) -> Result<(), String> {
        let Dense { inputs, outputs, .. } = *self;
        if inputs != below || outputs == 0 {
            return Err(format!("{inputs} to {outputs} units above {below}"));
        }
        if inputs.checked_mul(outputs) != Some(self.weights.len()) || self.bias.len() != outputs {
            let (weights, biases) = (self.weights.len(), self.bias.len());
            return Err(format!("{weights} weights and {biases} biases for {inputs} × {outputs} units"));
        }
        if !finite(&self.weights) || !finite(&self.bias) {
            return Err("a weight or bias is not finite".into());
        }
        Ok(())
    }
}

fn finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}

fn told(context: String) -> Error {
    Error::new(ErrorKind::Model, format!("the network is damaged: {context}"))
}

fn wrong(context: String) -> Result<(), Error> {
    Err(told(context))
}
