use std::collections::HashMap;

use inscape_tensor::{Arena, Slot};

use super::backward::Route;
use super::step::Step;
use crate::graph::ValueId;

/// A place in memory and the ticks, both included, during which it must not be used for anything else.
pub(super) struct Storage {
    pub bytes: usize,
    pub birth: usize,
    pub death: usize,
    pub holders: Vec<Holder>,
}

/// What lives in a place.
pub(super) enum Holder {
    Value(ValueId),
    Output { step: usize, output: usize },
    Gradient(ValueId),
    Scratch { passage: usize, input: usize },
}

/// Gives every place an offset, largest first, each as low as those it meets in time allow; tells everyone where they
/// live, and how many bytes there are in all.
pub(super) fn assign(
    mut storages: Vec<Storage>,
    steps: &mut [Step],
    route: &mut Route,
) -> (usize, HashMap<ValueId, Slot>) {
    storages.sort_by_key(|storage| std::cmp::Reverse(storage.bytes));
    let mut placed: Vec<(usize, usize, Slot)> = Vec::with_capacity(storages.len());
    let mut slots = HashMap::new();
    let mut total = 0;
    for storage in storages {
        let mut taken: Vec<(usize, usize)> = placed
            .iter()
            .filter(|(birth, death, _)| storage.birth <= *death && *birth <= storage.death)
            .map(|(_, _, slot)| (slot.offset, slot.offset + slot.len))
            .collect();
        taken.sort_unstable();
        let mut offset = 0;
        for (start, stop) in taken {
            if start >= offset + storage.bytes {
                break;
            }
            offset = offset.max(stop.next_multiple_of(Arena::ALIGN));
        }
        let slot = Slot { offset, len: storage.bytes };
        total = total.max(offset + storage.bytes);
        placed.push((storage.birth, storage.death, slot));
        for holder in storage.holders {
            match holder {
                Holder::Value(value) => {
                    slots.insert(value, slot);
                }
                Holder::Output { step, output } => steps[step].outputs[output].slot = slot,
                Holder::Gradient(value) => {
                    route.gradients.insert(value, slot);
                }
                Holder::Scratch { passage, input } => route.place_scratch(passage, input, slot),
            }
        }
    }
    (total, slots)
}
