use inscape_tensor::Constant;

/// A setting of a node, in neutral form: only the operator's own file knows what it means.
#[derive(Clone, Debug)]
pub enum Attribute {
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f32),
    /// A text.
    Text(String),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// Real numbers.
    Floats(Vec<f32>),
    /// Texts.
    Texts(Vec<String>),
    /// An array.
    Tensor(Constant),
    /// Something no operator here reads (a subgraph, a sparse tensor), by its kind's name.
    Other(String),
}
