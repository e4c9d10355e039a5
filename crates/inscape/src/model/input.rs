use std::path::Path;

use inscape_tensor::Tensor;
use sha2::{Digest, Sha256};

use super::Model;
use crate::error::{Error, ErrorKind};
use crate::image::Image;
use crate::preprocessing::Window;

/// One input of a network, in the network's own numbers, with the picture it came from.
#[derive(Clone, Debug)]
pub struct Input {
    tensor: Tensor,
    image: Option<Image>,
    window: Option<Window>,
    name: Option<String>,
    sha256: String,
}

impl Model {
    /// Reads a picture file and prepares it as the card says; or a `.npy` array (1×C×H×W or C×H×W), which is
    /// taken as it is.
    ///
    /// # Errors
    /// Where the file cannot be read, or an array's shape is not the model's.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Input, Error> {
        let path = path.as_ref();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) {
            let input = self.input_of(crate::npy::read(path)?)?;
            return Ok(Input { name: Some(crate::file::name(path)), ..input });
        }
        self.prepare(&Image::open(path)?)
    }

    /// Prepares a picture as the card says.
    ///
    /// # Errors
    /// Where the model takes no pictures, or its input alone needs more memory than allowed.
    pub fn prepare(&self, image: &Image) -> Result<Input, Error> {
        let settings = self.preprocessing()?;
        self.check_room()?;
        let prepared = settings.prepare(image);
        Ok(Input {
            tensor: prepared.tensor,
            window: Some(prepared.window),
            name: image.name().map(str::to_owned),
            sha256: image.sha256().to_owned(),
            image: Some(image.clone()),
        })
    }

    /// Refuses an input that is too large before a picture is made as large.
    fn check_room(&self) -> Result<(), Error> {
        let shape = self.input_shape();
        let bytes = shape.iter().product::<usize>().saturating_mul(size_of::<f32>());
        let Some(limit) = self.memory().filter(|&limit| bytes > limit) else { return Ok(()) };
        let mib = |bytes: usize| bytes.div_ceil(1 << 20);
        let context = format!(
            "the network's input of shape {shape:?} alone needs {} MiB, more than the {} MiB allowed; use a smaller input \
             or raise the limit",
            mib(bytes),
            mib(limit)
        );
        Err(Error::new(ErrorKind::Memory, context))
    }

    /// The same numbers with the picture they show, so that maps can be laid over it; an input made from a picture stays as
    /// it is. See [`Preprocessing::picture`](crate::Preprocessing::picture).
    ///
    /// # Errors
    /// Where the model takes no pictures.
    pub fn drawn(&self, input: &Input) -> Result<Input, Error> {
        if input.image.is_some() {
            return Ok(input.clone());
        }
        let image = self.preprocessing()?.picture(&input.tensor)?;
        let window = Window::whole(image.height(), image.width());
        Ok(Input { image: Some(image), window: Some(window), ..input.clone() })
    }

    /// Takes an array in model space as it is: (1, C, H, W), or without the batch axis.
    ///
    /// # Errors
    /// Where its shape is not the model's.
    pub fn input_of(&self, tensor: Tensor) -> Result<Input, Error> {
        let expected = self.input_shape();
        if tensor.shape() != expected && Some(tensor.shape()) != expected.get(1..) {
            let context =
                format!("the model takes {expected:?}, but the array has the shape {:?}", tensor.shape());
            return Err(Error::new(ErrorKind::Picture, context));
        }
        let tensor = tensor.reshaped(expected);
        let mut digest = Sha256::new();
        for value in tensor.values() {
            digest.update(value.to_le_bytes());
        }
        let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Input { tensor, image: None, window: None, name: None, sha256 })
    }
}

impl Input {
    /// The same picture's input with other numbers of the same shape.
    pub(crate) fn with(&self, tensor: Tensor) -> Input {
        Input { tensor, ..self.clone() }
    }

    /// The numbers the network is fed: (1, C, H, W), channels in the network's order.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// The picture it was made from; `None` for an array.
    pub fn image(&self) -> Option<&Image> {
        self.image.as_ref()
    }

    /// Where it lies in the picture.
    pub fn window(&self) -> Option<Window> {
        self.window
    }

    /// The file's name without its folder.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// SHA-256 of the file; of the numbers as little-endian bytes where an array was given.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}
