use inscape_tensor::Tensor;

use super::archive::Archive;
use super::canvas::Canvas;
use super::curve::{self, Moment};
use super::genome::Genome;
use super::{Breeding, Encoding, file};
use crate::error::{Error, ErrorKind};
use crate::image::Image;
use crate::model::Model;
use crate::random::Deviates;
use crate::report::Curves;
use crate::watch::Watch;

/// MAP-Elites over all classes at once: an archive keeps the most probable image of every class, and the offspring of
/// any two of them compete in every class (Mouret and Clune 2015; Nguyen, Yosinski and Clune 2015).
///
/// A generation draws `population`/2 pairs of parents evenly from the occupied cells, crosses and mutates them by the
/// encoding's rates, and has the network judge the offspring as the 8-bit images that are saved. Everything is drawn from
/// (seed, generation, pair), so the same seed gives the same bytes for any number of threads, and an evolution that was
/// saved and opened again goes on as if it had never stopped.
///
/// ```no_run
/// use inscape::{Encoding, Evolution, Model, Watch};
/// let model = Model::open("model.onnx")?;
/// let mut evolution = Evolution::new(&model, Encoding::named("cppn")?, 200, 0)?;
/// for _ in 0..50 {
///     evolution.advance(&Watch::default())?;
/// }
/// let sure = evolution.champion(130)?.is_some_and(|champion| champion.probability > 0.5);
/// assert!(sure && evolution.evaluations() == 50 * 200);
/// # Ok::<(), inscape::Error>(())
/// ```
pub struct Evolution {
    model: Model,
    world: World,
    encoding: &'static Encoding,
    population: Box<dyn Population>,
    moments: Vec<Moment>,
}

/// The best image of a class.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Champion {
    /// The class.
    pub class: usize,
    /// Its probability, as the network judged this image.
    pub probability: f64,
    /// The generation that bred it.
    pub generation: usize,
    /// As the network saw it.
    pub image: Image,
}

/// What stays the same through an evolution.
pub(crate) struct World {
    canvas: Canvas,
    size: usize,
    seed: u64,
}

/// The archive of one encoding.
pub(crate) trait Population: Send {
    /// Breeds and judges one generation; on an error nothing has changed.
    fn advance(
        &mut self,
        model: &Model,
        world: &World,
        generation: usize,
        watch: &Watch<'_>,
    ) -> Result<(), Error>;

    /// The best probability of each class.
    fn best(&self) -> Vec<f64>;

    /// The generation and the pixels of a class's best image.
    fn champion(&self, canvas: &Canvas, class: usize) -> Option<(usize, Vec<u8>)>;

    /// Adds the archive to a file.
    fn write(&self, bytes: &mut Vec<u8>);
}

/// Images judged at once; more is not faster, and takes memory.
const BATCH: usize = 10;

impl Evolution {
    /// Nothing bred yet; the first generation will be random.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for an encoding that is not bred or a population below 2; as [`Model::classify`] for a model
    /// that gives no class scores or takes no pictures.
    pub fn new(
        model: &Model,
        encoding: &'static Encoding,
        population: usize,
        seed: u64,
    ) -> Result<Evolution, Error> {
        let breeding = breeding(encoding)?;
        let world = World { canvas: Canvas::of(model)?, size: population, seed };
        if !(2..=1 << 20).contains(&population) {
            let context = format!("the population is {population}; it must be 2 to {}", 1 << 20);
            return Err(Error::new(ErrorKind::Setting, context));
        }
        let zero = model.input_of(Tensor::zeros(model.input_shape()))?;
        let classes = model.scores(&zero)?.len();
        let population = (breeding.begin)(classes);
        Ok(Evolution { model: model.clone(), world, encoding, population, moments: Vec::new() })
    }

    /// Goes on with an evolution that was saved.
    ///
    /// # Errors
    /// [`ErrorKind::File`] where the bytes are no whole archive, or one of another model, encoding, population or seed.
    pub fn open(
        model: &Model,
        encoding: &'static Encoding,
        population: usize,
        seed: u64,
        bytes: &[u8],
    ) -> Result<Evolution, Error> {
        let mut evolution = Evolution::new(model, encoding, population, seed)?;
        let wrong = |what: &str| Error::new(ErrorKind::File, format!("the archive {what}"));
        let (words, mut rest) = file::open(bytes).ok_or_else(|| wrong("is damaged or no archive"))?;
        if words != evolution.words() {
            let context = format!("is of another evolution:\n  {words}\nis not\n  {}", evolution.words());
            return Err(wrong(&context));
        }
        let classes = evolution.classes();
        let mut read = || {
            let count = rest.u32()?;
            let moments = (0..count).map(|_| Moment::read(&mut rest)).collect::<Option<Vec<_>>>()?;
            let population = (breeding(encoding).ok()?.open)(&evolution.world.canvas, classes, &mut rest)?;
            rest.is_empty().then_some((moments, population))
        };
        (evolution.moments, evolution.population) = read().ok_or_else(|| wrong("is damaged"))?;
        Ok(evolution)
    }

    /// Breeds one generation. `watch` sees the images judged in it and can stop it; then it counts as not bred.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] when stopped; [`ErrorKind::Model`] where the network gives no number for any image.
    pub fn advance(&mut self, watch: &Watch<'_>) -> Result<(), Error> {
        self.population.advance(&self.model, &self.world, self.generations(), watch)?;
        self.moments.push(Moment::of(self.population.best()));
        Ok(())
    }

    /// Generations bred so far.
    pub fn generations(&self) -> usize {
        self.moments.len()
    }

    /// Images judged so far.
    pub fn evaluations(&self) -> usize {
        self.generations() * self.world.size
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.population.best().len()
    }

    /// The best probability of each class so far; 0 before the first generation.
    pub fn best(&self) -> Vec<f64> {
        self.population.best()
    }

    /// How sure the network was after each generation.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// The confidence curve: quartiles of the best probabilities, and the share of classes of at least 0.99.
    pub fn curve(&self) -> Curves {
        let title = format!("Fooling images, {} encoding: confidence", self.encoding.name);
        curve::chart(title, &self.moments, self.classes())
    }

    /// The best image of a class; `None` before the first generation or where there is no such class.
    ///
    /// # Errors
    /// [`ErrorKind::Picture`] where the model's input is larger than pictures may be.
    pub fn champion(&self, class: usize) -> Result<Option<Champion>, Error> {
        let Canvas { height, width, channels } = self.world.canvas;
        let Some((generation, pixels)) = self.population.champion(&self.world.canvas, class) else {
            return Ok(None);
        };
        let rgb = match channels {
            1 => pixels.iter().flat_map(|&level| [level; 3]).collect(),
            _ => pixels,
        };
        let image = Image::from_rgb8(width, height, rgb)?;
        Ok(Some(Champion { class, probability: self.best()[class], generation, image }))
    }

    /// The whole evolution as bytes, for [`Evolution::open`].
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = file::begin(&self.words());
        bytes.extend((self.moments.len() as u32).to_le_bytes());
        self.moments.iter().for_each(|moment| moment.write(&mut bytes));
        self.population.write(&mut bytes);
        file::end(bytes)
    }

    /// What has to be the same for an evolution to go on.
    fn words(&self) -> String {
        let World { canvas, size, seed } = &self.world;
        let numbers = match self.model.preprocessing() {
            Ok(p) => format!("{}, scale {:?}, mean {:?}, std {:?}", p.channels, p.scale, p.mean, p.std),
            Err(_) => String::new(),
        };
        format!(
            "{} of {} classes, population {size}, seed {seed}, {}×{} {numbers}, model {}",
            self.encoding.name,
            self.classes(),
            canvas.height,
            canvas.width,
            self.model.sha256(),
        )
    }
}

fn breeding(encoding: &'static Encoding) -> Result<&'static Breeding, Error> {
    encoding.breeding.as_ref().ok_or_else(|| {
        let context = format!("nothing is bred in the encoding '{}'", encoding.name);
        Error::new(ErrorKind::Setting, context)
    })
}

impl<G: Genome> Archive<G> {
    /// The images of a generation, pair by pair, each pair from a stream of its own.
    fn bred(&self, model: &Model, world: &World, generation: usize) -> Result<Vec<G>, Error> {
        let parents = self.parents();
        if generation > 0 && parents.is_empty() {
            return Err(Error::new(ErrorKind::Model, "the network gives no number for any image"));
        }
        let mut places: Vec<Option<G>> = (0..world.size).map(|_| None).collect();
        model.pool().chunks(&mut places, 2, |pair, places| {
            let mut draw = Deviates::new(world.seed, (generation as u64) << 32 | pair as u64);
            let born = match generation {
                0 => [(); 2].map(|()| G::random(&world.canvas, &mut draw)),
                _ => {
                    let chosen = [(); 2].map(|()| parents[draw.below(parents.len())]);
                    G::offspring(chosen, generation, &mut draw)
                }
            };
            places.iter_mut().zip(born).for_each(|(place, genome)| *place = Some(genome));
        });
        Ok(places.into_iter().flatten().collect())
    }
}

impl<G: Genome> Population for Archive<G> {
    fn advance(
        &mut self,
        model: &Model,
        world: &World,
        generation: usize,
        watch: &Watch<'_>,
    ) -> Result<(), Error> {
        let preprocessing = model.preprocessing()?;
        let genomes = self.bred(model, world, generation)?;
        let mut shape = model.input_shape();
        let mut judged = Vec::with_capacity(genomes.len());
        for batch in genomes.chunks(BATCH) {
            watch.step(judged.len(), genomes.len())?;
            shape[0] = batch.len();
            let mut inputs = Tensor::zeros(&shape[..]);
            model.pool().chunks(inputs.values_mut(), world.canvas.len(), |i, cells| {
                let mut pixels = vec![0; world.canvas.len()];
                batch[i].paint(&world.canvas, &mut pixels);
                preprocessing.fill(&pixels, cells);
            });
            judged.append(&mut model.probabilities(&inputs)?);
        }
        watch.step(judged.len(), genomes.len())?;
        for (genome, probabilities) in genomes.into_iter().zip(judged) {
            self.offer(genome, generation as u32, &probabilities);
        }
        Ok(())
    }

    fn best(&self) -> Vec<f64> {
        Archive::best(self)
    }

    fn champion(&self, canvas: &Canvas, class: usize) -> Option<(usize, Vec<u8>)> {
        let member = self.member(class)?;
        let mut pixels = vec![0; canvas.len()];
        member.genome.paint(canvas, &mut pixels);
        Some((member.generation as usize, pixels))
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        Archive::write(self, bytes);
    }
}
