use inscape_engine::edit_distance;

/// The `count` candidates closest to a word, regardless of case, closest first.
pub(crate) fn nearest<'a>(
    wanted: &str,
    candidates: impl Iterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut ranked: Vec<(usize, &str)> =
        candidates.map(|candidate| (edit_distance(&wanted, &candidate.to_lowercase()), candidate)).collect();
    ranked.sort_by_key(|&(distance, _)| distance);
    ranked.into_iter().take(count).map(|(_, candidate)| candidate).collect()
}
