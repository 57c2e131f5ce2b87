//! The lab under test: a systemd box with a set-up as small as real ones, and eight probes.

use std::{fs, path::Path};

use anyhow::Context;

/// Its id.
pub const ID: &str = "bench";

/// The image of its boxes.
pub const IMAGE: &str = "belay/systemd";

const SETTINGS: &str = r#"title = "A box to measure"
summary = "Nothing is wrong here."
minutes = 240
phase = 30

[sandbox]
image = "belay/systemd"
memory = "256m"
disk = "64m"
# The direct side is not bound by it: Docker puts what it starts beside the box.
cpus = 2
hostname = "web1"

[vars]
harbour = { choose = ["Sandvik", "Norhaven", "Kelpness", "Ostrand"] }
"#;

/// Of every kind that needs nothing of the lab.
const PROBES: [&str; 8] = [
    r#"file = { path = "/srv/site/index.html", owner = "root", contains = "{{harbour}}" }"#,
    r#"file = { path = "/etc/hostname", exists = true }"#,
    r#"unit = { name = "cron.service", active = true }"#,
    r#"process = { name = "cron" }"#,
    r#"filesystem = { path = "/", used_below = "90%" }"#,
    r#"user = { name = "engineer", shell = "/bin/bash" }"#,
    r#"tcp = { port = 81, open = false }"#,
    r#"listening = { port = 82, none = true }"#,
];

/// What setting up a box usually is: users, files, a unit.
const SETUP: &str = r#"#!/bin/bash
set -euo pipefail
mkdir -p /srv/site
printf '<h1>%s</h1>\n' "$HARBOUR" >/srv/site/index.html
for page in about berths fares; do
    sed "s/h1/h2/g" /srv/site/index.html >"/srv/site/$page.html"
done
id mira >/dev/null 2>&1 || useradd --create-home --shell /bin/bash mira
chown -R mira: /srv/site/about.html
cat >/etc/systemd/system/board.service <<UNIT
[Unit]
Description=Berth board of $HARBOUR

[Service]
ExecStart=/bin/sleep infinity

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --quiet --now board.service
"#;

/// Writes the lab into a catalogue's directory.
pub fn write(catalog: &Path) -> anyhow::Result<()> {
    let folder = catalog.join(ID);
    fs::create_dir_all(&folder)?;
    let mut toml = SETTINGS.to_string();
    for (number, probe) in PROBES.iter().enumerate() {
        toml += &format!(
            "\n[[check]]\nid = \"probe-{number}\"\ntitle = \"Probe {number}\"\nprobe.{probe}\npoints = 1\nrequired = {}\ndimension = \"troubleshooting\"\n",
            number == 0
        );
    }
    let files = [
        ("lab.toml", toml.as_str()),
        ("brief.md", "Nothing to do at {{harbour}}.\n"),
        ("debrief.md", "Nothing was wrong.\n"),
        ("setup.sh", SETUP),
        ("solution.sh", "#!/bin/bash\ntrue\n"),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).with_context(|| format!("the lab's {name}"))?;
    }
    Ok(())
}
