use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use inscape_tensor::Tensor;

/// An array as a file to keep.
pub(super) fn npy(array: &Tensor, name: &str) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, inscape::npy::bytes(array)).into_response()
}
