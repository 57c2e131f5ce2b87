//! `belay lab shot`: a lab's pages as files, for who writes it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context;
use app::pages;
use chrono::Utc;
use leptos::prelude::AnyView;
use platform::{
    access::Role,
    still,
    views::{AttemptView, LabView, Viewer},
};
use uuid::Uuid;

use super::named;
use crate::config::Config;

/// The browsers that are looked for, where `CHROMIUM` names none.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// How wide and high the pictures are: a desk, and a phone.
const SIZES: [(u32, u32); 2] = [(1280, 900), (360, 740)];

/// `belay lab shot`
#[derive(clap::Args)]
pub struct Shot {
    /// The lab
    lab: String,
    /// From what its variables are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

impl Shot {
    /// Writes the page before the start and the page of the work, each with its styles in it; and as pictures, where there is
    /// a Chromium.
    ///
    /// # Errors
    /// In words: no such lab, a site that is not built, a folder that can't be written.
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let lab = named(config, &self.lab)?;
        let styles = config.site.join("pkg/app.css");
        let styles = fs::read_to_string(&styles)
            .with_context(|| format!("the styles can't be read from {}: build the site first", styles.display()))?;
        let head = format!("<style>{styles}</style>");
        #[expect(clippy::disallowed_methods, reason = "a picture is made when it is made")]
        let now = Utc::now();
        let (before, work) = still(&lab, self.seed, now);
        fs::create_dir_all(&self.out).with_context(|| format!("the folder {} can't be made", self.out.display()))?;
        let browser = browser();
        if browser.is_none() {
            eprintln!("There is no Chromium here (CHROMIUM names one), so there are no pictures.");
        }
        for (name, page) in [("before", page_before(before)), ("work", page_of_work(work, now))] {
            let file = self.out.join(format!("{}-{name}.html", lab.id));
            fs::write(&file, pages::still::document(&head, page))
                .with_context(|| format!("{} can't be written", file.display()))?;
            println!("{}", file.display());
            for (width, height) in SIZES {
                let picture = self.out.join(format!("{}-{name}-{width}.png", lab.id));
                if browser.as_deref().is_some_and(|browser| taken(browser, &file, &picture, width, height)) {
                    println!("{}", picture.display());
                }
            }
        }
        Ok(())
    }
}

type Page = Box<dyn FnOnce() -> AnyView>;

/// Somebody to whom the pages are shown.
fn somebody() -> Viewer {
    Viewer { id: Uuid::nil(), name: "A New Hire".into(), role: Role::Learner }
}

fn page_before(view: LabView) -> Page {
    Box::new(move || pages::lab::show(&somebody(), view))
}

fn page_of_work(view: AttemptView, now: chrono::DateTime<Utc>) -> Page {
    Box::new(move || pages::attempt::show(&somebody(), view, now))
}

fn browser() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = env::var_os("PATH")?;
    let mut files = env::split_paths(&path).flat_map(|dir| BROWSERS.map(|name| dir.join(name)));
    files.find(|file| file.is_file())
}

/// Takes a picture of a file. That it can't is said, and is no reason to keep the pages back.
fn taken(browser: &Path, file: &Path, picture: &Path, width: u32, height: u32) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    // As root it has no sandbox of its own, and what it shows here is ours.
    let own_sandbox = if rustix::process::getuid().is_root() { "--no-sandbox" } else { "--disable-extensions" };
    let done = Command::new(browser)
        .args(["--headless=new", own_sandbox, "--disable-gpu", "--hide-scrollbars"])
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--screenshot={}", absolute(picture).display()))
        .arg(format!("file://{}", absolute(file).display()))
        .stdin(Stdio::null())
        .output();
    match done {
        Ok(done) if picture.is_file() && done.status.success() => true,
        Ok(done) => {
            eprintln!("No picture of {}: {}", file.display(), String::from_utf8_lossy(&done.stderr).trim());
            false
        }
        Err(error) => {
            eprintln!("No picture of {}: {} could not be run: {error}", file.display(), browser.display());
            false
        }
    }
}
