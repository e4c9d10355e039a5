use inscape_tensor::{Element, SliceMut};

use super::greatest::greatest;
use super::window::Windows;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Reach, Role, Site, Type};

/// The greatest cell under each window; padding is no cell. Relevance goes to the first greatest in row-major order.
struct MaxPool {
    windows: Windows,
    /// How the optional second output numbers the cells of a plane.
    columns_first: bool,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (windows, shape) = Windows::of(site)?;
    let cells = windows.y.input.checked_mul(windows.x.input);
    if cells.is_none_or(|cells| cells > u32::MAX as usize) {
        return Err(Refusal("planes of more than 2^32 cells are not pooled".into()));
    }
    let columns_first = site.flag("storage_order", false)?;
    let mut outputs = vec![Type::f32(shape.clone())];
    if site.node.outputs.len() > 1 {
        outputs.push(Type { element: Element::I64, shape });
    }
    Ok(Built::Kernel { outputs, operator: Box::new(MaxPool { windows, columns_first }) })
}

impl MaxPool {
    fn write_indices(&self, at: &[u32], indices: &mut [i64]) {
        let Windows { y, x, .. } = &self.windows;
        let planes =
            at.chunks(self.windows.windows().max(1)).zip(indices.chunks_mut(self.windows.windows().max(1)));
        for (plane, (at, indices)) in planes.enumerate() {
            let base = plane * self.windows.cells();
            for (&cell, index) in at.iter().zip(indices) {
                let cell = cell as usize;
                let numbered =
                    if self.columns_first { cell / x.input + cell % x.input * y.input } else { cell };
                *index = (base + numbered) as i64;
            }
        }
    }
}

impl Operator for MaxPool {
    fn role(&self) -> Role {
        Role::Pooling
    }

    fn reach(&self) -> Reach {
        self.windows.reach()
    }

    fn keeps(&self) -> Keeps {
        Keeps { words: self.windows.planes.saturating_mul(self.windows.windows()), ..Keeps::default() }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (input, pool) = (pass.input(0), pass.pool);
        let (values, rest) = match pass.outputs.split_first_mut() {
            Some((first, rest)) => (first.f32s(), rest),
            None => return,
        };
        let indices = match rest.first_mut().map(|view| &mut view.data) {
            Some(SliceMut::I64(indices)) => Some(indices),
            _ => None,
        };
        match (pass.saved.take(), indices) {
            (None, None) => greatest(&self.windows, input, values, None, pool),
            (Some(at), indices) => {
                greatest(&self.windows, input, values, Some(at), pool);
                if let Some(indices) = indices {
                    self.write_indices(at, indices);
                }
            }
            (None, Some(indices)) => {
                let mut at = vec![0; values.len()];
                greatest(&self.windows, input, values, Some(&mut at), pool);
                self.write_indices(&at, indices);
            }
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (at, pool) = (pass.saved, pass.pool);
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        let (windows, cells) = (self.windows.windows(), self.windows.cells());
        if cells == 0 {
            return;
        }
        let share = self.windows.share();
        pool.chunks(gradient, cells * share, |i, gradient| {
            for (j, plane) in gradient.chunks_mut(cells).enumerate() {
                let own = (i * share + j) * windows..(i * share + j + 1) * windows;
                plane.fill(0.0);
                for (&cell, &r) in at[own.clone()].iter().zip(&relevance[own]) {
                    plane[cell as usize] += r;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::operator::Role;
    use crate::operators::check::Check;

    /// Cells as (y, x) under every window, by the definition, for a plane of `h`×`w`.
    fn slow(
        h: i64,
        w: i64,
        out: &[usize],
        k: [i64; 2],
        s: [i64; 2],
        d: [i64; 2],
        p: [i64; 2],
    ) -> Vec<Vec<usize>> {
        let mut windows = vec![];
        for oy in 0..out[2] as i64 {
            for ox in 0..out[3] as i64 {
                let mut cells = vec![];
                for ky in 0..k[0] {
                    for kx in 0..k[1] {
                        let (y, x) = (oy * s[0] + ky * d[0] - p[0], ox * s[1] + kx * d[1] - p[1]);
                        if (0..h).contains(&y) && (0..w).contains(&x) {
                            cells.push((y * w + x) as usize);
                        }
                    }
                }
                windows.push(cells);
            }
        }
        windows
    }

    /// Numbers in no order, far enough apart for differences.
    fn ranks(n: usize) -> Vec<f32> {
        let noise = inscape_testkit::noise(1, n);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| noise[a].total_cmp(&noise[b]));
        let mut ranks = vec![0.0; n];
        order.into_iter().enumerate().for_each(|(rank, i)| ranks[i] = rank as f32 / n as f32);
        ranks
    }

    proptest! {
        #[test]
        fn picks_the_greatest_cell(
            planes in 1usize..4, h in 0i64..9, w in 0i64..40, k in [1i64..4, 1i64..4], s in [1i64..5, 1i64..5],
            d in [1i64..3, 1i64..3], p in [0i64..3, 0i64..3, 0i64..3, 0i64..3], ceil in 0i64..2,
        ) {
            let p = [p[0] % k[0], p[1] % k[1], p[2] % k[0], p[3] % k[1]];
            let extent = [(k[0] - 1) * d[0] + 1, (k[1] - 1) * d[1] + 1];
            let least = |i: usize| if d[i] > 1 { extent[i] } else { (extent[i] - p[i] - p[i + 2]).max(1) };
            let (h, w) = (least(0) + h, least(1) + w);
            let shape = [planes, 1, h as usize, w as usize];
            let check = Check::new("MaxPool", 12).ints("kernel_shape", &k).ints("strides", &s).ints("pads", &p)
                .ints("dilations", &d).int("ceil_mode", ceil).outputs(2).floats(&shape, ranks(planes * (h * w) as usize));
            let out = check.run_both().shape();
            let windows = slow(h, w, &out, k, s, d, [p[0], p[1]]);
            let cells = (h * w) as usize;
            let ran = check.agrees_with(|x| {
                let greatest = |plane: &[f64], cells: &[usize]| cells.iter().map(|&c| plane[c]).fold(f64::MIN, f64::max);
                x[0].chunks(cells).flat_map(|plane| windows.iter().map(move |c| greatest(plane, c))).collect()
            });
            let indices = ran.outputs[1].i64s().expect("indices are integers");
            prop_assert!(indices.iter().all(|&i| (0..(planes * cells) as i64).contains(&i)));
        }
    }

    #[test]
    fn the_first_of_equals_takes_the_relevance() {
        let ran = Check::new("MaxPool", 8)
            .ints("kernel_shape", &[2, 2])
            .ints("strides", &[2, 2])
            .floats(
                &[1, 1, 2, 4],
                vec![
                    1.0,
                    2.0,
                    f32::NEG_INFINITY,
                    f32::NEG_INFINITY,
                    2.0,
                    2.0,
                    f32::NEG_INFINITY,
                    f32::NEG_INFINITY,
                ],
            )
            .run_both();
        let r = &ran.relevance;
        assert_eq!(ran.gradients[0], Some(vec![0.0, r[0], r[1], 0.0, 0.0, 0.0, 0.0, 0.0]));
    }

    #[test]
    fn indices_count_columns_first_when_asked() {
        let values: Vec<f32> = (1..=25).map(|v| v as f32).collect();
        let ran = Check::new("MaxPool", 12)
            .ints("kernel_shape", &[2, 2])
            .ints("strides", &[2, 2])
            .int("storage_order", 1)
            .outputs(2)
            .floats(&[1, 1, 5, 5], values)
            .run_both();
        assert_eq!(ran.output(), [7.0, 9.0, 17.0, 19.0]);
        assert_eq!(ran.outputs[1].i64s(), Some(&[6, 16, 8, 18][..]));
    }

    #[test]
    fn a_row_is_pooled_too() {
        let check = Check::new("MaxPool", 8)
            .ints("kernel_shape", &[2])
            .ints("pads", &[1, 0])
            .floats(&[1, 1, 3], vec![3.0, 1.0, 2.0]);
        assert_eq!((check.run_both().output(), check.role()), (vec![3.0, 3.0, 2.0], Role::Pooling));
    }

    #[test]
    fn rounding_up_never_starts_a_window_behind_the_input() {
        let pooled = |input: usize, k: i64, s: i64| {
            Check::new("MaxPool", 12)
                .ints("kernel_shape", &[k])
                .ints("strides", &[s])
                .int("ceil_mode", 1)
                .noisy(&[1, 1, input])
                .run_both()
                .shape()[2]
        };
        assert_eq!((pooled(111, 3, 2), pooled(4, 3, 2), pooled(2, 1, 2), pooled(5, 1, 3)), (55, 2, 1, 2));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let check = || Check::new("MaxPool", 12).noisy(&[1, 1, 4, 4]);
        assert!(check().refusal().contains("kernel_shape"));
        let with =
            |name: &str, values: &[i64]| check().ints("kernel_shape", &[2, 2]).ints(name, values).refusal();
        assert!(with("strides", &[0, 1]).contains("strides"));
        assert!(with("dilations", &[1]).contains("dilations"));
        assert!(with("dilations", &[i64::MAX, 1]).contains("too large"));
        assert!(with("pads", &[-1, 0, 0, 0]).contains("negative"));
        assert!(with("pads", &[2, 0, 0, 0]).contains("reach past"));
        assert!(with("kernel_shape", &[5, 5]).contains("does not fit"));
        assert!(with("kernel_shape", &[i64::MAX, 1]).contains("too large"));
        assert!(
            Check::new("MaxPool", 12)
                .ints("kernel_shape", &[2, 2, 2])
                .noisy(&[1, 1, 4, 4, 4])
                .refusal()
                .contains("rank")
        );
    }
}
