//! The forms: real ones, that work before any script. Each changes something and then redirects (303).

use std::net::SocketAddr;

use app::VIEWER_KEY;
use axum::{
    Form,
    extract::{ConnectInfo, FromRef, FromRequestParts, Path, State},
    http::{HeaderMap, request::Parts},
    response::Redirect,
};
use platform::{Platform, SignInError, views::Viewer};
use serde::Deserialize;
use tower_sessions::Session;
use uuid::Uuid;

use super::{error::Problem, security::Proxied};

/// What the sign-in page sends: login and password, or one of the demo people.
#[derive(Deserialize)]
pub struct SignIn {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    demo: Option<Uuid>,
    #[serde(default)]
    next: String,
}

/// `POST /signin`
pub async fn sign_in(
    State(platform): State<Platform>,
    State(proxied): State<Proxied>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    session: Session,
    Form(form): Form<SignIn>,
) -> Result<Redirect, Problem> {
    let next = local_path(&form.next);
    let attempt = match form.demo {
        Some(person) => platform.sign_in_demo(person).await,
        None => platform.sign_in(&form.login, &form.password, Some(proxied.origin(peer.ip(), &headers))).await,
    };
    let problem = match attempt {
        Ok(viewer) => {
            // A new id at the border of rights: a session planted before sign-in is worth nothing after it.
            session.cycle_id().await?;
            session.insert(VIEWER_KEY, viewer.id).await?;
            return Ok(Redirect::to(&next));
        }
        Err(SignInError::Wrong) => "wrong",
        Err(SignInError::Slow { .. }) => "slow",
        Err(SignInError::Internal(error)) => return Err(platform::Error::Internal(error).into()),
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("problem", problem)
        .append_pair("next", &next)
        .finish();
    Ok(Redirect::to(&format!("/signin?{query}")))
}

/// Only a path of this site: an address elsewhere would make sign-in a way to lure people away.
fn local_path(next: &str) -> String {
    let local =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.contains(char::is_control);
    if local { next.into() } else { "/".into() }
}

/// `POST /signout`
pub async fn sign_out(session: Session) -> Result<Redirect, Problem> {
    session.flush().await?;
    Ok(Redirect::to("/signin"))
}

/// `POST /labs/{id}/start`
pub async fn start(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(lab): Path<String>,
) -> Result<Redirect, Problem> {
    let attempt = platform.start(&viewer, &lab).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}")))
}

/// `POST /attempts/{id}/finish`
pub async fn finish(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.finish(&viewer, attempt).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}")))
}

/// `POST /attempts/{id}/abandon`
pub async fn abandon(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.abandon(&viewer, attempt).await?;
    Ok(Redirect::to("/"))
}

/// `POST /admin/attempts/{id}/end`
pub async fn end_attempt(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.end_attempt(&viewer, attempt).await?;
    Ok(Redirect::to("/admin/sandboxes?done=ended"))
}

/// `POST /admin/sandboxes/clear`
pub async fn clear_leftovers(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
) -> Result<Redirect, Problem> {
    let cleared = platform.clear_leftovers(&viewer).await?;
    Ok(Redirect::to(&format!("/admin/sandboxes?done=cleared&gone={}&kept={}", cleared.count(), cleared.kept.len())))
}

/// `POST /attempts/{id}/reset`
pub async fn reset(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.reset(&viewer, attempt).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}")))
}

/// `POST /attempts/{id}/open`
pub async fn open_copy(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    let copy = platform.open_copy(&viewer, attempt).await?;
    Ok(Redirect::to(&format!("/copies/{copy}")))
}

/// `POST /copies/{id}/close`
pub async fn close_copy(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(copy): Path<Uuid>,
) -> Result<Redirect, Problem> {
    let attempt = platform.close_copy(&viewer, copy).await?;
    // Who may open a copy need not be one who may see the result.
    let seen = platform.result(&viewer, attempt).await.is_ok();
    Ok(Redirect::to(&if seen { format!("/attempts/{attempt}/result") } else { "/".into() }))
}

/// Somebody who is signed in; anybody else is sent to sign in.
pub struct SignedIn(pub Viewer);

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Platform: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let platform = Platform::from_ref(state);
        let session = Session::from_request_parts(parts, state).await.map_err(|(_, words)| Problem::internal(words))?;
        let Some(id) = session.get::<Uuid>(VIEWER_KEY).await? else { return Err(Problem::SignedOut) };
        platform.viewer(id).await?.map(Self).ok_or(Problem::SignedOut)
    }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        assert_eq!(local_path("/attempts/1?x=y"), "/attempts/1?x=y");
        for elsewhere in [
            "https://evil.example.org",
            "//evil.example.org",
            "/\\evil.example.org",
            "/\t/evil.example.org",
            "",
            "evil",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
