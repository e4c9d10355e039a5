//! Class names mean one class, or the candidates are told.

use inscape::Labels;

#[test]
fn names_synonyms_and_ids_find_their_class() {
    let labels = Labels::imagenet();
    assert_eq!(labels.len(), Labels::IMAGENET);
    for (text, index) in [
        ("130", 130),
        ("flamingo", 130),
        ("Great_White_Shark", 2),
        ("Tinca tinca", 0),
        ("n01440764", 0),
        // Two classes share a word; the exact name wins.
        ("crane", 517),
        ("crane bird", 134),
    ] {
        assert_eq!(labels.find(text).unwrap(), index, "{text}");
    }
    assert!(labels.iter().all(|label| label.wordnet.is_some() && !label.name.is_empty()));
}

#[test]
fn doubts_list_candidates_with_indices() {
    let labels = Labels::imagenet();
    let context = |text| labels.find(text).unwrap_err().context;
    assert!(context("1000").contains("0 to 999"));
    assert!(context("flamigno").contains("130 flamingo"));
    assert!(context("shark").contains("2 great white shark") && context("shark").contains("3 tiger shark"));
    assert!(context("").contains("candidates"));
    let cats = context("cat");
    assert!(cats.contains("candidates: 282 tiger cat, 283 Persian cat"), "{cats}");
    let twins = Labels::new(["Cat", "cat"].into_iter());
    assert_eq!(twins.find("cat").unwrap(), 1);
    assert!(twins.find("CAT").unwrap_err().context.contains("0 Cat, 1 cat"));
}

#[test]
fn a_wrong_count_names_its_likely_cause() {
    let three = Labels::parse("background\ncat\ndog\n\n");
    assert!(three.check(3).is_ok());
    assert!(three.check(2).unwrap_err().context.contains("background class that the model lacks"));
    assert!(three.check(4).unwrap_err().context.contains("add a line 'background'"));
    assert!(three.check(10).unwrap_err().context.contains("another model"));
}

#[test]
fn a_plain_list_of_imagenet_gets_its_synonyms() {
    let names: Vec<String> = Labels::imagenet().iter().map(|label| label.name.clone()).collect();
    let labels = Labels::parse(&names.join("\n"));
    assert_eq!(labels.find("n02007558").unwrap(), 130);
}
