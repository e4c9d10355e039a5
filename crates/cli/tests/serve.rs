//! The server of the pages, asked as a browser and as others ask it.
#![expect(clippy::unwrap_used, reason = "what the tests share fails them")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A server under way, ended when dropped.
struct Server {
    child: Child,
    /// 127.0.0.1:PORT
    host: String,
    link: String,
}

impl Server {
    fn start(folder: &Path, more: &[&str]) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_inscape"))
            .args(["serve", "--port", "17878"])
            .args(more)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut link = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut link).unwrap();
        let link = link.trim().to_owned();
        let host = link.split('/').nth(2).unwrap_or_default().to_owned();
        Server { child, host, link }
    }

    /// A request with headers of its own; its status, headers and body.
    fn ask(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let mut request =
            format!("{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request += &format!("Host: {}\r\n", self.host);
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{request}\r\n").as_bytes()).unwrap();
        // a body that is too large may be refused before it was sent
        let _ = stream.write_all(body);
        let mut content = Vec::new();
        let _ = stream.read_to_end(&mut content);
        let end = content.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&content[..end]).to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: content[end + 4..].to_vec() }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], &[])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }

    /// The words of a bundle, and where its arrays begin.
    fn bundle(&self) -> (Value, usize) {
        let length = u32::from_le_bytes(self.body[..4].try_into().unwrap()) as usize;
        let words = serde_json::from_slice(&self.body[4..4 + length]).unwrap();
        (words, (4 + length).next_multiple_of(8))
    }

    /// The client's cookie, to be shown again.
    fn cookies(&self) -> String {
        let lines = self.head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }
}

const CHELSEA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/pictures/chelsea.jpg");

#[test]
fn what_comes_back_is_what_the_command_it_shows_makes() {
    let folder = TempDir::new().unwrap();
    std::fs::copy(CHELSEA, folder.path().join("chelsea.jpg")).unwrap();
    let server = Server::start(folder.path(), &[]);
    let query = "picture=chelsea.jpg&row=6&unit=3&rule=deconvnet";
    let look = server.get(&format!("/api/look?{query}"));
    assert_eq!(look.status, 200);
    let (words, _) = look.bundle();
    assert_eq!(words["top"][0]["name"], "Egyptian cat");
    let command = words["command"].as_str().unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words[..2], ["inscape", "attribute"], "{command}");
    let status = Command::new(env!("CARGO_BIN_EXE_inscape"))
        .args(&words[1..])
        .current_dir(folder.path())
        .output()
        .unwrap()
        .status;
    assert!(status.success(), "{command}");
    let files = std::fs::read_dir(folder.path().join("inscape-out")).unwrap();
    let npy =
        files.map(|file| file.unwrap().path()).find(|path| path.extension().is_some_and(|e| e == "npy"));
    let raw = server.get(&format!("/api/raw/back.npy?{query}"));
    assert_eq!(raw.body, std::fs::read(npy.unwrap()).unwrap());
}

#[test]
fn pages_are_served_for_themselves_alone() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), &[]);
    for path in ["/", "/live", "/network?row=x", "/workbench"] {
        let page = server.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(page.head.contains("content-security-policy: default-src 'none'; script-src 'self'"));
        assert!(page.head.contains("x-content-type-options: nosniff"));
        assert!(String::from_utf8_lossy(&page.body).contains("/assets/app.js"));
    }
    assert_eq!(server.get("/assets/app.js").status, 200);
    assert_eq!(server.get("/assets/../Cargo.toml").status, 404);
    assert_eq!(server.get("/atlas/../../etc/passwd").status, 404);
    let named = |host: &str| server.ask("GET /api/session", &[("Host", host)], &[]).status;
    assert_eq!((named("evil.example"), named("localhost")), (403, 200));
    let from = |origin: &str| server.ask("GET /api/session", &[("Origin", origin)], &[]).status;
    assert_eq!((from("http://evil.example"), from(&format!("http://{}", server.host))), (403, 200));
    let socket = [("Origin", "http://evil.example"), ("Upgrade", "websocket"), ("Connection", "Upgrade")];
    assert_eq!(server.ask("GET /api/optimize", &socket, &[]).status, 403);
    assert_eq!(server.ask("DELETE /api/session", &[], &[]).status, 405);
}

#[test]
fn what_cannot_be_answered_is_said() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), &[]);
    let refused = |path: &str| {
        let answer = server.get(path);
        (answer.status, answer.error())
    };
    let (status, error) = refused("/api/look?picture=nobody.jpg");
    assert!(status == 404 && error.contains("no picture 'nobody.jpg'"), "{error}");
    let (status, error) = refused("/api/look?picture=chelsea.jpg&row=6&unit=999");
    assert!(status == 404 && error.contains("its units are 0 to 63"), "{error}");
    let (status, error) = refused("/api/look?picture=chelsea.jpg&rule=magic");
    assert!(status == 400 && error.contains("guided-backprop"), "{error}");
    assert_eq!(refused("/api/paths?row=3&unit=3&by=contribution").0, 400);
    assert_eq!(refused("/api/localize?picture=chelsea.jpg&target=nothing").0, 404);
    assert_eq!(refused("/api/localize?picture=chelsea.jpg&foreground=2").0, 400);
    assert_eq!(refused("/api/optimize").0, 400);
    let post = |content: &[u8]| server.ask("POST /api/pictures?name=x", &[], content);
    assert_eq!(post(b"no picture").status, 422);
    assert_eq!(server.ask("POST /api/look", &[], &vec![0; 9 << 20]).status, 413);
}

#[test]
fn own_pictures_are_their_clients_alone() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), &["--classroom"]);
    let token = server.link.split_once("token=").unwrap().1;
    assert_eq!(server.get("/api/session").status, 401);
    assert_eq!(server.get("/?token=wrong").status, 401);
    let entrance = server.get(&format!("/live?row=a&token={token}"));
    assert_eq!(entrance.status, 303);
    assert!(entrance.head.contains("location: /live?row=a\r\n"), "{}", entrance.head);
    let pass = entrance.cookies();
    let enter = || format!("{pass}; {}", server.ask("GET /live", &[("Cookie", &pass)], &[]).cookies());
    let (alice, bob) = (enter(), enter());
    let jpeg = std::fs::read(CHELSEA).unwrap();
    let kept = server.ask("POST /api/pictures?name=cat.jpg", &[("Cookie", &alice)], &jpeg);
    assert_eq!(kept.status, 201);
    let id = kept.json()["id"].as_str().unwrap().to_owned();
    let look =
        |cookie: &str| server.ask(&format!("GET /api/look?picture={id}"), &[("Cookie", cookie)], &[]).status;
    assert_eq!((look(&alice), look(&bob)), (200, 404));
    let localize = |cookie: &str| {
        server.ask(&format!("GET /api/localize?picture={id}"), &[("Cookie", cookie)], &[]).status
    };
    assert_eq!((localize(&alice), localize(&bob)), (200, 404));
    let own = |cookie: &str| {
        let session = server.ask("GET /api/session", &[("Cookie", cookie)], &[]).json();
        session["own"].as_array().unwrap().len()
    };
    assert_eq!((own(&alice), own(&bob)), (1, 0));
    let gone = server.ask(&format!("DELETE /api/pictures/{id}"), &[("Cookie", &bob)], &[]);
    assert_eq!(gone.status, 404);
    assert_eq!(server.ask(&format!("DELETE /api/pictures/{id}"), &[("Cookie", &alice)], &[]).status, 204);
    assert_eq!((look(&alice), localize(&alice)), (404, 404), "nor is what was made of it");
    assert_eq!(server.ask("POST /api/pictures", &[("Cookie", &alice)], &vec![0; 9 << 20]).status, 413);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written");
}

#[test]
fn a_taken_port_gives_way_to_the_next_and_the_end_is_orderly() {
    let folder = TempDir::new().unwrap();
    let first = Server::start(folder.path(), &[]);
    let mut second = Server::start(folder.path(), &[]);
    assert_ne!(first.host, second.host);
    let id = second.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(second.child.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    second.child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("only this machine can connect") && said.contains("stopped"), "{said}");
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_served() {
    let folder = TempDir::new().unwrap();
    let refused = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inscape"));
        let output = command.arg("serve").args(more).current_dir(folder.path()).output().unwrap();
        assert!(output.stdout.is_empty() && !output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&["--atlas", "nowhere"]).contains("no finished atlas"));
    assert!(refused(&["--images", "nowhere"]).contains("nowhere"));
    assert!(refused(&["--tls", "cert.pem", "key.pem"]).contains("PEM"));
    assert!(refused(&["--token", "short"]).contains("eight or more"));
}
