//! A session lives on while it is used.
//!
//! tower-sessions counts from the last change of a session, and ours changes at sign-in only. So it is given a new date
//! once a day, which also gives the browser a new cookie: not with each request, for each would be a write.

use std::sync::Arc;

use app::VIEWER_KEY;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, Utc};
use platform::Clock;
use tower_sessions::{Session, session::Error};
use uuid::Uuid;

/// The key of a session under which it is kept when it was last prolonged.
const PROLONGED_KEY: &str = "prolonged";

/// After how long it is prolonged again, in hours.
const AFTER_HOURS: i64 = 24;

/// Prolongs the session of somebody who is signed in.
pub async fn prolong(State(clock): State<Arc<dyn Clock>>, session: Session, request: Request, next: Next) -> Response {
    if let Err(error) = touch(&session, clock.now()).await {
        // Whoever needs the session meets the same trouble, and answers with it.
        tracing::warn!(%error, "a session could not be prolonged");
    }
    next.run(request).await
}

async fn touch(session: &Session, now: DateTime<Utc>) -> Result<(), Error> {
    if session.get::<Uuid>(VIEWER_KEY).await?.is_none() {
        return Ok(());
    }
    let last = session.get::<DateTime<Utc>>(PROLONGED_KEY).await?;
    if last.is_none_or(|last| (now - last).num_hours() >= AFTER_HOURS) {
        session.insert(PROLONGED_KEY, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware, routing::get};
    use chrono::TimeDelta;
    use http::header;
    use platform::{clock::ManualClock, store::Store};
    use tower::ServiceExt;
    use tower_sessions::{Expiry, SessionManagerLayer};

    use super::*;
    use crate::http::session_store::DatabaseSessions;

    /// Asks with a cookie; gives the cookie that is set, if one is.
    async fn ask(router: &Router, path: &str, cookie: &str) -> Option<String> {
        let request = http::Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let cookie = answer.headers().get(header::SET_COOKIE)?.to_str().unwrap();
        Some(cookie.split(';').next().unwrap().to_string())
    }

    #[tokio::test]
    async fn a_session_that_is_used_gets_a_new_date_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&format!("sqlite:{}", folder.path().join("belay.db").display())).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "tower-sessions counts from the machine's own time")]
        let clock = Arc::new(ManualClock::at(Utc::now()));
        let sessions = SessionManagerLayer::new(DatabaseSessions::new(store, clock.clone()))
            .with_expiry(Expiry::OnInactivity(time::Duration::days(7)));
        let sign_in = async |session: Session| session.insert(VIEWER_KEY, Uuid::nil()).await.unwrap();
        let router = Router::new()
            .route("/signin", get(sign_in))
            .route("/", get(async || ()))
            .layer(middleware::from_fn_with_state(clock.clone() as Arc<dyn Clock>, prolong))
            .layer(sessions);

        assert_eq!(ask(&router, "/", "").await, None, "nobody is signed in");
        let cookie = ask(&router, "/signin", "").await.unwrap();
        assert_eq!(ask(&router, "/", &cookie).await, Some(cookie.clone()));
        clock.advance(TimeDelta::hours(23));
        assert_eq!(ask(&router, "/", &cookie).await, None);
        clock.advance(TimeDelta::hours(1));
        assert_eq!(ask(&router, "/", &cookie).await, Some(cookie.clone()));
        clock.advance(TimeDelta::days(8));
        assert_ne!(ask(&router, "/", &cookie).await, Some(cookie), "a week in which nobody came ends it");
    }
}
