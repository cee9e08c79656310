//! What a process may find around it: no random numbers, an environment that changes, a language
//! that is not English.

use std::fs;
use std::process::Command;

use crate::machine::{is_root, on_its_own, passes};
use crate::support::addresses;
use crate::support::behaviour::{bad_request, behave};
use crate::support::cc::{self, Folder, Program};
use crate::support::server::Server;

fn https(server: &Server) -> String {
    server.url().replace("http:", "https:")
}

/// A folder with a certificate in it, and the path of that.
fn folder_with_certificate() -> (Folder, String) {
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert;
    let folder = Folder::new("certificate");
    let file = folder.path().join("ca.pem");
    fs::write(&file, certificate.pem()).unwrap();
    (folder, file.to_str().unwrap().to_owned())
}

#[test]
fn without_random_numbers_only_tls_is_missing() {
    if !is_root() {
        return;
    }
    let (root, _) = folder_with_certificate();
    fs::create_dir(root.path().join("etc")).unwrap();
    fs::write(root.path().join("etc/hosts"), "127.0.0.1 named.test\n").unwrap();
    for number in [libc::ENOSYS, libc::EPERM, libc::EIO] {
        let server = Server::start(behave);
        let [number, root] = [&*number.to_string(), root.path().to_str().unwrap()];
        let by_name = format!("http://named.test:{}", server.port());
        if !passes("entropy", &[number, root, &server.url(), &by_name, &https(&server)]) {
            return;
        }
        assert_eq!(server.requests().len(), 8, "nothing came by https");
    }
}

#[test]
fn the_environment_is_not_looked_at() {
    let (_folder, certificate) = folder_with_certificate();
    let server = Server::start(behave);
    let plain = Server::with_greeting(|_| bad_request(), behave); // and no TLS
    passes("environment", &[&certificate, &server.url(), &https(&plain)]);
}

/// Makes a locale of the C library; false where it has not what that takes.
fn make_locale(folder: &Folder, language: &str, encoding: &str) -> bool {
    let name = format!("{language}.{encoding}");
    let mut localedef = Command::new("localedef");
    localedef.args(["-i", language, "-f", encoding]).arg(folder.path().join(&name));
    let made = localedef.output().is_ok_and(|output| output.status.success());
    if !made {
        cc::skip(&format!("what localedef makes {name} of"));
    }
    made
}

#[test]
fn reasons_are_english_in_every_locale() {
    on_its_own(|machine| {
        machine.hosts("127.0.0.1 localhost\n");
        let folder = Folder::new("locales");
        let (_held, refusing) = addresses::refusing();
        let Some(program) = Program::compile("locale") else { return };
        for (language, encoding) in [("zh_CN", "GBK"), ("zh_CN", "UTF-8"), ("de_DE", "ISO-8859-1")]
        {
            if !make_locale(&folder, language, encoding) {
                return;
            }
            let locale = format!("{language}.{encoding}");
            let variables = [("LOCPATH", folder.path().to_str().unwrap()), ("LC_ALL", &locale)];
            match &*program.run_in(&variables, &[&refusing, "http://nowhere.test:80"]) {
                "" => {}
                "English\n" => cc::skip(&format!("the system's words for {locale}")),
                printed => panic!("{printed}"),
            }
        }
    });
}
