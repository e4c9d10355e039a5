use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use inscape::ErrorKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// Why a request gets nothing else.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
}

/// A refusal as it is sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What was wrong, and what to do.
    error: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Refusal {
        Refusal { status, error: error.into() }
    }

    pub(crate) fn wrong(error: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, error)
    }

    pub(crate) fn missing(error: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, error)
    }

    pub(crate) fn superseded() -> Refusal {
        Refusal::new(StatusCode::CONFLICT, "a newer request of this page took this one's place")
    }

    pub(crate) fn too_much() -> Refusal {
        Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "this asks for too much at a time; wait for an answer, then ask again",
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(Problem { error: self.error })).into_response()
    }
}

impl From<inscape::Error> for Refusal {
    fn from(error: inscape::Error) -> Refusal {
        let status = match error.kind {
            ErrorKind::Target => StatusCode::NOT_FOUND,
            ErrorKind::Setting | ErrorKind::Labels => StatusCode::BAD_REQUEST,
            ErrorKind::Memory => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::Cancelled => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Refusal::new(status, error.context)
    }
}

/// The query of a request, refused in words where it does not fit.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(rejection) => Err(Refusal::wrong(rejection.body_text())),
        }
    }
}
