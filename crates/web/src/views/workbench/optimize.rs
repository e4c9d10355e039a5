use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::Deserialize;

use super::bench::Place;
use super::climb::{Climb, Stride, Wish};
use super::recipes::Turned;
use crate::answer::{Problem, Refusal};
use crate::app::App;
use crate::desk::Kind;
use crate::guard::{Client, Page};

/// What a page says.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Order {
    Start(Wish),
    Pause,
    Resume,
    /// One step, then pause.
    Step,
    Change {
        changes: Turned,
    },
}

/// Bytes of a message.
const MESSAGE: usize = 64 << 10;
/// Orders that may wait while steps are taken.
const ORDERS: usize = 64;

/// A socket on which an image climbs: the page sends orders as JSON (`start`, `pause`, `resume`, `step`, `change`), the server the image as
/// bundles, the newest as soon as the page took the last one.
#[utoipa::path(
    get,
    path = "/api/optimize",
    responses(
        (status = 101, description = "the socket"),
        (status = 400, body = Problem),
        (status = 426, body = Problem),
        (status = 429, body = Problem)
    )
)]
pub(super) async fn optimize(
    State(app): State<Arc<App>>,
    client: Client,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let refused = |rejection: WebSocketUpgradeRejection| {
        let rejected = axum::response::IntoResponse::into_response(rejection);
        Refusal::new(rejected.status(), "this address speaks WebSocket alone")
    };
    let upgrade = upgrade.map_err(refused)?;
    let place = app.bench.place(client)?;
    Ok(upgrade
        .max_message_size(MESSAGE)
        .on_upgrade(move |socket| Bout::new(app, client, place, socket).run()))
}

/// One socket's work.
struct Bout {
    app: Arc<App>,
    client: Client,
    place: Place,
    socket: WebSocket,
    orders: VecDeque<Order>,
    climb: Option<Climb>,
    /// The steps to take next; nothing while paused.
    stride: Option<Stride>,
}

/// The page has gone.
struct Gone;

impl Bout {
    fn new(app: Arc<App>, client: Client, place: Place, socket: WebSocket) -> Bout {
        Bout { app, client, place, socket, orders: VecDeque::new(), climb: None, stride: None }
    }

    async fn run(mut self) {
        while self.turn().await.is_ok() {}
    }

    /// Follows an order, or takes steps where there is none.
    async fn turn(&mut self) -> Result<(), Gone> {
        if let Some(order) = self.orders.pop_front() {
            return match self.follow(order) {
                Ok(()) => Ok(()),
                Err(refusal) => self.tell(&refusal).await,
            };
        }
        let open = self.climb.take_if(|climb| self.stride.is_some() && !climb.done);
        match (open, self.stride) {
            (Some(climb), Some(stride)) => self.steps(climb, stride).await,
            _ => {
                let message = self.socket.recv().await;
                self.heard(message).await
            }
        }
    }

    fn follow(&mut self, order: Order) -> Result<(), Refusal> {
        match order {
            Order::Start(wish) => {
                self.climb = None;
                self.climb = Some(Climb::new(&wish, self.app.explorer.model())?);
                self.stride = Some(if wish.paused { Stride::None } else { Stride::Many });
            }
            Order::Pause => self.stride = self.stride.and(Some(Stride::None)),
            Order::Resume => self.stride = Some(Stride::Many),
            Order::Step => self.stride = Some(Stride::One),
            Order::Change { changes } => {
                if let Some(climb) = &mut self.climb {
                    climb.change(changes)?;
                    self.stride.get_or_insert(Stride::None);
                }
            }
        }
        Ok(())
    }

    /// Has steps taken, hears orders meanwhile, and shows the image.
    async fn steps(&mut self, mut climb: Climb, stride: Stride) -> Result<(), Gone> {
        if stride != Stride::Many {
            self.stride = None;
        }
        let app = self.app.clone();
        let work = move || {
            let shown = climb.go(&app, stride);
            Ok((climb, shown))
        };
        let desk = self.app.desk.clone();
        let asked = desk.ask(self.client, Page(self.place.number), Kind::Optimize, work);
        tokio::pin!(asked);
        let answered = loop {
            tokio::select! {
                answered = &mut asked => break answered,
                message = self.socket.recv() => self.heard(message).await?,
            }
        };
        match answered {
            Ok((climb, Ok(bytes))) => {
                self.climb = Some(climb);
                self.socket.send(Message::Binary(bytes.into())).await.map_err(|_| Gone)
            }
            Ok((_, Err(refusal))) | Err(refusal) => self.tell(&refusal).await,
        }
    }

    async fn heard(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Gone> {
        match message {
            Some(Ok(Message::Text(text))) if self.orders.len() < ORDERS => {
                match serde_json::from_str(&text) {
                    Ok(order) => self.orders.push_back(order),
                    Err(error) => {
                        return self.tell(&Refusal::wrong(format!("not understood: {error}"))).await;
                    }
                }
                Ok(())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Text(_))) => self.tell(&Refusal::too_much()).await,
            Some(Ok(Message::Binary(_))) => self.tell(&Refusal::wrong("orders are JSON text")).await,
            _ => Err(Gone),
        }
    }

    async fn tell(&mut self, refusal: &Refusal) -> Result<(), Gone> {
        let text = serde_json::json!({ "error": refusal.error }).to_string();
        self.socket.send(Message::Text(text.into())).await.map_err(|_| Gone)
    }
}
