use inscape_tensor::gemm::{Matrix, Order, PackedRhs, matrix_vectors, products, transposed_matrix_vectors};
use inscape_tensor::{Constant, Floats, Pool};

use crate::operator::{Backward, Forward, Linear, Operator, Role, Work};

/// y = (x·W)·scale + bias with a constant W: x has `rows` rows of `depth`, y as many of `columns`.
pub(super) struct Dense {
    pub(super) rows: usize,
    pub(super) depth: usize,
    pub(super) columns: usize,
    /// How W, `depth` × `columns`, lies in its constant.
    pub(super) order: Order,
    /// A factor for each column.
    pub(super) scale: Option<Vec<f32>>,
    /// An addend for each column.
    pub(super) bias: Option<Vec<f32>>,
    /// Whether the columns are axis 1 of the output, which a following scale and shift speak of.
    pub(super) columns_are_channels: bool,
    /// Inputs that are taken.
    pub(super) owned: u32,
    pub(super) weights: Weights,
}

/// The numbers of W.
pub(super) enum Weights {
    /// In their file: for few rows each is read once, whatever their order.
    InPlace(Constant),
    /// In the order of the kernels; backward turns them as it goes.
    Packed(PackedRhs),
}

/// Rows for which packing the weights does not pay.
const FEW: usize = 16;

impl Dense {
    /// y = x·W for few rows of `long` numbers that give rows of `wide`.
    fn few(pool: &Pool, w: Floats<'_>, order: Order, [long, wide]: [usize; 2], x: &[f32], y: &mut [f32]) {
        match order {
            Order::Rows => transposed_matrix_vectors(pool, w, x, wide, y),
            Order::Columns => matrix_vectors(pool, w, long, x, y),
        }
    }
}

impl Operator for Dense {
    fn role(&self) -> Role {
        Role::Linear
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (x, pool) = (pass.input(0), pass.pool);
        let y = pass.output(0);
        if self.depth == 0 {
            y.fill(0.0);
        }
        match &self.weights {
            Weights::InPlace(constant) => {
                let w = constant.floats_in_place().unwrap_or(Floats::from(&[][..]));
                Self::few(pool, w, self.order, [self.depth, self.columns], x, y);
            }
            Weights::Packed(w) => {
                let x = Matrix { values: x, stride: self.depth, order: Order::Rows };
                products(pool, 1, [self.rows, self.depth, self.columns], |_| x, |_| w, y);
            }
        }
        for row in y.chunks_exact_mut(self.columns.max(1)) {
            if let Some(scale) = &self.scale {
                row.iter_mut().zip(scale).for_each(|(y, scale)| *y *= scale);
            }
            if let Some(bias) = &self.bias {
                row.iter_mut().zip(bias).for_each(|(y, bias)| *y += bias);
            }
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        let Some((dy, dx)) = pass.flow(0) else { return };
        let scaled: Option<Vec<f32>> = self
            .scale
            .as_ref()
            .map(|scale| dy.iter().zip(scale.iter().cycle()).map(|(r, s)| r * s).collect());
        let dy = scaled.as_deref().unwrap_or(dy);
        if self.columns == 0 {
            dx.fill(0.0);
        }
        match &self.weights {
            Weights::InPlace(constant) => {
                let w = constant.floats_in_place().unwrap_or(Floats::from(&[][..]));
                Self::few(pool, w, self.order.turned(), [self.columns, self.depth], dy, dx);
            }
            Weights::Packed(w) => {
                let dy = Matrix { values: dy, stride: self.columns, order: Order::Rows };
                products(pool, 1, [self.rows, self.columns, self.depth], |_| dy, |_| w.transposed(), dx);
            }
        }
    }

    fn owned(&self) -> u32 {
        self.owned
    }

    fn weight_bytes(&self) -> usize {
        match &self.weights {
            Weights::InPlace(constant) => 4 * constant.len(),
            Weights::Packed(packed) => packed.bytes(),
        }
    }

    fn work(&self) -> Work {
        let weights = (self.depth * self.columns) as u64;
        Work::weighted(self.rows as u64 * weights, weights)
    }

    fn linear(&mut self) -> Option<&mut dyn Linear> {
        Some(self)
    }
}

impl Linear for Dense {
    fn absorb(&mut self, scale: &[f32], shift: &[f32]) -> bool {
        if !self.columns_are_channels || scale.len() != self.columns || shift.len() != self.columns {
            return false;
        }
        let own = self.scale.get_or_insert_with(|| vec![1.0; scale.len()]);
        own.iter_mut().zip(scale).for_each(|(own, scale)| *own *= scale);
        let bias = self.bias.get_or_insert_with(|| vec![0.0; scale.len()]);
        for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
            *bias = *bias * scale + shift;
        }
        true
    }

    fn absorb_last(&mut self, addend: &[f32]) -> bool {
        if addend.len() != self.columns {
            return false;
        }
        let bias = self.bias.get_or_insert_with(|| vec![0.0; addend.len()]);
        bias.iter_mut().zip(addend).for_each(|(bias, addend)| *bias += addend);
        true
    }

    fn reweight(&mut self, change: &dyn Fn(f32) -> f32) -> bool {
        let Weights::InPlace(constant) = &self.weights else { return false };
        let scale = self.scale.take();
        let factor = |i: usize| match (&scale, self.order) {
            (None, _) => 1.0,
            (Some(scale), Order::Rows) => scale[i % self.columns],
            (Some(scale), Order::Columns) => scale[i / self.depth],
        };
        let values = constant.f32s().unwrap_or_default();
        let changed: Vec<f32> = values.iter().enumerate().map(|(i, &w)| change(w * factor(i))).collect();
        self.weights = Weights::InPlace(Constant::from_f32s(constant.shape(), changed));
        self.bias = None;
        true
    }

    fn prepare(&mut self, pool: &Pool, _: bool) {
        let Weights::InPlace(constant) = &self.weights else { return };
        if self.rows <= FEW {
            if constant.floats_in_place().is_none() {
                self.weights = Weights::InPlace(constant.decoded());
            }
            return;
        }
        // with a scale the bias comes after it
        let bias = if self.scale.is_none() { self.bias.take() } else { None };
        let packed =
            PackedRhs::shared(pool, constant, self.depth, self.columns, self.order).with_addends(bias);
        constant.release();
        self.weights = Weights::Packed(packed);
    }
}
