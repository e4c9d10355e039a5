use inscape::{Error, Model, Options};
use inscape_engine::Dimension;
use inscape_formats::Export;

use super::{Dense, Network};

impl Network {
    /// The recognition part as an ONNX file: `x` (N, 1, H, W) → `flat` (N, H·W) → `standardized`, where examples were →
    /// `h1_in` = W·x + b → `h1` = σ(`h1_in`) → `h2_in` → `h2` … → with a classifier `scores`.
    ///
    /// The file's one output is `scores`, or without a classifier the topmost `hK`, whose total input `hK_in` then counts
    /// as the scores. All values can be asked for by name: `unit:h2_in:17` is unit 17 of the second layer.
    ///
    /// ```
    /// # use inscape_belief::{Dense, Kind, Layer, Network, Values};
    /// # let up = Dense { inputs: 4, outputs: 2, weights: vec![1.0; 8], bias: vec![0.0; 2] };
    /// # let layers = vec![Layer { up, visible_bias: vec![0.0; 4], down: None }];
    /// # let network = Network {
    /// #     kind: Kind::Dbn, size: [2, 2], visible: Values::Unit, mean: vec![], deviation: vec![], norm: 1.0, layers,
    /// #     classifier: None,
    /// # };
    /// assert!(network.model(1)?.objective("unit:h1_in:1").is_ok());
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Network::check`].
    pub fn onnx(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        let [height, width] = self.size;
        let batch = || Dimension::Symbolic("N".to_owned());
        let shape = vec![batch(), Dimension::Fixed(1), Dimension::Fixed(height), Dimension::Fixed(width)];
        let mut export = Export::new(self.kind.name(), "x", shape);
        export.node("Flatten", &["x"], "flat", &[("axis", 1)]);
        let mut below = "flat".to_owned();
        if !self.mean.is_empty() {
            export.weight("mean", &[1, self.mean.len()], &self.mean);
            export.weight("deviation", &[1, self.deviation.len()], &self.deviation);
            export.node("Sub", &[&below, "mean"], "centered", &[]);
            export.node("Div", &["centered", "deviation"], "standardized", &[]);
            below = "standardized".to_owned();
        }
        for (k, layer) in self.layers.iter().enumerate() {
            let hidden = format!("h{}", k + 1);
            let total = format!("{hidden}_in");
            dense(&mut export, &layer.up, &below, &total);
            export.node("Sigmoid", &[&total], &hidden, &[]);
            below = hidden;
        }
        if let Some(classifier) = &self.classifier {
            dense(&mut export, classifier, &below, "scores");
            below = "scores".to_owned();
        }
        let top = self.classifier.as_ref().or(self.layers.last().map(|layer| &layer.up));
        export.output(&below, vec![batch(), Dimension::Fixed(top.map_or(0, |dense| dense.outputs))]);
        Ok(export.bytes())
    }

    /// The exported network with its card, ready to be asked.
    ///
    /// # Errors
    /// As [`Network::check`] and [`Model::from_bytes`].
    pub fn model(&self, threads: usize) -> Result<Model, Error> {
        let options = Options { card: Some(self.card()), threads, ..Options::default() };
        Model::from_bytes(self.onnx()?, options)
    }
}

fn dense(export: &mut Export, dense: &Dense, input: &str, output: &str) {
    let (weights, bias) = (format!("{output}.weights"), format!("{output}.bias"));
    export.weight(&weights, &[dense.outputs, dense.inputs], &dense.weights);
    export.weight(&bias, &[dense.outputs], &dense.bias);
    export.node("Gemm", &[input, &weights, &bias], output, &[("transB", 1)]);
}

#[cfg(test)]
mod tests {
    use crate::network::Kind;
    use crate::network::tests::{network, reference};
    use inscape_tensor::Tensor;

    #[test]
    fn every_value_of_the_file_agrees_with_a_plain_forward_pass() {
        for made in [network(5, Kind::Autoencoder, false), network(6, Kind::Dbn, true)] {
            let model = made.model(1).unwrap();
            let mut random = inscape::Deviates::new(9, 0);
            let x: Vec<f32> = (0..3 * 12).map(|_| random.normal() as f32).collect();
            let batch = Tensor::new([3, 1, 3, 4], x.clone());
            for (name, expected) in reference(&made, &x) {
                let value = model.graph().find(&name).unwrap();
                let found = model.activation(&batch, value).unwrap();
                assert_eq!(found.values().len(), expected.len());
                for (found, expected) in found.values().iter().zip(expected) {
                    assert!((f64::from(*found) - expected).abs() < 1e-5, "{name}: {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn the_head_is_the_classifier_or_else_the_total_input_of_the_top() {
        for (made, scores, count) in
            [(network(5, Kind::Autoencoder, false), "scores", 3), (network(6, Kind::Dbn, true), "h2_in", 5)]
        {
            let model = made.model(0).unwrap();
            assert_eq!(model.graph().name(model.scores_value().unwrap()), scores);
            assert_eq!(model.class_count().unwrap(), count);
            assert_eq!(model.input_shape(), [1, 1, 3, 4]);
            assert_eq!(model.card().norm, Some(made.norm));
        }
    }
}
