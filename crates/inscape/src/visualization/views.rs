use std::ops::Range;

use inscape_tensor::Pool;

use super::course::Course;
use super::parametrization::Frame;
use super::space::Feed;
use super::transform::{Affine, Edge, Grain, Quad, Sampler, Transform};
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
    seen: Vec<Quad>,
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
            seen: Vec::new(),
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
        self.images.resize(count * frame.area(), [0.0; 4]);
        self.seen.resize(count * self.each * frame.area(), [0.0; 4]);
        pool.chunks(&mut self.images, frame.area(), |i, quads| {
            sampler.gather(&images[i * frame.len()..][..frame.len()], quads);
        });
        let (quads, drawn, each) = (&self.images, &self.drawn, self.each);
        for (view, seen) in self.seen.chunks_mut(frame.area()).enumerate() {
            let image = &quads[view / each * frame.area()..][..frame.area()];
            pool.chunks(seen, band(frame) * frame.width, |at, seen| {
                sampler.forward(&drawn[view].map, image, at * band(frame), seen);
            });
        }
        let seen = &self.seen;
        let part = step as f64 / self.steps.saturating_sub(1).max(1) as f64;
        let grain = self.grain.as_ref().map(|grain| (grain, grain.deviation(part)));
        pool.chunks(inputs, frame.area(), |plane, input| {
            let (view, channel) = (plane / frame.channels, plane % frame.channels);
            let quads = &seen[view * frame.area()..][..frame.area()];
            input.iter_mut().zip(quads).for_each(|(v, quad)| *v = quad[channel]);
            feed.apply(channel, input);
            if let Some((grain, deviation)) = grain {
                grain.add(drawn[view].place + channel * frame.area(), deviation * feed.range(channel), input);
            }
        });
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
        let bands = frame.height.div_ceil(band(frame));
        self.parts.resize_with(bands, || Part { touched: 0..0, quads: vec![[0.0; 4]; frame.area()] });
        for (i, along) in along.chunks_mut(frame.len()).enumerate() {
            pool.chunks(&mut self.parts, 1, |at, parts| {
                let rows = at * band(frame)..frame.height.min((at + 1) * band(frame));
                let views = i * each..(i + 1) * each;
                for part in parts {
                    part.touched = views
                        .clone()
                        .map(|view| sampler.touched(&drawn[view].map, &rows))
                        .fold(frame.height..0, |all, touched| {
                            all.start.min(touched.start)..all.end.max(touched.end)
                        });
                    part.quads[frame.rows(&part.touched)].fill([0.0; 4]);
                    for view in views.clone() {
                        let slopes = &gradients[view * frame.len()..][..frame.len()];
                        let slope = |at: usize, c: usize| match c < frame.channels {
                            true => slopes[c * frame.area() + at],
                            false => 0.0,
                        };
                        let outcome = |at| std::array::from_fn(|c| slope(at, c));
                        sampler.adjoint(&drawn[view].map, outcome, &rows, &mut part.quads);
                    }
                }
            });
            let parts = &self.parts;
            pool.chunks(along, frame.area(), |channel, along| {
                along.fill(0.0);
                for part in parts {
                    let at = frame.rows(&part.touched);
                    along[at.clone()]
                        .iter_mut()
                        .zip(&part.quads[at])
                        .for_each(|(a, quad)| *a += quad[channel]);
                }
                along.iter_mut().for_each(|a| *a *= feed.factor[channel]);
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

/// What a band of the rows of the views gives back to an image.
struct Part {
    /// The rows of the image it reaches.
    touched: Range<usize>,
    quads: Vec<Quad>,
}

/// Rows that are one task: a quarter of the image, however many threads there are.
fn band(frame: Frame) -> usize {
    frame.height.div_ceil(4)
}
