use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Placement, Role, Site};

/// y = max(0, x). Its derivative at 0 is 0.
struct Relu {
    len: usize,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    Ok(Built::one(shape, Relu { len: shape.iter().product() }))
}

impl Operator for Relu {
    fn role(&self) -> Role {
        Role::Rectifier
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn keeps(&self) -> Keeps {
        Keeps { words: self.len.div_ceil(32), ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let saved = pass.saved.take();
        let (source, output) = pass.pair();
        if let Some(source) = source {
            output.copy_from_slice(source);
        }
        if let Some(mask) = saved {
            for (word, values) in mask.iter_mut().zip(output.chunks(32)) {
                *word = values.iter().enumerate().fold(0, |word, (i, &x)| word | (u32::from(x > 0.0) << i));
            }
        }
        for value in output {
            *value = value.max(0.0);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let mask = pass.saved;
        let Some((relevance, gradient)) = pass.pair() else { return };
        if let Some(relevance) = relevance {
            gradient.copy_from_slice(relevance);
        }
        for (&word, values) in mask.iter().zip(gradient.chunks_mut(32)) {
            for (i, value) in values.iter_mut().enumerate() {
                *value = if word >> i & 1 == 1 { *value } else { 0.0 };
            }
        }
    }
}
