//! A network between browser and server that can be cut.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinHandle},
};

/// Carries TCP connections to a server until they are cut.
pub struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    down: bool,
    open: Vec<AbortHandle>,
}

impl Proxy {
    /// A proxy to `http://127.0.0.1:…`.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn to(url: &str) -> Self {
        let target = url.trim_start_matches("http://").to_string();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let accepting = tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                while let Ok((mut near, _)) = listener.accept().await {
                    let target = target.clone();
                    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    if state.down {
                        continue;
                    }
                    let carried = tokio::spawn(async move {
                        if let Ok(mut far) = TcpStream::connect(target).await {
                            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                        }
                    });
                    state.open.push(carried.abort_handle());
                }
            }
        });
        Self { port, state, accepting }
    }

    /// Its address for the browser.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Drops every connection and takes no new one until [`Self::mend`].
    pub fn cut(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.down = true;
        for connection in state.open.drain(..) {
            connection.abort();
        }
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).down = false;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.accepting.abort();
    }
}
