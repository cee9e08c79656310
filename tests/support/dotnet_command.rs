//! How the SDK of .NET is called for `examples/dotnet`. The tests, the quickstart and the benchmark
//! do it so.

use std::path::Path;
use std::process::{Command, Stdio};

use super::root::root;

/// What has to be installed.
pub const SDK: &str = "the .NET SDK 10 (https://dotnet.microsoft.com/download)";

/// Whether there is one that is new enough.
pub fn is_installed() -> bool {
    let mut sdk = Command::new("dotnet");
    let Ok(output) = sdk.arg("--version").stderr(Stdio::null()).output() else { return false };
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    version
        .split('.')
        .next()
        .and_then(|major| major.trim().parse().ok())
        .is_some_and(|major: u32| major >= 10)
}

/// The SDK in `examples/dotnet`, told where the native library is and where to put what it makes.
/// The first of the words says what to do.
pub fn command(native: &Path, artifacts: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("dotnet");
    command
        .current_dir(root().join("examples/dotnet"))
        .args(words)
        .arg("--artifacts-path")
        .arg(artifacts)
        .env("YtxNative", native)
        // No server of the compiler stays when this is done.
        .env("UseSharedCompilation", "false")
        .env("MSBUILDDISABLENODEREUSE", "1")
        .env("DOTNET_NOLOGO", "1")
        .env("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
    command
}
