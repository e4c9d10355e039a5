use inscape_tensor::{Pool, vectorized};

use super::window::Windows;

/// The greatest cell under each window of all planes, and where it is asked that cell's number in its plane. Padding is no
/// cell; of equals the first in row-major order counts, and a NaN before all numbers.
pub(super) fn greatest(
    windows: &Windows,
    input: &[f32],
    values: &mut [f32],
    at: Option<&mut [u32]>,
    pool: &Pool,
) {
    let (cells, count, share) = (windows.cells(), windows.windows(), windows.share());
    if count == 0 {
        return;
    }
    let scan = Scan::new(windows);
    let mut at = at.map(|at| at.chunks_mut(count));
    let planes = values.chunks_mut(count).map(|values| (values, at.as_mut().and_then(Iterator::next)));
    let mut planes: Vec<_> = planes.collect();
    pool.chunks(&mut planes, share, |i, planes| {
        let mut room = scan.room();
        for (j, (values, at)) in planes.iter_mut().enumerate() {
            let plane = &input[(i * share + j) * cells..][..cells];
            scan.plane(plane, &mut room, values, at.as_deref_mut());
        }
    });
}

/// Looks through a plane tap by tap: every tap meets all windows, or all of a row, in one long loop.
struct Scan<'w> {
    windows: &'w Windows,
    /// Floats of a line of the plane with minus infinity around it, and how many lines.
    line: usize,
    lines: usize,
    /// Windows of a loop, counting those behind a line's end, and how many loops.
    run: usize,
    runs: usize,
    /// For each row and column of windows, the first tap that lies on the plane.
    first: [Vec<usize>; 2],
}

struct Room {
    frame: Vec<f32>,
    best: Vec<f32>,
    /// For each window of a run, the greatest cell's number less the window's own place in the plane.
    mark: Vec<u32>,
}

/// Strictly greater, so that the first of equals stays; a NaN beats every number.
#[inline(always)]
fn beats(value: f32, best: f32) -> bool {
    (value > best) | value.is_nan()
}

impl<'w> Scan<'w> {
    fn new(windows: &'w Windows) -> Scan<'w> {
        let Windows { y, x, .. } = windows;
        let line = (x.output * x.stride + (x.kernel - 1) * x.dilation).max(x.begin + x.input);
        let lines = ((y.output - 1) * y.stride + (y.kernel - 1) * y.dilation + 1).max(y.begin + y.input);
        // side by side, windows behind the end of a line cost less than a loop for each line
        let flat = x.stride == 1 && y.stride == 1;
        let (run, runs) = if flat { ((y.output - 1) * line + x.output, 1) } else { (x.output, y.output) };
        let first = [y, x].map(|axis| (0..axis.output).map(|o| axis.taps(o).start).collect());
        Scan { windows, line, lines, run, runs, first }
    }

    fn room(&self) -> Room {
        Room {
            frame: vec![f32::NEG_INFINITY; self.line * self.lines],
            best: vec![0.0; self.run],
            mark: vec![0; self.run],
        }
    }

    /// The number of the cell under a tap, less the number of the cell at the window's place in a plane without padding.
    fn offset(&self, ky: usize, kx: usize) -> u32 {
        let Windows { y, x, .. } = self.windows;
        let down = (ky * y.dilation).wrapping_sub(y.begin).wrapping_mul(x.input);
        down.wrapping_add((kx * x.dilation).wrapping_sub(x.begin)) as u32
    }

    fn plane(&self, plane: &[f32], room: &mut Room, values: &mut [f32], mut at: Option<&mut [u32]>) {
        let Windows { y, x, .. } = self.windows;
        let lines = room.frame.chunks_exact_mut(self.line).skip(y.begin);
        for (line, row) in lines.zip(plane.chunks_exact(x.input)) {
            line[x.begin..][..x.input].copy_from_slice(row);
        }
        for run in 0..self.runs {
            let rows = if self.runs == 1 { 0..y.output } else { run..run + 1 };
            room.best.fill(f32::NEG_INFINITY);
            for (place, oy) in rows.clone().enumerate() {
                let marks = &mut room.mark[place * self.line..][..x.output];
                for (mark, &kx) in marks.iter_mut().zip(&self.first[1]) {
                    *mark = self.offset(self.first[0][oy], kx);
                }
            }
            vectorized(
                #[inline(always)]
                || match x.stride {
                    1 => self.meet::<1>(rows.start, room),
                    2 => self.meet::<2>(rows.start, room),
                    3 => self.meet::<3>(rows.start, room),
                    _ => self.meet_far(rows.start, room),
                },
            );
            for (place, oy) in rows.enumerate() {
                let own = oy * x.output..(oy + 1) * x.output;
                let run = place * self.line..place * self.line + x.output;
                values[own.clone()].copy_from_slice(&room.best[run.clone()]);
                let Some(at) = at.as_deref_mut() else { continue };
                let here = (oy * y.stride * x.input) as u32;
                for (i, (at, &mark)) in at[own].iter_mut().zip(&room.mark[run]).enumerate() {
                    *at = mark.wrapping_add(here).wrapping_add((i * x.stride) as u32);
                }
            }
        }
    }

    /// Puts all taps against the greatest so far, for the windows of a run that begins with a row. `STRIDE` is the
    /// width's.
    #[inline(always)]
    fn meet<const STRIDE: usize>(&self, row: usize, room: &mut Room) {
        let Windows { y, x, .. } = self.windows;
        let Room { frame, best, mark } = room;
        for ky in 0..y.kernel {
            for kx in 0..x.kernel {
                let from = (row * y.stride + ky * y.dilation) * self.line + kx * x.dilation;
                let cells = frame[from..][..self.run * STRIDE].as_chunks::<STRIDE>().0;
                let offset = self.offset(ky, kx);
                for ((best, mark), cell) in best.iter_mut().zip(mark.iter_mut()).zip(cells) {
                    let beaten = beats(cell[0], *best);
                    *best = if beaten { cell[0] } else { *best };
                    *mark = if beaten { offset } else { *mark };
                }
            }
        }
    }

    /// The same for any stride.
    fn meet_far(&self, row: usize, room: &mut Room) {
        let Windows { y, x, .. } = self.windows;
        let Room { frame, best, mark } = room;
        for ky in 0..y.kernel {
            for kx in 0..x.kernel {
                let from = (row * y.stride + ky * y.dilation) * self.line + kx * x.dilation;
                let cells = frame[from..].iter().step_by(x.stride);
                let offset = self.offset(ky, kx);
                for ((best, mark), &cell) in best.iter_mut().zip(mark.iter_mut()).zip(cells) {
                    if beats(cell, *best) {
                        (*best, *mark) = (cell, offset);
                    }
                }
            }
        }
    }
}
