use std::collections::{HashMap, HashSet};

use inscape_tensor::{Element, Pool, Slot, Tensor, View};

use super::ask::Seed;
use super::layout::{Holder, Storage};
use super::profile::Way;
use super::step::{Operand, Step};
use super::{Memory, Plan};
use crate::error::{Error, ErrorKind};
use crate::graph::ValueId;
use crate::operator::{Backward, Placement, Type};
use crate::rules::{Passing, Rule};

/// Numbers that one thread adds at a time.
const CHUNK: usize = 1 << 14;

/// The way from the seeds back to the values whose relevance is asked: only the nodes in between.
pub(super) struct Route {
    /// For every step, whether it is on the way.
    pub passed: Vec<bool>,
    pub passages: Vec<Passage>,
    /// Where the relevance of each value on the way is summed.
    pub gradients: HashMap<ValueId, Slot>,
    seeds: Vec<ValueId>,
    wrt: Vec<ValueId>,
    keep_values: bool,
}

/// One step on the way back.
pub(super) struct Passage {
    step: usize,
    /// For every output, the value whose relevance it hands on.
    relevance: Vec<Option<ValueId>>,
    /// For every input, where its gradient goes.
    targets: Vec<Option<Target>>,
    /// The gradient of the first input lies in the place of the first output's relevance.
    shared: bool,
}

struct Target {
    value: ValueId,
    /// Where a gradient that comes after others is written before it is added; `None` for the first.
    scratch: Option<Slot>,
}

impl Route {
    pub fn new(
        steps: &[Step],
        seeds: &[ValueId],
        wrt: &[ValueId],
        types: &HashMap<ValueId, Type>,
        keep_values: bool,
    ) -> Route {
        let float = |value: ValueId| types.get(&value).is_some_and(|kind| kind.element == Element::F32);
        let mut reached: HashSet<ValueId> = wrt.iter().copied().collect();
        for step in steps {
            if step.reads().any(|(_, value)| reached.contains(&value)) {
                reached.extend(step.writes().map(|(_, value)| value).filter(|&value| float(value)));
            }
        }
        let mut leading: HashSet<ValueId> = seeds.iter().copied().collect();
        for step in steps.iter().rev() {
            if step.writes().any(|(_, value)| leading.contains(&value) && reached.contains(&value)) {
                leading.extend(step.reads().map(|(_, value)| value).filter(|&value| float(value)));
            }
        }
        let active = |value: ValueId| reached.contains(&value) && leading.contains(&value);
        let mut passed = vec![false; steps.len()];
        let mut passages = Vec::new();
        let mut contributions: HashMap<ValueId, usize> = seeds.iter().map(|&value| (value, 1)).collect();
        for (at, step) in steps.iter().enumerate().rev() {
            let outward = step.writes().any(|(_, value)| active(value));
            if !outward || !step.reads().any(|(_, value)| active(value)) {
                continue;
            }
            passed[at] = true;
            let relevance = step.outputs.iter().map(|product| product.value.filter(|&value| active(value)));
            let targets = step.inputs.iter().map(|operand| match operand {
                Some(Operand::Value { value, .. }) if active(*value) => {
                    let count = contributions.entry(*value).or_default();
                    *count += 1;
                    Some(Target { value: *value, scratch: (*count > 1).then(Slot::default) })
                }
                _ => None,
            });
            let (relevance, targets) = (relevance.collect(), targets.collect());
            passages.push(Passage { step: at, relevance, targets, shared: false });
        }
        for passage in &mut passages {
            passage.shared = passage.may_share(&steps[passage.step], &contributions);
        }
        let (seeds, wrt) = (seeds.to_vec(), wrt.to_vec());
        Route { passed, passages, gradients: HashMap::new(), seeds, wrt, keep_values }
    }

    /// The values whose relevance can be given.
    pub fn wrt(&self) -> &[ValueId] {
        &self.wrt
    }

    /// The values whose numbers backward reads.
    pub fn kept(&self, steps: &[Step]) -> HashSet<ValueId> {
        let mut kept = HashSet::new();
        for step in self.passages.iter().map(|passage| &steps[passage.step]) {
            let keeps = step.operator.keeps();
            let wanted = |bits: u32, i: usize| self.keep_values || bits >> i & 1 == 1;
            kept.extend(step.reads().filter(|&(i, _)| wanted(keeps.inputs, i)).map(|(_, value)| value));
            kept.extend(step.writes().filter(|&(i, _)| wanted(keeps.outputs, i)).map(|(_, value)| value));
        }
        kept
    }

    /// The places that sums of relevance and their parts need, in ticks after `start`.
    pub fn storages(&self, start: usize, end: usize, types: &HashMap<ValueId, Type>) -> Vec<Storage> {
        let bytes = |value: ValueId| types.get(&value).and_then(Type::bytes).unwrap_or(0);
        let mut storages: Vec<Storage> = Vec::new();
        let mut home: HashMap<ValueId, usize> = HashMap::new();
        let open = |storages: &mut Vec<Storage>, home: &mut HashMap<ValueId, usize>, value, birth| {
            *home.entry(value).or_insert_with(|| {
                let holders = vec![Holder::Gradient(value)];
                storages.push(Storage { bytes: bytes(value), birth, death: end, holders });
                storages.len() - 1
            })
        };
        for &seed in &self.seeds {
            open(&mut storages, &mut home, seed, start);
        }
        for (at, passage) in self.passages.iter().enumerate() {
            let tick = start + 1 + at;
            for (input, target) in passage.targets.iter().enumerate() {
                let Some(target) = target else { continue };
                if passage.shared && input == 0 {
                    if let Some(&place) = passage.relevance[0].and_then(|value| home.get(&value)) {
                        storages[place].holders.push(Holder::Gradient(target.value));
                        home.insert(target.value, place);
                    }
                    continue;
                }
                open(&mut storages, &mut home, target.value, tick);
                if target.scratch.is_some() {
                    let holders = vec![Holder::Scratch { passage: at, input }];
                    storages.push(Storage { bytes: bytes(target.value), birth: tick, death: tick, holders });
                }
            }
            if !passage.shared {
                for place in passage.relevance.iter().flatten().filter_map(|value| home.get(value)) {
                    storages[*place].death = tick;
                }
            }
        }
        storages
    }

    pub fn place_scratch(&mut self, passage: usize, input: usize, slot: Slot) {
        if let Some(target) = &mut self.passages[passage].targets[input] {
            target.scratch = Some(slot);
        }
    }
}

impl Passage {
    /// Whether the first gradient may be written over the relevance: nobody else adds to it, and others are not wanted or
    /// come first.
    fn may_share(&self, step: &Step, contributions: &HashMap<ValueId, usize>) -> bool {
        let Some(Some(target)) = self.targets.first() else { return false };
        let alone = self.targets[1..].iter().all(Option::is_none);
        step.operator.placement() != Placement::Separate
            && (alone || step.operator.first_comes_last())
            && step.first_read() == Some(target.value)
            && self.relevance[0].is_some()
            && self.relevance[1..].iter().all(Option::is_none)
            && contributions.get(&target.value) == Some(&1)
    }
}

/// One backward pass under way.
pub(super) struct Flow<'r> {
    pub plan: &'r Plan,
    pub memory: &'r mut Memory,
    pub pool: &'r Pool,
    /// The values that have received relevance so far; all others stand at zero.
    pub reached: HashSet<ValueId>,
    /// The values whose relevance is given.
    pub towards: Vec<ValueId>,
    /// Relevance goes on from a planned value only where it was planted.
    pub held: bool,
}

impl Flow<'_> {
    pub fn run(mut self, rule: &dyn Rule, seeds: &[Seed]) -> Result<Vec<Tensor>, Error> {
        if rule.reads_values() && !self.plan.route.keep_values {
            let context = "the rule reads values that the plan was not asked to keep";
            return Err(Error::new(ErrorKind::NotPlanned, context));
        }
        for seed in seeds {
            self.plant(seed)?;
        }
        let route = &self.plan.route;
        if let Some(value) = self.towards.iter().find(|value| !route.wrt.contains(value)) {
            let name = self.plan.graph.name(*value);
            let context = format!("the plan was not made to pass relevance back to '{name}'");
            return Err(Error::new(ErrorKind::NotPlanned, context));
        }
        let planted = self.reached.clone();
        let mut results: Vec<Option<Tensor>> = vec![None; self.towards.len()];
        for passage in &route.passages {
            for value in passage.relevance.iter().flatten() {
                self.copy_out(*value, &mut results);
                if self.held && route.wrt.contains(value) && !planted.contains(value) {
                    self.reached.remove(value);
                }
            }
            if results.iter().all(Option::is_some) {
                break;
            }
            if passage.relevance.iter().flatten().any(|value| self.reached.contains(value)) {
                self.pass(passage, rule);
            }
        }
        for value in self.towards.clone() {
            self.copy_out(value, &mut results);
        }
        let zeros = |value: &ValueId| Tensor::zeros(self.plan.types[value].shape.clone());
        Ok(results
            .into_iter()
            .zip(&self.towards)
            .map(|(result, value)| result.unwrap_or_else(|| zeros(value)))
            .collect())
    }

    fn plant(&mut self, seed: &Seed) -> Result<(), Error> {
        let value = self.plan.target(seed.value);
        let name = self.plan.graph.name(seed.value);
        if !self.plan.route.seeds.contains(&value) {
            let context = format!("the plan was not made to start backward at '{name}'");
            return Err(Error::new(ErrorKind::NotPlanned, context));
        }
        let shape = &self.plan.types[&value].shape;
        if seed.relevance.shape() != shape {
            let context =
                format!("the seed's shape {:?} is not that of '{name}', {shape:?}", seed.relevance.shape());
            return Err(Error::new(ErrorKind::Shape, context));
        }
        let slot = self.plan.route.gradients[&value];
        let (_, mut writes) = self.memory.arena.lend(&[], &[slot]);
        let sum: &mut [f32] = floats(&mut writes[0]);
        if self.reached.insert(value) {
            sum.copy_from_slice(seed.relevance.values());
        } else {
            add(self.pool, sum, seed.relevance.values());
        }
        Ok(())
    }

    fn copy_out(&self, value: ValueId, results: &mut [Option<Tensor>]) {
        if !self.reached.contains(&value) {
            return;
        }
        for (&wanted, result) in self.towards.iter().zip(results) {
            if wanted == value && result.is_none() {
                let bytes = self.memory.arena.read(self.plan.route.gradients[&value]);
                let values: &[f32] = bytemuck::cast_slice(bytes);
                *result = Some(Tensor::new(self.plan.types[&value].shape.clone(), values.to_vec()));
            }
        }
    }

    fn pass(&mut self, passage: &Passage, rule: &dyn Rule) {
        let step = &self.plan.steps[passage.step];
        if !step.is_alias() {
            self.run_rule(passage, step, rule);
        } else if !passage.shared {
            self.hand_on(passage);
        }
        for target in passage.targets.iter().flatten() {
            let first = self.reached.insert(target.value);
            if let Some(slot) = target.scratch.filter(|_| !first) {
                let sum = self.plan.route.gradients[&target.value];
                let (reads, mut writes) = self.memory.arena.lend(&[slot], &[sum]);
                add(self.pool, floats(&mut writes[0]), bytemuck::cast_slice(reads[0]));
            }
        }
    }

    /// The relevance of another shape of the same numbers.
    fn hand_on(&mut self, passage: &Passage) {
        let (Some(output), Some(target)) = (passage.relevance[0], &passage.targets[0]) else { return };
        let gradients = &self.plan.route.gradients;
        let to = self.place(target);
        let (reads, mut writes) = self.memory.arena.lend(&[gradients[&output]], &[to]);
        writes[0].copy_from_slice(reads[0]);
    }

    /// Where a gradient is written: straight into the sum when it is the first to arrive.
    fn place(&self, target: &Target) -> Slot {
        let sum = self.plan.route.gradients[&target.value];
        target.scratch.filter(|_| self.reached.contains(&target.value)).unwrap_or(sum)
    }

    fn run_rule(&mut self, passage: &Passage, step: &Step, rule: &dyn Rule) {
        let plan = self.plan;
        let keeps = step.operator.keeps();
        let keep_all = plan.route.keep_values;
        let kept = |bits: u32, i: usize| keep_all || bits >> i & 1 == 1;
        let mut reads = Vec::new();
        for (i, value) in step.reads() {
            if kept(keeps.inputs, i) {
                reads.push(plan.slots[&value]);
            }
        }
        for (i, product) in step.outputs.iter().enumerate() {
            if product.value.is_some() && kept(keeps.outputs, i) {
                reads.push(product.slot);
            }
        }
        let mut writes = Vec::new();
        let has_relevance = |i: usize, value: &Option<ValueId>| {
            value.is_some_and(|value| self.reached.contains(&value)) && !(passage.shared && i == 0)
        };
        for (i, value) in passage.relevance.iter().enumerate() {
            if let Some(value) = value.filter(|_| has_relevance(i, value)) {
                writes.push(plan.route.gradients[&value]);
            }
        }
        let mut taken: Vec<ValueId> = Vec::new();
        for target in passage.targets.iter().flatten() {
            let twin = taken.contains(&target.value);
            taken.push(target.value);
            writes.push(if twin { target.scratch.unwrap_or_default() } else { self.place(target) });
        }
        let Memory { arena, saved, clock } = &mut *self.memory;
        let (lent, written) = arena.lend(&reads, &writes);
        let (mut lent, mut written) = (lent.into_iter(), written.into_iter());
        let inputs = step.inputs.iter().enumerate().map(|(i, operand)| match operand {
            Some(Operand::Constant(constant)) if step.operator.owned() >> i & 1 == 0 => Some(constant.view()),
            Some(Operand::Value { kind, .. }) if kept(keeps.inputs, i) => {
                lent.next().map(|bytes| View::over(bytes, kind.element, &kind.shape))
            }
            _ => None,
        });
        let inputs = inputs.collect();
        let outputs = step.outputs.iter().enumerate().map(|(i, product)| {
            let bytes = if product.value.is_some() && kept(keeps.outputs, i) { lent.next() } else { None };
            bytes.map(|bytes| View::over(bytes, product.kind.element, &product.kind.shape))
        });
        let outputs = outputs.collect();
        let relevance = passage.relevance.iter().enumerate();
        let relevance =
            relevance
                .map(|(i, value)| {
                    if has_relevance(i, value) { written.next().map(bytemuck::cast_slice_mut) } else { None }
                })
                .collect();
        let gradients = passage.targets.iter();
        let gradients = gradients
            .map(|target| target.as_ref().and_then(|_| written.next()).map(bytemuck::cast_slice_mut))
            .collect();
        let saved = &saved[passage.step];
        let shared = passage.shared;
        let pass = Backward { inputs, outputs, saved, relevance, shared, gradients, pool: self.pool };
        let node = plan.graph.node(step.node);
        let rebuild = || step.rebuilt(node);
        let items = step.outputs.first().and_then(|product| product.kind.shape.first()).copied().unwrap_or(1);
        let mut passing = Passing::new(&*step.operator, pass, items, &rebuild);
        clock.time(passage.step, Way::Backward, || rule.pass(&mut passing));
    }
}

fn floats<'b>(bytes: &'b mut &mut [u8]) -> &'b mut [f32] {
    bytemuck::cast_slice_mut(bytes)
}

fn add(pool: &Pool, sum: &mut [f32], part: &[f32]) {
    pool.chunks(sum, CHUNK, |i, sum| {
        let part = &part[i * CHUNK..][..sum.len()];
        inscape_tensor::vectorized(|| sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part));
    });
}
