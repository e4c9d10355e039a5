use crate::error::Refusal;

/// The name of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    /// One of those that dots stand for, counted from the last.
    Dots(std::cmp::Reverse<usize>),
    /// A letter.
    Letter(char),
}

/// An equation with the axes of every array named.
pub(super) struct Equation {
    /// Labels of each array's axes.
    pub(super) terms: Vec<Vec<Label>>,
    /// Labels of the result's axes, none twice.
    pub(super) output: Vec<Label>,
    sizes: Vec<(Label, usize)>,
}

impl Equation {
    /// Reads `ab,bc->ac` for arrays of the given shapes; sizes of 1 broadcast.
    pub(super) fn parse(text: &str, shapes: &[&[usize]]) -> Result<Equation, Refusal> {
        let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (text.as_str(), None),
        };
        let parts: Vec<&str> = left.split(',').collect();
        if parts.len() != shapes.len() {
            return Err(Refusal(format!(
                "equation '{text}' has {} term{} for {} arrays",
                parts.len(),
                if parts.len() == 1 { "" } else { "s" },
                shapes.len()
            )));
        }
        let mut equation = Equation { terms: vec![], output: vec![], sizes: vec![] };
        for (part, shape) in parts.into_iter().zip(shapes) {
            let letters = part.chars().filter(|letter| *letter != '.').count();
            let dots = shape.len().checked_sub(letters).filter(|&dots| dots == 0 || part.contains("..."));
            let dots = dots.ok_or_else(|| {
                Refusal(format!("term '{part}' does not fit an array of rank {}", shape.len()))
            })?;
            let term = labels(part, dots)?;
            for (&label, &size) in term.iter().zip(*shape) {
                equation.meet(label, size)?;
            }
            equation.terms.push(term);
        }
        equation.output = match right {
            Some(right) => {
                let most = equation.terms.iter().flatten().filter_map(|label| match label {
                    Label::Dots(place) => Some(place.0 + 1),
                    Label::Letter(_) => None,
                });
                labels(right, most.max().unwrap_or(0))?
            }
            None => equation.implied(),
        };
        for (i, label) in equation.output.iter().enumerate() {
            if equation.output[..i].contains(label) {
                return Err(Refusal(format!("equation '{text}' names an axis of the result twice")));
            }
            if !equation.terms.iter().any(|term| term.contains(label)) {
                return Err(Refusal(format!("{} of the result is in no term of '{text}'", label.name())));
            }
        }
        Ok(equation)
    }

    /// The size of a label.
    pub(super) fn size(&self, label: Label) -> usize {
        self.sizes.iter().find(|(other, _)| *other == label).map_or(1, |&(_, size)| size)
    }

    fn meet(&mut self, label: Label, size: usize) -> Result<(), Refusal> {
        match self.sizes.iter_mut().find(|(other, _)| *other == label) {
            None => self.sizes.push((label, size)),
            Some((_, known)) if *known == 1 => *known = size,
            Some((_, known)) if *known == size || size == 1 => {}
            Some((_, known)) => return Err(Refusal(format!("{} is {known} and {size}", label.name()))),
        }
        Ok(())
    }

    /// Dots first, then the letters that stand once, by the alphabet.
    fn implied(&self) -> Vec<Label> {
        let all: Vec<Label> = self.terms.concat();
        let alone = |label: &Label| all.iter().filter(|other| *other == label).count() == 1;
        let mut output: Vec<Label> =
            all.iter().copied().filter(|label| matches!(label, Label::Dots(_)) || alone(label)).collect();
        output.sort();
        output.dedup();
        output
    }
}

impl Label {
    fn name(self) -> String {
        match self {
            Label::Letter(letter) => format!("'{letter}'"),
            Label::Dots(_) => "an axis under the dots".into(),
        }
    }
}

fn labels(part: &str, dots: usize) -> Result<Vec<Label>, Refusal> {
    let letters = |part: &str| {
        part.chars()
            .map(|letter| match letter {
                'a'..='z' | 'A'..='Z' => Ok(Label::Letter(letter)),
                other => Err(Refusal(format!("'{other}' in term '{part}' names no axis"))),
            })
            .collect::<Result<Vec<_>, _>>()
    };
    let Some((before, after)) = part.split_once("...") else { return letters(part) };
    if after.contains("...") {
        return Err(Refusal(format!("term '{part}' has dots twice")));
    }
    let between = (0..dots).rev().map(|place| Label::Dots(std::cmp::Reverse(place)));
    Ok(letters(before)?.into_iter().chain(between).chain(letters(after)?).collect())
}
