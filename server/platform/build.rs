//! A new migration is a new build: cargo does not see that `migrate!` reads the folder.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
