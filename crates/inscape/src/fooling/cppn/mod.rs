mod activation;
mod color;
mod mutation;
mod paint;

use super::canvas::Canvas;
use super::file::Reader;
use super::genome::Genome;
use crate::random::Deviates;
use activation::Activation;

/// The indirect encoding: a compositional pattern-producing network (Stanley 2007), which gives a pixel's color from its
/// place.
///
/// Inputs are x and y in [−1, 1], the distance √(x² + y²) from the center, and 1. The outputs are hue, lightness and
/// saturation of a color network, or grey. A neuron sums what it is connected to by weights in [−10, 10] and bends the sum.
/// The first generation connects every input to every output. Offspring are mutated copies; there is no crossover.
#[derive(Clone)]
pub(super) struct Cppn {
    outputs: usize,
    /// Of outputs, then of hidden neurons.
    activations: Vec<Activation>,
    connections: Vec<Connection>,
}

/// Neurons are numbered: inputs, outputs, hidden ones.
#[derive(Clone, Copy)]
struct Connection {
    from: u16,
    to: u16,
    weight: f32,
}

/// x, y, distance, one.
const INPUTS: usize = 4;

/// Weights lie within ± this.
const LARGEST: f32 = 10.0;

impl Cppn {
    fn neurons(&self) -> usize {
        INPUTS + self.activations.len()
    }

    fn is_output(&self, neuron: usize) -> bool {
        (INPUTS..INPUTS + self.outputs).contains(&neuron)
    }

    /// For every neuron whether `start` depends on it; on itself too.
    fn sources_of(&self, start: &[usize]) -> Vec<bool> {
        let mut found = vec![false; self.neurons()];
        let mut open = start.to_vec();
        while let Some(neuron) = open.pop() {
            if !std::mem::replace(&mut found[neuron], true) {
                let into = self.connections.iter().filter(|c| usize::from(c.to) == neuron);
                open.extend(into.map(|c| usize::from(c.from)));
            }
        }
        found
    }

    /// All neurons but inputs, each after those it depends on; fewer where there is a circle.
    fn order(&self) -> Vec<usize> {
        let mut waiting = vec![0; self.neurons()];
        self.connections.iter().for_each(|c| waiting[usize::from(c.to)] += 1);
        let mut order: Vec<usize> = (0..self.neurons()).filter(|&neuron| waiting[neuron] == 0).collect();
        let mut next = 0;
        while let Some(&neuron) = order.get(next) {
            next += 1;
            for connection in self.connections.iter().filter(|c| usize::from(c.from) == neuron) {
                let to = usize::from(connection.to);
                waiting[to] -= 1;
                if waiting[to] == 0 {
                    order.push(to);
                }
            }
        }
        order.retain(|&neuron| neuron >= INPUTS);
        order
    }
}

fn weight(draw: &mut Deviates) -> f32 {
    (draw.uniform() as f32 * 2.0 - 1.0) * LARGEST
}

impl Genome for Cppn {
    fn random(canvas: &Canvas, draw: &mut Deviates) -> Cppn {
        let outputs = canvas.channels;
        let places = (0..INPUTS).flat_map(|from| (0..outputs).map(move |output| (from, INPUTS + output)));
        let connections = places
            .map(|(from, to)| Connection { from: from as u16, to: to as u16, weight: weight(draw) })
            .collect();
        let activations = (0..outputs).map(|_| Activation::any(draw)).collect();
        Cppn { outputs, activations, connections }
    }

    fn offspring(parents: [&Cppn; 2], _: usize, draw: &mut Deviates) -> [Cppn; 2] {
        parents.map(|parent| {
            let mut child = parent.clone();
            child.mutate(draw);
            child
        })
    }

    fn paint(&self, canvas: &Canvas, pixels: &mut [u8]) {
        paint::paint(self, canvas, pixels);
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend((self.activations.len() as u32).to_le_bytes());
        bytes.extend((self.connections.len() as u32).to_le_bytes());
        bytes.extend(self.activations.iter().map(|&activation| activation as u8));
        for connection in &self.connections {
            bytes.extend(connection.from.to_le_bytes());
            bytes.extend(connection.to.to_le_bytes());
            bytes.extend(connection.weight.to_le_bytes());
        }
    }

    fn read(canvas: &Canvas, bytes: &mut Reader<'_>) -> Option<Cppn> {
        let (neurons, connections) = (bytes.u32()? as usize, bytes.u32()? as usize);
        let outputs = canvas.channels;
        let activations =
            (0..neurons).map(|_| Activation::numbered(bytes.u8()?)).collect::<Option<Vec<_>>>()?;
        let mut cppn = Cppn { outputs, activations, connections: Vec::new() };
        for _ in 0..connections {
            let ends = bytes.u32()?;
            let connection = Connection { from: ends as u16, to: (ends >> 16) as u16, weight: bytes.f32()? };
            let (from, to) = (usize::from(connection.from), usize::from(connection.to));
            let inside = from.max(to) < cppn.neurons() && to >= INPUTS && !cppn.is_output(from);
            if !inside || !connection.weight.is_finite() {
                return None;
            }
            cppn.connections.push(connection);
        }
        (neurons >= outputs && cppn.order().len() == neurons).then_some(cppn)
    }
}
