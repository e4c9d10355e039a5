use inscape::Deviates;

/// Where a training stands, as random numbers see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) seed: u64,
    /// The layer, or what comes after the last.
    pub(super) stage: usize,
    pub(super) epoch: usize,
    pub(super) batch: usize,
}

/// What random numbers are for. Each has streams of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Weights = 1,
    Order,
    Hidden,
    Visible,
    Corruption,
}

/// The most tasks that a batch is cut into.
const TASKS: usize = 1 << 14;

impl Place {
    /// The stream of one task of one purpose. `turn` tells apart what is drawn several times for a batch.
    pub(super) fn stream(&self, purpose: Purpose, turn: usize, task: usize) -> Deviates {
        let item =
            (purpose as u64) << 56 | (self.stage as u64) << 48 | (turn as u64) << 32 | self.epoch as u64;
        Deviates::at_step(self.seed, item, self.batch * TASKS + task)
    }
}

/// Numbers 0 … n−1 in the order of an epoch, by Fisher and Yates.
pub(super) fn shuffle(place: Place, n: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let mut deviates = Place { batch: 0, ..place }.stream(Purpose::Order, 0, 0);
    for i in (1..n).rev() {
        order.swap(i, deviates.below(i + 1));
    }
    order
}
