use inscape_tensor::vectorized;

use super::super::canvas::Canvas;
use super::color::from_hls;
use super::{Connection, Cppn, INPUTS};

/// Paints row by row: every neuron that matters holds its numbers along a row.
///
/// An output v in [−1, 1] stands for |v|: of a grey network the level |v|·255; of a color network hue (once around),
/// lightness and saturation.
pub(super) fn paint(cppn: &Cppn, canvas: &Canvas, pixels: &mut [u8]) {
    let outputs: Vec<usize> = (INPUTS..INPUTS + cppn.outputs).collect();
    let useful = cppn.sources_of(&outputs);
    let order = cppn.order().into_iter().filter(|&neuron| useful[neuron]);
    let into = |neuron: usize| cppn.connections.iter().filter(move |c| usize::from(c.to) == neuron);
    let steps: Vec<(usize, Vec<&Connection>)> =
        order.map(|neuron| (neuron, into(neuron).collect())).collect();
    let mut rows = vec![vec![0.0; canvas.width]; cppn.neurons()];
    rows[0] = (0..canvas.width).map(|i| coordinate(i, canvas.width)).collect();
    rows[3].fill(1.0);
    for (j, line) in pixels.chunks_exact_mut(canvas.width * canvas.channels).enumerate() {
        let y = coordinate(j, canvas.height);
        rows[1].fill(y);
        rows[2] = rows[0].iter().map(|x| (x * x + y * y).sqrt()).collect();
        for (neuron, into) in &steps {
            let mut sums = std::mem::take(&mut rows[*neuron]);
            sums.fill(0.0);
            for c in into {
                add(&mut sums, c.weight, &rows[usize::from(c.from)]);
            }
            cppn.activations[neuron - INPUTS].bend(&mut sums);
            rows[*neuron] = sums;
        }
        let level = |part: f32| (part * 255.0).round() as u8;
        for (i, pixel) in line.chunks_exact_mut(canvas.channels).enumerate() {
            match pixel {
                [grey] => *grey = level(rows[INPUTS][i].abs()),
                color => {
                    let hls = [0, 1, 2].map(|output| rows[INPUTS + output][i].abs());
                    color.copy_from_slice(&from_hls(hls).map(level));
                }
            }
        }
    }
}

fn add(sums: &mut [f32], weight: f32, values: &[f32]) {
    vectorized(|| sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value));
}

/// From −1 at the first of `n` places to 1 at the last.
fn coordinate(i: usize, n: usize) -> f32 {
    if n < 2 { 0.0 } else { (2.0 * i as f64 / (n - 1) as f64 - 1.0) as f32 }
}

#[cfg(test)]
mod tests {
    use super::super::Activation;
    use super::*;

    fn grey(activations: &[Activation], connections: &[(u16, u16, f32)]) -> Cppn {
        let connections =
            connections.iter().map(|&(from, to, weight)| Connection { from, to, weight }).collect();
        Cppn { outputs: 1, activations: activations.to_vec(), connections }
    }

    fn painted(cppn: &Cppn, canvas: Canvas) -> Vec<u8> {
        let mut pixels = vec![7; canvas.len()];
        paint(cppn, &canvas, &mut pixels);
        pixels
    }

    #[test]
    fn each_input_is_what_it_is_called() {
        let canvas = Canvas { height: 3, width: 5, channels: 1 };
        let level = |v: f64| (v.abs() * 255.0).round() as u8;
        for (input, of) in [
            (0, (|x, _| x) as fn(f64, f64) -> f64),
            (1, |_, y| y),
            (2, |x: f64, y: f64| (x * x + y * y).sqrt()),
            (3, |_, _| 1.0),
        ] {
            // Linear: p/3, so a weight of 1.5 halves.
            let pixels = painted(&grey(&[Activation::Linear], &[(input, 4, 1.5)]), canvas);
            for (at, &pixel) in pixels.iter().enumerate() {
                let (x, y) = ((at % 5) as f64 / 2.0 - 1.0, (at / 5) as f64 - 1.0);
                assert!(pixel.abs_diff(level(0.5 * of(x, y))) <= 1, "input {input} at {x},{y}");
            }
        }
    }

    #[test]
    fn hidden_neurons_are_painted_before_what_needs_them() {
        let canvas = Canvas { height: 1, width: 9, channels: 1 };
        // Output 4 ← 6 ← 5 ← x, in an order that is not that of their numbers; 7 leads nowhere.
        let activations = [Activation::Linear, Activation::Sine, Activation::Gaussian, Activation::Sine];
        let cppn = grey(&activations, &[(6, 4, 3.0), (5, 6, 2.0), (0, 5, 1.0), (0, 7, 9.0)]);
        for (i, pixel) in painted(&cppn, canvas).into_iter().enumerate() {
            let x = i as f64 / 4.0 - 1.0;
            let expected = (-(2.0 * x.sin()).powi(2)).exp() * 255.0;
            assert!((f64::from(pixel) - expected).abs() <= 0.51, "{i}: {pixel} {expected}");
        }
    }
}
