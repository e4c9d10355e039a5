use std::collections::HashMap;

use inscape::{Error, ErrorKind};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::{Dense, Kind, Layer, Network};
use crate::examples::Values;

/// What the header says of a network. One key of the file's metadata holds it as JSON, because that map's order is not
/// kept and the same network is to be the same bytes.
#[derive(Serialize, Deserialize)]
struct About {
    kind: String,
    size: [usize; 2],
    visible: String,
    norm: f64,
    layers: usize,
}

const KEY: &str = "inscape.network/1";

/// Kinds as files name them.
const KINDS: [(&str, Kind); 2] = [("dbn", Kind::Dbn), ("autoencoder", Kind::Autoencoder)];
/// Visible values as files name them.
const VISIBLE: [(&str, Values); 2] = [("unit", Values::Unit), ("real", Values::Real)];

impl Kind {
    /// As files and commands name it.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

impl Network {
    /// The network whole, both directions, as a safetensors file.
    ///
    /// Tensors of float32: `mean` and `deviation` (pixels) where there are any; for layer k from 1 `layer.K.up.weights`
    /// (outputs, inputs), `layer.K.up.bias`, `layer.K.visible_bias` and, where not tied, `layer.K.down` (visible,
    /// hidden); `classifier.weights`, `classifier.bias`. The metadata's `inscape.network/1` is a JSON text of `kind`,
    /// `size`, `visible`, `norm` and `layers`. The same network is the same bytes.
    ///
    /// ```
    /// # use inscape_belief::{Dense, Kind, Layer, Network, Values};
    /// let up = Dense { inputs: 4, outputs: 1, weights: vec![1.0; 4], bias: vec![0.0] };
    /// let layers = vec![Layer { up, visible_bias: vec![0.0; 4], down: None }];
    /// let network = Network {
    ///     kind: Kind::Dbn, size: [2, 2], visible: Values::Unit, mean: vec![], deviation: vec![], norm: 1.0, layers,
    ///     classifier: None,
    /// };
    /// assert_eq!(Network::parse(&network.bytes()?)?, network);
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Network::check`].
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        let mut tensors: Vec<(String, Vec<usize>, &[f32])> = Vec::new();
        let mut add = |name: String, shape: &[usize], values| tensors.push((name, shape.to_vec(), values));
        if !self.mean.is_empty() {
            add("mean".into(), &[self.mean.len()], &self.mean);
            add("deviation".into(), &[self.deviation.len()], &self.deviation);
        }
        for (k, layer) in self.layers.iter().enumerate() {
            let name = |part: &str| format!("layer.{}.{part}", k + 1);
            let Dense { inputs, outputs, weights, bias } = &layer.up;
            add(name("up.weights"), &[*outputs, *inputs], weights);
            add(name("up.bias"), &[*outputs], bias);
            add(name("visible_bias"), &[*inputs], &layer.visible_bias);
            if let Some(down) = &layer.down {
                add(name("down"), &[*inputs, *outputs], down);
            }
        }
        if let Some(Dense { inputs, outputs, weights, bias }) = &self.classifier {
            add("classifier.weights".into(), &[*outputs, *inputs], weights);
            add("classifier.bias".into(), &[*outputs], bias);
        }
        let raw: Vec<Vec<u8>> = tensors
            .iter()
            .map(|(_, _, values)| values.iter().flat_map(|value| value.to_le_bytes()).collect())
            .collect();
        let views = tensors
            .into_iter()
            .zip(&raw)
            .map(|((name, shape, _), raw)| Ok((name, TensorView::new(Dtype::F32, shape, raw)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(unfit)?;
        let about = serde_json::to_string(&self.about()).map_err(unfit)?;
        safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), about)]))).map_err(unfit)
    }

    /// Reads what [`Network::bytes`] wrote. Whatever the bytes, the answer is a checked network or an error, and memory
    /// in proportion to the file.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for bytes that are no such file, lack a tensor, hold one of another kind or shape, or numbers
    /// that are not finite.
    pub fn parse(bytes: &[u8]) -> Result<Network, Error> {
        let damaged = |error| wrong(format!("it is no whole safetensors file: {error}"));
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let text = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)).ok_or_else(|| {
            wrong("it says nothing of a network; only files of `inscape train` are read".to_owned())
        })?;
        let about: About =
            serde_json::from_str(text).map_err(|error| wrong(format!("its metadata: {error}")))?;
        let file = File(SafeTensors::deserialize(bytes).map_err(damaged)?);
        let layers = (1..=about.layers.min(file.0.len())).map(|k| file.layer(k));
        let network = Network {
            kind: named(&KINDS, "kind", &about.kind)?,
            size: about.size,
            visible: named(&VISIBLE, "visible", &about.visible)?,
            mean: file.vector("mean")?.unwrap_or_default(),
            deviation: file.vector("deviation")?.unwrap_or_default(),
            norm: about.norm,
            layers: layers.collect::<Result<_, _>>()?,
            classifier: file.dense("classifier")?,
        };
        if network.layers.len() != about.layers {
            return Err(wrong(format!("it has not the {} layers it speaks of", about.layers)));
        }
        network.check()?;
        Ok(network)
    }

    fn about(&self) -> About {
        let visible = VISIBLE.iter().find(|(_, values)| *values == self.visible);
        About {
            kind: self.kind.name().to_owned(),
            size: self.size,
            visible: visible.map_or("", |(name, _)| name).to_owned(),
            norm: self.norm,
            layers: self.layers.len(),
        }
    }
}

/// A file whose tensors are asked for by name.
struct File<'a>(SafeTensors<'a>);

impl File<'_> {
    fn layer(&self, k: usize) -> Result<Layer, Error> {
        let name = |part: &str| format!("layer.{k}.{part}");
        let up = self.dense(&name("up"))?.ok_or_else(|| absent(&name("up.weights")))?;
        let visible_bias = name("visible_bias");
        let visible_bias = self.vector(&visible_bias)?.ok_or_else(|| absent(&visible_bias))?;
        let down = match self.tensor(&name("down"))? {
            Some((shape, down)) if shape == [up.inputs, up.outputs] => Some(down),
            Some((shape, _)) => return Err(misshapen(&name("down"), &shape)),
            None => None,
        };
        Ok(Layer { up, visible_bias, down })
    }

    fn dense(&self, of: &str) -> Result<Option<Dense>, Error> {
        let name = |part: &str| format!("{of}.{part}");
        let Some((shape, weights)) = self.tensor(&name("weights"))? else { return Ok(None) };
        let &[outputs, inputs] = &shape[..] else { return Err(misshapen(&name("weights"), &shape)) };
        let bias = self.vector(&name("bias"))?.ok_or_else(|| absent(&name("bias")))?;
        Ok(Some(Dense { inputs, outputs, weights, bias }))
    }

    fn vector(&self, name: &str) -> Result<Option<Vec<f32>>, Error> {
        match self.tensor(name)? {
            Some((shape, _)) if shape.len() != 1 => Err(misshapen(name, &shape)),
            found => Ok(found.map(|(_, values)| values)),
        }
    }

    fn tensor(&self, name: &str) -> Result<Option<(Vec<usize>, Vec<f32>)>, Error> {
        let Ok(tensor) = self.0.tensor(name) else { return Ok(None) };
        if tensor.dtype() != Dtype::F32 {
            return Err(wrong(format!("'{name}' holds {:?}, not float32", tensor.dtype())));
        }
        let values = tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        Ok(Some((tensor.shape().to_vec(), values)))
    }
}

fn named<T: Copy>(rows: &[(&str, T)], key: &str, name: &str) -> Result<T, Error> {
    rows.iter()
        .find(|(row, _)| *row == name)
        .map(|(_, value)| *value)
        .ok_or_else(|| wrong(format!("its {key} is '{}', which is not known here", name.escape_debug())))
}

fn absent(name: &str) -> Error {
    wrong(format!("'{name}' is missing"))
}

fn misshapen(name: &str, shape: &[usize]) -> Error {
    wrong(format!("'{name}' has the shape {shape:?}"))
}

fn wrong(context: String) -> Error {
    Error::new(ErrorKind::Model, format!("the network's file cannot be read: {context}"))
}

fn unfit(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, format!("the network cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tests::network;
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    #[test]
    fn a_network_is_read_as_it_was_written_and_written_alike() {
        for made in [network(1, Kind::Dbn, true), network(2, Kind::Autoencoder, false)] {
            let bytes = made.bytes().unwrap();
            assert_eq!(Network::parse(&bytes).unwrap(), made);
            assert_eq!(Network::parse(&bytes).unwrap().bytes().unwrap(), bytes);
        }
    }

    #[test]
    fn every_file_that_ends_early_is_refused() {
        let bytes = network(1, Kind::Dbn, true).bytes().unwrap();
        for length in 0..bytes.len() {
            assert_eq!(Network::parse(&bytes[..length]).unwrap_err().kind, ErrorKind::Model, "{length}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let refused = |change: &dyn Fn(&mut Network), word: &str| {
            let mut made = network(1, Kind::Autoencoder, false);
            change(&mut made);
            let context = made.bytes().unwrap_err().context;
            assert!(context.contains(word), "{context} should speak of {word}");
        };
        refused(&|n| n.layers[1].up.weights[3] = f32::NAN, "layer 2");
        refused(&|n| n.layers[1].up.inputs += 1, "layer 2");
        refused(&|n| n.layers[0].visible_bias.truncate(2), "layer 1");
        refused(&|n| n.layers[1].down = Some(vec![0.0]), "layer 2");
        refused(&|n| n.deviation = vec![0.0; 12], "deviation");
        refused(&|n| n.norm = f64::INFINITY, "norm");
        refused(&|n| n.layers.clear(), "no layers");
        refused(&|n| n.classifier.as_mut().unwrap().bias.push(0.0), "classifier");
        refused(&|n| n.size = [0, 4], "0 × 4");
        refused(&|n| n.visible = Values::Unit, "probabilities");
    }

    #[test]
    fn a_foreign_file_is_told_from_a_damaged_one() {
        let view = TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
        let foreign = safetensors::serialize([("weight", view)], None).unwrap();
        assert!(Network::parse(&foreign).unwrap_err().context.contains("inscape train"));
    }

    proptest! {
        #[test]
        fn changed_bytes_never_panic(
            at in any::<proptest::sample::Index>(),
            byte in prop_oneof![any::<u8>(), Just(b'9'), Just(b'"'), Just(b'{')].boxed(),
        ) {
            let mut bytes = network(1, Kind::Dbn, true).bytes().unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(read) = Network::parse(&bytes) {
                read.check().unwrap();
            }
        }
    }
}
