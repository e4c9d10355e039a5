use std::ops::Range;

use inscape_tensor::Pool;

use super::course::Course;
use super::parametrization::{BAND, Frame};
use super::space::Feed;
use super::transform::{Affine, Edge, Grain, QUAD, Quad, Sampler, Transform};
use crate::random::Deviates;

/// What the network sees of the images: each under random transforms, once or several times, in the network's own numbers.
pub(super) struct Views {
    /// Views of each image.
    pub(super) each: usize,
    frame: Frame,
    feed: Feed,
    transforms: Vec<Transform>,
    sampler: Option<Sampler>,
    grain: Option<Grain>,
    steps: usize,
    seed: u64,
    streams: Vec<u64>,
    /// What was drawn for this step.
    drawn: Vec<View>,
    images: Vec<Quad>,
    parts: Vec<Part>,
}

impl Views {
    pub(super) fn new(frame: Frame, feed: &Feed, transforms: &[Transform], course: &Course<'_>) -> Views {
        let beyond = match Transform::edge(transforms) {
            Edge::Neutral => Some(feed.neutral()),
            Edge::Grey(grey) => Some(feed.grey(grey)),
            Edge::Around => None,
        };
        let sampler = || Sampler::new([frame.height, frame.width], frame.channels, beyond.as_deref());
        Views {
            // without transforms all views are one
            each: if transforms.is_empty() { 1 } else { course.views.max(1) },
            frame,
            feed: feed.clone(),
            transforms: transforms.iter().map(|t| t.fitted(frame.height.min(frame.width))).collect(),
            sampler: (!transforms.is_empty()).then(sampler),
            grain: Grain::new(transforms, course.seed),
            steps: course.steps,
            seed: course.seed,
            streams: course.streams.clone(),
            drawn: Vec::new(),
            images: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// The random stream of an image.
    pub(super) fn stream(&self, i: usize) -> u64 {
        self.streams.get(i).copied().unwrap_or(i as u64)
    }

    /// Writes the network's inputs: (images·views, C, H, W).
    pub(super) fn look(&mut self, pool: &Pool, step: usize, images: &[f32], inputs: &mut [f32]) {
        let (frame, feed) = (self.frame, &self.feed);
        let Some(sampler) = &self.sampler else {
            return pool.chunks(inputs, frame.area(), |plane, input| {
                input.copy_from_slice(&images[plane * frame.area()..][..frame.area()]);
                feed.apply(plane % frame.channels, input);
            });
        };
        let count = images.len() / frame.len();
        self.drawn.clear();
        for i in 0..count {
            let mut random = Deviates::at_step(self.seed, self.stream(i), step);
            for _ in 0..self.each {
                self.drawn.push(View {
                    map: Transform::draw(&self.transforms, &mut random),
                    place: self.grain.as_ref().map_or(0, |grain| grain.place(&mut random)),
                });
            }
        }
        self.images.resize(count * frame.area(), [0.0; QUAD]);
        for (quads, image) in self.images.chunks_exact_mut(frame.area()).zip(images.chunks_exact(frame.len()))
        {
            pool.chunks(quads, BAND * frame.width, |i, quads| {
                sampler.gather(image, i * BAND * frame.width, quads);
            });
        }
        let part = step as f64 / self.steps.saturating_sub(1).max(1) as f64;
        let grain = self.grain.as_ref().map(|grain| (grain, grain.deviation(part)));
        for (view, (input, drawn)) in inputs.chunks_exact_mut(frame.len()).zip(&self.drawn).enumerate() {
            let image = &self.images[view / self.each * frame.area()..][..frame.area()];
            pool.chunks(&mut frame.bands(input), 1, |i, bands| {
                let mut seen = vec![[0.0; QUAD]; frame.width];
                for band in bands {
                    for y in 0..band[0].len() / frame.width {
                        sampler.forward(&drawn.map, image, i * BAND + y, &mut seen);
                        for (channel, rows) in band.iter_mut().enumerate() {
                            let row = rows[y * frame.width..].iter_mut();
                            row.zip(&seen).for_each(|(v, quad)| *v = quad[channel]);
                        }
                    }
                    for (channel, rows) in band.iter_mut().enumerate() {
                        feed.apply(channel, rows);
                        if let Some((grain, deviation)) = grain {
                            let place = drawn.place + channel * frame.area() + i * BAND * frame.width;
                            grain.add(place, deviation * feed.range(channel), rows);
                        }
                    }
                }
            });
        }
    }

    /// Turns the gradients of the inputs into the sum over the views of each image's gradient.
    pub(super) fn pull(&mut self, pool: &Pool, gradients: &[f32], along: &mut [f32]) {
        let (frame, feed) = (self.frame, &self.feed);
        let Some(sampler) = &self.sampler else {
            return pool.chunks(along, frame.area(), |plane, along| {
                let factor = feed.factor[plane % frame.channels];
                let gradient = &gradients[plane * frame.area()..][..frame.area()];
                along.iter_mut().zip(gradient).for_each(|(a, g)| *a = g * factor);
            });
        };
        let (drawn, each) = (&self.drawn, self.each);
        let quarters = frame.height.div_ceil(quarter(frame));
        self.parts.resize_with(quarters, || Part { touched: 0..0, quads: vec![[0.0; QUAD]; frame.area()] });
        for (i, along) in along.chunks_mut(frame.len()).enumerate() {
            pool.chunks(&mut self.parts, 1, |at, parts| {
                let rows = at * quarter(frame)..frame.height.min((at + 1) * quarter(frame));
                let views = i * each..(i + 1) * each;
                for part in parts {
                    part.touched = views
                        .clone()
                        .map(|view| sampler.touched(&drawn[view].map, &rows))
                        .fold(frame.height..0, |all, touched| {
                            all.start.min(touched.start)..all.end.max(touched.end)
                        });
                    part.quads[frame.rows(&part.touched)].fill([0.0; QUAD]);
                    for view in views.clone() {
                        let slopes = &gradients[view * frame.len()..][..frame.len()];
                        sampler.adjoint(&drawn[view].map, slopes, &rows, &mut part.quads);
                    }
                }
            });
            let parts = &self.parts;
            pool.chunks(&mut frame.bands(along), 1, |i, bands| {
                let mut sums = vec![[0.0; QUAD]; frame.width];
                for band in bands {
                    for y in 0..band[0].len() / frame.width {
                        let place = i * BAND + y;
                        sums.fill([0.0; QUAD]);
                        for part in parts.iter().filter(|part| part.touched.contains(&place)) {
                            let quads = &part.quads[place * frame.width..][..frame.width];
                            for (sum, quad) in sums.iter_mut().zip(quads) {
                                (0..QUAD).for_each(|c| sum[c] += quad[c]);
                            }
                        }
                        for (channel, along) in band.iter_mut().enumerate() {
                            let (row, factor) = (&mut along[y * frame.width..], feed.factor[channel]);
                            row.iter_mut().zip(&sums).for_each(|(a, sum)| *a = sum[channel] * factor);
                        }
                    }
                }
            });
        }
    }
}

/// How the network sees an image once.
struct View {
    map: Affine,
    /// Where its noise is taken from.
    place: usize,
}

/// What a quarter of the rows of the views gives back to an image.
struct Part {
    /// The rows of the image it reaches.
    touched: Range<usize>,
    quads: Vec<Quad>,
}

/// Rows of a view whose gradients one task gives back, a quarter however many threads there are: they reach far in the image.
fn quarter(frame: Frame) -> usize {
    frame.height.div_ceil(4)
}
