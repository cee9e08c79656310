//! What the peers in other languages were measured with.

use super::support::machine::said;

pub fn tools() -> [String; 2] {
    let go = said("go", &["version"]);
    let go = go.split(' ').nth(2).unwrap_or_default();
    let python =
        "import platform, requests; print(platform.python_version(), requests.__version__)";
    let python = said("python3", &["-c", python]);
    let (python, requests) = python.split_once(' ').unwrap_or_default();
    [go.to_owned(), format!("Python {python} with requests {requests}")]
}
