use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use inscape::{Image, Input, Model, Picture, Resize};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::answer::Refusal;
use crate::guard::Client;
use crate::settings::{SharedPicture, Source};

/// The pictures there are: the server's own for all, and each client's for itself, in memory under a limit.
pub(crate) struct Gallery {
    shared: Vec<SharedPicture>,
    own: Mutex<HashMap<Client, Own>>,
    made: Mutex<Made>,
    decoding: Semaphore,
    pub(crate) limits: Limits,
}

/// What clients may keep here.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Limits {
    /// Bytes of a picture's file.
    pub(crate) picture_bytes: usize,
    /// Own pictures of a client; the one unused longest makes room.
    pub(crate) own_pictures: usize,
    /// Minutes after which a picture that nobody used is dropped.
    pub(crate) minutes: u64,
    /// Bytes of all clients' pictures.
    #[serde(skip)]
    all_bytes: usize,
}

/// A picture as pages name it.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Named {
    /// What it is asked for by.
    pub(crate) id: String,
    /// Its file name.
    pub(crate) name: String,
    /// In pixels; unknown until it was opened.
    pub(crate) width: Option<usize>,
    /// In pixels; unknown until it was opened.
    pub(crate) height: Option<usize>,
}

/// How a picture becomes the network's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Fit {
    /// As the model card says.
    #[default]
    Card,
    /// Both sides brought to the input's.
    Stretch,
    /// The middle.
    Crop,
    /// The whole, with borders.
    Pad,
}

/// A picture as the network sees it.
pub(crate) struct Seen {
    pub(crate) named: Named,
    pub(crate) input: Input,
    /// The input as pixels.
    pub(crate) shown: Image,
    /// The part of the picture that the input shows: left, top, right, bottom as fractions of it.
    pub(crate) window: [f64; 4],
}

#[derive(Default)]
struct Own {
    /// The one used last at the end.
    pictures: Vec<Kept>,
}

struct Kept {
    named: Named,
    content: Arc<[u8]>,
    used: Instant,
}

/// Inputs made lately, the one used last at the end.
#[derive(Default)]
struct Made(Vec<(Key, Arc<Seen>)>);

type Key = (Option<Client>, String, Fit);

/// Bytes of inputs that are kept ready.
const READY: usize = 128 << 20;
/// Side of a thumbnail.
const THUMBNAIL: usize = 256;

impl Gallery {
    pub(crate) fn new(shared: Vec<SharedPicture>, classroom: bool) -> Gallery {
        let limits = Limits {
            picture_bytes: if classroom { 8 << 20 } else { 64 << 20 },
            own_pictures: if classroom { 4 } else { 32 },
            minutes: 30,
            all_bytes: 1 << 30,
        };
        let (own, made) = Default::default();
        Gallery { shared, own, made, decoding: Semaphore::new(2), limits }
    }

    /// The server's pictures.
    pub(crate) fn shared(&self) -> Vec<Named> {
        let named = |picture: &SharedPicture| Named {
            id: picture.name.clone(),
            name: picture.name.clone(),
            width: None,
            height: None,
        };
        self.shared.iter().map(named).collect()
    }

    /// A client's own pictures, the newest first.
    pub(crate) fn own(&self, client: Client) -> Vec<Named> {
        let own = self.lock_own();
        let pictures = own.get(&client).map(|own| &own.pictures[..]).unwrap_or_default();
        pictures.iter().rev().map(|kept| kept.named.clone()).collect()
    }

    /// Whether a client can ask for a picture.
    pub(crate) fn has(&self, client: Client, id: &str) -> bool {
        let own = |own: &Own| own.pictures.iter().any(|kept| kept.named.id == id);
        self.shared.iter().any(|picture| picture.name == id) || self.lock_own().get(&client).is_some_and(own)
    }

    /// Says that a picture is in use, or that it is not here.
    pub(crate) fn touch(&self, client: Client, id: &str) -> Result<(), Refusal> {
        self.find(client, id).map(drop)
    }

    /// Keeps a picture for its client.
    pub(crate) async fn keep(
        &self,
        client: Client,
        name: &str,
        content: Arc<[u8]>,
    ) -> Result<Named, Refusal> {
        let bytes = content.clone();
        let image = self.worked(move || Ok(Image::decode(&bytes)?)).await?;
        let named = Named {
            id: format!("own-{}", &sha256(&content)[..16]),
            name: name.chars().filter(|c| !c.is_control()).take(120).collect(),
            width: Some(image.width()),
            height: Some(image.height()),
        };
        let mut own = self.lock_own();
        let pictures = &mut own.entry(client).or_default().pictures;
        pictures.retain(|kept| kept.named.id != named.id);
        while pictures.len() >= self.limits.own_pictures {
            pictures.remove(0);
        }
        pictures.push(Kept { named: named.clone(), content, used: Instant::now() });
        self.make_room(&mut own);
        Ok(named)
    }

    /// Forgets a client's own picture.
    pub(crate) fn forget(&self, client: Client, id: &str) -> Result<(), Refusal> {
        let mut own = self.lock_own();
        let pictures = own.get_mut(&client).map(|own| &mut own.pictures);
        let at = pictures.as_ref().and_then(|pictures| pictures.iter().position(|kept| kept.named.id == id));
        match (pictures, at) {
            (Some(pictures), Some(at)) => drop(pictures.remove(at)),
            _ => return Err(missing(id)),
        }
        self.lock_made().0.retain(|((owner, known, _), _)| *owner != Some(client) || known != id);
        Ok(())
    }

    /// Drops what nobody used for long.
    pub(crate) fn tidy(&self) {
        let old = Duration::from_secs(60 * self.limits.minutes);
        let mut own = self.lock_own();
        for own in own.values_mut() {
            own.pictures.retain(|kept| kept.used.elapsed() < old);
        }
        own.retain(|_, own| !own.pictures.is_empty());
        let held = |client: &Client, id: &String| {
            own.get(client).is_some_and(|own| own.pictures.iter().any(|kept| kept.named.id == *id))
        };
        let mut made = self.lock_made();
        made.0.retain(|((owner, id, _), _)| owner.as_ref().is_none_or(|owner| held(owner, id)));
    }

    /// A picture as a model sees it.
    pub(crate) async fn seen(
        &self,
        client: Client,
        id: &str,
        fit: Fit,
        model: &Model,
    ) -> Result<Arc<Seen>, Refusal> {
        let (owner, name, content) = self.find(client, id)?;
        let key = (owner, id.to_owned(), fit);
        let known = {
            let mut made = self.lock_made();
            let at = made.0.iter().position(|(known, _)| *known == key);
            at.map(|at| {
                let found = made.0.remove(at);
                made.0.push(found.clone());
                found.1
            })
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let content = content.read().await?;
        let (id, model) = (id.to_owned(), model.clone());
        let make = move || seen(&Image::decode(&content)?.named(name), Some(&id), fit, &model);
        let seen = Arc::new(self.worked(make).await?);
        let mut made = self.lock_made();
        made.0.push((key, seen.clone()));
        while made.0.len() > 1 && made.0.iter().map(|(_, seen)| seen.bytes()).sum::<usize>() > READY {
            made.0.remove(0);
        }
        Ok(seen)
    }

    /// A frame that is looked at once.
    pub(crate) async fn frame(
        &self,
        content: Arc<[u8]>,
        fit: Fit,
        model: &Model,
    ) -> Result<Arc<Seen>, Refusal> {
        let model = model.clone();
        let make = move || seen(&Image::decode(&content)?.named("frame"), None, fit, &model);
        Ok(Arc::new(self.worked(make).await?))
    }

    /// The whole picture.
    pub(crate) async fn image(&self, client: Client, id: &str) -> Result<Image, Refusal> {
        let (_, name, content) = self.find(client, id)?;
        let content = content.read().await?;
        self.worked(move || Ok(Image::decode(&content)?.named(name))).await
    }

    /// A small JPEG of a picture.
    pub(crate) async fn thumbnail(&self, client: Client, id: &str) -> Result<Vec<u8>, Refusal> {
        let image = self.image(client, id).await?;
        Ok(Picture::from_image(&image.within(THUMBNAIL)).jpeg_bytes(85)?)
    }

    fn find(&self, client: Client, id: &str) -> Result<(Option<Client>, String, Content), Refusal> {
        if let Some(picture) = self.shared.iter().find(|picture| picture.name == id) {
            return Ok((None, picture.name.clone(), Content::Shared(picture.source.clone())));
        }
        let mut own = self.lock_own();
        let pictures = own.get_mut(&client).map(|own| &mut own.pictures).ok_or_else(|| missing(id))?;
        let at = pictures.iter().position(|kept| kept.named.id == id).ok_or_else(|| missing(id))?;
        let mut kept = pictures.remove(at);
        kept.used = Instant::now();
        let found = (Some(client), kept.named.name.clone(), Content::Own(kept.content.clone()));
        pictures.push(kept);
        Ok(found)
    }

    /// Works on a picture away from the threads that answer, on a few at a time.
    async fn worked<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let _turn = self.decoding.acquire().await;
        let broken =
            |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "this picture could not be worked on");
        tokio::task::spawn_blocking(work).await.map_err(broken)?
    }

    fn make_room(&self, own: &mut HashMap<Client, Own>) {
        let bytes = |own: &HashMap<Client, Own>| -> usize {
            own.values().flat_map(|own| &own.pictures).map(|kept| kept.content.len()).sum()
        };
        while bytes(own) > self.limits.all_bytes {
            let oldest = own.values_mut().filter(|own| !own.pictures.is_empty());
            let Some(oldest) = oldest.min_by_key(|own| own.pictures[0].used) else { return };
            oldest.pictures.remove(0);
        }
    }

    fn lock_own(&self) -> MutexGuard<'_, HashMap<Client, Own>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a picture's file is.
enum Content {
    Shared(Source),
    Own(Arc<[u8]>),
}

impl Content {
    async fn read(self) -> Result<Arc<[u8]>, Refusal> {
        let gone = |_| Refusal::missing("this picture's file is gone from the server's folder");
        Ok(match self {
            Content::Own(content) => content,
            Content::Shared(Source::Bytes(content)) => Arc::from(content),
            Content::Shared(Source::File(path)) => Arc::from(tokio::fs::read(path).await.map_err(gone)?),
        })
    }
}

impl Seen {
    fn bytes(&self) -> usize {
        size_of_val(self.input.tensor().values()) + self.shown.rgb().len()
    }
}

fn seen(image: &Image, id: Option<&str>, fit: Fit, model: &Model) -> Result<Seen, Refusal> {
    let mut settings = model.preprocessing()?.clone();
    match fit {
        Fit::Card => {}
        Fit::Stretch => settings.resize = Resize::Stretch,
        Fit::Crop => settings.resize = Resize::Crop,
        Fit::Pad => settings.resize = Resize::Pad,
    }
    let prepared = settings.prepare(image);
    let shown = settings.picture(&prepared.tensor)?;
    let (width, height) = (image.width() as f64, image.height() as f64);
    let w = prepared.window;
    let window = [w.left / width, w.top / height, (w.left + w.width) / width, (w.top + w.height) / height];
    let name = image.name().unwrap_or_default().to_owned();
    let named = Named {
        id: id.unwrap_or_default().to_owned(),
        name,
        width: Some(image.width()),
        height: Some(image.height()),
    };
    // the picture itself, which may be large, is not kept
    Ok(Seen { named, input: model.input_of(prepared.tensor)?, shown, window })
}

fn missing(id: &str) -> Refusal {
    Refusal::missing(format!("there is no picture '{id}' here, or it was dropped; send it again"))
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
