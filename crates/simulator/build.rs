//! Compiles the crate again when a sample tenant changes, is added or removed.

fn main() {
    println!("cargo:rerun-if-changed=../../samples/tenants");
    println!("cargo:rerun-if-changed=build.rs");
}
