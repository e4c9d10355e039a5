use serde_json::{Map, Value, json};

use super::explanation::{ClassRow, Explanation};
use super::first_order::Linearity;
use crate::first_order::Parting;

impl Explanation {
    /// What was found, for the result's [`Record`](super::Record): every number the page shows of the classes, the rules,
    /// the other class and the first-order argument.
    pub fn results(&self) -> Map<String, Value> {
        let mut results = Map::new();
        results.insert("class".into(), row(&self.class));
        results.insert("classes".into(), self.classes.iter().map(row).collect());
        let rules: Vec<&str> = self.rules.maps.iter().map(|map| map.name.as_str()).collect();
        results.insert("rules".into(), json!({ "names": rules, "cosines": self.rules.cosines }));
        if let Some(versus) = &self.versus {
            let [ours, theirs] = versus.scores;
            let found =
                json!({ "other": versus.other, "scores": [ours, theirs], "difference": ours - theirs });
            results.insert("versus".into(), found);
        }
        if let Some(relation) = &self.relation {
            results.insert("first_order".into(), first_order(relation));
        }
        results
    }
}

fn row(class: &ClassRow) -> Value {
    json!({ "index": class.index, "name": class.name, "score": class.score, "probability": class.probability })
}

fn first_order(relation: &Linearity) -> Value {
    let order = &relation.first_order;
    let lines = order.lines.iter().map(|line| {
        let (parting, distance) = match line.parting {
            Parting::At(radius) => ("at", radius),
            Parting::Beyond(reach) => ("beyond", reach),
            Parting::Drowned(least) => ("drowned", least),
        };
        json!({
            "direction": line.direction,
            "slope": line.slope,
            "radius": matches!(line.parting, Parting::At(_)).then_some(distance),
            "parting": parting,
            "distance": distance.is_finite().then_some(distance),
        })
    });
    json!({
        "score": order.score,
        "w_dot_input": order.inner,
        "b": order.offset,
        "w_norm": order.norm,
        "lines": lines.collect::<Vec<_>>(),
    })
}
