use super::classes::Classes;
use super::dataset::csv_field;
use super::judgment::{GUESSES, Judged};
use super::rectangle::Rectangle;

/// The first line of [`pictures_row`]'s table.
pub const PICTURES_HEADER: &str = "image,class,xmin,ymin,xmax,ymax,told,iou,hit,\
    classification_top1,classification_top5,localization_top1,localization_top5,width,height,error";

/// The first line of [`submission_row`]'s table.
pub const SUBMISSION_HEADER: &str = "ImageId,PredictionString";

/// The lines of a picture in the table of pictures: one for each of its classes, with the box that was found for it
/// (half-open, in the picture's own pixels), the network's class that was told, its overlap and whether the map's peak hits; then,
/// of the whole picture, whether it counts as right (1) or wrong (0); nothing where no class has a counterpart.
pub fn pictures_row(judged: &Judged) -> String {
    let flag = |right: bool| if judged.is_matched() { u8::from(right).to_string() } else { String::new() };
    let picture = [
        flag(judged.classified(1)),
        flag(judged.classified(GUESSES)),
        flag(judged.localized(1, None)),
        flag(judged.localized(GUESSES, None)),
        judged.size[0].to_string(),
        judged.size[1].to_string(),
    ];
    let line = |case: &super::judgment::Case| {
        let corners = case.bounds.map_or_else(|| ",,,".to_owned(), |bounds| words(bounds.into(), ","));
        format!(
            "{},{},{corners},{},{},{},{},\n",
            csv_field(&judged.image),
            csv_field(&case.sought.class),
            case.told,
            case.iou(),
            u8::from(case.sought.is_hit(case.point)),
            picture.join(",")
        )
    };
    judged.cases.iter().map(line).collect()
}

/// The line of a picture that could not be judged.
pub fn failed_row(image: &str, error: &str) -> String {
    let blank = ",".repeat(PICTURES_HEADER.matches(',').count() - 1);
    format!("{}{blank},{}\n", csv_field(image), csv_field(error))
}

/// The line of a picture in the challenge's submission format, that of its own table of solutions: the picture's name, then
/// up to five times `class xmin ymin xmax ymax`, the likeliest first. Boxes are inclusive and count from 1; classes go by WordNet
/// id, by the network's index where it has none. A guess without a box has `0 0 0 0`.
pub fn submission_row(image: &str, guesses: &[(usize, Option<Rectangle>)], classes: &Classes) -> String {
    let guess = |&(class, bounds): &(usize, Option<Rectangle>)| {
        let corners = bounds.map_or([0.0; 4], Rectangle::inclusive);
        format!("{} {}", classes.label(class), words(corners, " "))
    };
    let guesses: Vec<String> = guesses.iter().map(guess).collect();
    format!("{},{}\n", csv_field(image), guesses.join(" "))
}

fn words(corners: [f64; 4], between: &str) -> String {
    corners.map(|corner| corner.to_string()).join(between)
}

#[cfg(test)]
mod tests {
    use super::{PICTURES_HEADER, failed_row, pictures_row, submission_row};
    use crate::evaluation::Classes;
    use crate::evaluation::dataset::rows;
    use crate::evaluation::judgment::tests::{judged, object};
    use crate::labels::Labels;

    const A: [f64; 4] = [10.0, 20.0, 50.0, 60.0];

    fn fields(line: &str) -> Vec<(String, String)> {
        let row = rows(line).unwrap().remove(0).1;
        let header = PICTURES_HEADER.split(',').map(str::to_owned);
        assert_eq!(header.clone().count(), row.len(), "{line}");
        header.zip(row).collect()
    }

    fn of<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
        &fields.iter().find(|field| field.0 == name).unwrap().1
    }

    #[test]
    fn every_line_has_the_headers_fields() {
        let picture = judged(vec![object("1", A, false), object("a, b", A, false)], &[(2, A), (1, A)], A);
        let lines = pictures_row(&picture);
        let lines: Vec<_> = lines.lines().map(fields).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(of(&lines[1], "class"), "a, b");
        let seen = ["xmin", "ymax", "iou", "hit", "localization_top1", "localization_top5", "width"]
            .map(|name| of(&lines[0], name));
        assert_eq!(seen, ["10", "60", "1", "1", "0", "1", "100"]);
        let unmatched = pictures_row(&judged(vec![object("unicorn", A, false)], &[(2, A)], A));
        assert_eq!(of(&fields(&unmatched), "classification_top5"), "");
        let failed = fields(&failed_row("x,y", "no \"such\" file"));
        assert_eq!((of(&failed, "image"), of(&failed, "error")), ("x,y", "no \"such\" file"));
    }

    #[test]
    fn a_submission_counts_pixels_from_one() {
        let classes = Classes::new(Some(&Labels::imagenet()), 1000);
        let guesses = [(130, Some(A.into())), (0, None)];
        assert_eq!(submission_row("p", &guesses, &classes), "p,n02007558 11 21 50 60 n01440764 0 0 0 0\n");
        assert_eq!(submission_row("p", &[], &classes), "p,\n");
    }
}
