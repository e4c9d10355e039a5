use inscape::{Objective, Term};

use super::asked::Asked;
use crate::opening::Opened;
use crate::run::Usage;

/// An objective with the words it was asked for by.
pub(super) struct Wanted {
    pub(super) text: String,
    pub(super) objective: Objective,
}

/// The objectives meant by the command line: `*` stands for every channel, a comparison for one of each kind.
pub(super) fn wanted(asked: &Asked, opened: &Opened) -> anyhow::Result<Vec<Wanted>> {
    let mut all = Vec::new();
    for text in &asked.objectives {
        let texts = match text.strip_suffix(":*") {
            Some(head) if head.starts_with("channel:") || head.starts_with("unit:") => every(head, opened)?,
            _ => vec![text.clone()],
        };
        for text in texts {
            let objective = opened.model.objective(&text)?;
            for objective in kinds(asked, &text, objective)? {
                if all.iter().all(|wanted: &Wanted| wanted.objective != objective) {
                    all.push(Wanted { text: text.clone(), objective });
                }
            }
        }
    }
    Ok(all)
}

/// `channel:VALUE` with every channel of the value.
fn every(head: &str, opened: &Opened) -> anyhow::Result<Vec<String>> {
    let (_, name) = head.split_once(':').unwrap_or(("", head));
    // parsed with a channel that is there, for the grammar's own errors
    let first = opened.model.objective(&format!("{head}:0"))?;
    let name = first.terms.first().and_then(|(_, term)| term.value()).unwrap_or(name);
    let shape = opened.model.shape(opened.model.graph().find(name)?)?;
    let channels = match shape[..] {
        [_, channels, _, _] | [_, channels] | [_, _, channels] => channels,
        _ => return Err(Usage(format!("'{name}' has the shape {shape:?}, which has no channel axis")).into()),
    };
    Ok((0..channels).map(|channel| format!("{head}:{channel}")).collect())
}

/// The objective by each kind of a comparison.
fn kinds(asked: &Asked, text: &str, objective: Objective) -> anyhow::Result<Vec<Objective>> {
    if asked.compare.is_empty() {
        return Ok(vec![objective]);
    }
    let [(_, Term::Class(class) | Term::Posterior(class))] = objective.terms[..] else {
        return Err(Usage(format!(
            "--compare sets the score and the posterior of a class side by side; '{text}' is no class"
        ))
        .into());
    };
    let kind = |kind: &String| match kind.as_str() {
        "posterior" => Objective::from(Term::Posterior(class)),
        _ => Objective::from(Term::Class(class)),
    };
    Ok(asked.compare.iter().map(kind).collect())
}
