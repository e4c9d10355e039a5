use std::time::Duration;

use inscape::NodeTime;
use inscape_tensor::gemm::Peak;
use serde_json::{Value, json};

use super::milliseconds;

/// Where a network's time goes: nodes, or all nodes of one operator, the longest first.
pub(super) struct Table {
    rows: Vec<Row>,
    peak: Peak,
}

struct Row {
    name: String,
    nodes: usize,
    /// Forward and back.
    multiply_adds: [u64; 2],
    bytes: u64,
    forward: Duration,
    backward: Duration,
}

/// How one way compares with what the machine can do.
struct Rates {
    /// Operations a second of the definition, in billions.
    gigaflops: f64,
    /// Bytes a second, in billions.
    gigabytes: f64,
    /// The nearer of both roofs.
    share: f64,
}

impl Table {
    pub(super) fn by_node(times: &[NodeTime], peak: Peak) -> Table {
        let rows = times.iter().map(|time| Row::of(format!("{} {}", time.operator, time.name), time));
        Table::sorted(rows.collect(), peak)
    }

    pub(super) fn by_operator(times: &[NodeTime], peak: Peak) -> Table {
        let mut rows: Vec<Row> = Vec::new();
        for time in times {
            let row = Row::of(time.operator.clone(), time);
            match rows.iter_mut().find(|known| known.name == row.name) {
                Some(known) => known.add(&row),
                None => rows.push(row),
            }
        }
        Table::sorted(rows, peak)
    }

    fn sorted(mut rows: Vec<Row>, peak: Peak) -> Table {
        rows.sort_by_key(|row| std::cmp::Reverse(row.forward + row.backward));
        Table { rows, peak }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(8);
        let whole: f64 = self.rows.iter().map(|row| (row.forward + row.backward).as_secs_f64()).sum();
        let way = "ms  GFLOP/s   GB/s  of peak";
        let mut lines = vec![
            format!("{:width$}         {:^35}  {:^35}", "", "forward", "backward"),
            format!("{:width$}  nodes  {way:>35}  {way:>35}  share", "operator"),
        ];
        for row in &self.rows {
            let [forward, backward] = [0, 1].map(|way| self.cells(row, way));
            let share = 100.0 * (row.forward + row.backward).as_secs_f64() / whole.max(1e-12);
            let (name, nodes) = (&row.name, row.nodes);
            lines.push(format!("{name:width$}  {nodes:5}  {forward:>35}  {backward:>35}  {share:4.0} %"));
        }
        lines
    }

    fn cells(&self, row: &Row, way: usize) -> String {
        let Some(rates) = self.rates(row, way) else { return "—".to_owned() };
        let flops =
            if row.multiply_adds[way] == 0 { "—".into() } else { format!("{:.0}", rates.gigaflops) };
        let (ms, bytes, share) = (milliseconds(row.times()[way]), rates.gigabytes, 100.0 * rates.share);
        format!("{ms:.2}  {flops:>7}  {bytes:5.1}   {share:3.0} %")
    }

    /// Forward (0) or back (1).
    fn rates(&self, row: &Row, way: usize) -> Option<Rates> {
        let seconds = row.times()[way].as_secs_f64();
        let (flops, bytes) = (2.0 * row.multiply_adds[way] as f64 / seconds, row.bytes as f64 / seconds);
        let share = (flops / self.peak.flops).max(bytes / self.peak.bandwidth);
        (seconds > 0.0).then_some(Rates { gigaflops: flops / 1e9, gigabytes: bytes / 1e9, share })
    }

    pub(super) fn json(&self) -> Value {
        let way = |row: &Row, way: usize| {
            let rates = self.rates(row, way)?;
            let round = |x: f64| (x * 1e3).round() / 1e3;
            Some(json!({
                "ms": round(row.times()[way].as_secs_f64() * 1e3),
                "gflops": round(rates.gigaflops),
                "gbytes_per_s": round(rates.gigabytes),
                "share_of_peak": round(rates.share),
            }))
        };
        let rows = self.rows.iter().map(|row| {
            json!({
                "name": row.name,
                "nodes": row.nodes,
                "multiply_adds": row.multiply_adds[0],
                "multiply_adds_back": row.multiply_adds[1],
                "bytes": row.bytes,
                "forward": way(row, 0),
                "backward": way(row, 1),
            })
        });
        rows.collect()
    }
}

impl Row {
    fn of(name: String, time: &NodeTime) -> Row {
        let NodeTime { bytes, forward, backward, .. } = *time;
        let multiply_adds = [time.multiply_adds, time.multiply_adds_back];
        Row { name, nodes: 1, multiply_adds, bytes, forward, backward }
    }

    fn times(&self) -> [Duration; 2] {
        [self.forward, self.backward]
    }

    fn add(&mut self, other: &Row) {
        self.nodes += other.nodes;
        for way in 0..2 {
            self.multiply_adds[way] += other.multiply_adds[way];
        }
        self.bytes += other.bytes;
        self.forward += other.forward;
        self.backward += other.backward;
    }
}
