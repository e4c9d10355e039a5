//! The local server of inscape and its pages: any unit of any network, live.
//!
//! ```no_run
//! use inscape_web::{Settings, serve};
//! let model = inscape::Model::open("model.onnx")?;
//! let stop = inscape::Cancel::default();
//! serve(Settings::new(model, "model.onnx"), &stop, |started| println!("{}", started.links[0]))?;
//! # Ok::<(), inscape::Error>(())
//! ```
//!
//! A request goes through the guard (who may ask), to a view (what is asked), to the desk (the engine's one thread, which takes clients in
//! turns and of each only its newest wish). Nothing is written; no connection is opened.

#![allow(unused_qualifications, reason = "the macros that describe answers write them")]

mod answer;
mod app;
mod asset;
mod atlas;
mod bundle;
mod desk;
mod gallery;
mod guard;
mod serve;
mod session;
mod settings;
mod views;

pub use serve::{Started, serve};
pub use settings::{Settings, SharedPicture, Source, Tls};
pub use views::{VIEWS, ViewRow, openapi};
