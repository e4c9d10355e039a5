use inscape_tensor::Pool;
use inscape_tensor::gemm::{Columns, Matrix, Order, Output, PackedLhs, PackedRhs, Rows, multiply};

/// The products of one weight matrix W (outputs × inputs) with batches of a fixed number of rows. All memory is kept.
pub(super) struct Products {
    pool: Pool,
    inputs: usize,
    outputs: usize,
    /// Wᵀ.
    up: PackedRhs,
    /// W, where it is needed.
    down: Option<PackedRhs>,
    x: PackedLhs,
    y: Option<PackedLhs>,
}

/// Which way batches go through weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ways {
    Up,
    Both,
}

impl Products {
    pub(super) fn new(pool: &Pool, rows: usize, inputs: usize, outputs: usize, ways: Ways) -> Products {
        let empty = |rows: usize, columns: usize| vec![0.0; rows * columns];
        let w = empty(outputs, inputs);
        let left = |depth: usize| empty_left(rows, depth);
        let both = ways == Ways::Both;
        Products {
            pool: pool.clone(),
            inputs,
            outputs,
            up: PackedRhs::new(inputs, outputs, &Columns { values: &w, stride: inputs }),
            down: both.then(|| PackedRhs::new(outputs, inputs, &Rows { values: &w, stride: inputs })),
            x: left(inputs),
            y: both.then(|| left(outputs)),
        }
    }

    /// Takes the weights as they are now.
    pub(super) fn set(&mut self, w: &[f32]) {
        self.up.repack(&self.pool, &Columns { values: w, stride: self.inputs });
        if let Some(down) = &mut self.down {
            down.repack(&self.pool, &Rows { values: w, stride: self.inputs });
        }
    }

    /// y = x·Wᵀ.
    pub(super) fn up(&mut self, x: &[f32], y: &mut [f32]) {
        self.x.repack(&self.pool, &Matrix { values: x, stride: self.inputs, order: Order::Rows });
        product(&self.pool, &self.x, &self.up, self.outputs, y);
    }

    /// x = y·W.
    pub(super) fn down(&mut self, y: &[f32], x: &mut [f32]) {
        if let (Some(left), Some(right)) = (&mut self.y, &self.down) {
            left.repack(&self.pool, &Matrix { values: y, stride: self.outputs, order: Order::Rows });
            product(&self.pool, left, right, self.inputs, x);
        }
    }
}

fn empty_left(rows: usize, depth: usize) -> PackedLhs {
    let zeros = vec![0.0; rows * depth];
    PackedLhs::new(rows, depth, &Matrix { values: &zeros, stride: depth, order: Order::Rows })
}

fn product(pool: &Pool, left: &PackedLhs, right: &PackedRhs, columns: usize, out: &mut [f32]) {
    let rows = left.rows();
    multiply(pool, 1, columns, |_| left, |_| right, &Output::new(out, rows * columns, columns));
}

/// The gradient of weights: sums over rows of yᵀ·x.
pub(super) struct Outer {
    pool: Pool,
    inputs: usize,
    outputs: usize,
    y: PackedLhs,
}

impl Outer {
    /// For a fixed number of rows.
    pub(super) fn new(pool: &Pool, rows: usize, inputs: usize, outputs: usize) -> Outer {
        Outer { pool: pool.clone(), inputs, outputs, y: empty_left(outputs, rows) }
    }

    /// g = yᵀ·x, (outputs × inputs).
    pub(super) fn of(&mut self, y: &[f32], x: &[f32], g: &mut [f32]) {
        self.y.repack(&self.pool, &Matrix { values: y, stride: self.outputs, order: Order::Columns });
        let x = Rows { values: x, stride: self.inputs };
        let output = Output::new(g, self.outputs * self.inputs, self.inputs);
        multiply(&self.pool, 1, self.inputs, |_| &self.y, |_| x, &output);
    }
}
