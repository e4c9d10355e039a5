/// The number of elements of a shape, or `None` where it exceeds what memory can address (also where only a size of
/// 0 hides that, so that strides and partial products of an accepted shape never overflow).
///
/// ```
/// assert_eq!(inscape_tensor::count(&[2, 3, 4]), Some(24));
/// assert_eq!(inscape_tensor::count(&[]), Some(1));
/// assert_eq!(inscape_tensor::count(&[0, 4]), Some(0));
/// assert_eq!(inscape_tensor::count(&[1 << 40, 1 << 40]), None);
/// ```
pub fn count(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1usize, |product, &size| product.checked_mul(size.max(1)))
        .filter(|&n| n <= isize::MAX as usize / 8)
        .map(|n| if shape.contains(&0) { 0 } else { n })
}

/// Row-major strides, in elements.
///
/// ```
/// assert_eq!(inscape_tensor::strides(&[2, 3, 4]), [12, 4, 1]);
/// ```
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The shape two shapes broadcast to (NumPy's rule), or `None` where they do not.
///
/// ```
/// assert_eq!(inscape_tensor::broadcast(&[3, 1], &[2, 1, 4]), Some(vec![2, 3, 4]));
/// assert_eq!(inscape_tensor::broadcast(&[3], &[4]), None);
/// ```
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |at| shape[at]);
    (0..rank)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}
