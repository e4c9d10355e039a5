use roxmltree::{Document, Node, ParsingOptions};

use super::super::rectangle::Rectangle;
use super::annotation::{Annotation, Object};
use crate::error::{Error, ErrorKind};

/// More elements than a real annotation has, few enough that reading them takes no memory to speak of.
const MOST_NODES: u32 = 200_000;

/// An annotation as PASCAL VOC and ILSVRC write it: `<annotation>` with `<size>` and any number of `<object>`, each with
/// `<name>`, `<bndbox>` and, where it is one, `<difficult>1</difficult>`.
///
/// The file's boxes are inclusive and count from 1 ([`Rectangle::from_inclusive`]); those of an object's parts are not read.
/// A file with a document type (which could define entities that grow without end) is refused.
///
/// # Errors
/// [`ErrorKind::File`] for text that is no such XML, with line and column.
pub fn parse_xml(text: &str) -> Result<Annotation, Error> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| wrong(error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "annotation" {
        let context = format!("the root is <{}>, not <annotation>", root.tag_name().name());
        return Err(wrong(context));
    }
    let size = child(root, "size").and_then(|size| Some([side(size, "width")?, side(size, "height")?]));
    let objects = root.children().filter(|node| node.has_tag_name("object")).map(object);
    Ok(Annotation { size, objects: objects.collect::<Result<_, _>>()? })
}

fn object(node: Node<'_, '_>) -> Result<Object, Error> {
    let place = || {
        let at = node.document().text_pos_at(node.range().start);
        format!("the <object> in line {}", at.row)
    };
    let class = words(node, "name").filter(|name| !name.is_empty());
    let class = class.ok_or_else(|| wrong(format!("{} has no <name>", place())))?;
    let corners =
        child(node, "bndbox").ok_or_else(|| wrong(format!("{} ('{class}') has no <bndbox>", place())))?;
    let edge = |name: &str| {
        let found = words(corners, name).and_then(|text| text.parse::<f64>().ok()).filter(|x| x.is_finite());
        found.ok_or_else(|| wrong(format!("{} ('{class}') has no number <{name}>", place())))
    };
    let bounds = Rectangle::from_inclusive([edge("xmin")?, edge("ymin")?, edge("xmax")?, edge("ymax")?]);
    let difficult = words(node, "difficult").is_some_and(|text| text == "1");
    Ok(Object { class: class.to_owned(), bounds, difficult })
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn words<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name)?.text().map(str::trim)
}

fn side(size: Node<'_, '_>, name: &str) -> Option<usize> {
    words(size, name)?.parse().ok()
}

fn wrong(context: impl Into<String>) -> Error {
    Error::new(ErrorKind::File, context)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::parse_xml;

    fn object(inside: &str) -> String {
        format!("<annotation>\n<object>{inside}</object></annotation>")
    }

    const BOX: &str = "<bndbox><xmax>40.5</xmax><xmin>3</xmin><ymin>5</ymin><ymax>60</ymax></bndbox>";

    #[test]
    fn objects_are_read_with_their_flags_and_without_their_parts() {
        let part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>";
        let text = format!(
            "<?xml version='1.0'?><annotation><size><width>9</width><height>8</height><depth>3</depth></size>\
             <object><part><name>x</name></part><name> a&amp;b </name><difficult>1</difficult>{part}{BOX}</object>\
             <object><name>dog</name>{BOX}</object></annotation>"
        );
        let annotation = parse_xml(&text).unwrap();
        assert_eq!(annotation.size, Some([9, 8]));
        let seen: Vec<_> = annotation.objects.iter().map(|o| (o.class.as_str(), o.difficult)).collect();
        assert_eq!(seen, [("a&b", true), ("dog", false)]);
        assert_eq!(<[f64; 4]>::from(annotation.objects[1].bounds), [2.0, 4.0, 40.5, 60.0]);
    }

    #[test]
    fn no_objects_are_an_annotation_too() {
        assert_eq!(parse_xml("<annotation/>").unwrap().objects, []);
    }

    #[test]
    fn what_is_missing_is_named_with_its_line() {
        let error = |inside: &str| parse_xml(&object(inside)).unwrap_err().to_string();
        assert_eq!(error(BOX), "the <object> in line 2 has no <name>");
        assert_eq!(error("<name>cat</name>"), "the <object> in line 2 ('cat') has no <bndbox>");
        let broken = BOX.replace("40.5", "NaN");
        assert!(error(&format!("<name>cat</name>{broken}")).contains("no number <xmax>"));
        assert!(parse_xml("<html/>").unwrap_err().to_string().contains("<html>"));
        assert!(parse_xml("<annotation>").is_err());
    }

    #[test]
    fn entities_that_grow_and_nests_without_end_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]><annotation>&c;</annotation>";
        assert!(parse_xml(bomb).is_err());
        let deep = format!("<annotation>{}", "<a>".repeat(300_000));
        assert!(parse_xml(&deep).is_err());
        let wide = format!("<annotation>{}</annotation>", "<a/>".repeat(300_000));
        assert!(parse_xml(&wide).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = parse_xml(&object(&text));
            let _ = parse_xml(&text);
        }
    }
}
