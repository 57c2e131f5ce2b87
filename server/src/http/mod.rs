//! HTTP: routes, sessions, what stands before them.

pub mod activity;
pub mod answers;
pub mod error;
pub mod files;
pub mod forms;
pub mod health;
pub mod judging;
pub mod pace;
pub mod preview;
pub mod recordings;
pub mod request_id;
pub mod reserve;
pub mod routes;
pub mod security;
pub mod session_store;
pub mod terminal;
pub mod watch;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    http::{HeaderValue, header, request::Parts},
    middleware,
    routing::{get, post},
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list, handle_server_fns_with_context};
use platform::{Clock, Ids, Platform, clock::SystemClock};
use tower::ServiceBuilder;
use tower_http::{
    services::{ServeDir, ServeFile},
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use crate::config::Config;
use preview::Previews;
use security::{Guard, Proxied};
use session_store::DatabaseSessions;

/// What handlers reach.
#[derive(Clone)]
struct Reach {
    platform: Platform,
    leptos: LeptosOptions,
    proxied: Proxied,
    previews: Previews,
}

impl FromRef<Reach> for Platform {
    fn from_ref(reach: &Reach) -> Self {
        reach.platform.clone()
    }
}

impl FromRef<Reach> for LeptosOptions {
    fn from_ref(reach: &Reach) -> Self {
        reach.leptos.clone()
    }
}

impl FromRef<Reach> for Proxied {
    fn from_ref(reach: &Reach) -> Self {
        reach.proxied
    }
}

impl FromRef<Reach> for Previews {
    fn from_ref(reach: &Reach) -> Self {
        reach.previews.clone()
    }
}

/// The largest body of a request; but for files, nothing larger is ever sent by our own pages.
const LARGEST_BODY: usize = 1 << 20;

/// How long a session lives that nobody uses; see [`activity`].
const SESSION_DAYS: i64 = 7;

/// The cookie of a session. Where it travels over TLS its name says, and browsers see to it, that no other host has set it:
/// the site of a preview could try.
fn session_cookie(config: &Config) -> &'static str {
    if config.tls() { "__Host-belay" } else { "belay" }
}

/// Everything the server answers to.
///
/// # Errors
/// When what it keeps in its data directory can't be kept there.
pub fn router(config: &Config, platform: &Platform) -> anyhow::Result<Router> {
    let previews = Previews::new(config, platform)?;
    let leptos = LeptosOptions::builder()
        .output_name("belay")
        .site_root(config.site.display().to_string())
        .site_pkg_dir("pkg")
        .site_addr(config.listen)
        .build();
    let reach = Reach {
        platform: platform.clone(),
        leptos: leptos.clone(),
        proxied: Proxied(config.public_url.is_some()),
        previews: previews.clone(),
    };
    let provide = {
        let platform = platform.clone();
        move || provide_context(platform.clone())
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Ids::unpredictable(Arc::clone(&clock));
    let sessions = SessionManagerLayer::new(DatabaseSessions::new(platform.store().clone(), Arc::clone(&clock)))
        .with_name(session_cookie(config))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(config.tls())
        .with_expiry(Expiry::OnInactivity(time::Duration::days(SESSION_DAYS)));
    let guard = Guard { loopback_only: config.demo, public_url: config.public_url.clone() };

    let router = Router::new()
        .route("/signin", post(forms::sign_in))
        .route("/signout", post(forms::sign_out))
        .route("/labs/{id}/start", post(forms::start))
        .route("/labs/{id}/reserve", post(reserve::reserve))
        .route("/labs/{id}/cancel-reservation", post(reserve::cancel))
        .route("/attempts/{id}/finish", post(forms::finish))
        .route("/attempts/{id}/abandon", post(forms::abandon))
        .route("/attempts/{id}/answers", post(answers::save))
        .route("/attempts/{id}/comments", post(answers::comment))
        .route("/attempts/{id}/comments/take-back", post(answers::take_back))
        .route("/attempts/{id}/moves", post(answers::make_move))
        .route("/attempts/{id}/hand-in", post(answers::hand_in))
        .route("/attempts/{id}/dispute", post(judging::dispute))
        .route("/attempts/{id}/runbook", post(judging::improve))
        .route("/judging/{id}/keep", post(judging::keep))
        .route("/judging/{id}/rate", post(judging::rate))
        .route("/judging/{id}/decide", post(judging::decide))
        .route("/evidence", post(judging::show))
        .route("/attempts/{id}/pause", post(pace::pause))
        .route("/attempts/{id}/resume", post(pace::resume))
        .route("/attempts/{id}/extend", post(pace::extend))
        .route("/attempts/{id}/reset", post(forms::reset))
        .route("/attempts/{id}/open", post(forms::open_copy))
        .route("/copies/{id}/close", post(forms::close_copy))
        .route("/copies/{id}/terminals/{n}/socket", get(terminal::copy_socket))
        .route("/admin/sandboxes/clear", post(forms::clear_leftovers))
        .route("/admin/attempts/{id}/end", post(forms::end_attempt))
        .route("/attempts/{id}/terminals/{n}/socket", get(terminal::socket))
        .route("/attempts/{id}/files", get(files::list))
        .route("/attempts/{id}/file", get(files::read).post(files::write).layer(DefaultBodyLimit::disable()))
        .route("/attempts/{id}/preview/{what}", get(preview::open))
        .route("/attempts/{id}/recordings/{n}", get(recordings::recording))
        .route("/attempts/{id}/watch/{n}/socket", get(watch::terminal))
        .route("/attempts/{id}/watchers/socket", get(watch::watchers))
        .route("/attempts/{id}/watchers/allow", post(watch::allow))
        .route("/attempts/{id}/watchers/refuse", post(watch::refuse))
        .route(
            "/fn/{*name}",
            post({
                let provide = provide.clone();
                move |request| handle_server_fns_with_context(provide, request)
            }),
        )
        .leptos_routes_with_context(&reach, generate_route_list(app::App), provide.clone(), page(&leptos, &previews))
        .fallback(leptos_axum::render_app_async_with_context(provide, page(&leptos, &previews)))
        .layer(middleware::from_fn_with_state(clock, activity::prolong))
        .layer(sessions)
        .route("/healthz", get(health::health))
        .merge(files(config))
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(ids, request_id::name))
                .layer(TraceLayer::new_for_http().make_span_with(|_: &_| tracing::Span::current()))
                .layer(middleware::from_fn(security::headers))
                .layer(middleware::from_fn_with_state(guard, security::guard))
                .layer(middleware::from_fn(files::limit)),
        )
        // Before everything else: what is asked of a preview is none of the above's business.
        .layer(middleware::from_fn_with_state(previews, preview::divert))
        .with_state(reach);
    Ok(router)
}

/// A page with its policy: what it may load and run is our own and carries the page's nonce.
fn page(leptos: &LeptosOptions, previews: &Previews) -> impl Fn() -> AnyView + Clone + Send + Sync + 'static {
    let (leptos, previews) = (leptos.clone(), previews.clone());
    move || {
        let host = use_context::<Parts>().map(|parts| preview::origin::host(&parts.headers, &parts.uri));
        let framed = previews.framed(&host.unwrap_or_default());
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        if let (Some(response), Ok(policy)) =
            (use_context::<ResponseOptions>(), security::page_policy(&nonce, &framed).parse())
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        app::shell(leptos.clone()).into_any()
    }
}

/// Files of the site, as they were compressed when they were built. They keep their names over versions, so the browser
/// asks each time whether its copy is still right.
fn files(config: &Config) -> Router<Reach> {
    let icon = ServeFile::new(config.site.join("favicon.svg"));
    let directory = |name: &str| ServeDir::new(config.site.join(name)).precompressed_br();
    Router::new()
        .nest_service("/pkg", directory("pkg"))
        .nest_service("/fonts", directory("fonts"))
        .route_service("/favicon.svg", icon)
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
}
