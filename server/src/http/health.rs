//! Whether the server is well, for whoever asks from outside and for a Prometheus.

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use platform::{Platform, metrics::CONTENT_TYPE};
use tokio::time::timeout;

/// How long a database may take to answer before it counts as down.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// `GET /healthz`: 200, or 503 with the part that is down. Without a container engine the site works and says so itself,
/// so that is named and is no 503: nobody is helped by a proxy that takes the site away as well.
pub async fn health(State(platform): State<Platform>) -> impl IntoResponse {
    let (database, engine) = tokio::join!(timeout(ANSWERS_WITHIN, platform.store().ping()), platform.engine_answers());
    let database = matches!(database, Ok(Ok(())));
    let word = |well: bool| if well { "ok" } else { "down" };
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("database {}\nengine {}\n", word(database), word(engine)))
}

/// The routes of the metrics' own listener.
pub fn metrics(platform: &Platform) -> Router {
    Router::new().route("/metrics", get(tell)).with_state(platform.clone())
}

async fn tell(State(platform): State<Platform>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], platform.measured().await)
}
