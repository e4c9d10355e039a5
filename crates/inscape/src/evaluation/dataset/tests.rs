use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Dataset;

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("inscape-dataset-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let folder = Folder(std::env::temp_dir().join(name));
        for (name, text) in files {
            let path = folder.0.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn names(dataset: &Dataset) -> Vec<&str> {
    dataset.pictures.iter().map(|picture| picture.name.as_str()).collect()
}

const XML: &str = "<annotation><object><name>n02951358</name><bndbox><xmin>9</xmin><ymin>106</ymin><xmax>50</xmax>\
                   <ymax>177</ymax></bndbox></object></annotation>";

#[test]
fn ilsvrc_by_annotations_and_by_its_table_are_the_same() {
    let table = "ImageId,PredictionString\nb,n02951358 9 106 50 177\na,n02951358 9 106 50 177 n1 1 2 3 4 \n";
    let list = ("ImageSets/CLS-LOC/val.txt", "b 1\na 2\n");
    let data = ("Data/CLS-LOC/val/b.JPEG", "");
    let first = Folder::new(&[list, data, ("Annotations/CLS-LOC/val/b.xml", XML)]);
    let second = Folder::new(&[list, data, ("LOC_val_solution.csv", table)]);
    let [first, second] = [&first, &second].map(|folder| Dataset::open(&folder.0, None).unwrap());
    assert_eq!((names(&first), names(&second)), (vec!["a", "b"], vec!["a", "b"]));
    assert_eq!(first.sha256(), second.sha256());
    assert_eq!(first.pictures[1].annotation().unwrap(), second.pictures[1].annotation().unwrap());
    assert_eq!(second.pictures[0].annotation().unwrap().objects.len(), 2);
    assert_eq!(first.pictures[0].annotation().unwrap_err().to_string(), "there is no annotation a.xml");
    assert!(first.pictures[1].path.ends_with("Data/CLS-LOC/val/b.JPEG") && first.pictures[1].path.exists());
}

#[test]
fn the_hash_is_of_the_sorted_names() {
    let folder =
        Folder::new(&[("t.csv", "image,class,xmin,ymin,xmax,ymax\nb.png,c,0,0,1,1\na.png,c,0,0,1,1\n")]);
    // printf 'a.png\nb.png\n' | sha256sum
    let expected = "06c1456d50bf5df64266930fe5cb927e986068972c7704ab3b0d4d8a5b86f696";
    let hash = Dataset::open(&folder.0, None).unwrap().sha256();
    assert_eq!(hash.len(), expected.len());
    assert_eq!(hash, expected);
}

#[test]
fn voc_takes_the_list_asked_for() {
    let hard = XML.replace("<bndbox>", "<difficult>1</difficult><bndbox>");
    let folder = Folder::new(&[
        ("JPEGImages/1.jpg", ""),
        ("Annotations/1.xml", &hard),
        ("ImageSets/Main/val.txt", "1\n2\n"),
        ("ImageSets/Main/train.txt", "3\n"),
    ]);
    let dataset = Dataset::open(&folder.0, None).unwrap();
    assert_eq!((names(&dataset), dataset.split.as_deref()), (vec!["1", "2"], Some("val")));
    assert!(dataset.pictures[0].annotation().unwrap().objects[0].difficult);
    assert_eq!(names(&Dataset::open(&folder.0, Some("train")).unwrap()), ["3"]);
    let error = |split| Dataset::open(&folder.0, Some(split)).map(|_| ()).unwrap_err().to_string();
    assert!(error("test").contains("ImageSets/Main/test.txt"));
    assert!(error("../x").contains("leads out"));
}

#[test]
fn a_table_has_quoted_names_a_bad_row_spoils_its_picture_only_and_an_empty_one_is_said() {
    let table = "class,image,xmin,ymin,xmax,ymax,note,difficult\r\n\"cat, big\",\"a, b.png\",1,2,3.5,4,x,1\r\n\
                 dog,c.png,1,2,three,4,,\r\ndog,c.png,1,2,3,4,,\r\n,d.png,,,,,,\r\ndog,../e.png,1,2,3,4,,\r\n";
    let folder = Folder::new(&[("boxes.csv", table), ("other.csv", "a,b\n")]);
    let dataset = Dataset::open(&folder.0, None).unwrap();
    assert_eq!(names(&dataset), ["../e.png", "a, b.png", "c.png", "d.png"]);
    let annotation = |at: usize| dataset.pictures[at].annotation();
    let object = &annotation(1).unwrap().objects[0];
    assert_eq!((object.class.as_str(), object.difficult), ("cat, big", true));
    assert_eq!(<[f64; 4]>::from(object.bounds), [1.0, 2.0, 3.5, 4.0]);
    assert_eq!(
        annotation(2).unwrap_err().to_string(),
        "boxes.csv, line 3: '1,2,three,4' are not four numbers"
    );
    assert_eq!(annotation(3).unwrap().objects, []);
    assert!(annotation(0).unwrap_err().to_string().contains("leads out"));
    let direct = Dataset::open(folder.0.join("boxes.csv"), None).unwrap();
    assert_eq!(names(&direct), names(&dataset));
}

#[test]
fn what_is_no_data_set_is_refused_with_what_was_looked_for() {
    let error = |path: &Path| Dataset::open(path, None).map(|_| ()).unwrap_err().to_string();
    let folder = Folder::new(&[("a.csv", "image,class\n")]);
    let told = error(&folder.0);
    assert!(["ilsvrc", "JPEGImages", "image,class,xmin"].iter().all(|word| told.contains(word)), "{told}");
    assert!(error(&folder.0.join("a.csv")).contains("first line"));
    assert!(error(&folder.0.join("none")).contains("does not exist"));
    let header = "image,class,xmin,ymin,xmax,ymax\n";
    let two = Folder::new(&[("a.csv", header), ("b.csv", header)]);
    assert!(error(&two.0).contains("several tables") && error(&two.0).contains("a.csv, b.csv"));
    assert!(error(&two.0.join("a.csv")).contains("lists no pictures"));
    let bare = Folder::new(&[("Data/CLS-LOC/val/a.JPEG", "")]);
    assert!(error(&bare.0).contains("LOC_val_solution.csv"));
}
