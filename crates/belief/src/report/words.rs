use super::measured::Measured;
use super::spelled;

/// The first paragraph: which networks, and what was found in a sentence.
pub(super) fn lead(all: &[Measured<'_>]) -> String {
    let networks = all.iter().map(|of| {
        let sizes = of.network().layers.iter().map(|layer| layer.up.outputs.to_string()).collect::<Vec<_>>();
        let [rows, columns] = of.network().size;
        format!("{} ({}, {rows}×{columns}–{})", of.subject.name, spelled(of.network().kind), sizes.join("–"))
    });
    let top = |of: &Measured<'_>| of.layers.last().map_or(0.0, |seen| seen.sensitivity.wins());
    let shares = all.iter().map(|of| format!("{} ({})", percent(top(of)), of.subject.name));
    format!(
        "Units of {}. On the picture that excites a unit of the topmost layer most, no other unit shown is as active in {} of cases.",
        listed(networks),
        listed(shares)
    )
}

/// “a, b and c”.
pub(super) fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match &words[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A share in whole per cent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// A number with two places and a true minus sign; a dash for none.
pub(super) fn number(value: Option<f64>) -> String {
    // adding 0 turns −0 into 0
    let rounded = |value: f64| (value * 100.0).round() / 100.0 + 0.0;
    value.map_or_else(|| "–".to_owned(), |value| format!("{:.2}", rounded(value)).replace('-', "−"))
}

/// How far a mean cosine says that pictures are one.
pub(super) fn likeness(cosine: f64) -> &'static str {
    match cosine {
        c if c >= 0.95 => "practically the same picture",
        c if c >= 0.8 => "closely related pictures",
        c if c >= 0.5 => "related pictures",
        _ => "different pictures",
    }
}

/// Which way a number goes from the first layer to the last, where it moves by more than a twentieth of itself.
pub(super) fn trend(values: &[f64]) -> Option<&'static str> {
    let (first, last) = (values.first()?, values.last()?);
    match (values.len() > 1, last / first) {
        (false, _) => None,
        (true, ratio) if ratio > 1.05 => Some("grows"),
        (true, ratio) if ratio < 0.95 => Some("shrinks"),
        (true, _) => Some("stays about the same"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_numbers() {
        assert_eq!(listed(["a", "b", "c"].map(str::to_owned).into_iter()), "a, b and c");
        assert_eq!(
            (trend(&[1.0, 2.0]), trend(&[1.0]), trend(&[1.0, 0.5])),
            (Some("grows"), None, Some("shrinks"))
        );
        assert_eq!((number(Some(-0.256)), number(None)), ("−0.26".into(), "–".into()));
        assert_eq!(number(Some(-0.001)), "0.00");
        assert_eq!(likeness(0.97), "practically the same picture");
        assert_eq!(likeness(0.1), "different pictures");
    }
}
