/// A kind of file that is not read: where its mark stands, the mark, its name and the remedy.
struct Refused {
    at: usize,
    mark: &'static [u8],
    name: &'static str,
    remedy: &'static str,
}

const EXPORT: &str = "save it as JPEG or PNG first";

/// Kinds that people bring and this program does not read.
static REFUSED: &[Refused] = &[
    Refused { at: 4, mark: b"ftypavif", name: "AVIF", remedy: EXPORT },
    Refused { at: 4, mark: b"ftypavis", name: "AVIF", remedy: EXPORT },
    Refused {
        at: 4,
        mark: b"ftyphe",
        name: "HEIC",
        remedy: "save it as JPEG first; phones can take JPEG as well",
    },
    Refused { at: 4, mark: b"ftypm", name: "HEIC, AVIF or a film", remedy: EXPORT },
    Refused { at: 4, mark: b"ftyp", name: "a film", remedy: "take a picture out of it first" },
    Refused { at: 0, mark: b"\0\0\0\x0CJXL ", name: "JPEG XL", remedy: EXPORT },
    Refused { at: 0, mark: b"\xFF\x0A", name: "JPEG XL", remedy: EXPORT },
    Refused { at: 0, mark: b"\0\0\0\x0CjP  ", name: "JPEG 2000", remedy: EXPORT },
    Refused { at: 0, mark: b"II*\0", name: "TIFF", remedy: "save it as PNG first" },
    Refused { at: 0, mark: b"MM\0*", name: "TIFF", remedy: "save it as PNG first" },
    Refused { at: 0, mark: b"%PDF", name: "PDF", remedy: EXPORT },
    Refused { at: 0, mark: b"8BPS", name: "Photoshop", remedy: EXPORT },
    Refused { at: 0, mark: b"<svg", name: "SVG", remedy: EXPORT },
    Refused { at: 0, mark: b"<?xml", name: "XML or SVG", remedy: EXPORT },
    Refused { at: 0, mark: b"\x93NUMPY", name: "a NumPy array", remedy: "give it the ending .npy" },
];

/// Why a file of these bytes is no picture that is read.
pub(super) fn reason(content: &[u8]) -> String {
    let has = |row: &&Refused| content.get(row.at..).is_some_and(|rest| rest.starts_with(row.mark));
    match REFUSED.iter().find(has) {
        Some(row) => format!("it is {}, which is not read; {}", row.name, row.remedy),
        None if content.is_empty() => "the file is empty".to_owned(),
        None => "it is no picture that is read (JPEG, PNG, WebP, BMP, GIF)".to_owned(),
    }
}
