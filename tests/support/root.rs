//! Where the repository is. Tests, benchmarks and examples are of several packages.

use std::path::Path;

pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().find(|folder| folder.join("include/ytx.h").is_file());
    root.expect("a package of the repository")
}
