use inscape_tensor::{Pool, Taps};

use super::window::Windows;

/// Windows of a row that are looked through together.
const TOGETHER: usize = 16;

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
        let mut frame = vec![f32::NEG_INFINITY; scan.room];
        for (j, (values, at)) in planes.iter_mut().enumerate() {
            let plane = &input[(i * share + j) * cells..][..cells];
            scan.plane(plane, &mut frame, values, at.as_deref_mut());
        }
    });
}

/// Looks through a plane with minus infinity around it, a row of windows at a time.
struct Scan<'w> {
    windows: &'w Windows,
    /// Floats of a line of the frame, and of all of it.
    line: usize,
    room: usize,
    taps: Taps,
    /// For each window, the number of its first tap that lies on the plane.
    first: Vec<u32>,
}

impl<'w> Scan<'w> {
    fn new(windows: &'w Windows) -> Scan<'w> {
        let Windows { y, x, .. } = windows;
        let down = |ky: usize| (ky * y.dilation).wrapping_sub(y.begin).wrapping_mul(x.input) as u32;
        let along = |kx: usize| (kx * x.dilation).wrapping_sub(x.begin) as u32;
        let line = x.begin + x.input.max((x.output - 1) * x.stride + (x.kernel - 1) * x.dilation + 1);
        let (mut cells, mut marks) = (vec![], vec![]);
        for ky in 0..y.kernel {
            for kx in 0..x.kernel {
                cells.push(ky * y.dilation * line + kx * x.dilation);
                marks.push(down(ky).wrapping_add(along(kx)));
            }
        }
        let last = cells.last().copied().unwrap_or(0) + (y.output - 1) * y.stride * line;
        let behind = x.output.next_multiple_of(TOGETHER) * x.stride;
        let first =
            |oy: usize, ox: usize| y.cell(oy, y.taps(oy).start) * x.input + x.cell(ox, x.taps(ox).start);
        let first = (0..y.output).flat_map(|oy| (0..x.output).map(move |ox| first(oy, ox) as u32)).collect();
        Scan {
            windows,
            line,
            room: (last + behind).max((y.begin + y.input) * line),
            taps: Taps { stride: x.stride, cells, marks },
            first,
        }
    }

    fn plane(&self, plane: &[f32], frame: &mut [f32], values: &mut [f32], mut at: Option<&mut [u32]>) {
        let Windows { y, x, .. } = self.windows;
        let lines = frame.chunks_exact_mut(self.line).skip(y.begin);
        for (line, row) in lines.zip(plane.chunks_exact(x.input)) {
            line[x.begin..][..x.input].copy_from_slice(row);
        }
        if let Some(at) = &mut at {
            at.copy_from_slice(&self.first);
        }
        for oy in 0..y.output {
            let own = oy * x.output..(oy + 1) * x.output;
            let cells = &frame[oy * y.stride * self.line..];
            let marks = at.as_deref_mut().map(|at| &mut at[own.clone()]);
            let number = (oy * y.stride * x.input) as u32;
            self.taps.greatest(cells, &mut values[own], marks.map(|marks| (marks, number)));
        }
    }
}
