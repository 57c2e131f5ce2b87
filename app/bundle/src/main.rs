//! Turns the client's wasm into what the server serves.
//!
//! ```text
//! bundle <client.wasm> <pkg directory>
//! ```
//!
//! Writes `belay.js` and `belay_bg.wasm` (the names Leptos asks for) into the directory, then a brotli copy beside every
//! file there that compresses, as `tower_http`'s `ServeDir` looks for them. Files put there before, such as styles and
//! the terminal's bundle, are compressed with the rest. The sizes are printed, and what a page needs before a terminal
//! is opened must fit the budget.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};
use brotli::enc::BrotliEncoderParams;
use wasm_bindgen_cli_support::Bindgen;

const OUT_NAME: &str = "belay";
const COMPRESSED: [&str; 4] = ["wasm", "js", "css", "svg"];

/// Loaded when a terminal, the editor, a preview or an exercise is opened, by the island that needs it.
const LATER: [&str; 5] = ["terminal.js", "xterm.css", "editor.js", "preview.js", "answers.js"];

/// What wasm and JavaScript may weigh, compressed, before a terminal is opened.
const BUDGET: u64 = 250_000;

fn main() -> Result<()> {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let (Some(wasm), Some(pkg), None) = (args.next(), args.next(), args.next()) else {
        bail!("usage: bundle <client.wasm> <pkg directory>");
    };
    bindings(&wasm, &pkg).with_context(|| format!("making bindings for {}", wasm.display()))?;
    let files = compressible(&pkg)?;
    let sizes = compress_all(&pkg, &files)?;
    report(&sizes)?;
    check_budget(&sizes)
}

/// The JavaScript that loads the wasm, and the wasm without the names of its functions: they are most of its weight.
fn bindings(wasm: &Path, pkg: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name(OUT_NAME)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(pkg)
}

fn compressible(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(compressible(&path)?);
        } else if path.extension().and_then(OsStr::to_str).is_some_and(|extension| COMPRESSED.contains(&extension)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

struct Size {
    name: String,
    raw: u64,
    compressed: u64,
}

fn compress_all(pkg: &Path, files: &[PathBuf]) -> Result<Vec<Size>> {
    thread::scope(|scope| {
        let running: Vec<_> = files.iter().map(|file| scope.spawn(move || compress(pkg, file))).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| bail!("a compressing thread panicked")))
            .collect()
    })
}

fn compress(pkg: &Path, file: &Path) -> Result<Size> {
    let content = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let params = BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: content.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut content.as_slice(), &mut compressed, &params)
        .with_context(|| format!("compressing {}", file.display()))?;
    let mut target = file.as_os_str().to_owned();
    target.push(".br");
    fs::write(&target, &compressed).with_context(|| format!("writing {}", target.to_string_lossy()))?;
    Ok(Size {
        name: file.strip_prefix(pkg).unwrap_or(file).to_string_lossy().into_owned(),
        raw: content.len() as u64,
        compressed: compressed.len() as u64,
    })
}

fn report(sizes: &[Size]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:<28} {:>12} {:>12}", "file", "bytes", "brotli")?;
    for Size { name, raw, compressed } in sizes {
        writeln!(out, "{name:<28} {raw:>12} {compressed:>12}")?;
    }
    let raw: u64 = sizes.iter().map(|size| size.raw).sum();
    let compressed: u64 = sizes.iter().map(|size| size.compressed).sum();
    writeln!(out, "{:<28} {raw:>12} {compressed:>12}", "total")?;
    writeln!(out, "wasm and JavaScript before a terminal is opened: {} bytes of {BUDGET}", before_terminal(sizes))?;
    Ok(())
}

fn before_terminal(sizes: &[Size]) -> u64 {
    sizes
        .iter()
        .filter(|size| size.name.ends_with(".wasm") || size.name.ends_with(".js"))
        .filter(|size| !LATER.contains(&size.name.as_str()))
        .map(|size| size.compressed)
        .sum()
}

fn check_budget(sizes: &[Size]) -> Result<()> {
    let weight = before_terminal(sizes);
    ensure!(
        weight <= BUDGET,
        "the browser would get {weight} bytes before a terminal is opened, {BUDGET} are allowed: \
         make less an island, or load it later"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(name: &str, compressed: u64) -> Size {
        Size { name: name.into(), raw: compressed * 3, compressed }
    }

    #[test]
    fn the_terminal_and_styles_are_outside_the_budget() {
        let sizes = [
            size("belay_bg.wasm", BUDGET - 10),
            size("belay.js", 10),
            size("terminal.js", 90_000),
            size("app.css", 10_000),
        ];
        assert!(check_budget(&sizes).is_ok());
    }

    #[test]
    fn one_byte_too_many_is_refused() {
        let sizes = [size("belay_bg.wasm", BUDGET), size("belay.js", 1)];
        assert!(check_budget(&sizes).is_err());
    }
}
