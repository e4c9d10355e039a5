use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape::report::{Explanation, InputMark, Question, Record, TargetMark};
use inscape::{Image, Target};
use inscape_tensor::Isa;
use serde_json::{Map, Value, json};

use crate::inputs::gather;
use crate::opening::{self, Opened, input_mark};
use crate::output::{Folder, Identity, Standing};
use crate::run::{Outcome, Run, Usage};
use crate::typed::{common, quoted};
use crate::{arguments, bundled, rounds};

/// Explains pictures in a report.
#[derive(Args)]
struct Asked {
    /// Pictures, folders of pictures, or .npy tensors in model space
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Explain this class instead of the strongest: an index or a name
    #[arg(long, value_name = "CLASS")]
    target: Option<String>,
    /// Set the class against this one: an index or a name
    #[arg(long, value_name = "CLASS")]
    versus: Option<String>,
    /// Show the first-order argument, and how the backward rules differ by operator
    #[arg(long)]
    relation: bool,
    /// How many classes to list
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = arguments::at_least_one)]
    top: usize,
}

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("explain"))
        .about("Explain pictures in a report: what the network sees, answers, and looks at")
        .after_help(
            "Examples:\n  inscape explain cat.jpg\n  inscape explain cat.jpg --versus lynx --relation\n  \
             inscape explain photos/ --model model.onnx --output report",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let inputs = gather(&asked.images)?;
    let opened = opening::model(run, None)?;
    opened.check()?;
    let question = question(run, &asked, &opened)?;
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let job = Job { run, opened, question, folder, words: words(&asked, run) };
    for input in &inputs {
        // Found out before anything is computed; a picture that cannot be read is reported when its turn comes.
        if job.folder.path(&format!("{}.explain.json", input.stem)).exists()
            && let Ok(read) = job.opened.model.read(&input.path)
        {
            job.stays(&input.stem, &job.record(input_mark(&read, &input.path)))?;
        }
    }
    let mut records = Vec::new();
    let round = rounds::each(run, &inputs, "explaining", 1, |input, _| {
        let read = job.opened.model.read(&input.path)?;
        let mark = input_mark(&read, &input.path);
        records.push(job.explain(&input.stem, mark, &read, &input.file_name())?);
        Ok(Vec::new())
    })?;
    job.finish(records, round.failed)?;
    Ok(round.outcome)
}

/// What happens without a command: a bundled picture, explained by the bundled network.
pub(crate) fn bundled(run: &Run) -> anyhow::Result<Outcome> {
    let opened = opening::model(run, None)?;
    let folder = Folder::new(&run.everywhere.output, run.everywhere.force)?;
    let (name, content) = bundled::PICTURES[0];
    let job = Job { run, opened, question: Question::default(), folder, words: [String::new(), common(run)] };
    let read = job.opened.model.prepare(&Image::decode(content)?.named(name))?;
    let mark = input_mark(&read, name.as_ref());
    let stem = name.trim_end_matches(".jpg");
    let record = job.explain(stem, mark, &read, name)?;
    job.finish(vec![record], Vec::new())?;
    let page = job.folder.path("index.html");
    run.terminal.say(&format!("\nOpen {} in a browser. Then try your own picture:", page.display()));
    run.terminal.say("  inscape explain cat.jpg");
    run.terminal.say("  inscape explain cat.jpg --versus 'tiger cat' --relation");
    run.terminal.say("  inscape --help");
    Ok(Outcome::Done)
}

/// What is done to every picture alike.
struct Job<'r> {
    run: &'r Run,
    opened: Opened,
    question: Question,
    folder: Folder,
    /// The command line up to the picture, and after it.
    words: [String; 2],
}

impl Job<'_> {
    fn explain(
        &self,
        stem: &str,
        mark: InputMark,
        read: &inscape::Input,
        file: &str,
    ) -> anyhow::Result<Value> {
        let mut record = self.record(mark);
        if let Some(former) = self.stays(stem, &record)? {
            let page = self.folder.path(&format!("{stem}.explain.html"));
            self.run.terminal.say(&format!("{} is there already and stays", page.display()));
            return Ok(former);
        }
        let mut explanation = Explanation::of(&self.opened.model, &self.opened.name, read, &self.question)?;
        explanation.picture = file.to_owned();
        record.warnings.clone_from(&explanation.notes);
        explanation.warnings.splice(0..0, self.opened.warnings.iter().cloned());
        let picture = if self.words[0].is_empty() { String::new() } else { quoted(file) };
        explanation.command =
            format!("inscape {}{picture}{}", self.words[0], self.words[1]).trim_end().to_owned();
        explanation.facts = facts(&record);
        record.warnings.splice(0..0, explanation.warnings.iter().cloned());
        let class = &explanation.class;
        record.target = Some(TargetMark {
            text: self.question.class.map_or_else(|| "top1".to_owned(), |class| class.to_string()),
            kind: "class".to_owned(),
            index: Some(class.index),
            name: class.name.clone(),
            value: None,
            position: None,
        });
        record.score = Some(f64::from(class.score));
        record.more = explanation.results();
        let page = format!("{stem}.explain.html");
        record.files = vec![page.clone()];
        self.folder.write(&page, explanation.page().as_bytes())?;
        self.folder.write(&format!("{stem}.explain.json"), record.json().as_bytes())?;
        self.run.terminal.say(&format!("{file}: {}", explanation.headline()));
        Ok(serde_json::to_value(&record)?)
    }

    /// The record of a result of these settings that is there already.
    fn stays(&self, stem: &str, record: &Record) -> anyhow::Result<Option<Value>> {
        let name = format!("{stem}.explain.json");
        match self.folder.standing(&name, &Identity::of(record))? {
            Standing::Same(_) => Ok(serde_json::from_slice(&std::fs::read(self.folder.path(&name))?)?),
            Standing::Free => Ok(None),
        }
    }

    /// What is known of a result before it is computed.
    fn record(&self, input: InputMark) -> Record {
        let mut settings = Map::new();
        settings.insert("class".into(), json!(self.question.class));
        settings.insert("versus".into(), json!(self.question.versus));
        settings.insert("relation".into(), json!(self.question.relation));
        settings.insert("top".into(), json!(self.question.top));
        settings.insert("preprocessing".into(), Value::Object(self.opened.preprocessing()));
        Record {
            schema: "inscape.explanation/1".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: "explain".to_owned(),
            settings,
            seed: self.run.everywhere.seed,
            kernels: Isa::current().name().to_owned(),
            model: self.opened.mark(),
            input: Some(input),
            method: None,
            source: None,
            target: None,
            score: None,
            more: Map::new(),
            files: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Rebuilds the index and prints what was made.
    fn finish(&self, records: Vec<Value>, failed: Vec<Value>) -> anyhow::Result<()> {
        if !records.is_empty() {
            self.folder.rebuild_index(&failed)?;
        }
        let index = (!records.is_empty()).then_some("index.html");
        let terminal = &self.run.terminal;
        if self.run.everywhere.json {
            let document = json!({
                "schema": "inscape.explain/1",
                "version": env!("CARGO_PKG_VERSION"),
                "model": self.opened.mark(),
                "index": index,
                "results": records,
                "failed": failed,
                "warnings": self.opened.warnings,
            });
            terminal.result(&format!("{document:#}"));
        } else if let Some(index) = index {
            terminal.result(&self.folder.path(index).display().to_string());
        }
        Ok(())
    }
}

fn question(run: &Run, asked: &Asked, opened: &Opened) -> anyhow::Result<Question> {
    let class = |text: &String| match opened.model.target(text)? {
        Target::Class(index) => Ok(index),
        other => Err(anyhow::Error::new(Usage(format!(
            "'{other}' is no class; explain takes a class index or name (for other targets use `inscape attribute`)"
        )))),
    };
    let mut question = Question::default();
    question.class = asked.target.as_ref().filter(|text| *text != "top1").map(class).transpose()?;
    question.versus = asked.versus.as_ref().map(class).transpose()?;
    if question.versus.is_some() && question.class == question.versus {
        let (class, other) = (asked.target.as_deref(), asked.versus.as_deref());
        return Err(anyhow::Error::new(Usage(format!(
            "--target {} and --versus {} are the same class; set it against another",
            class.unwrap_or_default(),
            other.unwrap_or_default()
        ))));
    }
    question.relation = asked.relation;
    question.seed = run.everywhere.seed;
    question.top = asked.top;
    Ok(question)
}

/// Where the page came from, for its foot.
fn facts(record: &Record) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![fact("Model", format!("{}, SHA-256 {}", record.model.file, record.model.sha256))];
    facts.extend(record.input.as_ref().map(|i| fact("Input", format!("{}, SHA-256 {}", i.file, i.sha256))));
    facts.push(fact("Kernels", record.kernels.clone()));
    facts.push(fact("Seed", record.seed.to_string()));
    facts.push(fact("Program", format!("inscape {}", record.version)));
    facts
}

/// The command line before and after the picture. Folders are left out: they are nobody's business.
fn words(asked: &Asked, run: &Run) -> [String; 2] {
    let mut after = String::new();
    for (option, value) in [("target", &asked.target), ("versus", &asked.versus)] {
        if let Some(value) = value {
            after.push_str(&format!(" --{option} {}", quoted(value)));
        }
    }
    if asked.relation {
        after.push_str(" --relation");
    }
    if asked.top != 5 {
        after.push_str(&format!(" --top {}", asked.top));
    }
    ["explain ".to_owned(), after + &common(run)]
}
