use inscape_tensor::{rectify, rectify_noting, where_noted};

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
        let (saved, pool) = (pass.saved.take(), pass.pool);
        let (source, output) = pass.pair();
        match saved {
            Some(words) => rectify_noting(pool, source, output, words),
            None => rectify(pool, source, output),
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (words, pool) = (pass.saved, pass.pool);
        if let Some((relevance, gradient)) = pass.pair() {
            where_noted(pool, words, relevance, gradient);
        }
    }
}
