use inscape_tensor::gemm::{Matrix, Order, products};
use inscape_tensor::{Pool, Walk};

use crate::operator::{Backward, Forward, Keeps, Operator, Role, Work};

/// y = alpha·A·B + beta·C where both sides come from the network, for many pairs of matrices.
pub(super) struct Product {
    /// Rows of A, columns of A, columns of B.
    pub(super) sizes: [usize; 3],
    /// Pairs of matrices.
    pub(super) items: usize,
    pub(super) a: Side,
    pub(super) b: Side,
    pub(super) alpha: f32,
    pub(super) addend: Option<Addend>,
}

/// One side of the product.
pub(super) struct Side {
    /// Which matrix of this side takes part in a product: for each axis of the batch, its stride and size there and its
    /// stride here.
    pub(super) axes: Vec<[usize; 3]>,
    /// How its matrices lie.
    pub(super) order: Order,
    /// How many there are.
    pub(super) count: usize,
}

/// What is added: input 2, broadcast to the output.
pub(super) struct Addend {
    pub(super) beta: f32,
    pub(super) walk: Walk,
}

impl Side {
    /// The number of the matrix that takes part in product `item`.
    fn pick(&self, item: usize) -> usize {
        self.axes.iter().map(|[stride, size, own]| item / stride % size * own).sum()
    }
}

impl Product {
    fn matrix<'a>(side: &Side, item: usize, values: &'a [f32], rows: usize, columns: usize) -> Matrix<'a> {
        let stride = if side.order == Order::Rows { columns } else { rows };
        Matrix {
            values: &values[side.pick(item) * rows * columns..][..rows * columns],
            stride,
            order: side.order,
        }
    }

    /// Writes to the gradient of one side what each product gives to the matrix it picked.
    fn gather(&self, side: &Side, gradient: &mut [f32], compute: impl Fn(&mut [f32])) {
        if side.count == self.items {
            compute(gradient);
        } else {
            let len = gradient.len() / side.count.max(1);
            let mut each = vec![0.0; self.items * len];
            compute(&mut each);
            gradient.fill(0.0);
            for (item, values) in each.chunks_exact(len.max(1)).enumerate() {
                gradient[side.pick(item) * len..][..len]
                    .iter_mut()
                    .zip(values)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        scale(gradient, self.alpha);
    }

    fn a_gradient(&self, pool: &Pool, b: &[f32], dy: &[f32], gradient: &mut [f32]) {
        let [m, k, n] = self.sizes;
        let b = |item: usize| Self::matrix(&self.b, item, b, k, n);
        let dy = |item: usize| Matrix { values: &dy[item * m * n..][..m * n], stride: n, order: Order::Rows };
        self.gather(&self.a, gradient, |to| match self.a.order {
            Order::Rows => products(pool, self.items, [m, n, k], dy, |item| turned(b(item)), to),
            Order::Columns => products(pool, self.items, [k, n, m], b, |item| turned(dy(item)), to),
        });
    }

    fn b_gradient(&self, pool: &Pool, a: &[f32], dy: &[f32], gradient: &mut [f32]) {
        let [m, k, n] = self.sizes;
        let a = |item: usize| Self::matrix(&self.a, item, a, m, k);
        let dy = |item: usize| Matrix { values: &dy[item * m * n..][..m * n], stride: n, order: Order::Rows };
        self.gather(&self.b, gradient, |to| match self.b.order {
            Order::Rows => products(pool, self.items, [k, m, n], |item| turned(a(item)), dy, to),
            Order::Columns => products(pool, self.items, [n, m, k], |item| turned(dy(item)), a, to),
        });
    }
}

fn turned(matrix: Matrix<'_>) -> Matrix<'_> {
    Matrix { order: matrix.order.turned(), ..matrix }
}

fn scale(values: &mut [f32], factor: f32) {
    if factor != 1.0 {
        values.iter_mut().for_each(|value| *value *= factor);
    }
}

impl Operator for Product {
    fn role(&self) -> Role {
        Role::Product
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: 0b11, ..Keeps::default() }
    }

    fn work(&self) -> Work {
        let [m, k, n] = self.sizes;
        Work::of_two_sides((self.items * m * k * n) as u64)
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let [m, k, n] = self.sizes;
        let (a, b, pool) = (pass.input(0), pass.input(1), pass.pool);
        let c = self.addend.as_ref().map(|addend| (addend, pass.input(2)));
        let y = pass.output(0);
        let left = |item| Self::matrix(&self.a, item, a, m, k);
        products(pool, self.items, self.sizes, left, |item| Self::matrix(&self.b, item, b, k, n), y);
        scale(y, self.alpha);
        if let Some((addend, c)) = c {
            let mut whole = vec![0.0; y.len()];
            addend.walk.gather(c, &mut whole, pool);
            y.iter_mut().zip(whole).for_each(|(y, c)| *y += addend.beta * c);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        if pass.gradients[0].is_some() {
            let b = pass.input(1);
            if let Some((dy, gradient)) = pass.flow(0) {
                self.a_gradient(pool, b, dy, gradient);
            }
        }
        if pass.gradients[1].is_some() {
            let a = pass.input(0);
            if let Some((dy, gradient)) = pass.flow(1) {
                self.b_gradient(pool, a, dy, gradient);
            }
        }
        if let (Some(addend), Some((dy, gradient))) = (&self.addend, pass.flow(2)) {
            gradient.fill(0.0);
            addend.walk.scatter_add(dy, gradient);
            scale(gradient, addend.beta);
        }
    }
}
