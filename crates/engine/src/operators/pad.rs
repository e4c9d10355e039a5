use inscape_tensor::{Constant, Element, Pool, count, strides};

use super::movement::{Copying, Fill, copy};
use super::reshape::distinct_axes;
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Reach, Role, Site, Type};

/// Puts cells before and after the input along each axis, or with negative pads takes them away.
///
/// New cells hold a value (`constant`), the nearest cell (`edge`), the mirror image about the first and last cell
/// (`reflect`) or the input all over again (`wrap`). Relevance of a new cell goes to the cell it was made from.
struct Pad {
    axes: Vec<Frame>,
    steps: Vec<usize>,
    value: Constant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Constant,
    Edge,
    Reflect,
    Wrap,
}

/// One axis: which cells of the input stay, and where.
#[derive(Clone, Copy)]
struct Frame {
    mode: Mode,
    /// Size of the output.
    size: usize,
    /// Cells of the output before the input's cell 0; negative where that is cut off.
    before: isize,
    /// The first cell that stays and the one after the last.
    kept: (isize, isize),
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let input = site.required(0)?;
    let mode = match site.text("mode", "constant")? {
        "constant" => Mode::Constant,
        "edge" => Mode::Edge,
        "reflect" => Mode::Reflect,
        "wrap" => Mode::Wrap,
        other => return Err(Refusal(format!("mode '{other}' is not supported"))),
    };
    let pads =
        if site.opset() < 11 { site.ints("pads")?.map(<[i64]>::to_vec) } else { site.constant_i64s(1)? };
    let pads = pads.ok_or_else(|| Refusal("the pads are missing".into()))?;
    let axes = match site.constant_i64s(3)? {
        None => (0..input.shape.len()).collect(),
        Some(axes) => distinct_axes(&axes, input.shape.len())?,
    };
    if pads.len() != 2 * axes.len() {
        return Err(Refusal(format!("{} pads for {} axes", pads.len(), axes.len())));
    }
    let mut frames: Vec<Frame> = input.shape.iter().map(|&size| Frame::whole(mode, size)).collect();
    for (i, &axis) in axes.iter().enumerate() {
        frames[axis] = Frame::new(mode, input.shape[axis], pads[i], pads[i + axes.len()])?;
    }
    let shape: Vec<usize> = frames.iter().map(|frame| frame.size).collect();
    if count(&shape).is_none() {
        return Err(Refusal(format!("an output of shape {shape:?} exceeds memory")));
    }
    let value = match site.constant(2)? {
        Some(value) => value.decoded(),
        None => spelled(site.float("value", 0.0)?, input.element),
    };
    if value.element() != input.element || value.len() != 1 {
        return Err(Refusal(format!("the value to pad with must be one {}", input.element)));
    }
    let mut steps = strides(input.shape);
    if frames.is_empty() {
        frames.push(Frame::whole(mode, 1));
        steps.push(1);
    }
    let operator = Pad { axes: frames, steps, value };
    Ok(Built::Kernel { outputs: vec![Type { element: input.element, shape }], operator: Box::new(operator) })
}

fn spelled(value: f32, element: Element) -> Constant {
    match element {
        Element::F32 => Constant::from_f32s(&[], [value]),
        Element::I64 => Constant::from_i64s(&[], [value as i64]),
        Element::Bool => Constant::from_bools(&[], [u8::from(value != 0.0)]),
    }
}

impl Frame {
    fn whole(mode: Mode, size: usize) -> Frame {
        Frame { mode, size, before: 0, kept: (0, size as isize) }
    }

    fn new(mode: Mode, size: usize, before: i64, after: i64) -> Result<Frame, Refusal> {
        let refused = || Refusal(format!("an axis of size {size} cannot be padded by {before} and {after}"));
        const MOST: i64 = 1 << 40;
        if before.abs_diff(0) > MOST as u64 || after.abs_diff(0) > MOST as u64 || size > MOST as usize {
            return Err(refused());
        }
        let padded = usize::try_from(size as i64 + before + after).map_err(|_| refused())?;
        let kept = ((-before).max(0) as isize, size as isize - (-after).max(0) as isize);
        if kept.0 >= kept.1 && padded > 0 && mode != Mode::Constant {
            return Err(refused());
        }
        Ok(Frame { mode, size: padded, before: before as isize, kept })
    }

    /// The cell of the input that a cell of the output is made from.
    fn origin(&self, i: usize) -> Option<usize> {
        let at = i as isize - self.before;
        let (first, end) = self.kept;
        if (first..end).contains(&at) {
            return Some(at as usize);
        }
        let n = end - first;
        let origin = match self.mode {
            Mode::Constant => return None,
            Mode::Edge => at.clamp(first, end - 1),
            Mode::Wrap => first + (at - first).rem_euclid(n),
            Mode::Reflect if n == 1 => first,
            Mode::Reflect => {
                let phase = (at - first).rem_euclid(2 * (n - 1));
                first + phase.min(2 * (n - 1) - phase)
            }
        };
        Some(origin as usize)
    }

    /// The cells of the output that are the input's own, neighbors as they were.
    fn inside(&self) -> std::ops::Range<usize> {
        let place = |at: isize| (at + self.before).clamp(0, self.size as isize) as usize;
        place(self.kept.0)..place(self.kept.1.max(self.kept.0))
    }
}

impl Pad {
    /// The innermost axis, along which rows lie.
    fn row(&self) -> Frame {
        self.axes[self.axes.len() - 1]
    }

    /// Where the row of the input begins that a row of the output is made from.
    fn start(&self, row: usize) -> Option<usize> {
        let mut rest = row;
        let mut start = 0;
        for (axis, step) in self.axes.iter().zip(&self.steps).rev().skip(1) {
            start += axis.origin(rest % axis.size)? * step;
            rest /= axis.size;
        }
        Some(start)
    }
}

impl Operator for Pad {
    fn role(&self) -> Role {
        Role::Reshape
    }

    fn reach(&self) -> Reach {
        match self.axes[..] {
            [_, _, rows, columns] => {
                Reach::Window { extent: [1, 1], stride: [1, 1], pad: [rows.before, columns.before] }
            }
            _ => Reach::Anywhere,
        }
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        copy(&Fill, &self.value.view(), &mut pass.outputs[0]);
        if let Some(source) = pass.inputs[0] {
            copy(&Framing { pad: self, pool: pass.pool }, &source, &mut pass.outputs[0]);
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        gradient.fill(0.0);
        let frame = self.row();
        let inside = frame.inside();
        for (row, cells) in relevance.chunks_exact(frame.size.max(1)).enumerate() {
            let Some(start) = self.start(row) else { continue };
            let first = start.wrapping_add_signed(inside.start as isize - frame.before);
            for (i, r) in cells[inside.clone()].iter().enumerate() {
                gradient[first + i] += r;
            }
            for i in (0..inside.start).chain(inside.end..frame.size) {
                if let Some(at) = frame.origin(i) {
                    gradient[start + at] += cells[i];
                }
            }
        }
    }
}

struct Framing<'a> {
    pad: &'a Pad,
    pool: &'a Pool,
}

impl Copying for Framing<'_> {
    fn copy<T: Copy + Default + Send + Sync>(&self, source: &[T], target: &mut [T]) {
        let frame = self.pad.row();
        let inside = frame.inside();
        let width = frame.size.max(1);
        let rows = (1usize << 14).div_ceil(width);
        self.pool.chunks(target, rows * width, |piece, target| {
            for (row, cells) in target.chunks_exact_mut(width).enumerate() {
                let Some(start) = self.pad.start(piece * rows + row) else { continue };
                if !inside.is_empty() {
                    let first = start.wrapping_add_signed(inside.start as isize - frame.before);
                    cells[inside.clone()].copy_from_slice(&source[first..first + inside.len()]);
                }
                for i in (0..inside.start).chain(inside.end..frame.size) {
                    if let Some(at) = frame.origin(i) {
                        cells[i] = source[start + at];
                    }
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use super::super::check::Check;

    fn case(mode: &str, pads: &[i64]) -> Check {
        Check::new("Pad", 19).noisy(&[3, 4]).text("mode", mode).list(pads)
    }

    fn inside(at: &[usize]) -> Option<Vec<usize>> {
        Some(vec![at[0].checked_sub(1).filter(|&y| y < 3)?, at[1].checked_sub(2).filter(|&x| x < 4)?])
    }

    #[test]
    fn new_cells_come_from_where_the_mode_says() {
        let mirrored = [[1, 0, 1, 2, 1].as_slice(), &[2, 1, 0, 1, 2, 3, 2]];
        let edge = [[0, 0, 1, 2, 2].as_slice(), &[0, 0, 0, 1, 2, 3, 3]];
        let wrapped = [[2, 0, 1, 2, 0].as_slice(), &[2, 3, 0, 1, 2, 3, 0]];
        case("constant", &[1, 2, 1, 1]).moves(&[5, 7], inside);
        for (mode, origins) in [("reflect", mirrored), ("edge", edge), ("wrap", wrapped)] {
            case(mode, &[1, 2, 1, 1]).moves(&[5, 7], |at| Some(vec![origins[0][at[0]], origins[1][at[1]]]));
        }
        let old = Check::new("Pad", 9).noisy(&[3, 4]).ints("pads", &[1, 2, 1, 1]);
        old.moves(&[5, 7], inside);
    }

    #[test]
    fn negative_pads_cut() {
        case("constant", &[0, -1, -2, 2]).moves(&[1, 5], |at| (at[1] < 3).then(|| vec![at[0], at[1] + 1]));
        case("edge", &[0, -1, -2, 2]).moves(&[1, 5], |at| Some(vec![at[0], (at[1] + 1).min(3)]));
        case("reflect", &[0, -1, 0, 2]).moves(&[3, 5], |at| Some(vec![at[0], [1, 2, 3, 2, 1][at[1]]]));
        case("constant", &[0, -6, 0, 4]).moves(&[3, 2], |_| None);
    }

    #[test]
    fn some_axes_can_be_named() {
        let zero = Constant::from_f32s(&[], [0.0]);
        let axes = Constant::from_i64s(&[1], [-1]);
        let with_axes = |check: Check| check.constant(zero.clone()).constant(axes.clone());
        assert!(with_axes(case("constant", &[2, 0])).build().is_ok());
        let integers = Check::new("Pad", 19).run_time(Constant::from_i64s(&[3, 4], [0; 12]));
        let integers = with_axes(integers.text("mode", "constant").list(&[2, 0]));
        assert!(integers.refusal().contains("must be one int64"));
    }

    #[test]
    fn what_cannot_be_padded_is_refused() {
        assert!(case("constant", &[1, 1]).refusal().contains("2 pads for 2 axes"));
        assert!(case("constant", &[-4, 0, 0, 0]).refusal().contains("cannot be padded by -4 and 0"));
        assert!(case("constant", &[i64::MIN, 0, i64::MAX, 0]).refusal().contains("cannot be padded"));
        assert!(case("constant", &[1 << 39, 1 << 39, 0, 0]).refusal().contains("exceeds memory"));
        assert!(case("edge", &[-3, 0, 1, 0]).refusal().contains("cannot be padded"));
        assert_eq!(case("mirror", &[0; 4]).refusal(), "mode 'mirror' is not supported");
    }
}
