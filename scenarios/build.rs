//! The scenarios travel inside the program; a new file among them must make it build again.

fn main() {
    println!("cargo::rerun-if-changed=client");
    println!("cargo::rerun-if-changed=manual.toml");
    println!("cargo::rerun-if-changed=portal");
    println!("cargo::rerun-if-changed=requirements.toml");
    println!("cargo::rerun-if-changed=starters");
}
