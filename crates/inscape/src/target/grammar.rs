use std::ops::Range;
use std::sync::Arc;

use inscape_engine::Graph;
use inscape_tensor::Tensor;

use super::{Objective, Place, Position, Target, Term};
use crate::error::{Error, ErrorKind};

/// What the words of a target refer to.
pub(crate) struct Vocabulary<'a> {
    pub(crate) graph: &'a Graph,
    /// The index of a class name.
    pub(crate) class: &'a dyn Fn(&str) -> Result<usize, Error>,
    /// The array in a file.
    pub(crate) array: &'a dyn Fn(&str) -> Result<Tensor, Error>,
}

const HELP: &str = "a target is top1, top5, a class index or name, or an objective: class:NAME, posterior:NAME, \
unit:VALUE:CHANNEL@Y,X (or @max, @TOKEN), unit:VALUE[I,J,K], channel:VALUE:CHANNEL, layer:VALUE, \
direction:VALUE:FILE.npy, joined by ' + ' and ' - ' and with factors as in class:1 - 0.5*class:2; a VALUE with spaces \
or colons stands in double quotes";

const KINDS: [&str; 6] = ["class", "posterior", "unit", "channel", "layer", "direction"];

/// Reads a target.
pub(crate) fn parse(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Target, Error> {
    let words = text.trim();
    if let Some(Ok(n)) = words.strip_prefix("top").map(str::parse)
        && n > 0
    {
        return Ok(Target::Top(n));
    }
    let parser = Parser { text, vocabulary };
    let found = if is_objective(words) {
        parser.objective().map(Target::from)
    } else {
        let start = text.len() - text.trim_start().len();
        parser.class(start..start + words.len()).map(Target::Class)
    };
    found.map_err(|mistake| mistake.explained(text))
}

/// Whether a text begins with a kind of objective, after a sign and a factor.
fn is_objective(text: &str) -> bool {
    let Some((head, _)) = text.split_once(':') else { return false };
    let kind = head.rsplit('*').next().unwrap_or(head);
    KINDS.contains(&kind.trim_start_matches(['-', '+', ' ']).trim_end())
}

/// What is wrong, and from which byte to which.
struct Mistake {
    at: Range<usize>,
    what: String,
}

impl Mistake {
    fn explained(self, text: &str) -> Error {
        // Line breaks would move the caret away from what it points at.
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let before = text.get(..self.at.start).unwrap_or(text).chars().count();
        let marked = text.get(self.at).unwrap_or("").chars().count().max(1);
        let caret = format!("{}{}", " ".repeat(before), "^".repeat(marked));
        Error::new(ErrorKind::Target, format!("{}\n  {line}\n  {caret}\n{HELP}", self.what))
    }
}

struct Parser<'a> {
    text: &'a str,
    vocabulary: &'a Vocabulary<'a>,
}

impl<'a> Parser<'a> {
    fn objective(&self) -> Result<Objective, Mistake> {
        let mut terms = Vec::new();
        for (sign, range) in self.summands()? {
            let (factor, term) = self.summand(range)?;
            terms.push((sign * factor, term));
        }
        Ok(Objective { terms })
    }

    /// Cuts at ` + ` and ` - ` outside double quotes.
    fn summands(&self) -> Result<Vec<(f64, Range<usize>)>, Mistake> {
        let text = self.text;
        let mut found = Vec::new();
        let (mut sign, mut start, mut quote) = (1.0, 0, None);
        for (i, c) in text.char_indices() {
            match c {
                '"' => quote = if quote.is_some() { None } else { Some(i) },
                '+' | '-'
                    if quote.is_none() && text[..i].ends_with(' ') && text[i + 1..].starts_with(' ') =>
                {
                    if !text[start..i].trim().is_empty() || !found.is_empty() {
                        found.push((sign, start..i));
                    }
                    sign = if c == '-' { -1.0 } else { 1.0 };
                    start = i + 1;
                }
                _ => {}
            }
        }
        if let Some(i) = quote {
            return Err(Mistake { at: i..i + 1, what: "this double quote is never closed".into() });
        }
        found.push((sign, start..text.len()));
        Ok(found)
    }

    /// `-0.5*kind:body`
    fn summand(&self, range: Range<usize>) -> Result<(f64, Term), Mistake> {
        let gap = range.clone();
        let mut range = self.trimmed(range);
        if range.is_empty() {
            return Err(Mistake { at: gap, what: "a term is missing here".into() });
        }
        let mut factor = 1.0;
        if self.text[range.clone()].starts_with(['-', '+']) {
            factor = if self.text[range.clone()].starts_with('-') { -1.0 } else { 1.0 };
            range = self.trimmed(range.start + 1..range.end);
        }
        let (_, colon) = self.cut(&range, ':').ok_or_else(|| Mistake {
            at: range.clone(),
            what: format!("a term begins with one of {}, and a colon", KINDS.join(", ")),
        })?;
        if let Some(star) = self.text[range.start..colon].find('*') {
            let number = range.start..range.start + star;
            let value: Option<f64> = self.text[number.clone()].trim().parse().ok();
            factor *= value.filter(|value| value.is_finite()).ok_or_else(|| Mistake {
                at: number,
                what: "the factor before '*' is not a number".into(),
            })?;
            range.start += star + 1;
        }
        let kind = self.trimmed(range.start..colon);
        let body = self.trimmed(colon + 1..range.end);
        let term = match &self.text[kind.clone()] {
            "class" => Term::Class(self.class(body)?),
            "posterior" => Term::Posterior(self.class(body)?),
            "unit" => self.unit(body)?,
            "channel" => {
                let (value, channel) = self.pair(body, "channel:VALUE:CHANNEL")?;
                Term::Channel { value: self.value(value)?, channel: self.number(channel)? }
            }
            "layer" => Term::Layer { value: self.value(body)? },
            "direction" => {
                let (value, file) = self.pair(body, "direction:VALUE:FILE.npy")?;
                self.direction(value, file)?
            }
            other => {
                let what = format!("'{other}' is no kind of objective; there are {}", KINDS.join(", "));
                return Err(Mistake { at: kind, what });
            }
        };
        Ok((factor, term))
    }

    fn class(&self, range: Range<usize>) -> Result<usize, Mistake> {
        let name = unquoted(&self.text[range.clone()]);
        if name.is_empty() {
            return Err(Mistake { at: range, what: "a class index or name is missing here".into() });
        }
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.number(range);
        }
        (self.vocabulary.class)(name).map_err(|error| Mistake { at: range, what: error.context })
    }

    fn unit(&self, body: Range<usize>) -> Result<Term, Mistake> {
        let text = &self.text[body.clone()];
        let bracket = if text.ends_with(']') { text.rfind('[') } else { None };
        if let Some(open) = bracket {
            let inside = body.start + open + 1..body.end - 1;
            let value = self.value(body.start..body.start + open)?;
            return Ok(Term::Unit { value, place: Place::Index(self.numbers(inside)?) });
        }
        let (value, unit) = self.pair(body, "unit:VALUE:CHANNEL or unit:VALUE:CHANNEL@Y,X")?;
        let (channel, position) = match self.cut(&unit, '@') {
            None => (unit, Position::Unstated),
            Some((channel, at)) => (channel, self.position(self.trimmed(at + 1..unit.end))?),
        };
        let place = Place::Channel(self.number(channel)?, position);
        Ok(Term::Unit { value: self.value(value)?, place })
    }

    fn position(&self, range: Range<usize>) -> Result<Position, Mistake> {
        match &self.text[range.clone()] {
            "max" => return Ok(Position::Max),
            "center" | "centre" => return Ok(Position::Center),
            _ => {}
        }
        match self.numbers(range.clone())?[..] {
            [token] => Ok(Position::Token(token)),
            [y, x] => Ok(Position::Cell(y, x)),
            _ => Err(Mistake { at: range, what: "a position is Y,X or a token or 'max'".into() }),
        }
    }

    fn direction(&self, value: Range<usize>, file: Range<usize>) -> Result<Term, Mistake> {
        let value = self.value(value)?;
        let name = unquoted(&self.text[file.clone()]).to_owned();
        let array = (self.vocabulary.array)(&name);
        let array = array.map_err(|error| Mistake { at: file, what: error.context })?;
        Ok(Term::Direction { value, file: name, vector: Arc::from(array.into_values()) })
    }

    fn value(&self, range: Range<usize>) -> Result<String, Mistake> {
        let range = self.trimmed(range);
        let name = unquoted(&self.text[range.clone()]);
        if name.is_empty() {
            return Err(Mistake { at: range, what: "the name of a value is missing here".into() });
        }
        let found = self.vocabulary.graph.find(name);
        let id = found.map_err(|error| Mistake { at: range, what: error.context })?;
        Ok(self.vocabulary.graph.name(id).to_owned())
    }

    /// A value and what stands behind the colon after it: behind its closing quote, else behind the last colon.
    fn pair(&self, body: Range<usize>, form: &str) -> Result<(Range<usize>, Range<usize>), Mistake> {
        let text = &self.text[body.clone()];
        let closing = text.strip_prefix('"').and_then(|rest| rest.find('"')).map(|at| at + 2);
        let colon = match closing {
            Some(after) if text[after..].trim_start().starts_with(':') => {
                after + text[after..].find(':').unwrap_or(0)
            }
            Some(_) => return Err(Mistake { at: body, what: format!("this must read {form}") }),
            None => match text.rfind(':') {
                Some(colon) => colon,
                None => return Err(Mistake { at: body, what: format!("this must read {form}") }),
            },
        };
        let at = body.start + colon;
        Ok((body.start..at, self.trimmed(at + 1..body.end)))
    }

    fn numbers(&self, range: Range<usize>) -> Result<Vec<usize>, Mistake> {
        let mut numbers = Vec::new();
        let mut start = range.start;
        for part in self.text[range].split(',') {
            numbers.push(self.number(self.trimmed(start..start + part.len()))?);
            start += part.len() + 1;
        }
        Ok(numbers)
    }

    fn number(&self, range: Range<usize>) -> Result<usize, Mistake> {
        let range = self.trimmed(range);
        let parsed = unquoted(&self.text[range.clone()]).parse();
        parsed.map_err(|_| Mistake { at: range, what: "this is not an index (0, 1, 2, …)".into() })
    }

    /// What stands before the first mark, and where the mark is.
    fn cut(&self, range: &Range<usize>, mark: char) -> Option<(Range<usize>, usize)> {
        let at = range.start + self.text[range.clone()].find(mark)?;
        Some((range.start..at, at))
    }

    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let part = &self.text[range.clone()];
        let start = range.start + part.len() - part.trim_start().len();
        start..start + part.trim().len()
    }
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}
