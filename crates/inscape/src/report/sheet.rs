use maud::html;

use super::figure::data_address;
use super::photo::photo;
use crate::error::Error;
use crate::image::Image;
use crate::picture::Picture;

/// Small images side by side with words under each, as an SVG file of its own.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What it shows.
    pub title: String,
    /// In reading order, five in a row.
    pub tiles: Vec<Tile>,
}

/// An image of a sheet.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The image; drawn smaller where it is larger than a tile, with its pixels to be seen where it is smaller.
    pub image: Image,
    /// Its name, cut where it is too long.
    pub name: String,
    /// What else is to be said of it.
    pub note: String,
}

const COLUMNS: usize = 5;
const SIDE: usize = 128;
const GAP: usize = 16;
const HEAD: usize = 44;
const WORDS: usize = 40;

/// Letters that fit under a tile.
const LETTERS: usize = 19;

impl Sheet {
    /// The sheet as the text of an SVG file that holds its images.
    ///
    /// # Errors
    /// Where an image cannot be encoded.
    pub fn svg(&self) -> Result<String, Error> {
        let rows = self.tiles.len().div_ceil(COLUMNS);
        let (width, height) = (GAP + COLUMNS * (SIDE + GAP), HEAD + rows * (SIDE + WORDS + GAP));
        let place = |i: usize| [GAP + i % COLUMNS * (SIDE + GAP), HEAD + i / COLUMNS * (SIDE + WORDS + GAP)];
        let images = self.tiles.iter().map(Tile::address).collect::<Result<Vec<_>, _>>()?;
        let mut text = html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height)
                role="img" font-family="system-ui, sans-serif" font-size="12" fill="#222" {
                title { (self.title) }
                rect width=(width) height=(height) fill="#fff" {}
                text x=(GAP) y="28" font-size="16" font-weight="600" { (self.title) }
                @for (i, (tile, address)) in self.tiles.iter().zip(&images).enumerate() {
                    @let [x, y] = place(i);
                    image x=(x) y=(y) width=(SIDE) height=(SIDE) href=(address) style="image-rendering:pixelated" {}
                    text x=(x) y=(y + SIDE + 16) font-weight="600" { (cut(&tile.name)) }
                    text x=(x) y=(y + SIDE + 32) { (cut(&tile.note)) }
                }
            }
        }
        .into_string();
        text.push('\n');
        Ok(text)
    }
}

impl Tile {
    fn address(&self) -> Result<String, Error> {
        let image = &self.image;
        if image.width().max(image.height()) <= SIDE {
            return Ok(data_address("image/png", &Picture::from_image(image).png_bytes()));
        }
        let (bytes, _) = photo(image.width(), image.height(), image.rgb(), SIDE as u32)?;
        Ok(data_address("image/jpeg", &bytes))
    }
}

fn cut(words: &str) -> String {
    match words.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", words[..at].trim_end()),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_holds_every_image_and_its_words() {
        let tile = |side: usize, name: &str| Tile {
            image: Image::from_rgb8(side, side, vec![90; side * side * 3]).unwrap(),
            name: name.to_owned(),
            note: "99 %".to_owned(),
        };
        let long = "a name much too long to stand under a tile";
        let sheet = Sheet { title: "A & B".into(), tiles: vec![tile(28, "<one>"), tile(200, long)] };
        let svg = sheet.svg().unwrap();
        assert_eq!(svg.matches("<image").count(), 2);
        assert!(svg.contains("data:image/png;base64,") && svg.contains("data:image/jpeg;base64,"));
        assert!(svg.contains("A &amp; B") && svg.contains("&lt;one&gt;"));
        assert!(svg.contains("a name much too lon…") && !svg.contains(long));
    }
}
