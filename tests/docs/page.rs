//! A page of Markdown, taken apart: its sections, code and links.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

pub struct Page {
    pub path: PathBuf,
    /// The level of each heading, 1 to 6.
    pub levels: Vec<u8>,
    /// What a link can name after its #.
    pub anchors: Vec<String>,
    pub blocks: Vec<Block>,
    pub links: Vec<String>,
}

/// A fenced block of code.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// How many headings come before it.
    pub section: usize,
    pub language: String,
    pub text: String,
}

impl Block {
    /// A part of a file, for no program begins so.
    pub fn is_indented_python(&self) -> bool {
        self.language == "python" && self.text.starts_with(' ')
    }
}

impl Page {
    pub fn read(path: &Path) -> Page {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (levels, anchors, blocks, links) = Default::default();
        let mut page = Page { path: path.to_owned(), levels, anchors, blocks, links };
        let mut heading = None;
        let mut in_code = false;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    page.levels.push(level as u8);
                    heading = Some(String::new());
                }
                Event::End(TagEnd::Heading(_)) => page.anchors.extend(heading.take()),
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    let (section, language) = (page.levels.len(), language.into_string());
                    page.blocks.push(Block { section, language, text: String::new() });
                    in_code = true;
                }
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Text(text) if in_code => page.blocks.last_mut().unwrap().text += &text,
                Event::Text(text) | Event::Code(text) => {
                    heading.iter_mut().for_each(|heading| *heading += &text);
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                _ => {}
            }
        }
        let mut seen = HashMap::new();
        for anchor in &mut page.anchors {
            *anchor = slug(anchor);
            let times = seen.entry(anchor.clone()).and_modify(|times| *times += 1).or_insert(0);
            if *times > 0 {
                *anchor += &format!("-{times}");
            }
        }
        page
    }

    /// The files of this repository that the page links to, with what follows a #.
    pub fn local_links(&self) -> impl Iterator<Item = (PathBuf, Option<&str>)> {
        let local = self.links.iter().filter(|link| !link.contains("://"));
        local.map(|link| {
            let (file, anchor) = match link.split_once('#') {
                Some((file, anchor)) => (file, Some(anchor)),
                None => (link.as_str(), None),
            };
            let file = match file {
                "" => self.path.clone(),
                file => self.path.parent().unwrap().join(file),
            };
            (file, anchor)
        })
    }
}

/// A heading as GitHub makes an anchor of it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
