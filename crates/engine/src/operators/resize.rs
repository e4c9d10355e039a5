use inscape_tensor::{Constant, count, vectorized};

use super::resize_rows::{Coordinates, Interpolation, Resizing, Rounding, Rows};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Operator, Role, Site, normalized_axis};

/// A sparse matrix along each axis that changes, one after the other; backward is their transposes in reverse.
struct Resize {
    passes: Vec<Pass>,
    /// Cells of the part of the input, and of the output, that no pass mixes with another part.
    before: usize,
    after: usize,
}

/// One axis of a part: `outer` × `input` × `inner` cells to `outer` × rows × `inner`.
struct Pass {
    outer: usize,
    input: usize,
    inner: usize,
    rows: Rows,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let (scales, sizes) = if site.opset() < 11 {
        (given(site, 1)?, None)
    } else {
        let sizes = site.constant_i64s(3)?.filter(|sizes| !sizes.is_empty());
        (given(site, 2)?.filter(|scales| !scales.is_empty()), sizes)
    };
    let axes = match site.ints("axes")? {
        None => (0..shape.len()).collect(),
        Some(axes) => {
            axes.iter().map(|&axis| normalized_axis(axis, shape.len())).collect::<Result<Vec<_>, _>>()?
        }
    };
    let wanted = match (scales, sizes) {
        (Some(scales), None) => Wanted::Scales(scales),
        (None, Some(sizes)) => Wanted::Sizes(sizes),
        _ => return Err(Refusal("exactly one of scales and sizes must be given".into())),
    };
    let mut resizings = wanted.along(site, shape, &axes)?;
    let sampling = Sampling::of(site)?;
    let region = match sampling.coordinates {
        Coordinates::Crop { .. } => Some(region(site, axes.len())?),
        _ => None,
    };
    for (i, &axis) in axes.iter().enumerate() {
        let resizing = &mut resizings[axis];
        resizing.interpolation = sampling.interpolation;
        resizing.exclude_outside = sampling.exclude_outside;
        resizing.antialias = sampling.antialias;
        resizing.coordinates = match (sampling.coordinates, &region) {
            (Coordinates::Crop { outside, .. }, Some(region)) => {
                let (start, end) = (region[i].into(), region[axes.len() + i].into());
                Coordinates::Crop { start, end, outside }
            }
            (coordinates, _) => coordinates,
        };
    }
    resized(shape, &resizings)
}

/// Upsample, the name of Resize before operator set 10.
pub(super) fn build_upsample(site: &Site<'_>) -> Result<Built, Refusal> {
    let shape = site.shape(0)?;
    let scales = match site.floats("scales")? {
        Some(scales) => scales.to_vec(),
        None => given(site, 1)?.ok_or_else(|| Refusal("scales are missing".into()))?,
    };
    let axes: Vec<usize> = (0..shape.len()).collect();
    let mut resizings = Wanted::Scales(scales).along(site, shape, &axes)?;
    let interpolation = interpolation(site, Rounding::Floor)?;
    resizings.iter_mut().for_each(|resizing| resizing.interpolation = interpolation);
    resized(shape, &resizings)
}

fn given(site: &Site<'_>, i: usize) -> Result<Option<Vec<f32>>, Refusal> {
    match site.constant(i)?.map(Constant::is_empty) {
        Some(true) => Ok(None),
        _ => site.constant_f32s(i),
    }
}

enum Wanted {
    Scales(Vec<f32>),
    Sizes(Vec<i64>),
}

impl Wanted {
    /// For every axis of the array its lengths and scale; the rest is as in Resize of operator set 10.
    fn along(&self, site: &Site<'_>, shape: &[usize], axes: &[usize]) -> Result<Vec<Resizing>, Refusal> {
        let plain = |&cells: &usize| Resizing {
            input: cells,
            output: cells,
            scale: (1.0, 1.0),
            interpolation: Interpolation::Nearest(Rounding::Floor),
            coordinates: Coordinates::Asymmetric,
            exclude_outside: false,
            antialias: false,
        };
        let mut resizings: Vec<Resizing> = shape.iter().map(plain).collect();
        let entries = match self {
            Wanted::Scales(scales) => scales.len(),
            Wanted::Sizes(sizes) => sizes.len(),
        };
        if entries != axes.len() {
            return Err(Refusal(format!("{entries} scales or sizes for {} axes", axes.len())));
        }
        match self {
            Wanted::Scales(scales) => {
                for (&axis, &scale) in axes.iter().zip(scales) {
                    let length = (shape[axis] as f32 * scale).floor();
                    if !(scale > 0.0 && length <= 1e9) {
                        return Err(Refusal(format!(
                            "a scale of {scale} for {} cells makes no sense",
                            shape[axis]
                        )));
                    }
                    (resizings[axis].output, resizings[axis].scale) = (length as usize, (scale.into(), 1.0));
                }
            }
            Wanted::Sizes(sizes) => {
                let sizes: Vec<usize> = sizes.iter().filter_map(|&size| usize::try_from(size).ok()).collect();
                if sizes.len() != entries {
                    return Err(Refusal("sizes must not be negative".into()));
                }
                if axes.iter().zip(&sizes).any(|(&axis, &size)| shape[axis] == 0 && size > 0) {
                    return Err(Refusal("there are no cells to resize".into()));
                }
                let ratio = |(&axis, &size): (&usize, &usize)| size as f64 / shape[axis].max(1) as f64;
                let ratios = axes.iter().zip(&sizes).map(ratio);
                let common = match site.text("keep_aspect_ratio_policy", "stretch")? {
                    "stretch" => None,
                    "not_larger" => Some(ratios.fold(f64::INFINITY, f64::min)),
                    "not_smaller" => Some(ratios.fold(0.0, f64::max)),
                    other => return Err(Refusal(format!("keep_aspect_ratio_policy '{other}' is unknown"))),
                };
                for (&axis, &size) in axes.iter().zip(&sizes) {
                    let input = shape[axis];
                    (resizings[axis].output, resizings[axis].scale) = match common {
                        None => (size, (size as f64, input.max(1) as f64)),
                        Some(common) => ((common * input as f64 + 0.5) as usize, (common, 1.0)),
                    };
                }
            }
        }
        Ok(resizings)
    }
}

/// What Resize says about every axis alike.
struct Sampling {
    interpolation: Interpolation,
    coordinates: Coordinates,
    exclude_outside: bool,
    antialias: bool,
}

impl Sampling {
    fn of(site: &Site<'_>) -> Result<Sampling, Refusal> {
        if site.opset() < 11 {
            return Ok(Sampling {
                interpolation: interpolation(site, Rounding::Floor)?,
                coordinates: Coordinates::Asymmetric,
                exclude_outside: false,
                antialias: false,
            });
        }
        let rounding = match site.text("nearest_mode", "round_prefer_floor")? {
            "round_prefer_floor" => Rounding::PreferFloor,
            "round_prefer_ceil" => Rounding::PreferCeil,
            "floor" => Rounding::Floor,
            "ceil" => Rounding::Ceil,
            other => return Err(Refusal(format!("nearest_mode '{other}' is unknown"))),
        };
        let coordinates = match site.text("coordinate_transformation_mode", "half_pixel")? {
            "half_pixel" => Coordinates::HalfPixel,
            "half_pixel_symmetric" => Coordinates::HalfPixelSymmetric,
            "pytorch_half_pixel" => Coordinates::PytorchHalfPixel,
            "tf_half_pixel_for_nn" => Coordinates::TfHalfPixelForNn,
            "align_corners" => Coordinates::AlignCorners,
            "asymmetric" => Coordinates::Asymmetric,
            "tf_crop_and_resize" => {
                Coordinates::Crop { start: 0.0, end: 1.0, outside: site.float("extrapolation_value", 0.0)? }
            }
            other => return Err(Refusal(format!("coordinate_transformation_mode '{other}' is unknown"))),
        };
        Ok(Sampling {
            interpolation: interpolation(site, rounding)?,
            coordinates,
            exclude_outside: site.flag("exclude_outside", false)?,
            antialias: site.flag("antialias", false)?,
        })
    }
}

fn interpolation(site: &Site<'_>, rounding: Rounding) -> Result<Interpolation, Refusal> {
    match site.text("mode", "nearest")? {
        "nearest" => Ok(Interpolation::Nearest(rounding)),
        "linear" | "bilinear" => Ok(Interpolation::Linear),
        "cubic" => Ok(Interpolation::Cubic(site.float("cubic_coeff_a", -0.75)?.into())),
        other => Err(Refusal(format!("mode '{other}' is unknown"))),
    }
}

/// Starts, then ends, of the part of the input that tf_crop_and_resize shows.
fn region(site: &Site<'_>, axes: usize) -> Result<Vec<f32>, Refusal> {
    match site.constant_f32s(1)? {
        Some(region) if region.len() == 2 * axes => Ok(region),
        _ => Err(Refusal(format!("roi must be {} numbers", 2 * axes))),
    }
}

fn resized(shape: &[usize], resizings: &[Resizing]) -> Result<Built, Refusal> {
    let too_large = || Refusal(format!("shape {shape:?} is too large"));
    let mut sizes: Vec<usize> = shape.to_vec();
    let mut changed: Vec<(usize, Rows)> = vec![];
    for (axis, resizing) in resizings.iter().enumerate() {
        let crops = matches!(resizing.coordinates, Coordinates::Crop { .. });
        let (up, down) = resizing.scale;
        if up != down || resizing.output != resizing.input || crops {
            let rows = resizing.rows()?;
            sizes[axis] = rows.len();
            if !rows.is_identity(resizing.input) {
                changed.push((axis, rows));
            }
        }
    }
    let first = changed.first().map_or(shape.len(), |&(axis, _)| axis);
    let before = count(&shape[first..]).ok_or_else(too_large)?;
    let after = count(&sizes[first..]).ok_or_else(too_large)?;
    count(&sizes).ok_or_else(too_large)?;
    let mut passes = vec![];
    let mut current = shape.to_vec();
    for (axis, rows) in changed {
        let pass = |rows| {
            let outer = count(&current[first..axis])?;
            Some(Pass { outer, input: current[axis], inner: count(&current[axis + 1..])?, rows })
        };
        passes.push(pass(rows).ok_or_else(too_large)?);
        current[axis] = sizes[axis];
        count(&current).ok_or_else(too_large)?;
    }
    Ok(Built::one(sizes, Resize { passes, before, after }))
}

impl Pass {
    fn before(&self) -> usize {
        self.outer * self.input * self.inner
    }

    fn after(&self) -> usize {
        self.outer * self.rows.len() * self.inner
    }

    #[inline(always)]
    fn forward(&self, source: &[f32], target: &mut [f32]) {
        let (inner, rows) = (self.inner, self.rows.len());
        for outer in 0..self.outer {
            let source = &source[outer * self.input * inner..][..self.input * inner];
            let target = &mut target[outer * rows * inner..][..rows * inner];
            if inner == 1 {
                for (o, cell) in target.iter_mut().enumerate() {
                    let (constant, first, weights) = self.rows.row(o);
                    *cell = source[first..]
                        .iter()
                        .zip(weights)
                        .fold(constant, |sum, (x, weight)| sum + weight * x);
                }
                continue;
            }
            for (o, cells) in target.chunks_exact_mut(inner).enumerate() {
                let (constant, first, weights) = self.rows.row(o);
                cells.fill(constant);
                for (neighbors, &weight) in source[first * inner..].chunks_exact(inner).zip(weights) {
                    for (cell, neighbor) in cells.iter_mut().zip(neighbors) {
                        *cell += weight * neighbor;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn backward(&self, relevance: &[f32], gradient: &mut [f32]) {
        let (inner, rows) = (self.inner, self.rows.len());
        gradient.fill(0.0);
        for outer in 0..self.outer {
            let relevance = &relevance[outer * rows * inner..][..rows * inner];
            let gradient = &mut gradient[outer * self.input * inner..][..self.input * inner];
            for (o, cells) in relevance.chunks_exact(inner).enumerate() {
                let (_, first, weights) = self.rows.row(o);
                for (neighbors, &weight) in gradient[first * inner..].chunks_exact_mut(inner).zip(weights) {
                    for (cell, neighbor) in cells.iter().zip(neighbors) {
                        *neighbor += weight * cell;
                    }
                }
            }
        }
    }
}

impl Operator for Resize {
    fn role(&self) -> Role {
        Role::Linear
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (input, pool) = (pass.input(0), pass.pool);
        let Some((last, leading)) = self.passes.split_last() else {
            return pass.output(0).copy_from_slice(input);
        };
        if self.after == 0 {
            return;
        }
        pool.chunks(pass.output(0), self.after, |part, output| {
            let mut held: Option<Vec<f32>> = None;
            for step in leading {
                let mut next = vec![0.0; step.after()];
                let source = held.as_deref().unwrap_or(&input[part * self.before..][..self.before]);
                vectorized(
                    #[inline(always)]
                    || step.forward(source, &mut next),
                );
                held = Some(next);
            }
            let source = held.as_deref().unwrap_or(&input[part * self.before..][..self.before]);
            vectorized(
                #[inline(always)]
                || last.forward(source, output),
            );
        });
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let pool = pass.pool;
        let Some((relevance, gradient)) = pass.flow(0) else { return };
        let Some((first, following)) = self.passes.split_first() else {
            return gradient.copy_from_slice(relevance);
        };
        if self.before == 0 {
            return;
        }
        pool.chunks(gradient, self.before, |part, gradient| {
            let mut held: Option<Vec<f32>> = None;
            for step in following.iter().rev() {
                let mut next = vec![0.0; step.before()];
                let source = held.as_deref().unwrap_or(&relevance[part * self.after..][..self.after]);
                vectorized(
                    #[inline(always)]
                    || step.backward(source, &mut next),
                );
                held = Some(next);
            }
            let source = held.as_deref().unwrap_or(&relevance[part * self.after..][..self.after]);
            vectorized(
                #[inline(always)]
                || first.backward(source, gradient),
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use inscape_tensor::Constant;

    use crate::graph::Attribute;
    use crate::operators::check::Check;

    fn scales(values: &[f32]) -> Constant {
        Constant::from_f32s(&[values.len()], values.to_vec())
    }

    fn sizes(values: &[i64]) -> Constant {
        Constant::from_i64s(&[values.len()], values.to_vec())
    }

    fn check(shape: &[usize], mode: &str) -> Check {
        Check::new("Resize", 19).text("mode", mode).noisy(shape).absent()
    }

    /// The sum of a kernel of a given reach over all integers, with the array continued by its edges.
    fn sampled(row: &[f64], x: f64, reach: i64, kernel: impl Fn(f64) -> f64) -> f64 {
        let around = x.floor() as i64 - reach..=x.floor() as i64 + reach;
        around.map(|i| kernel((i as f64 - x).abs()) * row[i.clamp(0, row.len() as i64 - 1) as usize]).sum()
    }

    fn tent(d: f64) -> f64 {
        (1.0 - d).max(0.0)
    }

    fn keys(d: f64) -> f64 {
        match d {
            d if d <= 1.0 => 1.25 * d * d * d - 2.25 * d * d + 1.0,
            d if d < 2.0 => -0.75 * (d * d * d - 5.0 * d * d + 8.0 * d - 4.0),
            _ => 0.0,
        }
    }

    #[test]
    fn planes_are_interpolated_along_both_axes() {
        for (mode, kernel) in [("linear", tent as fn(f64) -> f64), ("cubic", keys)] {
            for (h, w) in [(7i64, 9i64), (3, 4), (4, 11), (1, 5)] {
                let at = |o: i64, input: f64, output: i64| (o as f64 + 0.5) * input / output as f64 - 0.5;
                check(&[1, 2, 4, 5], mode).absent().constant(sizes(&[1, 2, h, w])).agrees_with(|x| {
                    let plane = |plane: &[f64]| {
                        let column = |o: i64| {
                            let across = |row: &[f64]| sampled(row, at(o, 5.0, w), 3, kernel);
                            plane.chunks(5).map(across).collect::<Vec<_>>()
                        };
                        let cells = (0..h * w).map(|o| sampled(&column(o % w), at(o / w, 4.0, h), 3, kernel));
                        cells.collect::<Vec<_>>()
                    };
                    x[0].chunks(20).flat_map(plane).collect()
                });
            }
        }
    }

    #[test]
    fn shrinking_with_antialias_widens_the_kernel() {
        check(&[12], "linear").int("antialias", 1).absent().constant(sizes(&[5])).agrees_with(|x| {
            let cell = |o: usize| {
                let at = (o as f64 + 0.5) * 12.0 / 5.0 - 0.5;
                let wide = |d: f64| tent(d * 5.0 / 12.0);
                sampled(&x[0], at, 8, wide) / sampled(&[1.0], at, 8, wide)
            };
            (0..5).map(cell).collect()
        });
    }

    #[test]
    fn coordinates_are_as_named() {
        let row = |coordinates: &str, scale: f32| {
            let check = Check::new("Resize", 19)
                .text("mode", "linear")
                .floats(&[4], vec![0.0, 1.0, 2.0, 3.0])
                .absent();
            check
                .text("coordinate_transformation_mode", coordinates)
                .constant(scales(&[scale]))
                .run_both()
                .output()
                .to_vec()
        };
        assert_eq!(row("asymmetric", 2.0), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0]);
        assert_eq!(row("half_pixel", 2.0), [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]);
        assert_eq!(row("align_corners", 1.75), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
        assert_eq!(row("tf_half_pixel_for_nn", 0.5), [1.0, 3.0]);
        assert_eq!((row("pytorch_half_pixel", 0.25), row("half_pixel", 0.25)), (vec![0.0], vec![1.5]));
        assert_eq!(row("half_pixel_symmetric", 0.625), [0.7, 2.3]);
    }

    #[test]
    fn roundings_are_as_named() {
        let picked = |rounding: &str| {
            let check =
                Check::new("Resize", 13).floats(&[3], vec![0.0, 1.0, 2.0]).text("nearest_mode", rounding);
            let check = check.text("coordinate_transformation_mode", "asymmetric").absent();
            check.constant(scales(&[2.0])).run_both().output().to_vec()
        };
        assert_eq!(picked("floor"), [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(picked("ceil"), [0.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
        assert_eq!(picked("round_prefer_floor"), [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(picked("round_prefer_ceil"), [0.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn a_crop_fills_what_lies_outside() {
        let check = Check::new("Resize", 13).text("mode", "linear").floats(&[4], vec![0.0, 1.0, 2.0, 3.0]);
        let check = check
            .text("coordinate_transformation_mode", "tf_crop_and_resize")
            .float("extrapolation_value", 9.0);
        let ran = check.constant(scales(&[0.0, 2.0])).absent().constant(sizes(&[4])).run_both();
        assert_eq!(ran.output(), [0.0, 2.0, 9.0, 9.0]);
        assert_eq!(ran.gradients[0], Some(vec![ran.relevance[0], 0.0, ran.relevance[1], 0.0]));
    }

    #[test]
    fn an_aspect_ratio_can_be_kept() {
        let shape = |policy: &str| {
            let check =
                check(&[1, 10, 20], "nearest").ints("axes", &[2, 1]).text("keep_aspect_ratio_policy", policy);
            check.absent().constant(sizes(&[8, 7])).run_both().shape()
        };
        assert_eq!(shape("not_larger"), [1, 4, 8]);
        assert_eq!(shape("not_smaller"), [1, 7, 14]);
        assert_eq!(shape("stretch"), [1, 7, 8]);
    }

    #[test]
    fn upsample_repeats_cells() {
        let attribute = Attribute::Floats(vec![1.0, 3.0]);
        let check = Check::new("Upsample", 7).floats(&[1, 2], vec![4.0, 5.0]).attribute("scales", attribute);
        assert_eq!(check.run_both().output(), [4.0, 4.0, 4.0, 5.0, 5.0, 5.0]);
        Check::new("Upsample", 9)
            .text("mode", "linear")
            .noisy(&[3])
            .constant(scales(&[2.0]))
            .agrees_with(|x| (0..6).map(|o| sampled(&x[0], f64::from(o) / 2.0, 2, tent)).collect());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let scaled = |values: &[f32]| check(&[2, 3], "linear").constant(scales(values)).refusal();
        assert!(scaled(&[1.0]).contains("1 scales or sizes for 2 axes"));
        assert!(scaled(&[1.0, -2.0]).contains("-2") && scaled(&[f32::NAN, 1.0]).contains("NaN"));
        assert!(scaled(&[1e8, 1.0]).contains("2^20") && scaled(&[f32::INFINITY, 1.0]).contains("inf"));
        assert!(check(&[2], "linear").absent().constant(sizes(&[-1])).refusal().contains("negative"));
        assert!(check(&[0], "linear").absent().constant(sizes(&[4])).refusal().contains("no cells"));
        assert!(check(&[2], "linear").absent().absent().refusal().contains("exactly one"));
        assert!(check(&[2], "sharp").constant(scales(&[2.0])).refusal().contains("sharp"));
        assert!(check(&[2, 3], "linear").absent().constant(sizes(&[0, 4])).run_both().output().is_empty());
    }
}
