use std::collections::HashMap;

use super::step::Step;
use crate::graph::ValueId;

/// Folds a scale and shift per channel (batch normalisation) into the weights of the one node before it, where nobody
/// else reads the value between and nobody asked for it.
pub(super) fn absorb(steps: &mut Vec<Step>, visible: &[ValueId]) {
    let mut readers: HashMap<ValueId, usize> = HashMap::new();
    for (_, value) in steps.iter().flat_map(Step::reads) {
        *readers.entry(value).or_default() += 1;
    }
    let mut writer: HashMap<ValueId, usize> = HashMap::new();
    let mut gone = vec![false; steps.len()];
    for at in 0..steps.len() {
        let source = match steps[at].first_read() {
            Some(value) if readers.get(&value) == Some(&1) && !visible.contains(&value) => {
                writer.get(&value).copied()
            }
            _ => None,
        };
        let output = steps[at].outputs[0].value;
        if let Some(source) = source {
            let (before, after) = steps.split_at_mut(at);
            if absorbed(&mut before[source], &mut after[0]) {
                gone[at] = true;
                writer.extend(output.map(|value| (value, source)));
                continue;
            }
        }
        writer.extend(output.map(|value| (value, at)));
    }
    let mut gone = gone.into_iter();
    steps.retain(|_| !gone.next().unwrap_or(false));
}

fn absorbed(before: &mut Step, after: &mut Step) -> bool {
    let same = before.outputs.len() == 1
        && after.outputs.len() == 1
        && after.reads().count() == 1
        && before.outputs[0].kind == after.outputs[0].kind;
    let affine = if same { after.operator.linear().and_then(|linear| linear.affine()) } else { None };
    let Some((scale, shift)) = affine else { return false };
    let taken = before.operator.linear().is_some_and(|linear| linear.absorb(&scale, &shift));
    if taken {
        before.absorbed.push((scale, shift));
        before.outputs[0].value = after.outputs[0].value;
    }
    taken
}
