use super::sheet::{GAP, MOST, enlarged};
use super::{Picture, text};
use crate::error::{Error, ErrorKind};
use crate::image::Image;

/// Columns side by side; further ones go on below.
const COLUMNS: usize = 12;

impl Picture {
    /// Small pictures on white as a table, so that what belongs together stands one below the other: a word before each
    /// row and one above each column. After twelve columns it goes on below.
    ///
    /// ```
    /// use inscape::{Image, Picture};
    /// let grey = || Image::from_rgb8(1, 1, vec![128; 3]);
    /// let rows = [("first".to_owned(), vec![grey()?, grey()?]), ("second".to_owned(), vec![grey()?, grey()?])];
    /// let table = Picture::table(&rows, &["0".to_owned(), "1".to_owned()])?;
    /// assert!(table.height() > 2 * 112);
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for no pictures, rows that have not one for each column, or more than fit on one sheet.
    pub fn table(rows: &[(String, Vec<Image>)], heads: &[String]) -> Result<Picture, Error> {
        let wrong = |context: String| Err(Error::new(ErrorKind::Setting, context));
        if rows.iter().any(|(_, images)| images.len() != heads.len()) {
            return wrong(format!("a table of {} columns needs as many pictures in each row", heads.len()));
        }
        let rows: Vec<(&str, Vec<Image>)> =
            rows.iter().map(|(word, images)| (&word[..], images.iter().map(enlarged).collect())).collect();
        let images = || rows.iter().flat_map(|(_, images)| images);
        let tallest = images().map(Image::height).max().unwrap_or(0);
        let widest = images().map(Image::width).max().unwrap_or(0);
        let words = rows.iter().map(|(word, _)| word.chars().count()).max().unwrap_or(0) * text::LETTER;
        let [across, down] = [widest + GAP / 2, tallest + GAP / 2];
        let band = text::LINE + rows.len() * down + GAP;
        let left = GAP + words + GAP;
        let width = left + heads.len().min(COLUMNS) * across + GAP / 2;
        let height = heads.len().div_ceil(COLUMNS) * band + GAP;
        if heads.is_empty() || rows.is_empty() || width.saturating_mul(height) > MOST {
            return wrong(format!("a table of {} × {} pictures cannot be drawn", rows.len(), heads.len()));
        }
        let mut rgb = vec![255; width * height * 3];
        for (i, head) in heads.iter().enumerate() {
            let (x, y) = (left + i % COLUMNS * across, GAP + i / COLUMNS * band);
            text::write(&mut rgb, width, [y, x], widest, head);
            for (r, (word, images)) in rows.iter().enumerate() {
                let y = y + text::LINE + r * down;
                if i % COLUMNS == 0 {
                    let middle = y + (tallest.saturating_sub(text::LINE)) / 2;
                    text::write(&mut rgb, width, [middle, GAP], words, word);
                }
                let image = &images[i];
                for (line, row) in image.rgb().chunks_exact(image.width() * 3).enumerate() {
                    rgb[((y + line) * width + x) * 3..][..row.len()].copy_from_slice(row);
                }
            }
        }
        Ok(Picture { width, height, rgb, range: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a color that no letter has.
    fn plain(level: u8) -> Image {
        Image::from_rgb8(2, 2, [level, 0, 0].repeat(4)).unwrap()
    }

    #[test]
    fn pictures_stand_in_their_row_and_columns_go_on_below() {
        let images = |level: u8| (0..13).map(|i| plain(level + i)).collect::<Vec<_>>();
        let heads: Vec<String> = (0..13).map(|i| i.to_string()).collect();
        let rows = [("a".to_owned(), images(20)), ("bb".to_owned(), images(60))];
        let table = Picture::table(&rows, &heads).unwrap();
        let count = |level: u8| table.rgb().chunks(3).filter(|pixel| *pixel == [level, 0, 0]).count();
        for level in (20..33).chain(60..73) {
            assert!(count(level) >= 112 * 112, "{level}");
        }
        let row_of = |level: u8| {
            table.rgb().chunks(3).position(|pixel| pixel == [level, 0, 0]).unwrap() / table.width()
        };
        assert!(row_of(20) == row_of(31) && row_of(60) > row_of(20) && row_of(32) > row_of(60));
    }

    #[test]
    fn a_table_with_a_hole_is_refused() {
        assert!(Picture::table(&[("a".to_owned(), vec![])], &["1".to_owned()]).is_err());
        assert!(Picture::table(&[], &[]).is_err());
    }
}
