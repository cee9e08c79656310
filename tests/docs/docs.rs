//! The README and the guides: the two languages keep in step, links lead somewhere, and every
//! program compiles, runs against the sandbox and prints what its page says.
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

mod page;
mod programs;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use page::{Block, Page};
use support::cc;

/// What a block of code may be in.
const LANGUAGES: [&str; 13] = [
    "c", "cmake", "cpp", "csharp", "go", "java", "json", "mermaid", "python", "rust", "sh", "text",
    "xml",
];

/// The folders whose README is there in both languages.
const READMES: [&str; 7] = [
    "",
    "examples/",
    "examples/c/",
    "examples/cpp/",
    "examples/dotnet/",
    "examples/go/",
    "examples/sandbox/",
];

fn guides(language: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(cc::root().join("docs").join(language)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The English pages with their Chinese ones.
fn pairs() -> Vec<(Page, Page)> {
    let read = |path: String| Page::read(&cc::root().join(path));
    let guides = guides("en");
    let guides = guides
        .iter()
        .map(|name| (read(format!("docs/en/{name}")), read(format!("docs/zh-CN/{name}"))));
    let readmes = READMES.map(|folder| {
        (read(format!("{folder}README.md")), read(format!("{folder}README.zh-CN.md")))
    });
    readmes.into_iter().chain(guides).collect()
}

fn english() -> Vec<Page> {
    pairs().into_iter().map(|(english, _)| english).collect()
}

/// A program that is mended in one language is mended in the other.
#[test]
fn both_languages_have_the_same_sections_and_code() {
    assert_eq!(guides("en"), guides("zh-CN"));
    for (english, chinese) in pairs() {
        let path = chinese.path.display();
        assert_eq!(english.levels, chinese.levels, "{path}: the headings' levels");
        for (english, chinese) in english.blocks.iter().zip(&chinese.blocks) {
            assert_eq!(english, chinese, "{path}");
        }
        assert_eq!(english.blocks.len(), chinese.blocks.len(), "{path}: blocks of code");
    }
}

/// It is read in one sitting; what is more belongs into a guide.
#[test]
fn the_readme_is_short() {
    for readme in ["README.md", "README.zh-CN.md"] {
        let lines = fs::read_to_string(cc::root().join(readme)).unwrap().lines().count();
        assert!(lines <= 200, "{readme} has {lines} lines");
    }
}

#[test]
fn links_lead_somewhere() {
    let others = ["SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md", "tests/hostile.md"];
    let others = others.map(|path| Page::read(&cc::root().join(path)));
    let pages = pairs().into_iter().flat_map(|(english, chinese)| [english, chinese]).chain(others);
    for page in pages {
        let path = page.path.display();
        for (file, anchor) in page.local_links() {
            assert!(file.exists(), "{path} links to {}", file.display());
            if let Some(anchor) = anchor {
                let anchors = Page::read(&file).anchors;
                assert!(anchors.iter().any(|it| it == anchor), "{path}: {anchor} of {anchors:?}");
            }
        }
    }
}

#[test]
fn every_guide_is_listed_in_both_readmes() {
    for (readme, language) in [("README.md", "en"), ("README.zh-CN.md", "zh-CN")] {
        let links = Page::read(&cc::root().join(readme)).links;
        for guide in guides(language) {
            let link = format!("docs/{language}/{guide}");
            assert!(links.contains(&link), "{readme} has no link to {link}");
        }
    }
}

/// What the benchmarks write, which takes them minutes: the marks that they look for, and the same
/// tables in both languages.
#[test]
fn the_benchmarks_tables_are_in_both_languages() {
    const MARKS: [(&str, &str, &str); 3] = [
        ("README.md", "README.zh-CN.md", "call"),
        ("docs/en/performance.md", "docs/zh-CN/performance.md", "call"),
        ("docs/en/performance.md", "docs/zh-CN/performance.md", "queue"),
    ];
    for (english, chinese, bench) in MARKS {
        let begin =
            format!("<!-- Written by `cargo bench --bench {bench}`, to the end mark: -->\n");
        let [english, chinese] = [english, chinese].map(|path| {
            let text = fs::read_to_string(cc::root().join(path)).unwrap();
            let (_, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{path}: {bench}"));
            rest.split_once("<!-- the end mark -->\n").expect(path).0.to_owned()
        });
        assert_eq!(english, chinese, "{bench}");
    }
}

#[test]
fn code_is_in_a_language_that_is_looked_after() {
    for page in english() {
        for block in &page.blocks {
            let path = page.path.display();
            assert!(LANGUAGES.contains(&&*block.language), "{path}: {:?}", block.language);
        }
    }
}

/// C that is no program is a part of one: on the same page, or in a file that the page links to. So
/// is Rust, in a file, and Python that is indented.
#[test]
fn excerpts_are_word_for_word() {
    let mut count = 0;
    for page in english() {
        let programs = page.blocks.iter().filter(|block| programs::is_program(&block.text));
        let mut whole: Vec<String> = programs.map(|block| block.text.clone()).collect();
        let files = page.local_links().map(|(file, _)| file);
        let files = files.filter(|file| {
            file.extension().is_some_and(|it| ["c", "py", "rs"].iter().any(|&ending| it == ending))
        });
        whole.extend(files.map(|file| fs::read_to_string(file).unwrap()));
        let part = |it: &&Block| ["c", "rust"].contains(&&*it.language) || it.is_indented_python();
        for block in page.blocks.iter().filter(part) {
            let path = page.path.display();
            assert!(whole.iter().any(|it| it.contains(&block.text)), "{path}:\n{}", block.text);
            count += 1;
        }
    }
    assert!(count > 0);
}

/// The guide shows all of it, and it is run with what the guide says.
#[test]
fn the_event_loop_of_the_guide_is_the_example() {
    let example = fs::read_to_string(cc::root().join("examples/c/event_loop.c")).unwrap();
    let guide = Page::read(&cc::root().join("docs/en/event-loop.md"));
    assert!(guide.blocks.iter().any(|block| block.text == example));
}

/// With the library for Rust among the crate types Cargo would leave link-time optimization out.
#[test]
fn a_release_library_is_built_for_c_alone() {
    let mut count = 0;
    for page in english() {
        let shell = page.blocks.iter().filter(|block| block.language == "sh");
        let commands = shell.flat_map(|block| block.text.lines());
        for command in commands.filter(|it| it.contains("cargo ") && it.contains("--release")) {
            let path = page.path.display();
            assert!(command.contains("cargo rustc "), "{path}: {command}");
            assert!(command.contains(" --crate-type cdylib"), "{path}: {command}");
            count += 1;
        }
    }
    assert!(count > 0);
}

#[test]
fn c_programs_do_what_their_page_says() {
    programs::c(&english());
}

#[test]
fn cpp_programs_do_what_their_page_says() {
    programs::cpp(&english());
}

#[test]
fn csharp_programs_do_what_their_page_says() {
    programs::csharp(&english());
}

#[test]
fn java_programs_do_what_their_page_says() {
    programs::java(&english());
}

#[test]
fn python_programs_do_what_their_page_says() {
    programs::python(&english());
}

#[test]
fn json_is_data_that_the_sandbox_takes() {
    let pages = english();
    let blocks = pages.iter().flat_map(|page| &page.blocks).filter(|it| it.language == "json");
    let read = blocks.map(|block| ytx_sandbox::Config::from_json(&block.text).unwrap());
    assert!(read.count() > 0);
}

#[test]
fn the_guide_to_errors_has_every_status() {
    for language in ["en", "zh-CN"] {
        let path = Path::new("docs").join(language).join("errors.md");
        let guide = fs::read_to_string(cc::root().join(path)).unwrap();
        for status in (-10_000..10_000).filter_map(ytx::status::describe) {
            let name = format!("`{}`", status.name.to_str().unwrap());
            assert!(guide.contains(&name), "{language}: {name}");
        }
    }
}
