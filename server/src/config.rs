//! Configuration: built-in values, then `belay.toml`, then the environment, then the command line.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use labs::sandbox::docker::AppArmor;
use platform::{
    Settings, Times,
    clock::{Ids, SystemClock},
};
use serde::Deserialize;
use wire::Capability;

use crate::size;

/// How this server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The directory of all that is kept: the database, caches.
    pub data: PathBuf,
    /// `sqlite://…` or `postgres://…`.
    pub database_url: String,
    /// The labs.
    pub catalog: PathBuf,
    /// The role packs.
    pub roles: PathBuf,
    /// The role that people here grow into, by the id of its pack.
    pub role: String,
    /// The variants of the role that fit this organisation.
    pub variants: Vec<String>,
    /// What is served as files: `pkg/` and the public files.
    pub site: PathBuf,
    /// The agent's program, for the engine's architecture.
    pub agent: PathBuf,
    /// The Dockerfiles of the base images.
    pub images: PathBuf,
    /// The address people type, where a proxy stands in front: `https://belay.example.org`.
    pub public_url: Option<String>,
    /// The domain below which every name leads here, for previews: `preview.example.org`.
    pub preview_domain: Option<String>,
    /// Names this server among others that use the same Docker engine or database.
    pub instance: String,
    /// Where the name is kept, unless one was given; see [`Config::keep_instance`].
    instance_file: Option<PathBuf>,
    /// The container runtime by name, where it is not the engine's default.
    pub runtime: Option<String>,
    /// When attempts pause by themselves, and how long paused ones are kept.
    pub time: Times,
    /// Where a Prometheus finds what is counted; nowhere unless it is set.
    pub metrics: Option<SocketAddr>,
    /// Who may have how much of the machine.
    pub limits: Limits,
    /// How AppArmor holds sandboxes, where the engine's machine has it.
    pub apparmor: AppArmor,
    /// What labs may ask for beyond what root in every box has: an administrator's choice, none by default.
    pub lab_capabilities: Vec<Capability>,
    /// Whether anybody may sign in as one of the demo people.
    pub demo: bool,
}

/// Who may have how much of the machine; see [`Settings`] for what holds where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many attempts one person may have running or waiting.
    pub running_per_person: Option<u32>,
    /// How many attempts may have a machine in all.
    pub running_in_all: Option<u32>,
    /// How much memory machines may take that nobody uses yet, in bytes.
    pub warm_memory: Option<u64>,
    /// How much memory is kept free of machines, in bytes.
    pub memory_kept: Option<u64>,
}

/// What the command line and the environment may say; clap reads both.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub struct Overrides {
    /// The configuration file
    #[arg(long, global = true, env = "BELAY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to listen, as in 127.0.0.1:3000
    #[arg(long, global = true, env = "BELAY_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// The directory of all that is kept
    #[arg(long, global = true, env = "BELAY_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The database, as in postgres://user:password@host/belay; SQLite in the data directory by default
    #[arg(long, global = true, env = "BELAY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The directory of labs
    #[arg(long, global = true, env = "BELAY_CATALOG", value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// The directory of role packs
    #[arg(long, global = true, env = "BELAY_ROLES", value_name = "DIR")]
    pub roles: Option<PathBuf>,
    /// The role that people here grow into, by the id of its pack
    #[arg(long = "role-pack", id = "role-pack", global = true, env = "BELAY_ROLE", value_name = "ID")]
    pub role: Option<String>,
    /// Variants of the role that fit this organisation, as in enterprise,regulated
    #[arg(long, global = true, env = "BELAY_VARIANTS", value_name = "IDS", value_delimiter = ',')]
    pub variants: Option<Vec<String>>,
    /// The directory of files for the browser
    #[arg(long, global = true, env = "BELAY_SITE", value_name = "DIR")]
    pub site: Option<PathBuf>,
    /// The agent's program
    #[arg(long, global = true, env = "BELAY_AGENT", value_name = "FILE")]
    pub agent: Option<PathBuf>,
    /// The directory of the base images' Dockerfiles
    #[arg(long, global = true, env = "BELAY_IMAGES", value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// The address people type, where a proxy stands in front, as in <https://belay.example.org>
    #[arg(long, global = true, env = "BELAY_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The domain below which every name leads here, for previews of what boxes serve, as in preview.example.org; on this
    /// machine itself none is needed
    #[arg(long, global = true, env = "BELAY_PREVIEW_DOMAIN", value_name = "DOMAIN")]
    pub preview_domain: Option<String>,
    /// Names this server among others on the same Docker engine or database; drawn once and kept in the data directory by
    /// default
    #[arg(long, global = true, env = "BELAY_INSTANCE", value_name = "NAME")]
    pub instance: Option<String>,
    /// The container runtime of sandboxes, where it is not the engine's default, as in runsc
    #[arg(long, global = true, env = "BELAY_RUNTIME", value_name = "NAME")]
    pub runtime: Option<String>,
    /// After how many minutes without the learner a practice attempt pauses, where its lab says nothing; 0 for never
    #[arg(long, global = true, env = "BELAY_IDLE_MINUTES", value_name = "MINUTES")]
    pub idle_minutes: Option<u32>,
    /// After how many hours a paused attempt is ended; 0 for never
    #[arg(long, global = true, env = "BELAY_PAUSE_HOURS", value_name = "HOURS")]
    pub pause_hours: Option<u32>,
    /// Where a Prometheus finds what is counted, as in 127.0.0.1:9464; nowhere by default. Who reaches it can read it
    #[arg(long, global = true, env = "BELAY_METRICS", value_name = "ADDRESS")]
    pub metrics: Option<String>,
    /// How many labs one person may have running or waiting at a time; 2 by default
    #[arg(long, global = true, env = "BELAY_RUNNING_PER_PERSON", value_name = "COUNT")]
    pub running_per_person: Option<u32>,
    /// How many labs may run in all, however much memory there is; the others wait in line
    #[arg(long, global = true, env = "BELAY_RUNNING_IN_ALL", value_name = "COUNT")]
    pub running_in_all: Option<u32>,
    /// How much memory machines may take that are made before anybody asks, as in 4g; half of the engine's by default, 0
    /// for none
    #[arg(long, global = true, env = "BELAY_WARM_MEMORY", value_name = "SIZE")]
    pub warm_memory: Option<String>,
    /// How much memory of the engine's machine is kept free of sandboxes, as in 2g; a sixteenth by default
    #[arg(long, global = true, env = "BELAY_MEMORY_KEPT", value_name = "SIZE")]
    pub memory_kept: Option<String>,
    /// How AppArmor holds sandboxes: docker, which asks nothing of the host, or belay, whose profiles must be loaded there
    #[arg(long, global = true, env = "BELAY_APPARMOR", value_name = "WAY")]
    pub apparmor: Option<String>,
    /// What labs may ask for beyond the usual rights, as in NET_ADMIN,IPC_LOCK; none by default
    #[arg(long, global = true, env = "BELAY_LAB_CAPABILITIES", value_name = "NAMES", value_delimiter = ',')]
    pub lab_capabilities: Option<Vec<String>>,
}

/// `belay.toml`. Relative paths in it are relative to the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    data: Option<PathBuf>,
    database_url: Option<String>,
    catalog: Option<PathBuf>,
    roles: Option<PathBuf>,
    role: Option<String>,
    variants: Option<Vec<String>>,
    site: Option<PathBuf>,
    agent: Option<PathBuf>,
    images: Option<PathBuf>,
    public_url: Option<String>,
    preview_domain: Option<String>,
    instance: Option<String>,
    runtime: Option<String>,
    idle_minutes: Option<u32>,
    pause_hours: Option<u32>,
    metrics: Option<String>,
    running_per_person: Option<u32>,
    running_in_all: Option<u32>,
    warm_memory: Option<String>,
    memory_kept: Option<String>,
    apparmor: Option<String>,
    lab_capabilities: Option<Vec<String>>,
}

const FILE: &str = "belay.toml";
const LISTEN: &str = "127.0.0.1:3000";
const METRICS: &str = "127.0.0.1:9464";
const DATA: &str = ".belay";
const ROLE: &str = "junior-infrastructure-engineer";
/// The file of the data directory that names the server.
const INSTANCE: &str = "instance";
/// The file of the data directory that is locked while a server runs.
const SERVING: &str = "serving.lock";

impl Config {
    /// Puts the parts together. `demo` is the command line's alone: no file can open the door.
    ///
    /// # Errors
    /// In words: a file that cannot be read, a key that is unknown, an address that is none, or a demo that is not on
    /// loopback.
    pub fn load(overrides: &Overrides, demo: bool) -> anyhow::Result<Self> {
        let file = read_file(overrides.config.as_deref())?;
        let listen = overrides.listen.clone().or(file.listen).unwrap_or_else(|| LISTEN.into());
        let listen = address("listen", &listen, LISTEN)?;
        let metrics = overrides.metrics.clone().or(file.metrics).filter(|address| !address.is_empty());
        let metrics = metrics.map(|metrics| address("metrics", &metrics, METRICS)).transpose()?;
        let data = overrides.data.clone().or(file.data).unwrap_or_else(|| DATA.into());
        let data = std::path::absolute(&data).with_context(|| format!("data = {} is no path", data.display()))?;
        let database_url = overrides
            .database_url
            .clone()
            .or(file.database_url)
            .unwrap_or_else(|| format!("sqlite://{}", data.join("belay.db").display()));
        let (instance, instance_file) = match overrides.instance.clone().or(file.instance) {
            Some(named) => (named, None),
            None => {
                let file = data.join(INSTANCE);
                (kept_instance(&file)?.unwrap_or_else(drawn_instance), Some(file))
            }
        };
        let limits = Limits {
            running_per_person: overrides.running_per_person.or(file.running_per_person),
            running_in_all: overrides.running_in_all.or(file.running_in_all),
            warm_memory: size("warm_memory", overrides.warm_memory.as_ref().or(file.warm_memory.as_ref()))?,
            memory_kept: size("memory_kept", overrides.memory_kept.as_ref().or(file.memory_kept.as_ref()))?,
        };
        let home = Home::find();
        let config = Self {
            listen,
            database_url,
            catalog: overrides.catalog.clone().or(file.catalog).unwrap_or_else(|| home.path("labs/catalog")),
            roles: overrides.roles.clone().or(file.roles).unwrap_or_else(|| home.path("scorecards/roles")),
            role: overrides.role.clone().or(file.role).unwrap_or_else(|| ROLE.into()),
            variants: overrides.variants.clone().or(file.variants).unwrap_or_default(),
            site: overrides.site.clone().or(file.site).unwrap_or_else(|| home.built("target/site", "site")),
            agent: overrides
                .agent
                .clone()
                .or(file.agent)
                .unwrap_or_else(|| home.built("target/dist/agent", "belay-agent")),
            images: overrides.images.clone().or(file.images).unwrap_or_else(|| home.path("docker")),
            public_url: overrides
                .public_url
                .clone()
                .or(file.public_url)
                .map(|url| url.trim_end_matches('/').to_string()),
            preview_domain: overrides
                .preview_domain
                .clone()
                .or(file.preview_domain)
                .map(|domain| domain.to_ascii_lowercase()),
            instance,
            instance_file,
            runtime: overrides.runtime.clone().or(file.runtime),
            time: Times {
                idle_minutes: overrides.idle_minutes.or(file.idle_minutes).unwrap_or(Times::default().idle_minutes),
                pause_hours: overrides.pause_hours.or(file.pause_hours).unwrap_or(Times::default().pause_hours),
            },
            metrics,
            limits,
            apparmor: apparmor(overrides.apparmor.clone().or(file.apparmor).as_deref())?,
            lab_capabilities: capabilities(
                &overrides.lab_capabilities.clone().or(file.lab_capabilities).unwrap_or_default(),
            )?,
            data,
            demo,
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.demo && !self.listen.ip().is_loopback() {
            bail!(
                "the demo lets anybody sign in, so it listens on this machine only: {} is not a loopback address. \
                 Use {LISTEN}, or leave out --demo.",
                self.listen
            );
        }
        if self.demo && self.public_url.is_some() {
            bail!("the demo lets anybody sign in, so it cannot have a public address: leave out public_url or --demo.");
        }
        if let Some(url) = &self.public_url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            bail!("public_url = \"{url}\" must begin with https:// (or http://)");
        }
        self.check_preview_domain()?;
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| self.database_url.starts_with(scheme)) {
            bail!("the database's URL must begin with sqlite:// or postgres://");
        }
        Ok(())
    }

    /// A preview must never share a host with our own pages, and a name below it must be one.
    fn check_preview_domain(&self) -> anyhow::Result<()> {
        let Some(domain) = &self.preview_domain else { return Ok(()) };
        let name = domain.split(':').next().unwrap_or_default();
        let sound = name.contains('.')
            && name.split('.').all(|label| {
                !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
        if !sound {
            bail!("preview_domain = \"{domain}\" is no domain: write it without a scheme, as in preview.example.org");
        }
        let own = self.public_url.as_deref().and_then(|url| url.split("://").nth(1)).unwrap_or_default();
        let own = own.split([':', '/']).next().unwrap_or_default().to_ascii_lowercase();
        if own == name || own.ends_with(&format!(".{name}")) {
            bail!(
                "preview_domain = \"{domain}\" holds public_url itself: what boxes serve must not share a host with Belay. \
                 Use a domain of its own, as in preview.example.org"
            );
        }
        Ok(())
    }

    /// Keeps the drawn name of this server in its data directory, so that it has the same wherever the directory is moved.
    /// To be called before anything is made under the name.
    ///
    /// # Errors
    /// When the file cannot be written, or another process has just drawn another name.
    pub fn keep_instance(&self) -> anyhow::Result<()> {
        let Some(path) = &self.instance_file else { return Ok(()) };
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make the data directory {}", self.data.display()))?;
        match kept_instance(path)? {
            Some(kept) if kept == self.instance => return Ok(()),
            Some(_) => bail!("another Belay has just begun in {}: start this one again", self.data.display()),
            None => {}
        }
        // A new file: what somebody else has written since is not overwritten.
        let kept = std::fs::File::create_new(path).and_then(|mut file| writeln!(file, "{}", self.instance));
        kept.with_context(|| format!("cannot keep the name of this server in {}", path.display()))
    }

    /// Takes the place of the one server of this data directory, for as long as what is returned lives; `None` when
    /// another process has it. A process that is killed gives it back.
    ///
    /// # Errors
    /// When the directory can't be written.
    pub fn serve_alone(&self) -> anyhow::Result<Option<std::fs::File>> {
        let path = self.data.join(SERVING);
        let file = std::fs::File::options().create(true).append(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }

    /// How the platform is run.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let Limits { running_per_person, running_in_all, warm_memory, memory_kept } = self.limits;
        let usual = Settings::default();
        let running_per_person = running_per_person.unwrap_or(usual.running_per_person);
        let time = self.time;
        Settings { demo: self.demo, running_per_person, running_in_all, warm_memory, memory_kept, time, ..usual }
    }

    /// Whether cookies are for TLS only.
    #[must_use]
    pub fn tls(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The database's URL without its password.
    #[must_use]
    pub fn database_shown(&self) -> String {
        match self.database_url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
            Some((scheme, (account, host))) => {
                let user = account.split(':').next().unwrap_or_default();
                format!("{scheme}://{user}:…@{host}")
            }
            None => self.database_url.clone(),
        }
    }
}

/// An address to listen on, as somebody has written it.
fn address(key: &str, text: &str, example: &str) -> anyhow::Result<SocketAddr> {
    text.replace("localhost:", "127.0.0.1:")
        .parse()
        .with_context(|| format!("{key} = \"{text}\" is no address: write IP and port, as in {example}"))
}

/// Where labs, role packs, Dockerfiles and built files are found when nothing is said: beside the program, or in the source tree it
/// was built from.
struct Home {
    beside: PathBuf,
    source: PathBuf,
}

impl Home {
    fn find() -> Self {
        let program = std::env::current_exe().unwrap_or_default();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf();
        Self { beside: program.parent().unwrap_or(Path::new(".")).to_path_buf(), source }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.built(relative, relative)
    }

    fn built(&self, in_source: &str, beside: &str) -> PathBuf {
        let beside = self.beside.join(beside);
        if beside.exists() { beside } else { self.source.join(in_source) }
    }
}

/// A size, in bytes.
fn size(key: &str, text: Option<&String>) -> anyhow::Result<Option<u64>> {
    let Some(text) = text else { return Ok(None) };
    let bytes =
        size::bytes(text).with_context(|| format!("{key} = \"{text}\" is no size: write it as in 4g or 512m"))?;
    Ok(Some(bytes))
}

/// A name for a server. Two on one engine must not remove each other's sandboxes, so each data directory is an instance of
/// its own.
fn drawn_instance() -> String {
    format!("belay-{:08x}", Ids::unpredictable(Arc::new(SystemClock)).random() & 0xffff_ffff)
}

/// The name that is kept in a file, if there is one.
fn kept_instance(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => bail!("{} names no server: remove it", path.display()),
        Ok(text) => Ok(Some(text.trim().into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn apparmor(way: Option<&str>) -> anyhow::Result<AppArmor> {
    match way {
        None | Some("docker") => Ok(AppArmor::Docker),
        Some("belay") => Ok(AppArmor::Belay),
        Some(other) => bail!("apparmor = \"{other}\" is not known: there are docker and belay"),
    }
}

fn capabilities(names: &[String]) -> anyhow::Result<Vec<Capability>> {
    let known = || Capability::ALL.map(Capability::name).join(", ");
    names
        .iter()
        .map(|name| {
            Capability::named(name.trim())
                .with_context(|| format!("lab_capabilities: labs can be given {}, and not {name}", known()))
        })
        .collect()
}

fn read_file(named: Option<&Path>) -> anyhow::Result<File> {
    let path = named.unwrap_or(Path::new(FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(File::default()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut file: File = toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))?;
    let base = path.parent().unwrap_or(Path::new("."));
    for relative in
        [&mut file.data, &mut file.catalog, &mut file.roles, &mut file.site, &mut file.agent, &mut file.images]
    {
        if let Some(path) = relative.as_mut() {
            *path = base.join(&*path);
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, overrides: Overrides) -> anyhow::Result<Config> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("my.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(&Overrides { config: Some(path), ..overrides }, false)
    }

    #[test]
    fn the_command_line_beats_the_file_and_the_file_the_default() {
        let config = with_file("listen = \"127.0.0.1:4000\"\ninstance = \"one\"", Overrides::default()).unwrap();
        assert_eq!((config.listen.port(), &*config.instance), (4000, "one"));
        let overrides = Overrides { listen: Some("localhost:5000".into()), ..Overrides::default() };
        assert_eq!(with_file("listen = \"127.0.0.1:4000\"", overrides).unwrap().listen.port(), 5000);
        assert_eq!(with_file("", Overrides::default()).unwrap().listen.port(), 3000);
    }

    #[test]
    fn nothing_is_told_to_a_prometheus_unless_an_address_is_set() {
        assert_eq!(with_file("", Overrides::default()).unwrap().metrics, None);
        let config = with_file("metrics = \"localhost:9464\"", Overrides::default()).unwrap();
        assert_eq!(config.metrics.map(|address| address.to_string()).as_deref(), Some(METRICS));
        let wrong = with_file("metrics = \"9464\"", Overrides::default()).unwrap_err().to_string();
        assert!(wrong.contains("metrics = \"9464\" is no address"), "{wrong}");
    }

    #[test]
    fn limits_are_read_with_their_units() {
        let config = with_file("running_in_all = 40\nwarm_memory = \"4g\"", Overrides::default()).unwrap();
        let settings = config.settings();
        assert_eq!((settings.running_in_all, settings.warm_memory), (Some(40), Some(4 << 30)));
        assert_eq!((settings.running_per_person, settings.memory_kept), (2, None));
        let error = with_file("memory_kept = \"much\"", Overrides::default()).unwrap_err().to_string();
        assert!(error.contains("memory_kept") && error.contains("512m"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error =
            format!("{:#}", with_file("listen = \"127.0.0.1:1\"\nlisten_on = 3", Overrides::default()).unwrap_err());
        assert!(error.contains("line 2") && error.contains("listen_on") && error.contains("my.toml"), "{error}");
    }

    #[test]
    fn what_labs_may_ask_for_is_an_administrators_choice() {
        let config = with_file("", Overrides::default()).unwrap();
        assert_eq!((config.apparmor, config.lab_capabilities), (AppArmor::Docker, vec![]));
        let text = "apparmor = \"belay\"\nlab_capabilities = [\"NET_ADMIN\"]";
        let config = with_file(text, Overrides::default()).unwrap();
        assert_eq!((config.apparmor, config.lab_capabilities), (AppArmor::Belay, vec![Capability::NetAdmin]));
        let error = with_file("lab_capabilities = [\"SYS_ADMIN\"]", Overrides::default()).unwrap_err().to_string();
        assert!(error.contains("and not SYS_ADMIN") && error.contains("NET_ADMIN, IPC_LOCK"), "{error}");
        let error = with_file("apparmor = \"off\"", Overrides::default()).unwrap_err().to_string();
        assert!(error.contains("there are docker and belay"), "{error}");
    }

    #[test]
    fn the_demo_is_refused_off_loopback() {
        let public = Overrides { listen: Some("0.0.0.0:3000".into()), ..Overrides::default() };
        let error = Config::load(&public, true).unwrap_err().to_string();
        assert!(error.contains("not a loopback address"), "{error}");
        assert!(Config::load(&public, false).is_ok());
        let proxied = Overrides { public_url: Some("https://belay.example.org".into()), ..Overrides::default() };
        assert!(Config::load(&proxied, true).is_err());
    }

    #[test]
    fn previews_never_share_a_host_with_our_pages() {
        let with = |domain: &str| {
            let overrides = Overrides {
                public_url: Some("https://belay.example.org".into()),
                preview_domain: Some(domain.into()),
                ..Overrides::default()
            };
            Config::load(&overrides, false).map(|config| config.preview_domain.unwrap_or_default())
        };
        assert_eq!(with("Preview.Example.org:8443").unwrap(), "preview.example.org:8443");
        assert_eq!(with("preview.belay.example.org").unwrap(), "preview.belay.example.org");
        for (domain, words) in [
            ("example.org", "holds public_url itself"),
            ("belay.example.org", "holds public_url itself"),
            ("https://preview.example.org", "is no domain"),
            ("localhost", "is no domain"),
            ("*.example.org", "is no domain"),
        ] {
            assert!(with(domain).unwrap_err().to_string().contains(words), "{domain}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url = Some("postgres://belay:secret@db/belay".into());
        let config = with_file("", Overrides { database_url: url, ..Overrides::default() }).unwrap();
        assert_eq!(config.database_shown(), "postgres://belay:…@db/belay");
    }

    fn in_data(data: &Path) -> Config {
        Config::load(&Overrides { data: Some(data.into()), ..Overrides::default() }, false).unwrap()
    }

    #[test]
    fn a_server_keeps_its_name_wherever_its_data_is_moved() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (folder.path().join("here"), folder.path().join("there"));
        let first = in_data(&here);
        assert!(!here.exists(), "reading the configuration leaves nothing behind");
        first.keep_instance().unwrap();
        assert_eq!(in_data(&here).instance, first.instance);
        in_data(&here).keep_instance().unwrap();
        std::fs::rename(&here, &there).unwrap();
        assert_eq!(in_data(&there).instance, first.instance);
        assert_ne!(in_data(&here).instance, first.instance, "another directory is another server");
    }

    #[test]
    fn one_data_directory_has_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let config = in_data(folder.path());
        let serving = config.serve_alone().unwrap();
        assert!(serving.is_some());
        assert!(in_data(folder.path()).serve_alone().unwrap().is_none());
        drop(serving);
        assert!(in_data(folder.path()).serve_alone().unwrap().is_some());
    }

    #[test]
    fn of_two_that_begin_at_once_one_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (in_data(folder.path()), in_data(folder.path()));
        one.keep_instance().unwrap();
        assert!(two.keep_instance().unwrap_err().to_string().contains("start this one again"));
        assert_eq!(in_data(folder.path()).instance, one.instance);
    }

    #[test]
    fn a_name_that_was_given_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let named =
            Overrides { data: Some(folder.path().into()), instance: Some("one".into()), ..Overrides::default() };
        let config = Config::load(&named, false).unwrap();
        config.keep_instance().unwrap();
        assert_eq!((config.instance.as_str(), folder.path().join(INSTANCE).exists()), ("one", false));
    }
}
