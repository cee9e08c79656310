//! A call's own share, as `benches/parts.rs` measures it.

use std::fs;

use serde_json::Value;

use super::support::build::{cargo, succeed, target};

pub struct Own {
    pub nanoseconds: f64,
    pub allocations: f64,
}

pub fn measure() -> Own {
    // A folder of its own: with other features cargo would build all anew, here and back again.
    let folder = target().join("parts");
    let mut bench = cargo();
    bench.args(["bench", "--quiet", "--features", "_parts", "--bench", "parts", "--target-dir"]);
    bench.arg(&folder).args(["--", "own_share"]).env("CRITERION_HOME", &folder);
    let printed = succeed(&mut bench);
    let allocations = printed.lines().find_map(|line| line.strip_prefix("own_share allocations: "));
    let estimates = fs::read(folder.join("own_share/new/estimates.json")).expect("criterion's");
    let estimates: Value = serde_json::from_slice(&estimates).expect("JSON");
    Own {
        nanoseconds: estimates["median"]["point_estimate"].as_f64().expect("a time"),
        allocations: allocations.expect("a line").parse().expect("a number"),
    }
}
