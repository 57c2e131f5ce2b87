//! `belay serve`

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::{Context, bail};
use axum::serve::ListenerExt;
use platform::{
    Parts, Platform,
    clock::{Ids, SystemClock},
    store::Store,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, Overrides},
    http,
};

/// `belay serve`
#[derive(clap::Args)]
pub struct Serve {
    /// With a demo organisation: anybody on this machine may sign in as any of its people
    #[arg(long)]
    demo: bool,
}

impl Serve {
    /// Serves until it is told to end (SIGINT, SIGTERM). Labs that run go on without the server.
    ///
    /// # Errors
    /// In words: a configuration that is not right, an address that is taken, a database that cannot be reached.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let config = Config::load(overrides, self.demo)?;
        let platform = platform(&config).await?;
        // Two servers of one name would each take the other's boxes for its own.
        let Some(_serving) = config.serve_alone()? else {
            bail!(
                "another Belay serves from {} already: end that one, or give this one a data directory of its own (BELAY_DATA)",
                config.data.display()
            );
        };
        if config.demo {
            platform.seed_demo().await?;
        }
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            format!(
                "cannot listen on {}: is another Belay running there? BELAY_LISTEN names another address",
                config.listen
            )
        })?;
        let metrics = match config.metrics {
            Some(address) => Some(TcpListener::bind(address).await.with_context(|| {
                format!("cannot listen on {address} for a Prometheus: BELAY_METRICS names another address")
            })?),
            None => None,
        };
        // It begins with what the last run left; the site need not wait for that.
        let ended = CancellationToken::new();
        let background = tokio::spawn({
            let (platform, ended) = (platform.clone(), ended.clone());
            async move { platform.run(ended).await }
        });
        let address = listener.local_addr()?;
        println!("Belay is at http://{address}");
        if config.demo {
            println!("This is a demo: anybody on this machine may sign in as any of its people.");
        }
        if let Some(listener) = metrics {
            println!("Metrics are at http://{}/metrics", listener.local_addr()?);
            let told = http::health::metrics(&platform);
            let ended = ended.clone();
            tokio::spawn(async move {
                let served = axum::serve(listener, told).with_graceful_shutdown(ended.cancelled_owned()).await;
                if let Err(error) = served {
                    tracing::error!(%error, "the metrics are no longer served");
                }
            });
        }
        let router = http::router(&config, &platform)?.into_make_service_with_connect_info::<SocketAddr>();
        // A terminal's frames are small and each is wanted at once: held back until the last is acknowledged (Nagle), every
        // second of them would come 40 ms late.
        let listener = listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection will hold back small packets");
            }
        });
        axum::serve(listener, router).with_graceful_shutdown(told_to_end(ended)).await?;
        background.await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Opens the store and puts the use cases together.
pub(super) async fn platform(config: &Config) -> anyhow::Result<Platform> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot make the data directory {}", config.data.display()))?;
    config.keep_instance()?;
    let store = Store::connect(&config.database_url)
        .await
        .with_context(|| format!("cannot open the database {}", config.database_shown()))?;
    let (roles, catalog) = super::content(config)?;
    let role = super::role(config, &roles)?;
    let clock = Arc::new(SystemClock);
    Ok(Platform::new(Parts {
        store,
        ids: Ids::unpredictable(clock.clone()),
        clock,
        catalog: Arc::new(catalog),
        role: Arc::new(role),
        engine: super::engine(config),
        instance: config.instance.clone(),
        data: config.data.clone(),
        settings: config.settings(),
    }))
}

/// Resolves when the process is told to end, and tells the background so.
async fn told_to_end(ended: CancellationToken) {
    let mut term =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("SIGTERM can be listened for");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
    tracing::info!("ending; labs that run go on");
    ended.cancel();
}
