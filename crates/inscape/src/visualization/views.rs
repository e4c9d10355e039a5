use inscape_tensor::Pool;

use super::course::Course;
use super::parametrization::Frame;
use super::space::Feed;
use super::transform::{Affine, Edge, Quad, Sampler, Transform};
use crate::random::Deviates;

/// What the network sees of the images: each under random transforms, once or several times, in the network's own numbers.
pub(super) struct Views<'a> {
    /// Views of each image.
    pub(super) each: usize,
    frame: Frame,
    feed: Feed,
    transforms: &'a [Transform],
    sampler: Option<Sampler>,
    seed: u64,
    streams: Vec<u64>,
    /// The maps of this step, by view.
    maps: Vec<Affine>,
    images: Vec<Quad>,
    seen: Vec<Quad>,
}

impl<'a> Views<'a> {
    pub(super) fn new(
        frame: Frame,
        feed: &Feed,
        transforms: &'a [Transform],
        course: &Course<'_>,
    ) -> Views<'a> {
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
            transforms,
            sampler: (!transforms.is_empty()).then(sampler),
            seed: course.seed,
            streams: course.streams.clone(),
            maps: Vec::new(),
            images: Vec::new(),
            seen: Vec::new(),
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
        self.maps.clear();
        for i in 0..count {
            let stream = self.streams.get(i).copied().unwrap_or(i as u64);
            let mut random = Deviates::at_step(self.seed, stream, step);
            self.maps.extend((0..self.each).map(|_| Transform::draw(self.transforms, &mut random)));
        }
        self.images.resize(count * frame.area(), [0.0; 4]);
        self.seen.resize(count * self.each * frame.area(), [0.0; 4]);
        pool.chunks(&mut self.images, frame.area(), |i, quads| {
            sampler.gather(&images[i * frame.len()..][..frame.len()], quads);
        });
        let (quads, maps, each) = (&self.images, &self.maps, self.each);
        pool.chunks(&mut self.seen, frame.area(), |view, seen| {
            sampler.forward(&maps[view], &quads[view / each * frame.area()..][..frame.area()], seen);
        });
        let seen = &self.seen;
        pool.chunks(inputs, frame.len(), |view, input| {
            sampler.scatter(&seen[view * frame.area()..][..frame.area()], input);
            input.chunks_exact_mut(frame.area()).enumerate().for_each(|(c, plane)| feed.apply(c, plane));
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
        pool.chunks(&mut self.seen, frame.area(), |view, quads| {
            sampler.gather(&gradients[view * frame.len()..][..frame.len()], quads);
        });
        let (seen, maps, each) = (&self.seen, &self.maps, self.each);
        pool.chunks(&mut self.images, frame.area(), |i, quads| {
            quads.fill([0.0; 4]);
            for view in i * each..(i + 1) * each {
                sampler.adjoint(&maps[view], &seen[view * frame.area()..][..frame.area()], quads);
            }
        });
        let quads = &self.images;
        pool.chunks(along, frame.len(), |i, along| {
            sampler.scatter(&quads[i * frame.area()..][..frame.area()], along);
            for (channel, plane) in along.chunks_exact_mut(frame.area()).enumerate() {
                plane.iter_mut().for_each(|v| *v *= feed.factor[channel]);
            }
        });
    }
}
