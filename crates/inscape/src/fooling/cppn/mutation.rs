use super::super::variation::polynomial;
use super::{Activation, Connection, Cppn, INPUTS, LARGEST, weight};
use crate::random::Deviates;

/// How often a connection's weight, and a neuron's activation, mutates.
const PARAMETER: f64 = 0.1;

/// How often an offspring gains or loses a connection or a neuron, or has a connection led elsewhere.
const ADD_CONNECTION: f64 = 0.5;
const DELETE_CONNECTION: f64 = 0.3;
const CHANGE_CONNECTION: f64 = 0.5;
const ADD_NEURON: f64 = 0.5;
const DELETE_NEURON: f64 = 0.2;

/// What connections can number.
const MOST_NEURONS: usize = u16::MAX as usize;

impl Cppn {
    /// Mutates by the published rates.
    ///
    /// The published settings give a rate for connections led elsewhere, although the public version of the program leaves
    /// it out for feed-forward networks; here it counts.
    pub(super) fn mutate(&mut self, draw: &mut Deviates) {
        for connection in &mut self.connections {
            if draw.uniform() < PARAMETER {
                let step = 2.0 * LARGEST * polynomial(draw.uniform()) as f32;
                connection.weight = (connection.weight + step).clamp(-LARGEST, LARGEST);
            }
        }
        for activation in &mut self.activations {
            if draw.uniform() < PARAMETER {
                *activation = Activation::any(draw);
            }
        }
        type Step = fn(&mut Cppn, &mut Deviates);
        let steps: [(f64, Step); 5] = [
            (CHANGE_CONNECTION, Cppn::change_connection),
            (ADD_CONNECTION, Cppn::add_connection),
            (DELETE_CONNECTION, Cppn::delete_connection),
            (ADD_NEURON, Cppn::add_neuron),
            (DELETE_NEURON, Cppn::delete_neuron),
        ];
        for (rate, step) in steps {
            if draw.uniform() < rate {
                step(self, draw);
            }
        }
    }

    /// Joins two neurons that are not joined yet, so that no circle arises.
    fn add_connection(&mut self, draw: &mut Deviates) {
        let from = self.any_source(draw);
        if let Some(to) = self.free_target(from, draw) {
            self.connections.push(Connection { from: from as u16, to: to as u16, weight: weight(draw) });
        }
    }

    fn delete_connection(&mut self, draw: &mut Deviates) {
        if !self.connections.is_empty() {
            let at = draw.below(self.connections.len());
            self.connections.remove(at);
        }
    }

    /// Leads a connection from another neuron, or to another.
    fn change_connection(&mut self, draw: &mut Deviates) {
        if self.connections.is_empty() {
            return;
        }
        let at = draw.below(self.connections.len());
        let mut connection = self.connections.remove(at);
        if draw.below(2) == 0 {
            let from = self.any_source(draw);
            let joined =
                self.connections.iter().any(|c| usize::from(c.from) == from && c.to == connection.to);
            if !joined && !self.sources_of(&[from])[usize::from(connection.to)] {
                connection.from = from as u16;
            }
        } else if let Some(to) = self.free_target(usize::from(connection.from), draw) {
            connection.to = to as u16;
        }
        self.connections.insert(at, connection);
    }

    /// Puts a neuron into a connection; both halves keep its weight.
    fn add_neuron(&mut self, draw: &mut Deviates) {
        if self.connections.is_empty() || self.neurons() >= MOST_NEURONS {
            return;
        }
        let at = draw.below(self.connections.len());
        let Connection { from, to, weight } = self.connections.remove(at);
        let neuron = self.neurons() as u16;
        self.activations.push(Activation::any(draw));
        self.connections.push(Connection { from, to: neuron, weight });
        self.connections.push(Connection { from: neuron, to, weight });
    }

    /// Takes out a hidden neuron and all it is connected by.
    fn delete_neuron(&mut self, draw: &mut Deviates) {
        let first = INPUTS + self.outputs;
        if self.neurons() == first {
            return;
        }
        let gone = (first + draw.below(self.neurons() - first)) as u16;
        self.activations.remove(usize::from(gone) - INPUTS);
        self.connections.retain(|c| c.from != gone && c.to != gone);
        for end in self.connections.iter_mut().flat_map(|c| [&mut c.from, &mut c.to]) {
            *end -= u16::from(*end > gone);
        }
    }

    /// Any neuron but an output.
    fn any_source(&self, draw: &mut Deviates) -> usize {
        let drawn = draw.below(self.neurons() - self.outputs);
        if drawn < INPUTS { drawn } else { drawn + self.outputs }
    }

    /// Any neuron that `from` may be joined to: no input, not joined yet, and not one that `from` depends on.
    fn free_target(&self, from: usize, draw: &mut Deviates) -> Option<usize> {
        let mut taken = self.sources_of(&[from]);
        let joined = self.connections.iter().filter(|c| usize::from(c.from) == from);
        joined.for_each(|c| taken[usize::from(c.to)] = true);
        let free: Vec<usize> = (INPUTS..self.neurons()).filter(|&neuron| !taken[neuron]).collect();
        (!free.is_empty()).then(|| free[draw.below(free.len())])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::canvas::Canvas;
    use super::super::super::genome::Genome;
    use super::*;

    const CANVAS: Canvas = Canvas { height: 4, width: 4, channels: 3 };

    #[test]
    fn any_line_of_mutations_stays_without_circles_and_within_its_bounds() {
        for item in 0..20 {
            let mut draw = Deviates::new(3, item);
            let mut cppn = Cppn::random(&CANVAS, &mut draw);
            for _ in 0..300 {
                cppn.mutate(&mut draw);
                assert_eq!(cppn.order().len(), cppn.activations.len());
                assert!(cppn.activations.len() >= 3);
                let mut joined: Vec<_> = cppn.connections.iter().map(|c| (c.from, c.to)).collect();
                joined.sort_unstable();
                joined.dedup();
                assert_eq!(joined.len(), cppn.connections.len(), "no two are joined twice");
                for c in &cppn.connections {
                    assert!(c.weight.abs() <= LARGEST && usize::from(c.to) >= INPUTS);
                    assert!(!cppn.is_output(usize::from(c.from)));
                }
            }
        }
    }

    #[test]
    fn structure_changes_at_the_published_rates() {
        let parent = Cppn::random(&CANVAS, &mut Deviates::new(0, 0));
        let n = 4000;
        let mut neurons = 0;
        let mut connections = 0;
        for item in 1..=n {
            let mut child = parent.clone();
            child.mutate(&mut Deviates::new(0, item));
            neurons += child.activations.len() - 3;
            connections += child.connections.len();
        }
        // A new neuron (½) is taken out again at ⅕.
        let rate = neurons as f64 / n as f64;
        assert!((rate - 0.4).abs() < 4.0 * (0.24f64 / n as f64).sqrt(), "{rate}");
        // All places are taken at first, so a connection is seldom added; three in ten lose one.
        assert!((connections as f64 / n as f64) < 12.5 && connections as f64 / n as f64 > 11.4);
    }

    #[test]
    fn mutants_survive_a_file() {
        let mut draw = Deviates::new(4, 4);
        let mut cppn = Cppn::random(&CANVAS, &mut draw);
        (0..50).for_each(|_| cppn.mutate(&mut draw));
        let mut bytes = super::super::super::file::begin("");
        cppn.write(&mut bytes);
        let bytes = super::super::super::file::end(bytes);
        let (_, mut reader) = super::super::super::file::open(&bytes).unwrap();
        let again = Cppn::read(&CANVAS, &mut reader).unwrap();
        let painted = |cppn: &Cppn| {
            let mut pixels = vec![0; CANVAS.len()];
            cppn.paint(&CANVAS, &mut pixels);
            pixels
        };
        assert!(reader.is_empty());
        assert_eq!(painted(&again), painted(&cppn));
    }
}
