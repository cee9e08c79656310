//! The programs of a page: how each language's are built, and what they print.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use ytx_sandbox::{CONFID, Config, Count, Fault, Member, Sandbox};

use crate::page::{Block, Page};
use crate::support::account;
use crate::support::cc::{self, C, CPP, Folder, Language, Program};
use crate::support::{dotnet, mcs};

/// Where programs that name no other place look for the sandbox.
const USUAL_URL: &str = "http://127.0.0.1:8089";

const START_SANDBOX: &str = "cargo run -p ytx-sandbox";

/// A program of a page, and what the page says about running it.
pub struct Listing<'a> {
    pub page: &'a Page,
    pub text: &'a str,
    /// The flags of the sandbox that the page starts last, right after the program or before it.
    flags: HashMap<&'a str, u64>,
    /// What the page has its standard input be, by `printf '…' |`.
    input: String,
    /// The `text` block after the program and its commands.
    prints: Option<&'a str>,
}

/// The programs in a language. C that is none is an excerpt, and so is Python that is indented.
pub fn listings<'a>(pages: &'a [Page], language: &str) -> Vec<Listing<'a>> {
    let mut found = Vec::new();
    for page in pages {
        for (index, block) in page.blocks.iter().enumerate() {
            let is_part =
                (language == "c" && !is_program(&block.text)) || block.is_indented_python();
            if block.language != language || is_part {
                continue;
            }
            let in_section = |it: &&Block| it.section == block.section;
            let rest = page.blocks[index + 1..].iter().take_while(in_section);
            let commands = rest.take_while(|it| it.language == "sh");
            let end = index + 1 + commands.count();
            let mut lines =
                page.blocks[..end].iter().rev().flat_map(|block| block.text.lines().rev());
            let flags = lines.find_map(|line| line.strip_prefix(START_SANDBOX));
            let words = flags.unwrap_or_default().split_whitespace();
            let next = page.blocks.get(end).filter(in_section);
            let prints = next.filter(|next| next.language == "text");
            found.push(Listing {
                page,
                text: &block.text,
                flags: read_flags(words.filter(|word| *word != "--").collect()),
                input: page.blocks[index + 1..end].iter().find_map(input).unwrap_or_default(),
                prints: prints.map(|prints| prints.text.as_str()),
            });
        }
    }
    assert!(!found.is_empty(), "no page has a program in {language}");
    found
}

fn input(commands: &Block) -> Option<String> {
    let printf = commands.text.lines().find_map(|line| line.strip_prefix("printf '"))?;
    Some(printf.split_once("' | ")?.0.replace("\\n", "\n"))
}

fn read_flags(words: Vec<&str>) -> HashMap<&str, u64> {
    words.chunks(2).map(|pair| (pair[0], pair[1].parse().unwrap())).collect()
}

/// As the sandbox does it as a command: who is off line joins, one after the other, so long apart.
fn fill_the_room(sandbox: &Sandbox, pause: Duration) {
    for member in sandbox.members(CONFID).into_iter().filter(|member| !member.online) {
        thread::sleep(pause);
        sandbox.set_member(CONFID, Member { online: true, ..member });
    }
}

pub fn is_program(c: &str) -> bool {
    c.contains("\nint main(")
}

impl Listing<'_> {
    /// A program without the library shows how not to do it: it is compiled, but need not work.
    fn uses_libytx(&self) -> bool {
        ["\"ytx.h\"", "\"ytx.hpp\"", "libytx.so.0", "using Ytx;"]
            .iter()
            .any(|name| self.text.contains(name))
    }

    /// The sandbox as the page starts it, though on a free port.
    fn sandbox(&self) -> Sandbox {
        let mut config = Config::default();
        let mut faults = Vec::new();
        for (&flag, &number) in &self.flags {
            match flag {
                "--delay" => faults.push(Fault::Late(Duration::from_millis(number))),
                "--fail" => faults.push(Fault::Status(number.try_into().unwrap())),
                "--join" => {} // once the program runs
                "--throttle" => config.throttle = Some(number.try_into().unwrap()),
                _ => panic!("{flag} means nothing here"),
            }
        }
        let sandbox = Sandbox::start(config).unwrap();
        faults.into_iter().for_each(|fault| sandbox.inject(fault, Count::Always));
        sandbox
    }

    /// The program in a file of its own.
    fn file(&self, url: &str, extension: &str) -> PathBuf {
        let name = cc::scratch(self.page.path.file_stem().unwrap().to_str().unwrap());
        let file = name.with_extension(extension);
        fs::write(&file, self.text.replace(USUAL_URL, url)).unwrap();
        file
    }

    /// Runs it against the sandbox, and compares what it prints with what the page says.
    fn run(&self, mut command: Command, sandbox: &Sandbox) {
        command.envs(account::environment(sandbox.url()));
        let (input, mut whole) = io::pipe().unwrap(); // with room for all of it
        whole.write_all(self.input.as_bytes()).unwrap();
        drop(whole);
        let printed = thread::scope(|scope| {
            if let Some(&pause) = self.flags.get("--join") {
                scope.spawn(move || fill_the_room(sandbox, Duration::from_millis(pause)));
            }
            cc::output_with(command, input)
        });
        let page = self.page.path.display();
        assert!(sandbox.requests() > 0, "{page}: nothing was asked");
        let Some(expected) = self.prints else { return };
        let alike = printed.lines().count() == expected.lines().count()
            && expected.lines().zip(printed.lines()).all(|(pattern, line)| matches(pattern, line));
        assert!(alike, "{page}: the program prints\n{printed}\nand not\n{expected}");
    }
}

/// "…" in a pattern stands for anything.
fn matches(pattern: &str, line: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('…') else { return pattern == line };
    let Some(line) = line.strip_prefix(start) else { return false };
    let mut ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    ends.any(|at| matches(rest, &line[at..]))
}

/// C and C++.
pub fn compiled(pages: &[Page], language: &Language, name: &str, standard: &str) {
    for listing in listings(pages, name) {
        let Some(mut compiler) = language.compiler() else { return };
        let sandbox = listing.sandbox();
        let source = listing.file(sandbox.url(), name);
        compiler.arg(standard);
        let program = Program::build(compiler, std::slice::from_ref(&source));
        fs::remove_file(source).unwrap();
        listing.run(program.command(), &sandbox);
    }
}

pub fn c(pages: &[Page]) {
    compiled(pages, &C, "c", "-std=c99");
}

pub fn cpp(pages: &[Page]) {
    compiled(pages, &CPP, "cpp", "-std=c++17");
}

/// A folder with the library under the name that it has when installed.
struct Installed(Folder);

impl Installed {
    fn new() -> Installed {
        let folder = Folder::new("installed");
        symlink(cc::library(), folder.path().join("libytx.so.0")).unwrap();
        Installed(folder)
    }

    /// A command that finds the library there.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("LD_LIBRARY_PATH", self.0.path());
        command
    }
}

/// One file makes a program for Mono. One that uses the class library is a project for the SDK, with
/// the project file of its page.
pub fn csharp(pages: &[Page]) {
    let installed = Installed::new();
    let has_mono = mcs::is_installed(installed.0.path()).unwrap();
    if !has_mono {
        cc::skip(mcs::MONO);
    }
    for listing in listings(pages, "csharp") {
        let sandbox = listing.sandbox();
        let source = listing.file(sandbox.url(), "cs");
        if listing.text.contains("using Ytx;") {
            if let Some(command) = project(&listing, &source, &installed) {
                listing.run(command, &sandbox);
            }
        } else if has_mono {
            let program = source.with_extension("exe");
            let mut compiler = Command::new("mcs");
            compiler.args(["-langversion:7.2", "-warnaserror"]).arg(&source);
            cc::succeed(compiler);
            if listing.uses_libytx() {
                let mut command = installed.command("mono");
                command.arg(&program);
                listing.run(command, &sandbox);
            }
            fs::remove_file(program).unwrap();
        }
        fs::remove_file(source).unwrap();
    }
}

/// The listing's program, built by its page's project file; `None` when there is no SDK.
fn project(listing: &Listing, source: &Path, installed: &Installed) -> Option<Command> {
    let folder = installed.0.path().join("lock");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(source, folder.join("lock.cs")).unwrap();
    let xml = listing.page.blocks.iter().find(|block| block.language == "xml");
    let examples = cc::root().join("examples");
    let xml = xml.expect("a project").text.replace("../examples", examples.to_str().unwrap());
    fs::write(folder.join("lock.csproj"), xml).unwrap();
    let project = folder.join("lock.csproj");
    cc::succeed(dotnet::sdk(&["build", "--verbosity", "quiet", project.to_str().unwrap()])?);
    let mut command = installed.command("dotnet");
    command.arg("exec").arg(dotnet::artifacts().join("bin/lock/debug/lock.dll"));
    Some(command)
}

pub fn java(pages: &[Page]) {
    const JNA: &str = "/usr/share/java/jna.jar";
    if !cc::have(&["java", "javac"]) {
        return;
    }
    if !fs::exists(JNA).unwrap() {
        return cc::skip(JNA);
    }
    let installed = Installed::new();
    for listing in listings(pages, "java") {
        let sandbox = listing.sandbox();
        let source = listing.file(sandbox.url(), "java");
        if listing.uses_libytx() {
            let mut command = installed.command("java");
            command.args(["-cp", JNA]).arg(&source);
            listing.run(command, &sandbox);
        } else {
            let mut compiler = Command::new("javac");
            compiler.args(["-proc:none", "-d"]).arg(installed.0.path()).arg(&source);
            cc::succeed(compiler);
        }
        fs::remove_file(source).unwrap();
    }
}

pub fn python(pages: &[Page]) {
    if !cc::have(&["python3"]) {
        return;
    }
    let installed = Installed::new();
    for listing in listings(pages, "python") {
        let sandbox = listing.sandbox();
        let source = listing.file(sandbox.url(), "py");
        let mut command = installed.command("python3");
        if listing.uses_libytx() {
            command.arg(&source);
            listing.run(command, &sandbox);
        } else {
            command.arg("-c").arg("import ast, sys; ast.parse(open(sys.argv[1]).read())");
            command.arg(&source);
            cc::succeed(command);
        }
        fs::remove_file(source).unwrap();
    }
}
