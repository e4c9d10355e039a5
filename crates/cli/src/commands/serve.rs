use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use inscape_web::{Settings, SharedPicture, Source, Started, Tls};

use crate::bundled;
use crate::inputs::gather;
use crate::interrupt;
use crate::opening::{self, Opened};
use crate::run::{Outcome, Run, Usage};

/// A local web app that shows any unit of a network, live.
#[derive(Args)]
struct Asked {
    /// Pictures, or folders of them, that the pages offer [default: four bundled ones]
    #[arg(long, num_args = 1.., value_name = "DIR")]
    images: Vec<PathBuf>,
    /// Folder made by `inscape atlas` [default: that of the model in the output folder, where there is one]
    #[arg(long, value_name = "DIR")]
    atlas: Option<PathBuf>,
    /// Port; the next free one where it is taken
    #[arg(long, value_name = "N", default_value_t = 7878, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Address to listen at: 0.0.0.0 lets other machines connect [default: 127.0.0.1, this machine alone]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    /// For a class on one server: other machines connect with the token of the link, each has little room
    #[arg(long)]
    classroom: bool,
    /// Token of the link, in place of a new one at every start
    #[arg(long, value_name = "WORD", value_parser = word)]
    token: Option<String>,
    /// Certificate and key (PEM) for HTTPS, without which browsers give a webcam to pages of their own machine alone
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Vec<PathBuf>,
}

pub(super) fn define() -> Command {
    Asked::augment_args(Command::new("serve"))
        .about("Show any unit of a network live, in a local web app")
        .long_about(
            "Show any unit of a network live, in a local web app: what each row of units makes of a picture or of the webcam, what went \
             into a unit by gradient, DeconvNet or guided backpropagation, the whole network with the paths that feed a unit, images that \
             climb while one watches, objects cut out while one turns the settings.\n\nIt listens on this machine alone unless told \
             otherwise, connects to nobody and writes nothing.",
        )
        .after_help(
            "Examples:\n  inscape serve --open\n  inscape serve --images photos/ --model resnet50.onnx\n  \
             inscape serve --atlas inscape-out/squeezenet1_1.atlas --images photos/\n  \
             inscape serve --classroom --tls cert.pem key.pem",
        )
}

pub(super) fn run(matches: &ArgMatches, run: &Run) -> anyhow::Result<Outcome> {
    let asked = Asked::from_arg_matches(matches)?;
    let opened = opening::model(run, None)?;
    let (argument, output) = (run.everywhere.model.as_deref(), &run.everywhere.output);
    let mut settings = Settings::new(opened.model.clone(), &opened.name);
    settings.model_argument = argument.map(|path| path.to_string_lossy().into_owned());
    settings.pictures = pictures(run, &asked.images)?;
    settings.atlas = asked.atlas.or_else(|| beside(output, &opened));
    settings.bind = asked.bind.unwrap_or(match asked.classroom {
        true => Ipv4Addr::UNSPECIFIED.into(),
        false => Ipv4Addr::LOCALHOST.into(),
    });
    settings.port = asked.port;
    settings.classroom = asked.classroom;
    settings.token = asked.token;
    settings.tls = match &asked.tls[..] {
        [certificate, key] => Some(Tls { certificate: certificate.clone(), key: key.clone() }),
        _ => None,
    };
    if let Some(atlas) = &settings.atlas {
        run.terminal.say(&format!("with the atlas {}", atlas.display()));
    }
    let stop = interrupt::gently();
    inscape_web::serve(settings, &stop, |started| say(run, started, asked.open))?;
    run.terminal.say("stopped");
    Ok(Outcome::Done)
}

fn say(run: &Run, started: &Started, open: bool) {
    for link in &started.links {
        run.terminal.result(link);
    }
    let says = match (started.open, started.secure) {
        (false, _) => "only this machine can connect; Ctrl-C stops the server",
        (true, true) => "whoever has the link can connect; Ctrl-C stops the server",
        (true, false) => {
            "whoever has the link can connect, and who can read the network's traffic sees pictures and link; webcams of other machines \
             need --tls CERT KEY; Ctrl-C stops the server"
        }
    };
    run.terminal.say(says);
    if let Some(link) = started.links.first().filter(|_| open)
        && let Err(error) = show(link)
    {
        run.terminal.warn(&format!("no browser could be opened ({error}); open the link yourself"));
    }
}

/// Hands a link to the system's browser.
fn show(link: &str) -> std::io::Result<()> {
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
        _ => ("xdg-open", &[]),
    };
    let mut command = std::process::Command::new(program);
    command.args(arguments).arg(link).stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().map(drop)
}

/// The pictures that all clients see, each under a name of its own.
fn pictures(run: &Run, images: &[PathBuf]) -> anyhow::Result<Vec<SharedPicture>> {
    if images.is_empty() {
        let bundled = bundled::PICTURES.iter();
        return Ok(bundled
            .map(|&(name, bytes)| SharedPicture { name: name.to_owned(), source: Source::Bytes(bytes) })
            .collect());
    }
    let mut names = std::collections::HashSet::new();
    let mut pictures = Vec::new();
    for input in gather(images)? {
        if !input.path.is_file() {
            bail!("there is no picture {}", input.path.display());
        }
        let array = input.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
        if array {
            run.terminal.warn(&format!("{} is an array; the pages show pictures", input.path.display()));
            continue;
        }
        let name = match names.insert(input.file_name()) {
            true => input.file_name(),
            false => input.stem.clone(),
        };
        pictures.push(SharedPicture { name, source: Source::File(input.path) });
    }
    Ok(pictures)
}

/// The atlas of the model in the output folder.
fn beside(output: &Path, opened: &Opened) -> Option<PathBuf> {
    let stem = Path::new(&opened.name).file_stem()?.to_string_lossy().into_owned();
    let folder = output.join(format!("{stem}.atlas"));
    folder.join("atlas.json").is_file().then_some(folder)
}

fn word(text: &str) -> Result<String, Usage> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    match text.len() >= 8 && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => Err(Usage("expected eight or more letters, digits, - _ . ~".to_owned())),
    }
}
