use inscape_tensor::Element;

use crate::error::Refusal;
use crate::operator::Site;

/// Where indices point in an array: runs of `width` neighboring cells.
///
/// Negative indices count from the end. Indices that are known when the operator is built must lie inside; those that
/// come at run time are moved to the border.
pub(super) struct Places {
    /// Cells of one run.
    pub(super) width: usize,
    kind: Kind,
}

enum Kind {
    /// Gather: run k takes index k mod n along an axis of `size` runs.
    Slices { size: usize },
    /// GatherElements: index k replaces one coordinate of its own place among the indices.
    Elements { axis: usize, shape: Vec<usize>, sizes: Vec<usize> },
    /// GatherND: `sizes.len()` indices together are the coordinates of a run, `share` tuples per batch item.
    Tuples { sizes: Vec<usize>, share: usize },
}

impl Places {
    /// Input 1 of a node as indices into an axis of input 0.
    pub(super) fn slices(site: &Site<'_>, axis: usize) -> Result<Places, Refusal> {
        let shape = site.required(0)?.shape;
        check(site, &[shape[axis]])?;
        let width = shape[axis + 1..].iter().product();
        Ok(Places { width, kind: Kind::Slices { size: shape[axis] } })
    }

    /// Input 1 of a node as indices of single elements along an axis of input 0.
    pub(super) fn elements(site: &Site<'_>, axis: usize) -> Result<Places, Refusal> {
        let (sizes, shape) = (site.required(0)?.shape, site.required(1)?.shape);
        let fits = sizes.len() == shape.len()
            && (0..sizes.len()).all(|k| k == axis || shape[k] <= sizes[k] || shape.contains(&0));
        if !fits {
            return Err(Refusal(format!("indices of shape {shape:?} do not fit into {sizes:?}")));
        }
        check(site, &[sizes[axis]])?;
        Ok(Places { width: 1, kind: Kind::Elements { axis, shape: shape.to_vec(), sizes: sizes.to_vec() } })
    }

    /// Input 1 of a node as tuples of indices, the first `batch` axes being shared by input 0 and the indices.
    pub(super) fn tuples(site: &Site<'_>, batch: usize) -> Result<Places, Refusal> {
        let (sizes, shape) = (site.required(0)?.shape, site.required(1)?.shape);
        let length = shape.last().copied().unwrap_or(0);
        let rank = batch.saturating_add(length);
        if shape.len() <= batch || rank > sizes.len() || shape[..batch] != sizes[..batch] {
            return Err(Refusal(format!("index tuples of shape {shape:?} do not fit into {sizes:?}")));
        }
        check(site, &sizes[batch..rank])?;
        let width = sizes[rank..].iter().product();
        let share = shape[batch..shape.len() - 1].iter().product();
        Ok(Places { width, kind: Kind::Tuples { sizes: sizes[batch..rank].to_vec(), share } })
    }

    /// The first cell of run k.
    #[inline]
    pub(super) fn start(&self, k: usize, indices: &[i64]) -> usize {
        match &self.kind {
            Kind::Slices { size } => {
                let (row, i) = (k / indices.len(), k % indices.len());
                (row * size + cell(indices[i], *size)) * self.width
            }
            Kind::Elements { axis, shape, sizes } => {
                let (mut rest, mut stride, mut start) = (k, 1, 0);
                for other in (0..shape.len()).rev() {
                    let at =
                        if other == *axis { cell(indices[k], sizes[other]) } else { rest % shape[other] };
                    start += at * stride;
                    stride *= sizes[other];
                    rest /= shape[other];
                }
                start
            }
            Kind::Tuples { sizes, share } => {
                let tuple = &indices[k * sizes.len()..][..sizes.len()];
                let row =
                    sizes.iter().zip(tuple).fold(k / share, |row, (&size, &i)| row * size + cell(i, size));
                row * self.width
            }
        }
    }
}

/// The place an index means in an axis.
#[inline]
fn cell(index: i64, size: usize) -> usize {
    let size = size as i64;
    let from_start = if index < 0 { index.saturating_add(size) } else { index };
    from_start.clamp(0, size - 1) as usize
}

/// Checks that input 1 holds indices, and, where they are known, that each lies in its axis of `sizes`.
fn check(site: &Site<'_>, sizes: &[usize]) -> Result<(), Refusal> {
    let indices = site.required(1)?;
    if indices.element != Element::I64 {
        return Err(Refusal(format!("input 1 holds {}, not indices", indices.element)));
    }
    if sizes.contains(&0) && !indices.shape.contains(&0) {
        return Err(Refusal("indices into an axis of size 0".into()));
    }
    let known = indices.constant.and_then(|constant| constant.i64s()).unwrap_or_default();
    let outside = |&(&index, &size): &(&i64, &usize)| index >= size as i64 || index < -(size as i64);
    match known.iter().zip(sizes.iter().cycle()).find(outside) {
        Some((index, size)) => Err(Refusal(format!("index {index} lies outside an axis of size {size}"))),
        None => Ok(()),
    }
}
