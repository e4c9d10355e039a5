use std::fmt;

/// The order of a network's channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red, as Caffe's and OpenCV's.
    Bgr,
    /// One channel: luma of ITU-R 601.
    Grey,
}

/// How a picture is brought to the network's height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resize {
    /// The whole picture, each side on its own.
    Stretch,
    /// The shorter side to `resize_to`, then the center.
    Crop,
    /// The whole picture at its own aspect, centered on `pad_color`.
    Pad,
}

/// The filter of resizing. Both widen with the reduction (antialiased), as Pillow's do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interpolation {
    /// Triangle of radius 1.
    Bilinear,
    /// Keys's cubic (1981) with a = −½, radius 2.
    Bicubic,
}

/// Where a model file keeps the channel axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// Batch, channel, height, width.
    Nchw,
    /// Batch, height, width, channel.
    Nhwc,
}

/// A named set of defaults for a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// RGB in 0..1, ImageNet's mean and deviation; shorter side to round(size·256/224), then the center.
    Torchvision,
    /// RGB to −1..1 (`tf` mode of Keras), stretched.
    KerasTf,
    /// BGR in 0..255 less ImageNet's mean (`caffe` mode of Keras), stretched.
    KerasCaffe,
    /// RGB in 0..1, ImageNet's mean and deviation (`torch` mode of Keras), stretched.
    KerasTorch,
    /// RGB pixels 0..255 as they are, stretched.
    None,
}

/// What a preset fills in: scale, mean and deviation by channel, channel order, and the fit.
pub(crate) struct Defaults {
    pub(crate) channels: Channels,
    pub(crate) scale: f64,
    pub(crate) mean: [f64; 3],
    pub(crate) std: [f64; 3],
    pub(crate) resize: Resize,
}

impl Preset {
    pub(crate) fn defaults(self) -> Defaults {
        let plain = Defaults {
            channels: Channels::Rgb,
            scale: 1.0,
            mean: [0.0; 3],
            std: [1.0; 3],
            resize: Resize::Stretch,
        };
        match self {
            Preset::Torchvision => Defaults { resize: Resize::Crop, ..Preset::KerasTorch.defaults() },
            Preset::KerasTf => Defaults { scale: 1.0 / 127.5, mean: [1.0; 3], ..plain },
            Preset::KerasCaffe => {
                Defaults { channels: Channels::Bgr, mean: [103.939, 116.779, 123.68], ..plain }
            }
            Preset::KerasTorch => Defaults {
                scale: 1.0 / 255.0,
                mean: [0.485, 0.456, 0.406],
                std: [0.229, 0.224, 0.225],
                ..plain
            },
            Preset::None => plain,
        }
    }
}

/// A choice that a card spells as a word.
pub(crate) trait Word: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

impl Word for Channels {
    const WORDS: &'static [(&'static str, Self)] =
        &[("RGB", Channels::Rgb), ("BGR", Channels::Bgr), ("grey", Channels::Grey)];
}

impl Word for Resize {
    const WORDS: &'static [(&'static str, Self)] =
        &[("stretch", Resize::Stretch), ("crop", Resize::Crop), ("pad", Resize::Pad)];
}

impl Word for Interpolation {
    const WORDS: &'static [(&'static str, Self)] =
        &[("bilinear", Interpolation::Bilinear), ("bicubic", Interpolation::Bicubic)];
}

impl Word for Layout {
    const WORDS: &'static [(&'static str, Self)] = &[("NCHW", Layout::Nchw), ("NHWC", Layout::Nhwc)];
}

impl Word for Preset {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("torchvision", Preset::Torchvision),
        ("keras-tf", Preset::KerasTf),
        ("keras-caffe", Preset::KerasCaffe),
        ("keras-torch", Preset::KerasTorch),
        ("none", Preset::None),
    ];
}

impl fmt::Display for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Resize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Interpolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Preset {
    /// Every preset, for a program that tries them all.
    pub fn all() -> impl Iterator<Item = Preset> {
        Self::WORDS.iter().map(|row| row.1)
    }
}
