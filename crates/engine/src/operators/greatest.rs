use std::ops::Range;

use inscape_tensor::{Pool, vectorized};

use super::window::Windows;

/// Windows that are looked through side by side.
const LANES: usize = 16;
/// Strides from which on windows share so little that each is looked through by itself.
const FAR: usize = 8;

/// The greatest cell under each window of all planes. Padding is no cell; of equals the first in row-major order counts,
/// and a NaN before all numbers.
pub(super) fn greatest(windows: &Windows, input: &[f32], values: &mut [f32], pool: &Pool) {
    let (cells, count, share) = (windows.cells(), windows.windows(), windows.share());
    if count == 0 {
        return;
    }
    let scan = Scan::new(windows);
    pool.chunks(values, count * share, |i, values| {
        let mut frame = scan.frame();
        for (j, values) in values.chunks_mut(count).enumerate() {
            let plane = &input[(i * share + j) * cells..][..cells];
            scan.plane(plane, &mut frame, values, None);
        }
    });
}

/// The same, and the number of that cell in its plane.
pub(super) fn first_greatest(
    windows: &Windows,
    input: &[f32],
    values: &mut [f32],
    at: &mut [u32],
    pool: &Pool,
) {
    let (cells, count, share) = (windows.cells(), windows.windows(), windows.share());
    if count == 0 {
        return;
    }
    let scan = Scan::new(windows);
    let mut planes: Vec<_> = values.chunks_mut(count).zip(at.chunks_mut(count)).collect();
    pool.chunks(&mut planes, share, |i, planes| {
        let mut frame = scan.frame();
        for (j, (values, at)) in planes.iter_mut().enumerate() {
            let plane = &input[(i * share + j) * cells..][..cells];
            scan.plane(plane, &mut frame, values, Some(at));
        }
    });
}

struct Scan<'w> {
    windows: &'w Windows,
    /// For each window along the width, rounded up to whole lanes: the first column it sees.
    first: Vec<u32>,
    /// Floats of a row with minus infinity around it, so wide that lanes never reach beyond.
    line: usize,
}

/// Strictly greater, so that the first of equals stays; a NaN beats every number.
#[inline(always)]
fn beats(value: f32, best: f32) -> bool {
    (value > best) | value.is_nan()
}

/// A number for each lane, made all at once: so they stay in registers.
#[inline(always)]
fn lanes<T: Copy + Default>(each: impl Fn(usize) -> T) -> [T; LANES] {
    let mut values = [T::default(); LANES];
    for (lane, value) in values.iter_mut().enumerate() {
        *value = each(lane);
    }
    values
}

impl<'w> Scan<'w> {
    fn new(windows: &'w Windows) -> Scan<'w> {
        let x = &windows.x;
        let whole = x.output.next_multiple_of(LANES);
        let column = |o: usize| x.cell(o, x.taps(o).start) as u32;
        let first = (0..whole).map(|o| column(o.min(x.output - 1))).collect();
        let reach = whole * x.stride + (x.kernel - 1) * x.dilation;
        Scan { windows, first, line: reach.max(x.begin + x.input) }
    }

    fn near(&self) -> bool {
        self.windows.x.stride < FAR
    }

    fn frame(&self) -> Vec<f32> {
        let rows = if self.near() { self.windows.y.input } else { 0 };
        vec![f32::NEG_INFINITY; rows * self.line]
    }

    fn plane(&self, plane: &[f32], frame: &mut [f32], values: &mut [f32], mut at: Option<&mut [u32]>) {
        if !self.near() {
            return self.each(plane, values, at);
        }
        let Windows { y, x, .. } = self.windows;
        for (line, row) in frame.chunks_exact_mut(self.line).zip(plane.chunks_exact(x.input)) {
            line[x.begin..][..x.input].copy_from_slice(row);
        }
        for (oy, values) in values.chunks_mut(x.output).enumerate() {
            let taps = y.taps(oy);
            let rows = y.cell(oy, taps.start)..y.cell(oy, taps.start) + taps.len() * y.dilation;
            let at = at.as_deref_mut().map(|at| &mut at[oy * x.output..][..x.output]);
            vectorized(
                #[inline(always)]
                || match x.stride {
                    1 => self.row::<1>(frame, rows, values, at),
                    2 => self.row::<2>(frame, rows, values, at),
                    3 => self.row::<3>(frame, rows, values, at),
                    _ => self.row::<0>(frame, rows, values, at),
                },
            );
        }
    }

    /// The windows of one row over some rows of the frame. `STRIDE` is that of the width, or 0 where the compiler need not
    /// know it.
    #[inline(always)]
    fn row<const STRIDE: usize>(
        &self,
        frame: &[f32],
        rows: Range<usize>,
        values: &mut [f32],
        mut at: Option<&mut [u32]>,
    ) {
        let Windows { y, x, .. } = self.windows;
        let stride = if STRIDE > 0 { STRIDE } else { x.stride };
        for (chunk, values) in values.chunks_mut(LANES).enumerate() {
            let from = chunk * LANES;
            let mut best = [f32::NEG_INFINITY; LANES];
            let top = (rows.start * x.input) as u32;
            let first = &self.first[from..][..LANES];
            let mut mark = lanes(
                #[inline(always)]
                |lane| top + first[lane],
            );
            for row in rows.clone().step_by(y.dilation) {
                let line = &frame[row * self.line..][..self.line];
                for kx in 0..x.kernel {
                    let start = from * stride + kx * x.dilation;
                    let cells = &line[start..][..LANES * stride];
                    let cells = lanes(
                        #[inline(always)]
                        |lane| cells[lane * stride],
                    );
                    let number = (row * x.input + start).wrapping_sub(x.begin) as u32;
                    let beaten = lanes(
                        #[inline(always)]
                        |lane| beats(cells[lane], best[lane]),
                    );
                    best = lanes(
                        #[inline(always)]
                        |lane| if beaten[lane] { cells[lane] } else { best[lane] },
                    );
                    mark = lanes(
                        #[inline(always)]
                        |lane| {
                            let here = number.wrapping_add((lane * stride) as u32);
                            if beaten[lane] { here } else { mark[lane] }
                        },
                    );
                }
            }
            values.copy_from_slice(&best[..values.len()]);
            if let Some(at) = &mut at {
                at[from..][..values.len()].copy_from_slice(&mark[..values.len()]);
            }
        }
    }

    /// Every window by itself.
    fn each(&self, plane: &[f32], values: &mut [f32], mut at: Option<&mut [u32]>) {
        let Windows { y, x, .. } = self.windows;
        for (window, value) in values.iter_mut().enumerate() {
            let (oy, ox) = (window / x.output, window % x.output);
            let (rows, columns) = (y.taps(oy), x.taps(ox));
            let mut mark = y.cell(oy, rows.start) * x.input + x.cell(ox, columns.start);
            for ky in rows {
                for kx in columns.clone() {
                    let cell = y.cell(oy, ky) * x.input + x.cell(ox, kx);
                    mark = if beats(plane[cell], plane[mark]) { cell } else { mark };
                }
            }
            *value = plane[mark];
            if let Some(at) = &mut at {
                at[window] = mark as u32;
            }
        }
    }
}
