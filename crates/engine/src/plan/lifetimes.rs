use std::collections::{HashMap, HashSet};

use super::backward::Route;
use super::layout::{Holder, Storage};
use super::step::Step;
use crate::graph::ValueId;
use crate::operator::{Placement, Type};

/// Decides which values share a place because one is the other, or is written over it, and how long each place must
/// last: a forward step has one tick, then every backward passage has one.
pub(super) fn storages(
    inputs: &[(ValueId, Type)],
    steps: &mut [Step],
    route: &mut Route,
    asked: &[ValueId],
    types: &HashMap<ValueId, Type>,
) -> Vec<Storage> {
    let end = 1 + steps.len() + route.passages.len();
    let mut storages = forward(inputs, steps, route, asked, end);
    storages.extend(route.storages(1 + steps.len(), end, types));
    storages
}

fn forward(
    inputs: &[(ValueId, Type)],
    steps: &mut [Step],
    route: &Route,
    asked: &[ValueId],
    end: usize,
) -> Vec<Storage> {
    let mut last_read: HashMap<ValueId, usize> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        last_read.extend(step.reads().map(|(_, value)| (value, at)));
    }
    let lasting: HashSet<ValueId> = asked.iter().copied().chain(route.kept(steps)).collect();
    let mut storages: Vec<Storage> = Vec::new();
    let mut home: HashMap<ValueId, usize> = HashMap::new();
    let death = |value: ValueId, birth: usize| match last_read.get(&value) {
        _ if lasting.contains(&value) => end,
        Some(&at) => at + 1,
        None => birth,
    };
    for (value, kind) in inputs {
        home.insert(*value, storages.len());
        let holders = vec![Holder::Value(*value)];
        storages.push(Storage {
            bytes: kind.bytes().unwrap_or(0),
            birth: 0,
            death: death(*value, 0),
            holders,
        });
    }
    for (at, step) in steps.iter_mut().enumerate() {
        let birth = at + 1;
        let source = step.first_read().and_then(|value| home.get(&value).copied());
        let shared = source.filter(|&source| match step.operator.placement() {
            Placement::Separate => false,
            Placement::Alias => true,
            Placement::InPlace => {
                let readers = step.reads().filter(|(_, value)| home.get(value) == Some(&source)).count();
                let fits = Some(storages[source].bytes) == step.outputs[0].kind.bytes();
                readers == 1 && fits && storages[source].death <= birth
            }
        });
        step.in_place = shared.is_some() && step.operator.placement() == Placement::InPlace;
        for (i, product) in step.outputs.iter().enumerate() {
            let death = product.value.map_or(birth, |value| death(value, birth));
            let place = match shared.filter(|_| i == 0) {
                Some(place) => place,
                None => {
                    let bytes = product.kind.bytes().unwrap_or(0);
                    storages.push(Storage { bytes, birth, death, holders: Vec::new() });
                    storages.len() - 1
                }
            };
            storages[place].death = storages[place].death.max(death);
            storages[place].holders.push(Holder::Output { step: at, output: i });
            if let Some(value) = product.value {
                storages[place].holders.push(Holder::Value(value));
                home.insert(value, place);
            }
        }
    }
    storages
}
