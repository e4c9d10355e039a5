use inscape::report::{StudyPart, StudyRow};
use inscape::{Error, cosine};

use super::maximized::columns;
use super::measured::{Measured, Seen};
use super::words::number;
use super::{figure, light, spelled};
use crate::tiles::Shade;
use crate::units::{Agreement, Optimum};

/// Figure 5: the three ways side by side.
pub(super) fn part(all: &[Measured<'_>]) -> Result<Option<StudyPart>, Error> {
    let (mut rows, mut table, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for of in all {
        // as published the second layer; the only one where there is no other
        let layer = of.layers.len().min(2);
        let Some(seen) = layer.checked_sub(1).and_then(|k| of.layers.get(k)) else { continue };
        rows.push(row(of, seen, layer)?);
        for (k, seen) in of.layers.iter().enumerate() {
            let cosines = |agreement: Option<Agreement>| {
                [agreement.map(|a| a.cosine), agreement.map(|a| a.centered), agreement.map(|a| a.others)]
                    .map(number)
            };
            let name = format!("{}, layer {}", of.subject.name, k + 1);
            let cells = [cosines(seen.sampling_agrees), cosines(seen.combination_agrees)];
            table.push([name].into_iter().chain(cells.into_iter().flatten()).collect());
        }
        after.extend(sentence(of, seen, layer));
    }
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(StudyPart {
        title: "Three ways to see the same units".to_owned(),
        before: vec![
            "Sampling shows the mean of what a deep belief network makes up while the unit is held on, E[x | h = 1]. The linear \
             combination adds up the strongest filters below and leaves out that units are not linear. Maximization shows what \
             excites the unit most. p(x | h = 1) is in proportion to p(h = 1 | x)·p(x): maximization looks at the first factor alone, \
             sampling at both."
                .to_owned(),
            "The table gives the mean cosine of sampling and of the linear combination with maximization: of the pictures as they are, after \
             each way's mean picture was taken off, and then between different units, which is what chance gives."
                .to_owned(),
        ],
        rows,
        table: Some((
            ["Network and layer", "Sampling", "centered", "others", "Combination", "centered", "others"]
            .map(str::to_owned)
            .to_vec(),
            table,
        )),
        after,
    }))
}

fn row(of: &Measured<'_>, seen: &Seen, layer: usize) -> Result<StudyRow, Error> {
    let (network, name) = (of.network(), &of.subject.name);
    let count = seen.optima.len();
    let words = |way: &str, caption: &str| {
        let alt = format!(
            "{count} small grey pictures: units of layer {layer} of {name} by {}",
            way.to_lowercase()
        );
        [way.to_owned(), caption.to_owned(), alt]
    };
    let sampled = match &seen.expectations {
        Ok(all) => {
            let pictures = all.iter().map(|of| &of.mean[..]);
            let error = number(seen.numbers().sampling_error.map(|error| error * 100.0));
            let caption = format!("standard error of a pixel {error} hundredths on average");
            let shade = light(network.visible);
            Ok(figure(pictures, network, shade, columns(count), words("Sampling", &caption))?)
        }
        Err(reason) => Err(format!("Sampling: {reason}.")),
    };
    let combined = seen.combinations.iter().map(|filter| &filter[..]);
    let combination = words("Linear combination", "weights, not inputs");
    let combined = figure(combined, network, Shade::Signed, columns(count), combination)?;
    let best = seen.optima.iter().map(Optimum::x);
    let best =
        figure(best, network, Shade::Signed, columns(count), words("Maximization", "norm of the examples"))?;
    let title = format!("{name} ({}), layer {layer}", spelled(network.kind));
    Ok(StudyRow::Figures(title, vec![sampled, Ok(combined), Ok(best)]))
}

fn sentence(of: &Measured<'_>, seen: &Seen, layer: usize) -> Option<String> {
    let (sampling, combination) = (seen.sampling_agrees?, seen.combination_agrees?);
    let better = if sampling.centered > combination.centered { "sampling" } else { "the linear combination" };
    let chance = match sampling.centered - sampling.others {
        gap if gap > 0.3 => "far more than pictures of different units do",
        gap if gap > 0.1 => "more than pictures of different units do",
        _ => "hardly more than pictures of different units do",
    };
    let alike = seen.expectations.as_ref().ok().map(|all| {
        let pairs = || (0..all.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        pairs().map(|(i, j)| cosine(&all[i].mean, &all[j].mean)).sum::<f64>() / pairs().count().max(1) as f64
    });
    let alike = match alike {
        Some(alike) if alike > 0.8 => format!(
            " The sampled means of different units are much alike (cosine {}): the chains stay in one part of what the network makes up, \
             whichever unit is held.",
            number(Some(alike))
        ),
        _ => String::new(),
    };
    Some(format!(
        "{}, layer {layer}: with the mean pictures taken off, sampling and maximization agree at a cosine of {}, {chance} ({}); closer \
         to maximization is {better} ({} against {}).{alike}",
        of.subject.name,
        number(Some(sampling.centered)),
        number(Some(sampling.others)),
        number(Some(sampling.centered.max(combination.centered))),
        number(Some(sampling.centered.min(combination.centered))),
    ))
}
